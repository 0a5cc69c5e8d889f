/*
 * token: the secret that a request must bring, in a file that only its owner may read. It is 32 to
 * 128 hexadecimal digits, as `openssl rand -hex 32` writes them, so that it fits everywhere: into a
 * header, into an address and into the name of a subprotocol.
 */
#ifndef STARLING_PROTO_WEB_TOKEN_H
#define STARLING_PROTO_WEB_TOKEN_H

#include <stdbool.h>

enum {
	TOKEN_LEAST = 32, /* digits */
	TOKEN_MOST = 128,
	TOKEN_ERROR_BYTES = 512,
};

/* False: a sentence in `error`. */
bool token_read(char token[static TOKEN_MOST + 1], const char *path,
		char error[static TOKEN_ERROR_BYTES]);

#endif

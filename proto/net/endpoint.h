/*
 * endpoint: "HOST:PORT" as people write it, to its parts and back. Text only: nothing is looked up.
 */
#ifndef STARLING_PROTO_NET_ENDPOINT_H
#define STARLING_PROTO_NET_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

/* Where only a port is given. */
#define ENDPOINT_HOST "127.0.0.1"

enum {
	ENDPOINT_HOST_MAX_BYTES = 253,                     /* of a name in the DNS */
	ENDPOINT_TEXT_BYTES = ENDPOINT_HOST_MAX_BYTES + 9, /* with [, ], :, port and NUL */
	ENDPOINT_ERROR_BYTES = 512,
};

struct endpoint {
	char host[ENDPOINT_HOST_MAX_BYTES + 1]; /* a name or an address, without brackets */
	uint16_t port;
};

/*
 * Reads "HOST", "HOST:PORT", "[ADDRESS]:PORT", "[ADDRESS]" or a bare IPv6 address such as "::1",
 * which is told by its two colons or more. "PORT" and ":PORT" are one of ENDPOINT_HOST. Where no
 * port is given it is `default_port`. False with one sentence in `error` that quotes the text and
 * says what is accepted; then `endpoint` is as it was.
 */
bool endpoint_parse(struct endpoint *endpoint, const char *text, uint16_t default_port,
		    char error[static ENDPOINT_ERROR_BYTES]);

/* Writes it, with brackets around a host that has a colon in it. `host` may be cut to fit. */
void endpoint_format(char text[static ENDPOINT_TEXT_BYTES], const char *host, uint16_t port);

#endif

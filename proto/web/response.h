/* response: the head of an answer, and the sentence of one that refuses. Bytes only. */
#ifndef STARLING_PROTO_WEB_RESPONSE_H
#define STARLING_PROTO_WEB_RESPONSE_H

#include <stddef.h>

enum {
	RESPONSE_HEAD_BYTES = 768,
};

/* For people: one line. */
const char *response_sentence(unsigned status);

/*
 * Writes the head of an answer with a body of this type and size. Pages may take everything from
 * the door and nothing from elsewhere; nobody keeps anything. Returns its size.
 */
size_t response_head(char out[static RESPONSE_HEAD_BYTES], unsigned status, const char *type,
		     size_t body_bytes);

#endif

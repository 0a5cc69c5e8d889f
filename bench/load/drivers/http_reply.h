/*
 * http_reply: reads replies of HTTP/1.1 from a connection that is kept, as a polling client does.
 * Only what it needs: a status line, a head of at most HTTP_REPLY_HEAD_MAX_BYTES with one
 * Content-Length, and so many bytes of body. Anything else is an error, after which the connection
 * is of no use. The bytes may be any.
 */
#ifndef STARLING_BENCH_HTTP_REPLY_H
#define STARLING_BENCH_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_REPLY_HEAD_MAX_BYTES = 2048,
	HTTP_REPLY_BODY_MAX_BYTES = 1 << 15,
	HTTP_REPLY_MAX_BYTES = HTTP_REPLY_HEAD_MAX_BYTES + HTTP_REPLY_BODY_MAX_BYTES,
};

enum http_reply_is {
	HTTP_REPLY_PARTIAL, /* more bytes are needed */
	HTTP_REPLY_WHOLE,
	HTTP_REPLY_BROKEN,
};

struct http_reply {
	unsigned status; /* 100 to 999 */
	const uint8_t *body;
	size_t body_bytes;
	size_t bytes; /* of the reply in all; the next one begins there */
};

/*
 * Reads the reply at the beginning of `size` bytes, which it borrows. A reply needs at most
 * HTTP_REPLY_MAX_BYTES, so with as much room it never stays partial for ever.
 */
enum http_reply_is http_reply_read(const uint8_t *data, size_t size, struct http_reply *reply);

#endif

/*
 * request: the head of an HTTP/1.1 request, read whole and strictly. Bytes only: no socket, no
 * clock, no memory of its own.
 */
#ifndef STARLING_PROTO_WEB_REQUEST_H
#define STARLING_PROTO_WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum {
	REQUEST_HEAD_BYTES = 8192, /* at most; a browser's have a few hundred */
	REQUEST_FIELDS = 64,       /* at most */
};

/* A part of the bytes that were read. `at` NULL: the request has none. */
struct request_text {
	const char *at;
	size_t size;
};

struct request {
	bool is_head;             /* the method is HEAD, else GET */
	struct request_text path; /* without what follows a question mark */
	struct request_text host, origin, authorization;
	bool wants_socket; /* asks for a WebSocket, with these: */
	struct request_text key, protocols;
};

enum request_outcome {
	REQUEST_WHOLE = 0,
	REQUEST_MORE, /* it is not whole yet */
	/* Others are HTTP statuses. */
	REQUEST_MALFORMED = 400,
	REQUEST_NOT_GET = 405,
	REQUEST_HAS_BODY = 413,
	REQUEST_TOO_LARGE = 431,
};

/* Reads it from the `size` bytes that came so far, which the request then points into. */
enum request_outcome request_read(struct request *request, const char *bytes, size_t size);

bool request_text_is(const struct request_text *text, const char *word);

/* The same, whatever case the letters have. */
bool request_text_is_word(const struct request_text *text, const char *word);

/* The next item of a list with commas, which becomes shorter. False: there is none. */
bool request_next_item(struct request_text *list, struct request_text *item);

#endif

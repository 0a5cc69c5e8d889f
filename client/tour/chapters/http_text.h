/*
 * http_text: the few lines of HTTP/1.1 that the tour speaks. An answer depends on its request
 * alone, and on where the bird is: this server keeps nothing between two requests.
 */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_HTTP_TEXT_H
#define STARLING_CLIENT_TOUR_CHAPTERS_HTTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum {
	HTTP_TEXT_BYTES = 128, /* of a request or answer, with a NUL */
};

/* A GET of `path`. `header` is one more header, as "Cookie: name=robin"; or NULL. Returns `out`. */
const char *http_text_request(char out[static HTTP_TEXT_BYTES], const char *path,
			      const char *header);

/* Whether the blank line has come, which ends a request. */
bool http_text_is_asked(const char *request);

/*
 * The answer to a request:
 *
 *	/bird          `bird`, where the bird is
 *	/login?name=N  a cookie with the name
 *	/me            the name in the request's cookie; without one 401
 *
 * and 404 to all others. Returns `out`.
 */
const char *http_text_answer(char out[static HTTP_TEXT_BYTES], const char *request,
			     const char *bird);

/* The body of an answer. NULL: it has not come as a whole. */
const char *http_text_body(const char *answer_text);

/* A message's header, as "Content-Length", up to the line's end. NULL: there is none. */
const char *http_text_header(const char *message, const char *name, size_t *size);

#endif

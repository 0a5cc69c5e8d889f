#include "proto/web/response.h"

#include <stdio.h>

#include "proto/web/door.h"

#define POLICY                                                                                     \
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "            \
	"img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

static const struct text {
	unsigned status;
	const char *reason, *sentence;
} texts[] = {
	{ 200, "OK", "well\n" },
	{ 400, "Bad Request",
	  "this request is broken, or has not one Host; a feed is a WebSocket of version 13 with "
	  "the subprotocol " DOOR_PROTOCOL "\n" },
	{ 401, "Unauthorized", "bring the token: Authorization: Bearer TOKEN\n" },
	{ 403, "Forbidden",
	  "Host or Origin is not this door's; ask by the address that it listens on\n" },
	{ 404, "Not Found", "there is nothing here\n" },
	{ 405, "Method Not Allowed", "only GET and HEAD are understood here\n" },
	{ 413, "Content Too Large", "a request with a body is not taken here\n" },
	{ 431, "Request Header Fields Too Large", "the head of this request is too long\n" },
	{ 500, "Internal Server Error", "there is no memory for the answer\n" },
	{ 503, "Service Unavailable", "not now; try again later\n" },
};

static const struct text *text_of(unsigned status)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			return &texts[i];
	return &texts[1];
}

const char *response_sentence(unsigned status)
{
	return text_of(status)->sentence;
}

size_t response_head(char out[static RESPONSE_HEAD_BYTES], unsigned status, const char *type,
		     size_t body_bytes)
{
	return (size_t)snprintf(
		out, RESPONSE_HEAD_BYTES,
		"HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s%s"
		"Connection: close\r\nCache-Control: no-store\r\n"
		"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
		"Content-Security-Policy: " POLICY "\r\n\r\n",
		status, text_of(status)->reason, type, body_bytes,
		status == 401 ? "WWW-Authenticate: Bearer\r\n" : "",
		status == 405 ? "Allow: GET, HEAD\r\n" : "");
}

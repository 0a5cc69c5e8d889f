/* The head of a request, from literal bytes: what is whole, what is not yet, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/web/request.h"
#include "tests/fixtures/row_tests.h"

#define HOST    "Host: a\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define SOCKET  UPGRADE KEY "Sec-WebSocket-Version: 13\r\n"

struct row {
	const char *name, *head;
	enum request_outcome outcome;
};

static const struct row rows[] = {
	{ "GET with Host is whole", "GET / HTTP/1.1\r\n" HOST "\r\n", REQUEST_WHOLE },
	{ "HEAD is whole, too", "HEAD / HTTP/1.1\r\n" HOST "\r\n", REQUEST_WHOLE },
	{ "HTTP/1.0 is taken", "GET / HTTP/1.0\r\n" HOST "\r\n", REQUEST_WHOLE },
	{ "a length of 0 is no body", "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
	  REQUEST_WHOLE },
	{ "nothing is not whole yet", "", REQUEST_MORE },
	{ "half a line is not whole yet", "GE", REQUEST_MORE },
	{ "no empty line is not whole yet", "GET / HTTP/1.1\r\n" HOST, REQUEST_MORE },
	{ "half an end is not whole yet", "GET / HTTP/1.1\r\n" HOST "\r", REQUEST_MORE },
	{ "POST is refused", "POST / HTTP/1.1\r\n" HOST "\r\n", REQUEST_NOT_GET },
	{ "a method in small letters is another", "get / HTTP/1.1\r\n" HOST "\r\n",
	  REQUEST_NOT_GET },
	{ "a body by its length", "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n",
	  REQUEST_HAS_BODY },
	{ "a length that is none", "GET / HTTP/1.1\r\n" HOST "Content-Length: +0\r\n\r\n",
	  REQUEST_HAS_BODY },
	{ "a body in chunks", "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
	  REQUEST_HAS_BODY },
	{ "no Host", "GET / HTTP/1.1\r\n\r\n", REQUEST_MALFORMED },
	{ "two Hosts", "GET / HTTP/1.1\r\n" HOST "host: b\r\n\r\n", REQUEST_MALFORMED },
	{ "two lengths", "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
	  REQUEST_MALFORMED },
	{ "a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", REQUEST_MALFORMED },
	{ "a line that goes on in the next", "GET / HTTP/1.1\r\n" HOST " b\r\n\r\n",
	  REQUEST_MALFORMED },
	{ "no colon", "GET / HTTP/1.1\r\n" HOST "what\r\n\r\n", REQUEST_MALFORMED },
	{ "no name", "GET / HTTP/1.1\r\n" HOST ": what\r\n\r\n", REQUEST_MALFORMED },
	{ "a bare line feed", "GET / HTTP/1.1\n" HOST "\r\n", REQUEST_MALFORMED },
	{ "a carriage return in a value", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
	  REQUEST_MALFORMED },
	{ "a control character", "GET / HTTP/1.1\r\nHost: \x01\r\n\r\n", REQUEST_MALFORMED },
	{ "a control character before the end", "\x16\x03\x01", REQUEST_MALFORMED },
	{ "an empty line first", "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", REQUEST_MALFORMED },
	{ "a target that is an address", "GET http://a/ HTTP/1.1\r\n" HOST "\r\n",
	  REQUEST_MALFORMED },
	{ "a target with a byte above ASCII", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n",
	  REQUEST_MALFORMED },
	{ "no version", "GET /\r\n" HOST "\r\n", REQUEST_MALFORMED },
	{ "another version", "GET / HTTP/2.0\r\n" HOST "\r\n", REQUEST_MALFORMED },
	{ "a word too many", "GET / HTTP/1.1 x\r\n" HOST "\r\n", REQUEST_MALFORMED },
	{ "a WebSocket is whole", "GET /feed HTTP/1.1\r\n" HOST SOCKET "\r\n", REQUEST_WHOLE },
	{ "a WebSocket without a key",
	  "GET /feed HTTP/1.1\r\n" HOST UPGRADE "Sec-WebSocket-Version: 13\r\n\r\n",
	  REQUEST_MALFORMED },
	{ "a WebSocket of another version",
	  "GET /feed HTTP/1.1\r\n" HOST UPGRADE KEY "Sec-WebSocket-Version: 8\r\n\r\n",
	  REQUEST_MALFORMED },
	{ "a WebSocket by HEAD", "HEAD /feed HTTP/1.1\r\n" HOST SOCKET "\r\n", REQUEST_MALFORMED },
	{ "an upgrade to something else",
	  "GET / HTTP/1.1\r\n" HOST "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
	  REQUEST_MALFORMED },
};

/* In memory of just that size, so that a sanitizer sees each byte too many. */
static enum request_outcome read_copy(struct request *request, char *copy, const char *head)
{
	memcpy(copy, head, strlen(head));
	return request_read(request, copy, strlen(head));
}

static void a_head_has_its_outcome(void **state)
{
	const struct row *row = *state;
	char *copy = malloc(strlen(row->head) + (*row->head == '\0'));
	struct request request;

	assert_int_equal(read_copy(&request, copy, row->head), row->outcome);
	free(copy);
}

static void a_head_that_comes_byte_by_byte_is_whole_with_its_last(void **state)
{
	static const char head[] = "GET /status.json?x HTTP/1.1\r\n" HOST "\r\n";
	struct request request;

	(void)state;
	for (size_t size = 0; size < sizeof(head) - 1; size++)
		assert_int_equal(request_read(&request, head, size), REQUEST_MORE);
	assert_int_equal(request_read(&request, head, sizeof(head) - 1), REQUEST_WHOLE);
}

static void what_a_head_says_is_kept(void **state)
{
	static const char head[] =
		"GET /feed?token=1 HTTP/1.1\r\nhOsT:\t[::1]:80 \r\nOrigin: http://b\r\n" SOCKET
		"Authorization: Bearer x\r\nSec-WebSocket-Protocol: starling, , token.y\r\n\r\n";
	struct request_text item;
	struct request request;

	(void)state;
	assert_int_equal(request_read(&request, head, sizeof(head) - 1), REQUEST_WHOLE);
	assert_true(request_text_is(&request.path, "/feed"));
	assert_true(request_text_is(&request.host, "[::1]:80"));
	assert_true(request_text_is(&request.origin, "http://b"));
	assert_true(request_text_is(&request.authorization, "Bearer x"));
	assert_true(request.wants_socket);
	assert_false(request.is_head);
	assert_true(request_next_item(&request.protocols, &item));
	assert_true(request_text_is(&item, "starling"));
	assert_true(request_next_item(&request.protocols, &item));
	assert_true(request_text_is(&item, "token.y"));
	assert_false(request_next_item(&request.protocols, &item));
}

static void a_head_beyond_the_limit_is_too_large(void **state)
{
	char head[REQUEST_HEAD_BYTES];
	struct request request;

	(void)state;
	memset(head, 'a', sizeof(head));
	assert_int_equal(request_read(&request, head, sizeof(head) - 1), REQUEST_MORE);
	assert_int_equal(request_read(&request, head, sizeof(head)), REQUEST_TOO_LARGE);
}

static void a_head_with_too_many_fields_is_too_large(void **state)
{
	char head[REQUEST_HEAD_BYTES];
	struct request request;
	size_t size = (size_t)snprintf(head, sizeof(head), "GET / HTTP/1.1\r\n" HOST);

	(void)state;
	for (unsigned i = 1; i < REQUEST_FIELDS; i++)
		size += (size_t)snprintf(head + size, sizeof(head) - size, "x: y\r\n");
	memcpy(head + size, "\r\n", 2);
	assert_int_equal(request_read(&request, head, size + 2), REQUEST_WHOLE);
	memcpy(head + size, "x: y\r\n\r\n", 8);
	assert_int_equal(request_read(&request, head, size + 8), REQUEST_TOO_LARGE);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 4] = {
		cmocka_unit_test(a_head_that_comes_byte_by_byte_is_whole_with_its_last),
		cmocka_unit_test(what_a_head_says_is_kept),
		cmocka_unit_test(a_head_beyond_the_limit_is_too_large),
		cmocka_unit_test(a_head_with_too_many_fields_is_too_large),
	};
	size_t count = 4;

	ROW_TESTS_ADD(tests, count, rows, a_head_has_its_outcome);
	return _cmocka_run_group_tests("request", tests, count, NULL, NULL);
}

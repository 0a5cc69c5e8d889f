/* Replies of HTTP/1.1, and what is none: literal bytes, every cut, and bytes by chance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/load/drivers/http_reply.h"
#include "proto/net/random.h"

#define HEAD "HTTP/1.1 200 OK\r\n"

static enum http_reply_is read_text(const char *text, struct http_reply *reply)
{
	return http_reply_read((const uint8_t *)text, strlen(text), reply);
}

static void a_reply_is_read_to_its_last_byte_and_no_further(void **state)
{
	static const char text[] = HEAD "Server: x\r\ncontent-length: 3\r\n\r\nabcHTTP/1.1";
	struct http_reply reply;

	(void)state;
	assert_int_equal(read_text(text, &reply), HTTP_REPLY_WHOLE);
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.body_bytes, 3);
	assert_memory_equal(reply.body, "abc", 3);
	assert_string_equal(text + reply.bytes, "HTTP/1.1");
}

static void every_shorter_piece_is_partial(void **state)
{
	static const char text[] = HEAD "Content-Length: 5\r\n\r\nabcde";
	struct http_reply reply;

	(void)state;
	for (size_t size = 0; size < sizeof(text) - 1; size++) {
		uint8_t *piece = malloc(size + 1);

		memcpy(piece, text, size);
		assert_int_equal(http_reply_read(piece, size, &reply), HTTP_REPLY_PARTIAL);
		free(piece);
	}
	assert_int_equal(read_text(text, &reply), HTTP_REPLY_WHOLE);
}

static void what_is_no_reply_is_broken(void **state)
{
	static const char *const texts[] = {
		"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 20x OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 Content-Length: 0\r\n\r\n",
		HEAD "\r\n",
		HEAD "Content-Length:\r\n\r\n",
		HEAD "Content-Length: -1\r\n\r\n",
		HEAD "Content-Length: 1x\r\n\r\n",
		HEAD "Content-Length: 0x10\r\n\r\n",
		HEAD "Content-Length: 32769\r\n\r\n",
		HEAD "Content-Length: 18446744073709551616\r\n\r\n",
		HEAD "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
		HEAD "X: Content-Length: 1\r\n\r\na",
		"\r\n\r\n",
	};
	struct http_reply reply;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (read_text(texts[i], &reply) != HTTP_REPLY_BROKEN)
			fail_msg("taken: %s", texts[i]);
}

static void the_largest_body_is_taken(void **state)
{
	static uint8_t data[HTTP_REPLY_MAX_BYTES];
	const int head = snprintf((char *)data, sizeof(data), HEAD "Content-Length: %d\r\n\r\n",
				  HTTP_REPLY_BODY_MAX_BYTES);
	struct http_reply reply;

	(void)state;
	assert_int_equal(http_reply_read(data, sizeof(data), &reply), HTTP_REPLY_WHOLE);
	assert_int_equal(reply.bytes, (size_t)head + HTTP_REPLY_BODY_MAX_BYTES);
}

static void a_head_without_an_end_is_broken_at_its_limit(void **state)
{
	static uint8_t data[HTTP_REPLY_HEAD_MAX_BYTES];
	struct http_reply reply;

	(void)state;
	memset(data, 'a', sizeof(data));
	assert_int_equal(http_reply_read(data, sizeof(data) - 1, &reply), HTTP_REPLY_PARTIAL);
	assert_int_equal(http_reply_read(data, sizeof(data), &reply), HTTP_REPLY_BROKEN);
}

/* Pieces of replies in any order, so that deep places are reached; exact room, for asan. */
static void bytes_by_chance_are_answered_within_their_bounds(void **state)
{
	static const char *const pieces[] = { "HTTP/1.1 ", "200 ",  "OK", "\r\n", "Content-Length:",
					      " ",         "12",    ":",  "\r",   "\n",
					      "\r\n\r\n",  "99999", "x",  "0" };
	struct random random = random_init(1);

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char text[512] = "";
		size_t size = 0;
		struct http_reply reply;
		uint8_t *exact;

		if (i % 2 == 0)
			size = (size_t)snprintf(text, sizeof(text), HEAD);
		for (uint64_t n = random_below(&random, 12); n > 0; n--) {
			const char *piece =
				pieces[random_below(&random, sizeof(pieces) / sizeof(pieces[0]))];

			size += (size_t)snprintf(text + size, sizeof(text) - size, "%s", piece);
			if (random_below(&random, 8) == 0)
				text[size++] = (char)random_u64(&random);
		}
		exact = malloc(size + 1);
		memcpy(exact, text, size);
		if (http_reply_read(exact, size, &reply) == HTTP_REPLY_WHOLE) {
			assert_true(reply.bytes <= size);
			assert_true(reply.body + reply.body_bytes == exact + reply.bytes);
			assert_in_range(reply.status, 100, 999);
		}
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_is_read_to_its_last_byte_and_no_further),
		cmocka_unit_test(every_shorter_piece_is_partial),
		cmocka_unit_test(what_is_no_reply_is_broken),
		cmocka_unit_test(the_largest_body_is_taken),
		cmocka_unit_test(a_head_without_an_end_is_broken_at_its_limit),
		cmocka_unit_test(bytes_by_chance_are_answered_within_their_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* "HOST:PORT" to its parts and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/endpoint.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum {
	DEFAULT_PORT = 7777,
};

struct good {
	const char *text, *host;
	unsigned port;
};

static void every_form_is_read(void **state)
{
	static const struct good rows[] = {
		{ "localhost", "localhost", DEFAULT_PORT },
		{ "localhost:9", "localhost", 9 },
		{ "127.0.0.1", "127.0.0.1", DEFAULT_PORT },
		{ "127.0.0.1:65535", "127.0.0.1", 65535 },
		{ "127.0.0.1:0", "127.0.0.1", 0 },
		{ "::1", "::1", DEFAULT_PORT },
		{ "::", "::", DEFAULT_PORT },
		{ "1::", "1::", DEFAULT_PORT },
		{ "[::1]", "::1", DEFAULT_PORT },
		{ "[::1]:7", "::1", 7 },
		{ "[fe80::1%eth0]:00080", "fe80::1%eth0", 80 },
		{ "7000", ENDPOINT_HOST, 7000 },
		{ ":7000", ENDPOINT_HOST, 7000 },
		{ "::ffff:127.0.0.1", "::ffff:127.0.0.1", DEFAULT_PORT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char error[ENDPOINT_ERROR_BYTES];
		struct endpoint endpoint;

		if (!endpoint_parse(&endpoint, rows[i].text, DEFAULT_PORT, error))
			fail_msg("%s", error);
		assert_string_equal(endpoint.host, rows[i].host);
		assert_int_equal(endpoint.port, rows[i].port);
		assert_string_equal(error, "");
	}
}

struct bad {
	const char *text, *says;
};

static void a_wrong_one_is_quoted_and_leaves_the_endpoint_as_it_was(void **state)
{
	static const struct bad rows[] = {
		{ "", "\"\" is not a host" },
		{ ":", "\":\" is not a host" },
		{ "65536", "\"65536\" is not a port" },
		{ ":100000", "is not a port" },
		{ "[]:7777", "\"[]:7777\" is not a host" },
		{ "[::1", "\"[::1\" is not a host" },
		{ "[::1]7777", "\"[::1]7777\" is not a host" },
		{ "[localhost]:7777", "\"[localhost]:7777\" is not a host" },
		{ "::1]", "\"::1]\" is not a host" },
		{ "[[::1]]:1", "\"[[::1]]:1\" is not a host" },
		{ "localhost:", "\"\" in \"localhost:\" is not a port" },
		{ "localhost:65536", "\"65536\" in \"localhost:65536\" is not a port" },
		{ "localhost:100000", "is not a port" },
		{ "localhost:-1", "is not a port" },
		{ "localhost:7 ", "is not a port" },
		{ "localhost:0x10", "is not a port" },
		{ "[::1]:", "is not a port" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct endpoint endpoint = { .host = "as it was", .port = 5 };
		char error[ENDPOINT_ERROR_BYTES];

		assert_false(endpoint_parse(&endpoint, rows[i].text, DEFAULT_PORT, error));
		if (!strstr(error, rows[i].says))
			fail_msg("\"%s\" does not say \"%s\"", error, rows[i].says);
		assert_string_equal(endpoint.host, "as it was");
		assert_int_equal(endpoint.port, 5);
	}
}

static void the_longest_host_fits_and_one_byte_more_does_not(void **state)
{
	char text[ENDPOINT_HOST_MAX_BYTES + 2], error[ENDPOINT_ERROR_BYTES];
	struct endpoint endpoint;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[ENDPOINT_HOST_MAX_BYTES] = '\0';
	assert_true(endpoint_parse(&endpoint, text, DEFAULT_PORT, error));
	assert_string_equal(endpoint.host, text);
	text[ENDPOINT_HOST_MAX_BYTES] = 'a';
	text[ENDPOINT_HOST_MAX_BYTES + 1] = '\0';
	assert_false(endpoint_parse(&endpoint, text, DEFAULT_PORT, error));
	assert_non_null(strstr(error, "254 bytes long; give at most 253"));
}

static void a_written_address_can_be_read_again(void **state)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "::1", "fe80::1%eth0" };
	static const char *const texts[] = { "localhost:9", "127.0.0.1:9", "[::1]:9",
					     "[fe80::1%eth0]:9" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(hosts); i++) {
		char text[ENDPOINT_TEXT_BYTES], error[ENDPOINT_ERROR_BYTES];
		struct endpoint endpoint;

		endpoint_format(text, hosts[i], 9);
		assert_string_equal(text, texts[i]);
		assert_true(endpoint_parse(&endpoint, text, DEFAULT_PORT, error));
		assert_string_equal(endpoint.host, hosts[i]);
		assert_int_equal(endpoint.port, 9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(a_wrong_one_is_quoted_and_leaves_the_endpoint_as_it_was),
		cmocka_unit_test(the_longest_host_fits_and_one_byte_more_does_not),
		cmocka_unit_test(a_written_address_can_be_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

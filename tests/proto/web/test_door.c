/* Who may come in: Host, Origin and token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/web/door.h"
#include "tests/fixtures/row_tests.h"

#define TOKEN "00112233445566778899aabbccddeeff"
#define OTHER "00112233445566778899aabbccddeefe"

struct row {
	const char *name, *host, *origin, *authorization, *protocols, *token;
	enum door_outcome outcome;
};

static const struct row rows[] = {
	{ "127.0.0.1 is this machine", "127.0.0.1:7780", 0, 0, 0, 0, DOOR_OPEN },
	{ "localhost is this machine", "localhost", 0, 0, 0, 0, DOOR_OPEN },
	{ "a tunnel has another port", "LocalHost:1", 0, 0, 0, 0, DOOR_OPEN },
	{ "::1 is this machine", "[::1]:7780", 0, 0, 0, 0, DOOR_OPEN },
	{ "127.0.0.2 is this machine", "127.0.0.2:7780", 0, 0, 0, 0, DOOR_OPEN },
	{ "127.255.255.254 is this machine", "127.255.255.254", 0, 0, 0, 0, DOOR_OPEN },
	{ "an address with a fifth number", "127.0.0.1.1", 0, 0, 0, 0, DOOR_FOREIGN },
	{ "an address with a number too large", "127.0.0.256:80", 0, 0, 0, 0, DOOR_FOREIGN },
	{ "an address of another network", "126.0.0.1:7780", 0, 0, 0, 0, DOOR_FOREIGN },
	{ "an address longer than any", "127.000000000.0.1", 0, 0, 0, 0, DOOR_FOREIGN },
	{ "a name that begins so is not", "localhost.example", 0, 0, 0, 0, DOOR_FOREIGN },
	{ "an address that begins so is not", "127.0.0.1.example:7780", 0, 0, 0, 0, DOOR_FOREIGN },
	{ "a name of an attacker's", "evil.example:7780", 0, 0, 0, 0, DOOR_FOREIGN },
	{ "no name", "", 0, 0, 0, 0, DOOR_FOREIGN },
	{ "a port that is none", "localhost:x", 0, 0, 0, 0, DOOR_FOREIGN },
	{ "a colon without a port", "localhost:", 0, 0, 0, 0, DOOR_FOREIGN },
	{ "its own page", "localhost:7780", "http://localhost:7780", 0, 0, 0, DOOR_OPEN },
	{ "its own page over TLS", "a.example", "https://a.example", 0, "starling", TOKEN,
	  DOOR_NO_TOKEN },
	{ "a page of another port", "localhost:7780", "http://localhost:80", 0, 0, 0,
	  DOOR_FOREIGN },
	{ "a page of another name", "localhost:7780", "http://evil.example:7780", 0, 0, 0,
	  DOOR_FOREIGN },
	{ "a page of a file", "localhost:7780", "null", 0, 0, 0, DOOR_FOREIGN },
	{ "with a token any name is good", "a.example", 0, "Bearer " TOKEN, 0, TOKEN, DOOR_OPEN },
	{ "the scheme in small letters", "a.example", 0, "bearer " TOKEN, 0, TOKEN, DOOR_OPEN },
	{ "without the token", "a.example", 0, 0, 0, TOKEN, DOOR_NO_TOKEN },
	{ "with another token", "a.example", 0, "Bearer " OTHER, 0, TOKEN, DOOR_NO_TOKEN },
	{ "with half a token", "a.example", 0, "Bearer 0011", 0, TOKEN, DOOR_NO_TOKEN },
	{ "with a longer token", "a.example", 0, "Bearer " TOKEN "0", 0, TOKEN, DOOR_NO_TOKEN },
	{ "with another scheme", "a.example", 0, "Basic " TOKEN, 0, TOKEN, DOOR_NO_TOKEN },
	{ "another site's page with the token", "a.example", "http://b.example", "Bearer " TOKEN, 0,
	  TOKEN, DOOR_FOREIGN },
	{ "a feed", "localhost", 0, 0, "starling", 0, DOOR_OPEN },
	{ "a feed among others", "localhost", 0, 0, "chat, starling", 0, DOOR_OPEN },
	{ "a feed of another kind", "localhost", 0, 0, "chat", 0, DOOR_MALFORMED },
	{ "a feed with the token as a subprotocol", "a.example", 0, 0, "starling, token." TOKEN,
	  TOKEN, DOOR_OPEN },
	{ "a feed with the token in its head", "a.example", 0, "Bearer " TOKEN, "starling", TOKEN,
	  DOOR_OPEN },
	{ "a feed with another token", "a.example", 0, 0, "starling, token." OTHER, TOKEN,
	  DOOR_NO_TOKEN },
	{ "a feed without the token", "a.example", 0, 0, "starling", TOKEN, DOOR_NO_TOKEN },
};

static struct request_text text(const char *string)
{
	return (struct request_text){ string, string ? strlen(string) : 0 };
}

static struct request request_of(const struct row *row)
{
	return (struct request){ .host = text(row->host),
				 .origin = text(row->origin),
				 .authorization = text(row->authorization),
				 .protocols = text(row->protocols),
				 .wants_socket = row->protocols };
}

static void a_request_has_its_outcome(void **state)
{
	const struct row *row = *state;
	const struct request request = request_of(row);

	assert_int_equal(door_check(&request, row->token, true), row->outcome);
}

static void what_is_for_everybody_needs_no_token(void **state)
{
	const struct row row = { .host = "a.example", .token = TOKEN };
	const struct request request = request_of(&row);

	(void)state;
	assert_int_equal(door_check(&request, TOKEN, false), DOOR_OPEN);
	assert_int_equal(door_check(&request, TOKEN, true), DOOR_NO_TOKEN);
}

static void a_plain_request_with_the_subprotocol_alone_brings_no_token(void **state)
{
	const struct row row = { .host = "a.example", .protocols = "token." TOKEN };
	struct request request = request_of(&row);

	(void)state;
	request.wants_socket = false;
	assert_int_equal(door_check(&request, TOKEN, true), DOOR_NO_TOKEN);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 2] = {
		cmocka_unit_test(what_is_for_everybody_needs_no_token),
		cmocka_unit_test(a_plain_request_with_the_subprotocol_alone_brings_no_token),
	};
	size_t count = 2;

	ROW_TESTS_ADD(tests, count, rows, a_request_has_its_outcome);
	return _cmocka_run_group_tests("door", tests, count, NULL, NULL);
}

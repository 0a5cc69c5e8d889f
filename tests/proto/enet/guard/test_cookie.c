/* The address cookie, against values of another program's SipHash-2-4 (PROTOCOL.md, 6.1.1). */
#include "proto/enet/guard/cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "proto/enet/guard/datagram.h"
#include "tests/fixtures/enet/cookie_echo.h"
#include "tests/fixtures/row_tests.h"

#define S INT64_C(1000000000)

static const uint8_t secret[COOKIE_SECRET_BYTES] = { 0, 1, 2,  3,  4,  5,  6,  7,
						     8, 9, 10, 11, 12, 13, 14, 15 };

struct row {
	const char *name;
	uint32_t host;
	uint16_t port;
	int64_t now_ns;
	struct cookie cookie;
};

static const struct row rows[] = {
	{ "loopback", 0x7f000001, 7777, 0, { { 0xedfe, 0x5389, 0x7d35 }, 0xaa54 } },
	{ "the same at the end of its period",
	  0x7f000001,
	  7777,
	  30 * S - 1,
	  { { 0xedfe, 0x5389, 0x7d35 }, 0xaa54 } },
	{ "the same in the next period",
	  0x7f000001,
	  7777,
	  30 * S,
	  { { 0xffba, 0x4879, 0x1a29 }, 0x9e9b } },
	{ "another port", 0x7f000001, 7778, 0, { { 0x5617, 0xc5a3, 0x2854 }, 0x2707 } },
	{ "another address after a hundred years",
	  0xcb007109,
	  40000,
	  INT64_C(123456789) * 30 * S,
	  { { 0xd598, 0x24a2, 0x9bf4 }, 0xa0a9 } },
};

static struct net_address address_of(const struct row *row)
{
	return (struct net_address){ .host = htonl(row->host), .port = row->port };
}

static void a_cookie_is_the_hash_of_address_and_port(void **state)
{
	const struct row *row = *state;
	const struct net_address address = address_of(row);
	const struct cookie cookie = cookie_of(secret, &address, row->now_ns);

	for (int i = 0; i < COOKIE_NUMBERS; i++)
		assert_int_equal(cookie.numbers[i], row->cookie.numbers[i]);
	assert_int_equal(cookie.sent_time, row->cookie.sent_time);
}

static bool is_good_at(int64_t now_ns)
{
	const struct net_address address = address_of(&rows[0]);
	const struct cookie cookie = cookie_of(secret, &address, 100 * 30 * S);

	return cookie_is_good(&cookie, secret, &address, now_ns);
}

static void a_cookie_is_good_in_its_period_and_the_next(void **state)
{
	(void)state;
	assert_false(is_good_at(100 * 30 * S - 1));
	assert_true(is_good_at(100 * 30 * S));
	assert_true(is_good_at(101 * 30 * S - 1));
	assert_true(is_good_at(101 * 30 * S));
	assert_true(is_good_at(102 * 30 * S - 1));
	assert_false(is_good_at(102 * 30 * S));
}

static void a_cookie_with_one_bit_changed_is_not_good(void **state)
{
	const struct net_address address = address_of(&rows[0]);
	const struct cookie good = cookie_of(secret, &address, 0);

	(void)state;
	assert_true(cookie_is_good(&good, secret, &address, 0));
	for (int bit = 0; bit < 64; bit++) {
		struct cookie other = good;

		if (bit < 48)
			other.numbers[bit / 16] ^= (uint16_t)(1u << bit % 16);
		else
			other.sent_time ^= (uint16_t)(1u << (bit - 48));
		assert_false(cookie_is_good(&other, secret, &address, 0));
	}
}

static void a_cookie_is_good_for_one_address_and_port_only(void **state)
{
	const struct net_address own = address_of(&rows[0]), port = address_of(&rows[3]);
	struct net_address host = own;
	const struct cookie cookie = cookie_of(secret, &own, 0);

	(void)state;
	host.host ^= htonl(1);
	assert_false(cookie_is_good(&cookie, secret, &port, 0));
	assert_false(cookie_is_good(&cookie, secret, &host, 0));
}

static const uint8_t challenge[COOKIE_CHALLENGE_BYTES] = {
	0x80, 0x05, 0xaa, 0x54,                         /* to the asker's peer 5, the time */
	0x81, 0xff, 0xed, 0xfe, 0x00, 0x00, 0x12, 0x34, /* the asker's own time */
	0x81, 0xff, 0x53, 0x89, 0x00, 0x00, 0x12, 0x34, /* */
	0x81, 0xff, 0x7d, 0x35, 0x00, 0x00, 0x12, 0x34,
};

static void a_challenge_is_28_bytes_that_the_reader_takes(void **state)
{
	uint8_t datagram[COOKIE_CHALLENGE_BYTES];

	(void)state;
	cookie_write_challenge(datagram, &rows[0].cookie, 5, 0x1234);
	assert_memory_equal(datagram, challenge, sizeof(challenge));
	assert_int_equal(datagram_check(challenge, sizeof(challenge)), DATAGRAM_OK);
}

static void an_echo_is_made_of_a_challenge(void **state)
{
	static const uint8_t expected[COOKIE_ECHO_BYTES] = {
		0x0f, 0xff,                                     /* to nobody */
		0x01, 0xff, 0xed, 0xfe, 0xed, 0xfe, 0xaa, 0x54, /* */
		0x01, 0xff, 0x53, 0x89, 0x53, 0x89, 0xaa, 0x54, /* */
		0x01, 0xff, 0x7d, 0x35, 0x7d, 0x35, 0xaa, 0x54,
	};
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	cookie_echo(echo, challenge);
	assert_memory_equal(echo, expected, sizeof(expected));
}

static void each_number_of_an_echo_is_known_as_a_part_of_it(void **state)
{
	const struct net_address address = address_of(&rows[0]);

	(void)state;
	assert_true(cookie_is_part(0xedfe, 0xaa54, secret, &address, 0));
	assert_true(cookie_is_part(0x5389, 0xaa54, secret, &address, 0));
	assert_true(cookie_is_part(0x7d35, 0xaa54, secret, &address, 30 * S));
	assert_false(cookie_is_part(0x7d35, 0xaa54, secret, &address, 60 * S));
	assert_false(cookie_is_part(0x7d35, 0xaa55, secret, &address, 0));
	assert_false(cookie_is_part(0x7d36, 0xaa54, secret, &address, 0));
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 6];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, a_cookie_is_the_hash_of_address_and_port);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(a_cookie_is_good_in_its_period_and_the_next);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(a_cookie_with_one_bit_changed_is_not_good);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(a_cookie_is_good_for_one_address_and_port_only);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(a_challenge_is_28_bytes_that_the_reader_takes);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(an_echo_is_made_of_a_challenge);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(
		each_number_of_an_echo_is_known_as_a_part_of_it);
	return _cmocka_run_group_tests("cookie", tests, count, NULL, NULL);
}

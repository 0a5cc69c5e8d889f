/* relay/control/bans: whom a ban holds, for how long, and what a look-up costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>

#include "relay/control/bans.h"
#include "tests/fixtures/row_tests.h"

enum {
	NOW_NS = 1000,
	MANY = 1000,
};

static struct ban ban_of(const char *text, int64_t until_ns)
{
	struct ban ban = { .until_ns = until_ns };
	char error[PREFIX_ERROR_BYTES];

	if (!prefix_read(text, &ban.prefix, error))
		fail_msg("%s", error);
	return ban;
}

static void add(struct bans *bans, const char *text, int64_t until_ns)
{
	const struct ban ban = ban_of(text, until_ns);

	assert_int_equal(bans_add(bans, &ban), 0);
}

static const struct ban *find(struct bans *bans, const char *address, int64_t now_ns)
{
	char text[INET6_ADDRSTRLEN + sizeof("/128")];
	struct ban ban;

	snprintf(text, sizeof(text), "%s%s", address, strchr(address, ':') ? "/128" : "");
	ban = ban_of(text, 0);
	return bans_find(bans, ban.prefix.bytes, now_ns);
}

struct row {
	const char *name, *ban, *address;
	bool is_held;
};

static const struct row rows[] = {
	{ "an address is held", "203.0.113.7", "203.0.113.7", true },
	{ "its neighbour is not", "203.0.113.7", "203.0.113.6", false },
	{ "the first of a prefix", "203.0.113.0/24", "203.0.113.0", true },
	{ "the last of a prefix", "203.0.113.0/24", "203.0.113.255", true },
	{ "the one before a prefix", "203.0.113.0/24", "203.0.112.255", false },
	{ "the one behind a prefix", "203.0.113.0/24", "203.0.114.0", false },
	{ "the last of a prefix that ends inside a byte", "10.224.0.0/11", "10.255.255.255", true },
	{ "the one before such a prefix", "10.224.0.0/11", "10.223.255.255", false },
	{ "any IPv4 address, by all of IPv4", "0.0.0.0/0", "255.1.2.3", true },
	{ "no IPv6 address, by all of IPv4", "0.0.0.0/0", "2001:db8::1", false },
	{ "any IPv6 address, by all of IPv6", "::/0", "2001:db8::1", true },
	{ "no IPv4 address, by all of IPv6", "::/0", "203.0.113.7", false },
	{ "a mapped address, by its IPv4 address", "203.0.113.7", "::ffff:203.0.113.7", true },
	{ "an IPv4 address, by its mapped prefix", "::ffff:203.0.0.0/104", "203.1.2.3", true },
	{ "another address of the same customer", "2001:db8::1", "2001:db8::2", true },
	{ "the next customer's", "2001:db8::1", "2001:db8:0:1::1", false },
	{ "one IPv6 address alone", "2001:db8::1/128", "2001:db8::2", false },
	{ "an IPv6 prefix of an odd length", "2001:db8:8000::/33", "2001:db8:ffff::1", true },
	{ "the one before it", "2001:db8:8000::/33", "2001:db8:7fff::1", false },
};

static void a_ban_holds_its_prefix_alone(void **state)
{
	const struct row *row = *state;
	struct bans bans = { 0 };

	assert_null(find(&bans, row->address, NOW_NS));
	add(&bans, row->ban, BANS_FOR_GOOD);
	assert_int_equal(find(&bans, row->address, NOW_NS) != NULL, row->is_held);
	bans_fini(&bans);
}

static void a_ban_ends_at_its_time(void **state)
{
	struct bans bans = { 0 };

	(void)state;
	add(&bans, "203.0.113.7", NOW_NS);
	add(&bans, "203.0.113.8", NOW_NS + 1);
	assert_non_null(find(&bans, "203.0.113.7", NOW_NS - 1));
	assert_null(find(&bans, "203.0.113.7", NOW_NS));
	assert_int_equal(bans_expire(&bans, NOW_NS), 1);
	assert_int_equal(bans.count, 1);
	assert_non_null(find(&bans, "203.0.113.8", NOW_NS));
	bans_fini(&bans);
}

static void a_ban_that_has_ended_hides_no_wider_one(void **state)
{
	struct bans bans = { 0 };

	(void)state;
	add(&bans, "203.0.113.7", NOW_NS);
	add(&bans, "203.0.0.0/16", BANS_FOR_GOOD);
	assert_int_equal(find(&bans, "203.0.113.7", NOW_NS - 1)->until_ns, NOW_NS);
	assert_true(find(&bans, "203.0.113.7", NOW_NS)->until_ns == BANS_FOR_GOOD);
	bans_fini(&bans);
}

static void a_second_ban_of_a_prefix_takes_the_place_of_the_first(void **state)
{
	struct bans bans = { 0 };

	(void)state;
	add(&bans, "203.0.113.0/24", NOW_NS);
	add(&bans, "203.0.113.99/24", BANS_FOR_GOOD);
	assert_int_equal(bans.count, 1);
	assert_non_null(find(&bans, "203.0.113.7", NOW_NS));
	bans_fini(&bans);
}

static void only_a_ban_of_exactly_that_prefix_is_taken_away(void **state)
{
	const struct prefix wider = ban_of("203.0.112.0/23", 0).prefix;
	const struct prefix same = ban_of("203.0.113.0/24", 0).prefix;
	struct bans bans = { 0 };

	(void)state;
	assert_false(bans_remove(&bans, &same));
	add(&bans, "203.0.113.0/24", BANS_FOR_GOOD);
	assert_false(bans_remove(&bans, &wider));
	assert_true(bans_remove(&bans, &same));
	assert_false(bans_remove(&bans, &same));
	assert_null(find(&bans, "203.0.113.7", NOW_NS));
	bans_fini(&bans);
}

static void add_many(struct bans *bans, unsigned count)
{
	char text[PREFIX_TEXT_BYTES];

	for (unsigned i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
		add(bans, text, BANS_FOR_GOOD);
	}
}

static void a_thousand_bans_are_found_and_taken_away_one_by_one(void **state)
{
	struct bans bans = { 0 };

	(void)state;
	add_many(&bans, MANY);
	for (unsigned i = 0; i < MANY; i++) {
		char text[PREFIX_TEXT_BYTES];
		struct prefix prefix;

		snprintf(text, sizeof(text), "10.0.%u.%u", i >> 8, i & 255);
		prefix = ban_of(text, 0).prefix;
		assert_non_null(find(&bans, text, NOW_NS));
		assert_true(bans_remove(&bans, &prefix));
		assert_null(find(&bans, text, NOW_NS));
	}
	assert_int_equal(bans.count, 0);
	bans_fini(&bans);
}

/* With a list it would be a thousand for each. */
static void a_look_up_among_a_thousand_compares_with_a_few(void **state)
{
	struct bans bans = { 0 };
	uint64_t before;

	(void)state;
	add_many(&bans, MANY);
	add(&bans, "192.0.2.0/24", BANS_FOR_GOOD);
	add(&bans, "2001:db8::/32", BANS_FOR_GOOD);
	before = bans.compares;
	for (unsigned i = 0; i < MANY; i++) {
		char text[PREFIX_TEXT_BYTES];

		snprintf(text, sizeof(text), "172.16.%u.%u", i >> 8, i & 255);
		assert_null(find(&bans, text, NOW_NS));
	}
	assert_true(bans.compares - before <= 8 * MANY);
	bans_fini(&bans);
}

static void there_is_a_most(void **state)
{
	const struct ban one_more = ban_of("172.16.0.1", BANS_FOR_GOOD);
	const struct ban again = ban_of("10.0.0.1", NOW_NS);
	struct bans bans = { 0 };

	(void)state;
	add_many(&bans, BANS_MAX);
	assert_int_equal(bans_add(&bans, &one_more), -ENOSPC);
	assert_int_equal(bans_add(&bans, &again), 0);
	assert_int_equal(bans.count, BANS_MAX);
	bans_fini(&bans);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 7] = {
		cmocka_unit_test(a_ban_ends_at_its_time),
		cmocka_unit_test(a_ban_that_has_ended_hides_no_wider_one),
		cmocka_unit_test(a_second_ban_of_a_prefix_takes_the_place_of_the_first),
		cmocka_unit_test(only_a_ban_of_exactly_that_prefix_is_taken_away),
		cmocka_unit_test(a_thousand_bans_are_found_and_taken_away_one_by_one),
		cmocka_unit_test(a_look_up_among_a_thousand_compares_with_a_few),
		cmocka_unit_test(there_is_a_most),
	};
	size_t count = 7;

	ROW_TESTS_ADD(tests, count, rows, a_ban_holds_its_prefix_alone);
	return _cmocka_run_group_tests("bans", tests, count, NULL, NULL);
}

/* Handles of IPv6 addresses, one rule at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/net/address_table_fixture.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

static const uint64_t key[2] = { 1, 2 };
static struct address_table table;

static int set_up(void **state)
{
	(void)state;
	address_table_init(&table, key);
	return 0;
}

/* Whether the handle is this address's, and the way there leaves no trace. */
static bool is_of(uint32_t handle, uint32_t number)
{
	const struct address_table_ipv6 expected = address_table_fixture_address(number);
	struct address_table_ipv6 found;

	return address_table_look(&table, handle, &found) &&
	       memcmp(found.bytes, expected.bytes, sizeof(found.bytes)) == 0 &&
	       found.scope == expected.scope;
}

static bool sent(uint32_t handle, int64_t now_ns)
{
	struct address_table_ipv6 to;

	return address_table_sent(&table, handle, now_ns, &to);
}

static void fill(uint32_t first, uint32_t count, int64_t now_ns)
{
	for (uint32_t i = 0; i < count; i++)
		assert_int_not_equal(address_table_fixture_received(&table, first + i, now_ns), 0);
}

/* One by one */

static void no_handle_is_an_address_of_ipv4(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ADDRESS_TABLE_MAX; i++) {
		const uint32_t handle = address_table_fixture_received(&table, i, 0);

		assert_in_range(handle, UINT32_C(0xf0000001), UINT32_C(0xf7ffffff));
		assert_true(address_table_is_handle(handle));
	}
	assert_false(address_table_is_handle(UINT32_C(0xefffffff))); /* the last of multicast */
	assert_false(address_table_is_handle(UINT32_C(0xf8000000)));
	assert_false(address_table_is_handle(UINT32_C(0xffffffff))); /* broadcast */
}

static void the_interface_is_part_of_a_link_local_address(void **state)
{
	struct address_table_ipv6 one = { .bytes = { 0xfe, 0x80, [15] = 1 } };
	struct address_table_ipv6 found;
	uint32_t handles[ADDRESS_TABLE_MAX];

	(void)state;
	/* So many that some come to lie in one bucket. */
	for (uint32_t i = 0; i < ADDRESS_TABLE_MAX; i++) {
		one.scope = i;
		handles[i] = address_table_received(&table, &one, 0);
	}
	for (uint32_t i = 0; i < ADDRESS_TABLE_MAX; i++) {
		assert_true(address_table_look(&table, handles[i], &found));
		assert_int_equal(found.scope, i);
	}
}

static void a_number_that_was_never_given_is_nobody_s(void **state)
{
	static const uint32_t numbers[] = { 0,
					    UINT32_C(0x7f000001),
					    UINT32_C(0xf0000000),
					    UINT32_C(0xf0004001), /* slot 1, generation 1 */
					    UINT32_C(0xf7ffffff),
					    UINT32_C(0xffffffff) };
	struct address_table_ipv6 found;

	(void)state;
	address_table_fixture_received(&table, 1, 0); /* slot 0, generation 1 */
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assert_false(address_table_look(&table, numbers[i], &found));
		assert_false(sent(numbers[i], 0));
	}
}

static void the_sender_that_was_silent_the_longest_makes_room(void **state)
{
	const uint32_t first = address_table_fixture_received(&table, 0, 0),
		       second = address_table_fixture_received(&table, 1, 0);
	uint32_t fresh;

	(void)state;
	fill(2, ADDRESS_TABLE_MAX - 2, 500 * MS);
	assert_int_equal(address_table_fixture_received(&table, 0, 600 * MS),
			 first); /* so the second is the oldest */
	fresh = address_table_fixture_received(&table, ADDRESS_TABLE_MAX, S);
	assert_int_not_equal(fresh, 0);
	assert_int_not_equal(fresh, second);
	assert_true(is_of(first, 0));
	assert_false(is_of(second, 1));
	assert_false(sent(second, S));
	assert_int_equal(address_table_fixture_received(&table, ADDRESS_TABLE_MAX + 1, S),
			 0); /* the next is not old enough */
}

static void a_named_address_is_never_forgotten(void **state)
{
	const uint32_t first = address_table_fixture_received(&table, 0, 0);
	uint32_t sender = ADDRESS_TABLE_NAMED_MAX;

	(void)state;
	assert_int_equal(address_table_fixture_named(&table, 0, 0),
			 first); /* it keeps the handle that it had */
	for (uint32_t i = 1; i < ADDRESS_TABLE_NAMED_MAX; i++)
		assert_int_not_equal(address_table_fixture_named(&table, i, 0), 0);
	assert_int_equal(address_table_fixture_named(&table, ADDRESS_TABLE_NAMED_MAX, 0),
			 0); /* there is an end to it */
	assert_int_equal(address_table_fixture_named(&table, 0, 0), first);
	for (int64_t now_ns = 0; now_ns < 10000 * S; now_ns += 1000 * S)
		fill((sender += ADDRESS_TABLE_MAX), ADDRESS_TABLE_MAX - ADDRESS_TABLE_NAMED_MAX,
		     now_ns);
	for (uint32_t i = 0; i < ADDRESS_TABLE_NAMED_MAX; i++)
		assert_true(is_of(address_table_fixture_named(&table, i, 0), i));
}

static void a_handle_comes_again_only_after_all_others_of_its_slot(void **state)
{
	uint32_t first, sender = ADDRESS_TABLE_MAX;
	int64_t now_ns = 0, back_ns = 0;

	(void)state;
	/* All but one slot are named or busy peers: one slot takes every new sender. */
	for (uint32_t i = 0; i < ADDRESS_TABLE_MAX - 1; i++)
		assert_true(sent(address_table_fixture_received(&table, i, 0), 0));
	first = address_table_fixture_received(&table, sender++, 0);
	for (; back_ns == 0; sender++) {
		uint32_t handle;

		now_ns += ADDRESS_TABLE_SENDER_IDLE_S * S;
		if (now_ns % (30 * S) == 0)
			for (uint32_t i = 0; i < ADDRESS_TABLE_MAX - 1; i++)
				address_table_fixture_received(&table, i, now_ns);
		handle = address_table_fixture_received(&table, sender, now_ns);
		assert_int_not_equal(handle, 0);
		if (handle == first)
			back_ns = now_ns;
	}
	/* It was forgotten after the first second. */
	assert_int_equal(back_ns - ADDRESS_TABLE_SENDER_IDLE_S * S, ADDRESS_TABLE_REST_S * S);
}

static void a_clock_that_goes_back_does_no_harm(void **state)
{
	(void)state;
	fill(0, ADDRESS_TABLE_MAX, 10 * S);
	assert_int_equal(address_table_fixture_received(&table, ADDRESS_TABLE_MAX, 5 * S), 0);
	assert_int_not_equal(address_table_fixture_received(&table, ADDRESS_TABLE_MAX, 11 * S), 0);
	assert_int_equal(address_table_fixture_received(&table, 1, INT64_MIN),
			 address_table_fixture_received(&table, 1, 11 * S));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_handle_is_an_address_of_ipv4, set_up),
		cmocka_unit_test_setup(the_interface_is_part_of_a_link_local_address, set_up),
		cmocka_unit_test_setup(a_number_that_was_never_given_is_nobody_s, set_up),
		cmocka_unit_test_setup(the_sender_that_was_silent_the_longest_makes_room, set_up),
		cmocka_unit_test_setup(a_named_address_is_never_forgotten, set_up),
		cmocka_unit_test_setup(a_handle_comes_again_only_after_all_others_of_its_slot,
				       set_up),
		cmocka_unit_test_setup(a_clock_that_goes_back_does_no_harm, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

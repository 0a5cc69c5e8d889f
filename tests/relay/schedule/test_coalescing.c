/* How long input may rest: a batch's worth, within its bounds. */

#include "relay/schedule/coalescing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* How long a nap may be after 250 ms in which `came` datagrams came. */
static int64_t longest_after(uint64_t came, bool is_ticking)
{
	struct coalescing coalescing = { 0 };

	coalescing_count(&coalescing, 1000, 500 * MS);
	coalescing_count(&coalescing, 1000 + came, 750 * MS);
	return coalescing_longest_ns(&coalescing, is_ticking);
}

static void a_nap_is_as_long_as_a_batch_takes_to_come_in(void **state)
{
	static const struct {
		uint64_t came;
		int64_t longest_ns;
	} cases[] = {
		{ 0, COALESCING_TICK_MS * MS },   /* nothing came: no longer for that */
		{ 100, COALESCING_TICK_MS * MS }, /* a batch in 160 ms */
		{ 800, COALESCING_TICK_MS * MS }, /* 20 ms */
		{ 1600, 10 * MS },
		{ 4000, 4 * MS },
		{ 8000, 2 * MS },
		{ 1000000, COALESCING_LEAST_MS *
				   MS }, /* a crowd's queue is looked at as often all the same */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(longest_after(cases[i].came, true) == cases[i].longest_ns);
}

static void with_the_self_clocked_flush_a_nap_is_short_whatever_came(void **state)
{
	static const struct {
		uint64_t came;
		int64_t longest_ns;
	} cases[] = {
		{ 0, COALESCING_AUTO_MS * MS },
		{ 100, COALESCING_AUTO_MS * MS },
		{ 4000, COALESCING_AUTO_MS * MS }, /* a batch in 4 ms */
		{ 5000, 16 * MS / 5 },
		{ 8000, 2 * MS },
		{ 1000000, COALESCING_LEAST_MS * MS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(longest_after(cases[i].came, false) == cases[i].longest_ns);
}

static void before_anything_was_counted_a_nap_is_short(void **state)
{
	struct coalescing coalescing = { 0 };

	(void)state;
	assert_true(coalescing_longest_ns(&coalescing, true) == COALESCING_LEAST_MS * MS);
	/* The first count only begins: how long it took for those to come is not known. */
	coalescing_count(&coalescing, 5000, 1000 * MS);
	assert_true(coalescing_longest_ns(&coalescing, true) == COALESCING_LEAST_MS * MS);
	/* A second one at the same moment says nothing either. */
	coalescing_count(&coalescing, 6000, 1000 * MS);
	assert_true(coalescing_longest_ns(&coalescing, true) == COALESCING_LEAST_MS * MS);
}

static void the_rate_is_that_since_the_last_count(void **state)
{
	struct coalescing coalescing = { 0 };

	(void)state;
	coalescing_count(&coalescing, 0, 1000 * MS);
	coalescing_count(&coalescing, 8000, 1250 * MS);
	assert_true(coalescing_longest_ns(&coalescing, true) == 2 * MS);
	coalescing_count(&coalescing, 8100, 1500 * MS);
	assert_true(coalescing_longest_ns(&coalescing, true) == COALESCING_TICK_MS * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nap_is_as_long_as_a_batch_takes_to_come_in),
		cmocka_unit_test(with_the_self_clocked_flush_a_nap_is_short_whatever_came),
		cmocka_unit_test(before_anything_was_counted_a_nap_is_short),
		cmocka_unit_test(the_rate_is_that_since_the_last_count),
	};

	return cmocka_run_group_tests_name("nap", tests, NULL, NULL);
}

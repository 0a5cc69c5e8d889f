/* How long input may rest: a batch's worth, within its bounds. */

#include "relay/schedule/coalescing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* How long input may rest after 250 ms in which `came` datagrams came. */
static int64_t longest_after(uint64_t came, bool is_ticking)
{
	struct coalescing coalescing = { 0 };

	coalescing_count(&coalescing, 1000, 500 * MS);
	coalescing_count(&coalescing, 1000 + came, 750 * MS);
	return coalescing_longest_ns(&coalescing, is_ticking);
}

static void input_rests_as_long_as_a_batch_takes_to_come_in_within_its_bounds(void **state)
{
	(void)state;
	for (uint64_t came = 1; came < 1000000; came += 1 + came / 16) {
		const int64_t batch_ns = 250 * MS / (int64_t)came * COALESCING_DATAGRAMS;
		const int64_t auto_ns = longest_after(came, false);
		const int64_t tick_ns = longest_after(came, true);

		assert_true(auto_ns <= tick_ns);
		assert_in_range(auto_ns, COALESCING_LEAST_MS * MS, COALESCING_AUTO_MS * MS);
		assert_in_range(tick_ns, COALESCING_LEAST_MS * MS, COALESCING_TICK_MS * MS);
		if (batch_ns >= COALESCING_LEAST_MS * MS && batch_ns <= COALESCING_TICK_MS * MS)
			assert_int_equal(tick_ns, batch_ns);
	}
	assert_int_equal(longest_after(0, true), COALESCING_TICK_MS * MS);
}

static void before_anything_was_counted_input_rests_as_short_as_it_may(void **state)
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
		cmocka_unit_test(input_rests_as_long_as_a_batch_takes_to_come_in_within_its_bounds),
		cmocka_unit_test(before_anything_was_counted_input_rests_as_short_as_it_may),
		cmocka_unit_test(the_rate_is_that_since_the_last_count),
	};

	return cmocka_run_group_tests_name("coalescing", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/soak/memory_trend.h"

#define NEAR 1e-9

static void add_line(struct memory_trend *trend, size_t count, double slope)
{
	for (size_t i = 0; i < count; i++)
		memory_trend_add(trend, (double)i, 1000 + slope * (double)i);
}

static void a_line_has_its_slope(void **state)
{
	struct memory_trend trend = { .count = 0 };

	(void)state;
	add_line(&trend, 50, 3);
	assert_float_equal(memory_trend_slope(&trend, 0), 3, NEAR);
}

static void a_few_samples_far_off_change_nothing(void **state)
{
	struct memory_trend trend = { .count = 0 };

	(void)state;
	add_line(&trend, 51, 3);
	trend.bytes[20] = 1e9;
	trend.bytes[40] = -1e9;
	assert_float_equal(memory_trend_slope(&trend, 0), 3, NEAR);
}

static void what_is_skipped_does_not_count(void **state)
{
	struct memory_trend trend = { .count = 0 };

	(void)state;
	for (int i = 0; i < 10; i++)
		memory_trend_add(&trend, i, 100 * i);
	for (int i = 10; i < 30; i++)
		memory_trend_add(&trend, i, 5000);
	assert_float_equal(memory_trend_slope(&trend, 10), 0, NEAR);
	assert_true(memory_trend_slope(&trend, 0) > 1);
}

static void fewer_than_two_samples_have_no_slope(void **state)
{
	struct memory_trend trend = { .count = 0 };

	(void)state;
	assert_float_equal(memory_trend_slope(&trend, 0), 0, NEAR);
	memory_trend_add(&trend, 0, 1000);
	assert_float_equal(memory_trend_slope(&trend, 0), 0, NEAR);
	assert_float_equal(memory_trend_slope(&trend, 5), 0, NEAR);
}

static void samples_beyond_the_bound_are_not_taken(void **state)
{
	struct memory_trend trend = { .count = 0 };

	(void)state;
	add_line(&trend, MEMORY_TREND_MAX, 2);
	memory_trend_add(&trend, 1e6, 0);
	assert_int_equal(trend.count, MEMORY_TREND_MAX);
	assert_float_equal(memory_trend_slope(&trend, 0), 2, NEAR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_its_slope),
		cmocka_unit_test(a_few_samples_far_off_change_nothing),
		cmocka_unit_test(what_is_skipped_does_not_count),
		cmocka_unit_test(fewer_than_two_samples_have_no_slope),
		cmocka_unit_test(samples_beyond_the_bound_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

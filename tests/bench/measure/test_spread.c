/* Median and range of repetitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "bench/measure/spread.h"

static void the_median_is_the_middle_and_the_range_is_whole(void **state)
{
	static const double odd[] = { 5, 1, 4 }, even[] = { 8, 2, 4, 1 }, gap[] = { NAN, 3, 7 };
	struct spread spread = spread_of(odd, 3);

	(void)state;
	assert_true(spread.median == 4 && spread.min == 1 && spread.max == 5);
	spread = spread_of(even, 4);
	assert_true(spread.median == 3 && spread.min == 1 && spread.max == 8);
	spread = spread_of(gap, 3);
	assert_true(spread.median == 5 && spread.min == 3 && spread.max == 7);
	assert_true(isnan(spread_of(gap, 1).median));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_median_is_the_middle_and_the_range_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

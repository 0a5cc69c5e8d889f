#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "client/watch/age_histogram.h"

static const double error_max = 0.01; /* as stated */

static struct age_histogram ages;

static int start_empty(void **state)
{
	(void)state;
	age_histogram_reset(&ages);
	return 0;
}

static void assert_near(double got, double expected)
{
	if (fabs(got - expected) > error_max * expected)
		fail_msg("got %.9f, expected %.9f within 1 %%", got, expected);
}

static void an_empty_one_has_no_percentile(void **state)
{
	(void)state;
	assert_true(age_histogram_percentile(&ages, 50) < 0);
	assert_true(age_histogram_max(&ages) < 0);
}

/* From a microsecond to a week: each alone below a larger one, so that the maximum does not help.
 */
static void every_magnitude_is_within_the_stated_error(void **state)
{
	(void)state;
	for (double span_s = 1e-6; span_s < 6e5; span_s *= 1.003) {
		age_histogram_reset(&ages);
		age_histogram_add(&ages, span_s);
		age_histogram_add(&ages, 1e6);
		/* Ages are counted in whole microseconds. */
		if (fabs(age_histogram_percentile(&ages, 50) - span_s) >
		    error_max * span_s + 0.5e-6)
			fail_msg("%.9f became %.9f", span_s, age_histogram_percentile(&ages, 50));
	}
}

static int compare_spans(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void percentiles_agree_with_a_sorted_list(void **state)
{
	enum {
		COUNT = 20000
	};
	static const double percents[] = { 0.1, 1, 10, 50, 90, 99, 99.9, 100 };
	static double spans[COUNT];
	uint32_t random = 7;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		random = random * 1664525 + 1013904223;
		spans[i] = 0.001 * exp((random >> 8) * 0x1p-24 * 8);
		age_histogram_add(&ages, spans[i]);
	}
	qsort(spans, COUNT, sizeof(spans[0]), compare_spans);
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		size_t rank = (size_t)ceil(percents[i] / 100 * COUNT);

		assert_near(age_histogram_percentile(&ages, percents[i]), spans[rank - 1]);
	}
	assert_true(age_histogram_max(&ages) == spans[COUNT - 1]);
}

static void a_negative_age_counts_as_zero(void **state)
{
	(void)state;
	age_histogram_add(&ages, -0.5);
	age_histogram_add(&ages, NAN);
	assert_int_equal(ages.count, 2);
	assert_true(age_histogram_percentile(&ages, 100) == 0);
}

static void an_age_beyond_the_range_counts_and_keeps_its_maximum(void **state)
{
	(void)state;
	age_histogram_add(&ages, 1e9);
	age_histogram_add(&ages, INFINITY);
	assert_int_equal(ages.count, 2);
	assert_near(age_histogram_percentile(&ages, 50), 0x1p40 * 1e-6);
	assert_true(isinf(age_histogram_max(&ages)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_empty_one_has_no_percentile, start_empty),
		cmocka_unit_test_setup(every_magnitude_is_within_the_stated_error, start_empty),
		cmocka_unit_test_setup(percentiles_agree_with_a_sorted_list, start_empty),
		cmocka_unit_test_setup(a_negative_age_counts_as_zero, start_empty),
		cmocka_unit_test_setup(an_age_beyond_the_range_counts_and_keeps_its_maximum,
				       start_empty),
	};

	return cmocka_run_group_tests_name("age_histogram", tests, NULL, NULL);
}

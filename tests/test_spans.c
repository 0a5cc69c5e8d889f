#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/spans.h"

static void quantiles_are_by_nearest_rank(void **state)
{
	static const int64_t us[] = { 50, 15, 40, 20, 35 };
	struct spans spans = { 0 };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(spans_add(&spans, us[i]), 0);
	spans_sort(&spans);
	assert_int_equal(spans_quantile_us(&spans, 0), 15);
	assert_int_equal(spans_quantile_us(&spans, 0.05), 15);
	assert_int_equal(spans_quantile_us(&spans, 0.30), 20);
	assert_int_equal(spans_quantile_us(&spans, 0.40), 20);
	assert_int_equal(spans_quantile_us(&spans, 0.50), 35);
	assert_int_equal(spans_quantile_us(&spans, 1), 50);
	spans_fini(&spans);
}

static void none_has_no_quantile(void **state)
{
	struct spans spans = { 0 };

	(void)state;
	spans_sort(&spans);
	assert_int_equal(spans_quantile_us(&spans, 0.5), -1);
	spans_fini(&spans);
}

static void many_are_all_kept(void **state)
{
	struct spans spans = { 0 };

	(void)state;
	for (int64_t i = 100000; i > 0; i--)
		assert_int_equal(spans_add(&spans, i), 0);
	spans_sort(&spans);
	for (int i = 1; i <= 100; i++)
		assert_int_equal(spans_quantile_us(&spans, i / 100.0), 1000 * i);
	spans_fini(&spans);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_by_nearest_rank),
		cmocka_unit_test(none_has_no_quantile),
		cmocka_unit_test(many_are_all_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The histogram's error bound on every bucket, and its quantiles against exact ones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/measure/hist.h"
#include "tests/fixtures/row_tests.h"
#include "tests/fixtures/seeded_random.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

/* Too large for the stack; each test starts with empty ones. */
static struct hist one, two, three;

static int set_up(void **state)
{
	(void)state;
	hist_reset(&one);
	hist_reset(&two);
	hist_reset(&three);
	return 0;
}

/* Bounds. */

static void every_bucket_follows_the_one_before_and_keeps_the_error_bound(void **state)
{
	int64_t next_ns = 0;

	(void)state;
	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		int64_t low_ns = hist_bucket_low_ns(i), high_ns = hist_bucket_high_ns(i);

		assert_int_equal(low_ns, next_ns);
		assert_int_equal(hist_bucket(low_ns), i);
		assert_int_equal(hist_bucket(high_ns), i);
		/* The worst case: the least value, reported as the largest. */
		if ((high_ns - low_ns) * 1000 > low_ns)
			fail_msg("bucket %zu, %lld to %lld ns, is wider than 0.1 %%", i,
				 (long long)low_ns, (long long)high_ns);
		next_ns = high_ns + 1;
	}
	assert_true(next_ns > HIST_MAX_NS);
}

/* The median of v, v and the largest there is, so that neither minimum nor maximum answers. */
static void check_reported(int64_t value_ns)
{
	int64_t reported_ns;

	hist_reset(&one);
	hist_record(&one, 0);
	hist_record(&one, value_ns);
	hist_record(&one, HIST_MAX_NS);
	reported_ns = hist_quantile_ns(&one, 0.5);
	if (reported_ns < value_ns || (reported_ns - value_ns) * 1000 > value_ns)
		fail_msg("%lld ns was reported as %lld ns", (long long)value_ns,
			 (long long)reported_ns);
}

static void what_is_reported_is_at_most_a_thousandth_above_the_value(void **state)
{
	(void)state;
	for (int64_t value_ns = 1; value_ns <= HIST_MAX_NS; value_ns *= 2) {
		check_reported(value_ns - 1);
		check_reported(value_ns);
		check_reported(value_ns + 1);
		check_reported(value_ns + value_ns / 2);
	}
	for (int64_t value_ns = US; value_ns <= HIST_MAX_NS; value_ns += value_ns / 50)
		check_reported(value_ns);
}

struct range_row {
	const char *name;
	int64_t value_ns;
	uint64_t count, below, above;
};

static const struct range_row range_rows[] = {
	{ "the least there is, is below", INT64_MIN, 0, 1, 0 },
	{ "minus one is below", -1, 0, 1, 0 },
	{ "zero is in range", 0, 1, 0, 0 },
	{ "one nanosecond is in range", 1, 1, 0, 0 },
	{ "one microsecond is in range", US, 1, 0, 0 },
	{ "the last exact value is in range", HIST_EXACT_NS - 1, 1, 0, 0 },
	{ "the first that is not exact is in range", HIST_EXACT_NS, 1, 0, 0 },
	{ "1,000 s are in range", 1000 * S, 1, 0, 0 },
	{ "a nanosecond more is above", 1000 * S + 1, 0, 0, 1 },
	{ "the most there is, is above", INT64_MAX, 0, 0, 1 },
};

static void a_value_is_counted_where_it_belongs(void **state)
{
	const struct range_row *row = *state;

	set_up(NULL);
	assert_int_equal(hist_record(&one, row->value_ns), row->count == 1);
	assert_int_equal(one.count, row->count);
	assert_int_equal(one.below, row->below);
	assert_int_equal(one.above, row->above);
	assert_int_equal(hist_min_ns(&one), row->count == 1 ? row->value_ns : -1);
	assert_int_equal(hist_max_ns(&one), row->count == 1 ? row->value_ns : -1);
	assert_int_equal(hist_quantile_ns(&one, 0.5), row->count == 1 ? row->value_ns : -1);
}

/* Quantiles. */

static void a_quantile_is_the_nearest_rank(void **state)
{
	static const struct {
		double share;
		int64_t rank;
	} rows[] = {
		{ 0, 1 },     { 0.001, 1 }, { 0.01, 1 },     { 0.0101, 2 },
		{ 0.07, 7 },  { 0.29, 29 }, { 0.5, 50 },     { 0.501, 51 },
		{ 0.57, 57 }, { 0.99, 99 }, { 0.9901, 100 }, { 0.999, 100 },
		{ 1, 100 },   { -1, 1 },    { 2, 100 },      { NAN, 1 },
	};

	(void)state;
	for (int64_t i = 100; i > 0; i--)
		hist_record(&one, i);
	for (size_t i = 0; i < ROW_TESTS_COUNT(rows); i++)
		if (hist_quantile_ns(&one, rows[i].share) != rows[i].rank)
			fail_msg("the quantile of %g is number %lld of 100, not %lld",
				 rows[i].share, (long long)hist_quantile_ns(&one, rows[i].share),
				 (long long)rows[i].rank);
}

static void nothing_has_no_quantile(void **state)
{
	(void)state;
	assert_int_equal(hist_quantile_ns(&one, 0.5), -1);
	assert_int_equal(hist_min_ns(&one), -1);
	assert_int_equal(hist_max_ns(&one), -1);
	assert_true(hist_mean_ns(&one) == 0);
	assert_true(hist_deviation_ns(&one) == 0);
}

static void the_first_and_the_last_are_exact(void **state)
{
	(void)state;
	hist_record(&one, 123456789);
	hist_record(&one, 5 * S + 1);
	hist_record(&one, 987654321001);
	assert_int_equal(hist_quantile_ns(&one, 0), 123456789);
	assert_int_equal(hist_quantile_ns(&one, 1), 987654321001);
	assert_int_equal(hist_min_ns(&one), 123456789);
	assert_int_equal(hist_max_ns(&one), 987654321001);
}

/* 2, 4, 4, 4, 5, 5, 7, 9: the mean is 5, the deviation 2. */
static void mean_and_deviation_are_those_of_all(void **state)
{
	static const int64_t values_ns[] = { 2, 4, 4, 4, 5, 5, 7, 9 };

	(void)state;
	for (size_t i = 0; i < ROW_TESTS_COUNT(values_ns); i++)
		hist_record(&one, values_ns[i]);
	assert_true(hist_mean_ns(&one) == 5);
	assert_true(hist_deviation_ns(&one) == 2);
}

static double unit_random(struct seeded_random *seed)
{
	return (double)(seeded_random_next(seed) >> 11) * 0x1p-53;
}

static int64_t uniform(struct seeded_random *seed)
{
	return (int64_t)seeded_random_between(seed, 1 * US, 1000 * S);
}

static int64_t log_uniform(struct seeded_random *seed)
{
	return (int64_t)((double)US * pow(1e9, unit_random(seed)));
}

static int64_t exponential(struct seeded_random *seed)
{
	return (int64_t)(-log(1 - unit_random(seed)) * 20e6);
}

static int64_t pareto(struct seeded_random *seed)
{
	double ns = 1e6 * pow(1 - unit_random(seed), -1 / 1.2);

	return ns < 1e12 ? (int64_t)ns : HIST_MAX_NS;
}

static int64_t two_peaks(struct seeded_random *seed)
{
	return seeded_random_between(seed, 0, 99) < 99
		       ? (int64_t)seeded_random_between(seed, 40 * MS, 45 * MS)
		       : (int64_t)seeded_random_between(seed, 2 * S, 3 * S);
}

static int64_t always_the_same(struct seeded_random *seed)
{
	(void)seed;
	return 12345678901;
}

static int64_t a_few_nanoseconds(struct seeded_random *seed)
{
	return (int64_t)seeded_random_between(seed, 0, 5000);
}

struct law {
	const char *name;
	int64_t (*draw)(struct seeded_random *seed);
};

static const struct law laws[] = {
	{ "quantiles of uniform values", uniform },
	{ "quantiles of log-uniform values", log_uniform },
	{ "quantiles of exponential values", exponential },
	{ "quantiles of values with a heavy tail", pareto },
	{ "quantiles of values with two peaks", two_peaks },
	{ "quantiles of one value", always_the_same },
	{ "quantiles of a few nanoseconds", a_few_nanoseconds },
};

static const double shares[] = { 0,   0.001, 0.01, 0.05,  0.1,   0.25,   0.5,     0.75,
				 0.9, 0.95,  0.99, 0.995, 0.999, 0.9999, 0.99999, 1 };

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

enum {
	VALUES = 30011, /* a prime: ranks are seldom whole */
};

static void quantiles_are_within_the_bound_of_exact_ones(void **state)
{
	const struct law *law = *state;
	struct seeded_random seed = seeded_random_from_environment();
	static int64_t values_ns[VALUES];
	double sum_ns = 0, mean_ns;

	set_up(NULL);
	for (size_t i = 0; i < VALUES; i++) {
		values_ns[i] = law->draw(&seed);
		sum_ns += (double)values_ns[i];
		assert_true(hist_record(&one, values_ns[i]));
	}
	qsort(values_ns, VALUES, sizeof(values_ns[0]), compare);
	for (size_t i = 0; i < ROW_TESTS_COUNT(shares); i++) {
		double rank = ceil(shares[i] * VALUES);
		int64_t exact_ns = values_ns[rank < 1 ? 0 : (size_t)rank - 1];
		int64_t got_ns = hist_quantile_ns(&one, shares[i]);

		if (got_ns < exact_ns || (got_ns - exact_ns) * 1000 > exact_ns)
			fail_msg("%s, %g: %lld ns, exactly %lld ns", law->name, shares[i],
				 (long long)got_ns, (long long)exact_ns);
	}
	assert_int_equal(hist_quantile_ns(&one, 0), values_ns[0]);
	assert_int_equal(hist_quantile_ns(&one, 1), values_ns[VALUES - 1]);
	mean_ns = sum_ns / VALUES;
	assert_true(fabs(hist_mean_ns(&one) - mean_ns) <= mean_ns * 0.0005);
}

/* Merging. */

static void merging_is_recording_both(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		int64_t value_ns =
			(int64_t)seeded_random_spread(&seed, 0, 4 * (uint64_t)HIST_MAX_NS);

		value_ns -= i % 7 == 0 ? HIST_MAX_NS : 0;
		hist_record(i % 3 == 0 ? &one : &two, value_ns);
		hist_record(&three, value_ns);
	}
	assert_true(one.below > 0 && two.below > 0 && one.above > 0 && two.above > 0);
	hist_merge(&one, &two);
	assert_memory_equal(&one, &three, sizeof(one));
}

static void merging_with_nothing_changes_nothing(void **state)
{
	(void)state;
	hist_record(&one, 5 * MS);
	hist_record(&one, 7 * MS);
	three = one;
	hist_merge(&one, &two);
	assert_memory_equal(&one, &three, sizeof(one));
	hist_merge(&two, &one);
	assert_memory_equal(&two, &three, sizeof(two));
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test_setup(
			every_bucket_follows_the_one_before_and_keeps_the_error_bound, set_up),
		cmocka_unit_test_setup(what_is_reported_is_at_most_a_thousandth_above_the_value,
				       set_up),
		cmocka_unit_test_setup(a_quantile_is_the_nearest_rank, set_up),
		cmocka_unit_test_setup(nothing_has_no_quantile, set_up),
		cmocka_unit_test_setup(the_first_and_the_last_are_exact, set_up),
		cmocka_unit_test_setup(mean_and_deviation_are_those_of_all, set_up),
		cmocka_unit_test_setup(merging_is_recording_both, set_up),
		cmocka_unit_test_setup(merging_with_nothing_changes_nothing, set_up),
	};
	static struct CMUnitTest tests[ROW_TESTS_COUNT(single) + ROW_TESTS_COUNT(range_rows) +
				       ROW_TESTS_COUNT(laws)];
	size_t count = ROW_TESTS_COUNT(single);

	memcpy(tests, single, sizeof(single));
	ROW_TESTS_ADD(tests, count, range_rows, a_value_is_counted_where_it_belongs);
	ROW_TESTS_ADD(tests, count, laws, quantiles_are_within_the_bound_of_exact_ones);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The histogram's quantiles against exact ones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/measure/hist.h"
#include "tests/fixtures/seeded_random.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Too large for the stack; each test starts with an empty one. */
static struct hist one;

static int set_up(void **state)
{
	(void)state;
	memset(&one, 0, sizeof(one));
	return 0;
}

static void a_value_is_counted_in_range_below_or_above(void **state)
{
	static const struct {
		int64_t value_ns;
		uint64_t count, below, above;
	} rows[] = {
		{ INT64_MIN, 0, 1, 0 },
		{ -1, 0, 1, 0 },
		{ 0, 1, 0, 0 },
		{ HIST_EXACT_NS - 1, 1, 0, 0 },
		{ HIST_EXACT_NS, 1, 0, 0 },
		{ HIST_MAX_NS, 1, 0, 0 },
		{ HIST_MAX_NS + 1, 0, 0, 1 },
		{ INT64_MAX, 0, 0, 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const int64_t told_ns = rows[i].count == 1 ? rows[i].value_ns : -1;

		set_up(state);
		assert_int_equal(hist_record(&one, rows[i].value_ns), rows[i].count == 1);
		assert_int_equal(one.count, rows[i].count);
		assert_int_equal(one.below, rows[i].below);
		assert_int_equal(one.above, rows[i].above);
		assert_int_equal(hist_quantile_ns(&one, 0), told_ns);
		assert_int_equal(hist_max_ns(&one), told_ns);
		assert_int_equal(hist_quantile_ns(&one, 0.5), told_ns);
	}
}

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
	for (size_t i = 0; i < COUNT(rows); i++)
		if (hist_quantile_ns(&one, rows[i].share) != rows[i].rank)
			fail_msg("the quantile of %g is number %lld of 100, not %lld",
				 rows[i].share, (long long)hist_quantile_ns(&one, rows[i].share),
				 (long long)rows[i].rank);
}

/* Values. */

static double unit_random(struct seeded_random *seed)
{
	return (double)(seeded_random_next(seed) >> 11) * 0x1p-53;
}

static int64_t uniform(struct seeded_random *seed)
{
	return (int64_t)seeded_random_between(seed, 1000, (uint64_t)HIST_MAX_NS);
}

static int64_t with_a_heavy_tail(struct seeded_random *seed)
{
	double ns = 1e6 * pow(1 - unit_random(seed), -1 / 1.2);

	return ns < 1e12 ? (int64_t)ns : HIST_MAX_NS;
}

static int64_t with_two_peaks(struct seeded_random *seed)
{
	return seeded_random_between(seed, 0, 99) < 99
		       ? (int64_t)seeded_random_between(seed, 40000000, 45000000)
		       : (int64_t)seeded_random_between(seed, 2000000000, 3000000000);
}

static int64_t of_a_few_nanoseconds(struct seeded_random *seed)
{
	return (int64_t)seeded_random_between(seed, 0, 5000);
}

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

enum {
	VALUES = 30011, /* a prime: ranks are seldom whole */
};

static void assert_quantiles(const int64_t sorted_ns[VALUES])
{
	static const double shares[] = { 0,    0.001, 0.05,  0.25,   0.5,     0.9,
					 0.95, 0.99,  0.999, 0.9999, 0.99999, 1 };

	for (size_t i = 0; i < COUNT(shares); i++) {
		const double rank = ceil(shares[i] * VALUES);
		const int64_t exact_ns = sorted_ns[rank < 1 ? 0 : (size_t)rank - 1];
		const int64_t got_ns = hist_quantile_ns(&one, shares[i]);

		if (got_ns < exact_ns || (got_ns - exact_ns) * 1000 > exact_ns)
			fail_msg("%g: %lld ns, exactly %lld ns", shares[i], (long long)got_ns,
				 (long long)exact_ns);
	}
	assert_int_equal(hist_quantile_ns(&one, 0), sorted_ns[0]);
	assert_int_equal(hist_quantile_ns(&one, 1), sorted_ns[VALUES - 1]);
}

static void quantiles_are_within_the_bound_of_exact_ones(void **state)
{
	static int64_t (*const laws[])(struct seeded_random *) = { uniform, with_a_heavy_tail,
								   with_two_peaks,
								   of_a_few_nanoseconds };
	static int64_t values_ns[VALUES];
	struct seeded_random seed = seeded_random_from_environment();

	for (size_t law = 0; law < COUNT(laws); law++) {
		set_up(state);
		for (size_t i = 0; i < VALUES; i++) {
			values_ns[i] = laws[law](&seed);
			assert_true(hist_record(&one, values_ns[i]));
		}
		qsort(values_ns, VALUES, sizeof(values_ns[0]), compare);
		assert_quantiles(values_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_counted_in_range_below_or_above),
		cmocka_unit_test_setup(a_quantile_is_the_nearest_rank, set_up),
		cmocka_unit_test(quantiles_are_within_the_bound_of_exact_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The distribution of ages in buckets, beside the exact one of age.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "bench/measure/age.h"
#include "bench/measure/hist.h"
#include "bench/measure/age_distribution.h"
#include "proto/net/random.h"

enum {
	SEEDS = 50,
	TEETH = 400,
};

static void nothing_has_no_quantile(void **state)
{
	struct age_distribution sawtooth;

	(void)state;
	assert_int_equal(age_distribution_init(&sawtooth, AGE_DISTRIBUTION_FINE_BITS), 0);
	age_distribution_add(&sawtooth, 50, 50); /* no time passed */
	assert_int_equal(age_distribution_quantile_ns(&sawtooth, 0.5), -1);
	assert_int_equal(sawtooth.max_ns, -1);
	age_distribution_fini(&sawtooth);
	age_distribution_fini(&sawtooth);
}

/* From 10 to 30 ms and from 20 to 60 ms: 60 ms in all, of which 10 below 20, 30 below 30. */
static void quantiles_are_those_worked_by_hand(void **state)
{
	static const struct {
		double share;
		int64_t ns;
	} rows[] = {
		{ 1.0 / 6, 20000000 }, { 0.5, 30000000 }, { 0.75, 45000000 }, { 1, 60000000 }
	};
	struct age_distribution sawtooth;

	(void)state;
	assert_int_equal(age_distribution_init(&sawtooth, AGE_DISTRIBUTION_FINE_BITS), 0);
	age_distribution_add(&sawtooth, 10000000, 30000000);
	age_distribution_add(&sawtooth, 20000000, 60000000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const double got = (double)age_distribution_quantile_ns(&sawtooth, rows[i].share);

		if (fabs(got / (double)rows[i].ns - 1) > 1.0 / 1024)
			fail_msg("share %g: %g ns instead of %g", rows[i].share, got,
				 (double)rows[i].ns);
	}
	assert_int_equal(sawtooth.max_ns, 60000000);
	age_distribution_fini(&sawtooth);
}

/* A state every so often, each of some age as it comes. */
static void fill(struct age *age, struct age_distribution *sawtooth, uint64_t seed)
{
	struct random random = random_init(seed);
	struct age_watch watch = { 0 };
	int64_t now_us = 0, origin_us = 0, since_us = 0;

	for (int i = 0; i < TEETH; i++) {
		now_us += 1 + (int64_t)random_below(&random, i % 10 == 0 ? 400000 : 40000);
		if (i > 0)
			age_distribution_add(sawtooth, (since_us - origin_us) * 1000,
					     (now_us - origin_us) * 1000);
		origin_us = now_us - (int64_t)random_below(&random, 20000);
		since_us = now_us;
		assert_int_equal(age_take(age, &watch, origin_us, now_us), 0);
	}
	assert_int_equal(age_finish(age), 0);
}

/* The buckets' error is that of the ends of teeth; a quantile is as wrong as those around it. */
static void quantiles_are_within_their_error_of_the_exact_ones(void **state)
{
	static const double shares[] = { 0.05, 0.5, 0.9, 0.99, 0.999 };
	static const struct {
		unsigned bits;
		double error;
	} sizes[] = { { AGE_DISTRIBUTION_FINE_BITS, 0.001 },
		      { AGE_DISTRIBUTION_COARSE_BITS, 0.032 } };

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		for (size_t s = 0; s < 2; s++) {
			struct age age = age_init(250000);
			struct age_distribution sawtooth;

			assert_int_equal(age_distribution_init(&sawtooth, sizes[s].bits), 0);
			fill(&age, &sawtooth, seed);
			for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
				const double exact = (double)age_quantile_us(&age, shares[i]) * 1e3;
				const double got =
					(double)age_distribution_quantile_ns(&sawtooth, shares[i]);

				/* A microsecond is the exact one's own grain. */
				if (fabs(got - exact) > sizes[s].error * exact + 1000)
					fail_msg("seed %d, %u bits, share %g: %g instead of %g",
						 (int)seed, sizes[s].bits, shares[i], got, exact);
			}
			assert_int_equal(sawtooth.max_ns / 1000, age_max_us(&age));
			age_distribution_fini(&sawtooth);
			age_fini(&age);
		}
	}
}

static void an_age_out_of_range_counts_as_the_nearest_in_range(void **state)
{
	struct age_distribution sawtooth;

	(void)state;
	assert_int_equal(age_distribution_init(&sawtooth, AGE_DISTRIBUTION_COARSE_BITS), 0);
	age_distribution_add(&sawtooth, -1000, INT64_MAX / 2);
	assert_true(age_distribution_quantile_ns(&sawtooth, 0.5) > 0);
	assert_true(age_distribution_quantile_ns(&sawtooth, 0.5) <=
		    INT64_C(1) << AGE_DISTRIBUTION_VALUE_BITS);
	age_distribution_fini(&sawtooth);
}

/* To the bucket; one of the two is over memory of the caller's, as processes share it. */
static void two_that_are_merged_are_as_one_that_took_all(void **state)
{
	static uint64_t counts[2 * AGE_DISTRIBUTION_FINE_BUCKETS];
	struct age_distribution all, part, other;

	(void)state;
	assert_int_equal(age_distribution_init(&all, AGE_DISTRIBUTION_FINE_BITS), 0);
	assert_int_equal(age_distribution_init(&part, AGE_DISTRIBUTION_FINE_BITS), 0);
	age_distribution_over(&other, AGE_DISTRIBUTION_FINE_BITS, counts);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct age one = age_init(250000), two = age_init(250000);

		fill(&one, &all, seed);
		fill(&two, seed % 3 == 0 ? &part : &other, seed);
		age_fini(&one);
		age_fini(&two);
	}
	age_distribution_merge(&part, &other);
	assert_int_equal(part.count, SEEDS * (TEETH - 1));
	assert_int_equal(part.count, all.count);
	assert_int_equal(part.max_ns, all.max_ns);
	assert_memory_equal(part.begins, all.begins, sizeof(counts) / 2);
	assert_memory_equal(part.ends, all.ends, sizeof(counts) / 2);
	age_distribution_fini(&all);
	age_distribution_fini(&part);
}

static void assert_nested(int64_t value_ns)
{
	const size_t fine = age_distribution_bucket_of(AGE_DISTRIBUTION_FINE_BITS, value_ns);

	if (age_distribution_coarse(fine) !=
	    age_distribution_bucket_of(AGE_DISTRIBUTION_COARSE_BITS, value_ns))
		fail_msg("%lld ns: fine bucket %zu", (long long)value_ns, fine);
	if (value_ns <= HIST_MAX_NS && fine != hist_bucket(value_ns))
		fail_msg("%lld ns: the histogram has it in bucket %zu", (long long)value_ns,
			 hist_bucket(value_ns));
}

static void a_fine_bucket_tells_the_coarse_one_and_is_the_histograms(void **state)
{
	struct random random = random_init(3);

	(void)state;
	for (int64_t ns = AGE_DISTRIBUTION_NESTED; ns < 1 << 20; ns++)
		assert_nested(ns);
	for (unsigned bit = 20; bit < AGE_DISTRIBUTION_VALUE_BITS; bit++)
		for (int i = 0; i < 20000; i++)
			assert_nested((INT64_C(1) << bit) +
				      (int64_t)random_below(&random, UINT64_C(1) << bit));
	for (unsigned bit = 20; bit <= AGE_DISTRIBUTION_VALUE_BITS + 2; bit++) {
		assert_nested((INT64_C(1) << bit) - 1);
		assert_nested(INT64_C(1) << bit);
	}
	assert_int_equal(
		age_distribution_bucket_of(AGE_DISTRIBUTION_FINE_BITS, AGE_DISTRIBUTION_NESTED),
		AGE_DISTRIBUTION_NESTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_no_quantile),
		cmocka_unit_test(quantiles_are_those_worked_by_hand),
		cmocka_unit_test(quantiles_are_within_their_error_of_the_exact_ones),
		cmocka_unit_test(an_age_out_of_range_counts_as_the_nearest_in_range),
		cmocka_unit_test(two_that_are_merged_are_as_one_that_took_all),
		cmocka_unit_test(a_fine_bucket_tells_the_coarse_one_and_is_the_histograms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

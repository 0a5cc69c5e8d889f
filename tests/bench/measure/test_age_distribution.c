/* The distribution of ages in buckets, beside a plain list of the spans in which they grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "bench/measure/age_distribution.h"
#include "tests/fixtures/seeded_random.h"

enum {
	ROUNDS = 10,
	SPANS = 400,
};

struct span {
	int64_t from_ns, to_ns;
};

/* Spans begin at `least_ns` to `spread_ns` more, and grow by `grow_ns`; one in ten by ten times. */
struct row {
	const char *name;
	uint64_t least_ns, spread_ns, grow_ns;
};

static const struct row rows[] = {
	{ "delays vary", 1000, 20000000, 40000000 },
	{ "a delay is always the same", 40000001, 1, 50000000 },
	{ "ages grow by less than a bucket", 900000000, 300000000, 100000 },
	{ "ages are of some nanoseconds", 1, 50, 50 },
};

static void fill(struct span spans[SPANS], const struct row *row, struct seeded_random *random)
{
	for (int i = 0; i < SPANS; i++) {
		spans[i].from_ns = (int64_t)(row->least_ns +
					     seeded_random_between(random, 0, row->spread_ns - 1));
		spans[i].to_ns = spans[i].from_ns +
				 (int64_t)seeded_random_between(
					 random, 1, row->grow_ns * (i % 10 == 0 ? 10 : 1));
	}
}

/* Time spent below an age. */
static int64_t spent_ns(const struct span spans[SPANS], int64_t below_ns)
{
	int64_t sum_ns = 0;

	for (int i = 0; i < SPANS; i++) {
		const int64_t to_ns = spans[i].to_ns < below_ns ? spans[i].to_ns : below_ns;

		sum_ns += to_ns > spans[i].from_ns ? to_ns - spans[i].from_ns : 0;
	}
	return sum_ns;
}

static int64_t quantile_ns(const struct span spans[SPANS], double share)
{
	const double wanted_ns = share * (double)spent_ns(spans, INT64_MAX);
	int64_t low_ns = 0, high_ns = INT64_C(1) << 40;

	while (high_ns - low_ns > 1) {
		const int64_t middle_ns = low_ns + (high_ns - low_ns) / 2;

		if ((double)spent_ns(spans, middle_ns) < wanted_ns)
			low_ns = middle_ns;
		else
			high_ns = middle_ns;
	}
	return high_ns;
}

static void assert_is(const struct age_distribution *ages, const struct span spans[SPANS],
		      const char *name)
{
	const int64_t total_ns = spent_ns(spans, INT64_MAX);

	for (double share = 0.01; share < 1; share += 0.0199) {
		const double exact = (double)quantile_ns(spans, share);
		const double got = (double)age_distribution_quantile_ns(ages, share);

		if (fabs(got - exact) > exact / (double)(1 << ages->step_bits) + 1)
			fail_msg("%s, %u bits, share %g: %g ns instead of %g", name,
				 ages->step_bits, share, got, exact);
	}
	/* At the edge of a bucket the share is exact. */
	for (int bit = 0; bit < LOG_BUCKETS_VALUE_BITS; bit++) {
		const int64_t ns = INT64_C(1) << bit;
		const double exact = (double)(total_ns - spent_ns(spans, ns)) / (double)total_ns;

		assert_true(age_distribution_share_above(ages, ns) == exact);
	}
}

static void a_quantile_is_within_a_bucket_of_the_exact_one(void **state)
{
	static const unsigned sizes[] = { LOG_BUCKETS_FINE, LOG_BUCKETS_COARSE };
	struct seeded_random random = seeded_random_from_environment();
	struct span spans[SPANS];

	(void)state;
	for (size_t i = 0; i < ROUNDS * sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i / ROUNDS];

		fill(spans, row, &random);
		for (size_t size = 0; size < 2; size++) {
			struct age_distribution ages;

			assert_int_equal(age_distribution_init(&ages, sizes[size]), 0);
			for (int k = 0; k < SPANS; k++)
				age_distribution_add(&ages, spans[k].from_ns, spans[k].to_ns);
			assert_is(&ages, spans, row->name);
			age_distribution_fini(&ages);
		}
	}
}

static void the_least_and_the_largest_age_are_exact(void **state)
{
	struct age_distribution ages;

	(void)state;
	assert_int_equal(age_distribution_init(&ages, LOG_BUCKETS_FINE), 0);
	age_distribution_add(&ages, 10000019, 30000023);
	assert_int_equal(age_distribution_quantile_ns(&ages, 0), 10000019);
	assert_int_equal(age_distribution_quantile_ns(&ages, 1), 30000023);
	assert_int_equal(ages.max_ns, 30000023);
	age_distribution_fini(&ages);
}

static void nothing_has_no_quantile(void **state)
{
	struct age_distribution ages;

	(void)state;
	assert_int_equal(age_distribution_init(&ages, LOG_BUCKETS_FINE), 0);
	age_distribution_add(&ages, 50, 50); /* no time passed */
	assert_int_equal(age_distribution_quantile_ns(&ages, 0.5), -1);
	assert_true(age_distribution_share_above(&ages, 0) == 0);
	assert_int_equal(ages.max_ns, -1);
	age_distribution_fini(&ages);
	age_distribution_fini(&ages);
}

static void an_age_out_of_range_counts_as_the_nearest_in_range(void **state)
{
	struct age_distribution ages;

	(void)state;
	assert_int_equal(age_distribution_init(&ages, LOG_BUCKETS_COARSE), 0);
	age_distribution_add(&ages, -1000, INT64_MAX / 2);
	assert_true(age_distribution_quantile_ns(&ages, 0.5) > 0);
	assert_true(age_distribution_quantile_ns(&ages, 0.5) <= INT64_C(1)
									<< LOG_BUCKETS_VALUE_BITS);
	age_distribution_fini(&ages);
}

/* To the bucket; one of the two is over memory of the caller's, as processes share it. */
static void two_that_are_merged_are_as_one_that_took_all(void **state)
{
	static struct age_bucket buckets[LOG_BUCKETS_COUNT(LOG_BUCKETS_FINE)];
	struct seeded_random random = seeded_random_from_environment();
	struct age_distribution all, part, other;
	struct span spans[SPANS];

	(void)state;
	fill(spans, &rows[0], &random);
	assert_int_equal(age_distribution_init(&all, LOG_BUCKETS_FINE), 0);
	assert_int_equal(age_distribution_init(&part, LOG_BUCKETS_FINE), 0);
	age_distribution_over(&other, LOG_BUCKETS_FINE, buckets);
	for (int i = 0; i < SPANS; i++) {
		age_distribution_add(&all, spans[i].from_ns, spans[i].to_ns);
		age_distribution_add(i % 3 == 0 ? &part : &other, spans[i].from_ns, spans[i].to_ns);
	}
	age_distribution_merge(&part, &other);
	assert_int_equal(part.count, SPANS);
	assert_int_equal(part.max_ns, all.max_ns);
	assert_memory_equal(part.buckets, all.buckets, sizeof(buckets));
	age_distribution_fini(&all);
	age_distribution_fini(&part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quantile_is_within_a_bucket_of_the_exact_one),
		cmocka_unit_test(the_least_and_the_largest_age_are_exact),
		cmocka_unit_test(nothing_has_no_quantile),
		cmocka_unit_test(an_age_out_of_range_counts_as_the_nearest_in_range),
		cmocka_unit_test(two_that_are_merged_are_as_one_that_took_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

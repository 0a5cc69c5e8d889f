/* Ages counted where they peak, beside each span of their growth counted by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "bench/measure/peak_ages.h"
#include "proto/net/random.h"

enum {
	SEEDS = 3,
	RECEIVERS = 3,
	UPDATES = 4000,
};

/* Updates due every `step_ns`, which come `least_ns` to `spread_ns` more later. */
static const struct row {
	int64_t step_ns, least_ns, spread_ns;
} rows[] = {
	{ 33333333, 50000, 17500000 },     /* relayed at a rhythm */
	{ 16666667, 5000000, 60000000 },   /* several are on their way */
	{ 1000000, 900000000, 300000000 }, /* a step is less than a coarse bucket */
	{ 1000000, 2000, 100 },
	{ 100000, 1000000000, 50000000 }, /* and less than a fine one */
};

/* The next update's, which is not there before the one before it: updates do not overtake here. */
static int64_t next_delay_ns(struct random *random, const struct row *row, int64_t before_ns)
{
	const int64_t delay_ns =
		row->least_ns + (int64_t)random_below(random, (uint64_t)row->spread_ns);

	return delay_ns + row->step_ns > before_ns ? delay_ns : before_ns - row->step_ns + 1;
}

/* `spans`: of all, and of the receiver. */
static void fill(struct peak_ages *peaks, struct age_distribution *spans[2], unsigned receiver,
		 const struct row *row, struct random *random)
{
	int64_t delay_ns = next_delay_ns(random, row, 0), age_ns;

	peak_ages_begin(peaks, receiver, delay_ns);
	for (int i = 0; i < UPDATES; i++) {
		const int64_t next_ns = next_delay_ns(random, row, delay_ns);

		age_ns = next_ns + row->step_ns;
		for (int k = 0; k < 2; k++)
			age_distribution_add(spans[k], delay_ns, age_ns);
		assert_true(peak_ages_take(peaks, receiver, next_ns, age_ns));
		delay_ns = next_ns;
	}
	age_ns = delay_ns + row->step_ns;
	for (int k = 0; k < 2; k++)
		age_distribution_add(spans[k], delay_ns, age_ns);
	peak_ages_end(peaks, receiver, age_ns);
}

static void assert_near(const struct age_distribution *got, const struct age_distribution *wanted,
			double error)
{
	for (double share = 0.01; share < 1; share += 0.01) {
		const double a = (double)age_distribution_quantile_ns(got, share);
		const double b = (double)age_distribution_quantile_ns(wanted, share);

		if (fabs(a - b) > error * b)
			fail_msg("share %g: %g ns instead of %g", share, a, b);
	}
	assert_int_equal(got->count, wanted->count);
}

static void assert_row(const struct row *row, uint64_t seed)
{
	struct age_distribution all, each[RECEIVERS];
	struct random random = random_init(seed);
	struct peak_ages *peaks = calloc(1, sizeof(*peaks));

	assert_non_null(peaks);
	assert_int_equal(peak_ages_init(peaks, RECEIVERS), 0);
	assert_int_equal(age_distribution_init(&all, LOG_BUCKETS_FINE), 0);
	for (unsigned i = 0; i < RECEIVERS; i++) {
		assert_int_equal(age_distribution_init(&each[i], LOG_BUCKETS_FINE), 0);
		fill(peaks, (struct age_distribution *[]){ &all, &each[i] }, i, row, &random);
	}
	peak_ages_settle(peaks, row->step_ns);
	assert_near(&peaks->ages, &all, 0.002);
	assert_int_equal(peaks->ages.max_ns, all.max_ns);
	for (int i = 0; i < RECEIVERS; i++) {
		assert_near(&peaks->receiver_ages[i], &each[i], 0.032);
		age_distribution_fini(&each[i]);
	}
	age_distribution_fini(&all);
	peak_ages_fini(peaks);
	free(peaks);
}

static void peaks_say_as_much_as_spans(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (uint64_t seed = 1; seed <= SEEDS; seed++)
			assert_row(&rows[i], seed);
}

static void a_delay_out_of_range_is_not_taken(void **state)
{
	static const struct {
		int64_t delay_ns;
		bool is_taken;
	} delays[] = {
		{ INT64_MIN, false },  { LOG_BUCKETS_NESTED - 1, false },
		{ HIST_MAX_NS, true }, { LOG_BUCKETS_NESTED, true },
		{ INT64_MAX, false },  { HIST_MAX_NS + 1, false },
	};
	struct peak_ages *peaks = calloc(1, sizeof(*peaks));

	(void)state;
	assert_non_null(peaks);
	assert_int_equal(peak_ages_init(peaks, RECEIVERS), 0);
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		const int64_t ns = delays[i].delay_ns;

		assert_int_equal(peak_ages_place(peaks, RECEIVERS - 1, ns) != NULL,
				 delays[i].is_taken);
		assert_int_equal(peak_ages_take(peaks, RECEIVERS - 1, ns, HIST_MAX_NS),
				 delays[i].is_taken);
	}
	peak_ages_settle(peaks, 1000000);
	assert_int_equal(peaks->ages.count, 2);
	assert_int_equal(peaks->receiver_ages[RECEIVERS - 1].count, 2);
	assert_int_equal(peaks->receiver_ages[0].count, 0);
	peak_ages_fini(peaks);
	free(peaks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peaks_say_as_much_as_spans),
		cmocka_unit_test(a_delay_out_of_range_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

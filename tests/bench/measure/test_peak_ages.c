/* Ages counted where one ends and the next begins, beside each span counted by itself. */
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
	SEEDS = 10,
	RECEIVERS = 3,
	UPDATES = 4000,
};

/* What is due every `step_ns`, and comes at least `least_ns` and at most `spread_ns` more later. */
struct row {
	int64_t step_ns, least_ns, spread_ns;
};

static const struct row rows[] = {
	{ 33333333, 50000, 17500000 },     /* relayed at a rhythm */
	{ 16666667, 5000000, 60000000 },   /* several are on their way */
	{ 1000000, 900000000, 300000000 }, /* a step is less than a coarse bucket */
	{ 1000000, 2000, 100 },
	{ 100000, 1000000000, 50000000 }, /* and less than a fine one */
};

struct fixture {
	struct peak_ages peak_ages;
	struct age_distribution ages, receiver_ages[RECEIVERS];
};

static struct fixture *open_fixture(void)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_int_equal(peak_ages_init(&fixture->peak_ages, RECEIVERS), 0);
	assert_int_equal(age_distribution_init(&fixture->ages, AGE_DISTRIBUTION_FINE_BITS), 0);
	for (int i = 0; i < RECEIVERS; i++)
		assert_int_equal(age_distribution_init(&fixture->receiver_ages[i],
						       AGE_DISTRIBUTION_FINE_BITS),
				 0);
	return fixture;
}

static void close_fixture(struct fixture *fixture)
{
	peak_ages_fini(&fixture->peak_ages);
	age_distribution_fini(&fixture->ages);
	for (int i = 0; i < RECEIVERS; i++)
		age_distribution_fini(&fixture->receiver_ages[i]);
	free(fixture);
}

/* The next update's, which is not there before the one before it: updates do not overtake here. */
static int64_t next_delay_ns(struct random *random, const struct row *row, int64_t before_ns)
{
	const int64_t delay_ns =
		row->least_ns + (int64_t)random_below(random, (uint64_t)row->spread_ns);

	return delay_ns + row->step_ns > before_ns ? delay_ns : before_ns - row->step_ns + 1;
}

static void fill(struct fixture *fixture, unsigned receiver, const struct row *row,
		 struct random *random)
{
	int64_t delay_ns = next_delay_ns(random, row, 0);

	peak_ages_begin(&fixture->peak_ages, receiver, delay_ns);
	for (int i = 0; i < UPDATES; i++) {
		const int64_t next_ns = next_delay_ns(random, row, delay_ns);
		const int64_t age_ns = next_ns + row->step_ns;

		age_distribution_add(&fixture->ages, delay_ns, age_ns);
		age_distribution_add(&fixture->receiver_ages[receiver], delay_ns, age_ns);
		assert_true(peak_ages_take(&fixture->peak_ages, receiver, next_ns, age_ns));
		delay_ns = next_ns;
	}
	age_distribution_add(&fixture->ages, delay_ns, delay_ns + row->step_ns);
	age_distribution_add(&fixture->receiver_ages[receiver], delay_ns, delay_ns + row->step_ns);
	peak_ages_end(&fixture->peak_ages, receiver, delay_ns + row->step_ns);
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

static void peak_ages_say_what_the_teeth_say_within_the_buckets_error(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			struct fixture *fixture = open_fixture();
			struct random random = random_init(seed);

			for (unsigned i = 0; i < RECEIVERS; i++)
				fill(fixture, i, &rows[r], &random);
			peak_ages_settle(&fixture->peak_ages, rows[r].step_ns);
			/* Each side has its own error. */
			assert_near(&fixture->peak_ages.ages, &fixture->ages, 0.002);
			assert_int_equal(fixture->peak_ages.ages.max_ns, fixture->ages.max_ns);
			for (int i = 0; i < RECEIVERS; i++)
				assert_near(&fixture->peak_ages.receiver_ages[i],
					    &fixture->receiver_ages[i], 0.032);
			close_fixture(fixture);
		}
	}
}

static void a_delay_out_of_range_is_not_taken(void **state)
{
	static const struct {
		int64_t delay_ns;
		bool is_taken;
	} delays[] = {
		{ INT64_MIN, false },
		{ -1, false },
		{ AGE_DISTRIBUTION_NESTED - 1, false },
		{ AGE_DISTRIBUTION_NESTED, true },
		{ HIST_MAX_NS, true },
		{ HIST_MAX_NS + 1, false },
		{ INT64_MAX, false },
	};
	struct fixture *fixture = open_fixture();
	unsigned taken = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		assert_int_equal(peak_ages_place(&fixture->peak_ages, RECEIVERS - 1,
						 delays[i].delay_ns) != NULL,
				 delays[i].is_taken);
		assert_int_equal(peak_ages_take(&fixture->peak_ages, RECEIVERS - 1,
						delays[i].delay_ns, HIST_MAX_NS),
				 delays[i].is_taken);
		taken += delays[i].is_taken;
		assert_int_equal(fixture->peak_ages.delays.count, taken);
	}
	peak_ages_settle(&fixture->peak_ages, 1000000);
	assert_int_equal(fixture->peak_ages.ages.count, 2);
	assert_int_equal(fixture->peak_ages.receiver_ages[RECEIVERS - 1].count, 2);
	assert_int_equal(fixture->peak_ages.receiver_ages[0].count, 0);
	close_fixture(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peak_ages_say_what_the_teeth_say_within_the_buckets_error),
		cmocka_unit_test(a_delay_out_of_range_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

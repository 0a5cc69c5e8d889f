/* Jitter and packet delay variation: two measures of one thing, which must not be mixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "bench/measure/jitter.h"
#include "bench/measure/pdv.h"
#include "tests/fixtures/seeded_random.h"

enum {
	SEEDS = 200,
	ARRIVALS = 100,
	STREAMS = 3,
};

static void each_change_of_transit_counts_for_a_sixteenth(void **state)
{
	/* |D| is 16, 0, 32 and 32: J is 1, 1 - 1/16, and so on. */
	static const int64_t transits_ns[] = { 1000, 1016, 1016, 984, 1016 };
	static const double expected_ns[] = { 0, 1, 0.9375, 2.87890625, 4.6989746093750 };
	struct jitter jitter = { 0 };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		jitter_take(&jitter, transits_ns[i]);
		assert_true(jitter.estimate_ns == expected_ns[i]);
	}
	assert_int_equal(jitter.count, 5);
}

/* D as the difference of spacings, (R_j - R_i) - (S_j - S_i), not of transits. */
static void the_estimate_is_that_of_the_spacings(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (int round = 0; round < SEEDS; round++) {
		struct jitter jitter = { 0 };
		int64_t sent_ns = 0, came_ns = 0;
		double expected_ns = 0;

		for (int i = 0; i < ARRIVALS; i++) {
			int64_t sent = i * INT64_C(50000000);
			int64_t came = sent + (int64_t)seeded_random_between(&seed, 0, 90000000);
			double difference = (double)((came - came_ns) - (sent - sent_ns));

			if (i > 0)
				expected_ns += (fabs(difference) - expected_ns) / 16;
			jitter_take(&jitter, came - sent);
			sent_ns = sent;
			came_ns = came;
		}
		assert_true(fabs(jitter.estimate_ns - expected_ns) < 1);
	}
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void each_delay_is_held_against_the_least_of_its_stream(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	struct hist *hist = calloc(1, sizeof(*hist));

	(void)state;
	assert_non_null(hist);
	for (int round = 0; round < SEEDS; round++) {
		uint64_t us[ARRIVALS], least[STREAMS] = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
		struct pdv pdv = { 0 };

		memset(hist, 0, sizeof(*hist));
		for (size_t i = 0; i < ARRIVALS; i++) {
			us[i] = seeded_random_between(&seed, 0, 400000);
			if (us[i] < least[i % STREAMS])
				least[i % STREAMS] = us[i];
			pdv_take(&pdv, (uint32_t)(i % STREAMS), (int64_t)us[i] * 1000 + 999);
		}
		for (size_t i = 0; i < ARRIVALS; i++)
			us[i] -= least[i % STREAMS];
		qsort(us, ARRIVALS, sizeof(us[0]), compare);
		assert_int_equal(pdv_finish(&pdv, STREAMS, hist), 0);
		for (int percent = 1; percent <= 100; percent++) {
			double exact = (double)us[percent - 1] * 1000;
			double said = (double)hist_quantile_ns(hist, percent / 100.0);

			assert_true(said >= exact && said <= exact * 1.001);
		}
		pdv_fini(&pdv);
	}
	free(hist);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_of_transit_counts_for_a_sixteenth),
		cmocka_unit_test(the_estimate_is_that_of_the_spacings),
		cmocka_unit_test(each_delay_is_held_against_the_least_of_its_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

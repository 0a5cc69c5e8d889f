/* Ages by closed form, against examples worked by hand and a sampled estimate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "bench/measure/age.h"
#include "bench/measure/age_track.h"
#include "tests/fixtures/seeded_random.h"

#define MS INT64_C(1000)

static void one_tooth_is_uniform_between_its_ends(void **state)
{
	struct age age = age_init(250 * MS);
	struct age_watch watch = { 0 };

	(void)state;
	age_take(&age, &watch, 0, 10 * MS);
	age_end(&age, &watch, 110 * MS);
	age_finish(&age);
	assert_int_equal(age_quantile_us(&age, 0), 10 * MS);
	assert_int_equal(age_quantile_us(&age, 0.5), 60 * MS);
	assert_int_equal(age_quantile_us(&age, 0.99), 109 * MS);
	assert_int_equal(age_quantile_us(&age, 1), 110 * MS);
	assert_int_equal(age_max_us(&age), 110 * MS);
	assert_true(age_share_above(&age, 60 * MS) == 0.5);
	assert_int_equal(age.stalls, 0);
	age_fini(&age);
}

/*
 * Updates every 50 ms with a delay of 20 ms, one of which is lost: ages grow from 20 to 70 three
 * times and from 20 to 120 once. In 250 ms, the age is above 70 for 50: p80 is 70, p90 is 95.
 */
static void a_lost_update_makes_one_longer_tooth(void **state)
{
	static const int64_t origins_ms[] = { 0, 50, 100, 200 };
	struct age age = age_init(100 * MS);
	struct age_watch watch = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		age_take(&age, &watch, origins_ms[i] * MS, (origins_ms[i] + 20) * MS);
	age_end(&age, &watch, 270 * MS);
	age_finish(&age);
	assert_int_equal(age.total_us, 250 * MS);
	assert_int_equal(age_quantile_us(&age, 0.4), 45 * MS);
	assert_int_equal(age_quantile_us(&age, 0.8), 70 * MS);
	assert_int_equal(age_quantile_us(&age, 0.9), 95 * MS);
	assert_int_equal(age_max_us(&age), 120 * MS);
	assert_true(age_share_above(&age, 70 * MS) == 0.2);
	assert_int_equal(age.stalls, 1);
	assert_int_equal(age.longest_stall_us, 20 * MS);
	age_fini(&age);
}

/* What arrives late and in a row, as after a retransmission, does not end the stall before it is
 * fresh. */
static void a_stall_goes_on_while_what_comes_is_old_already(void **state)
{
	struct age age = age_init(100 * MS);
	struct age_watch watch = { 0 };

	(void)state;
	age_take(&age, &watch, 0, 10 * MS);
	age_take(&age, &watch, 50 * MS, 300 * MS);  /* above since 100; is 250 old */
	age_take(&age, &watch, 100 * MS, 310 * MS); /* is 210 old */
	age_take(&age, &watch, 300 * MS, 320 * MS); /* is 20 old */
	age_end(&age, &watch, 330 * MS);
	assert_int_equal(age.stalls, 1);
	assert_int_equal(age.longest_stall_us, 220 * MS);
	age_fini(&age);
}

static void nothing_has_no_age(void **state)
{
	struct age age = age_init(1);

	(void)state;
	age_finish(&age);
	assert_int_equal(age_quantile_us(&age, 0.5), -1);
	assert_int_equal(age_max_us(&age), -1);
	age_fini(&age);
}

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

enum {
	SAMPLE_US = 100,
	SAMPLES = 200000,
};

static void quantiles_agree_with_a_sampled_estimate(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	struct age age = age_init(250 * MS);
	static int64_t samples[SAMPLES];
	size_t count = 0;

	(void)state;
	for (int entity = 0; entity < 10; entity++) {
		struct age_watch watch = { 0 };
		int64_t now_us = 0, origin_us = -(int64_t)seeded_random_between(&seed, 0, 50 * MS);

		age_take(&age, &watch, origin_us, now_us);
		while (now_us < 2000 * MS) {
			int64_t next_us =
				now_us + (int64_t)seeded_random_between(&seed, 1, 1000) * SAMPLE_US;

			for (; now_us < next_us && now_us < 2000 * MS; now_us += SAMPLE_US)
				samples[count++] = now_us - origin_us;
			origin_us = now_us - (int64_t)seeded_random_between(&seed, 0, 50 * MS);
			if (now_us < 2000 * MS)
				age_take(&age, &watch, origin_us, now_us);
		}
		age_end(&age, &watch, 2000 * MS);
	}
	assert_int_equal(age_finish(&age), 0);
	qsort(samples, count, sizeof(samples[0]), compare);
	for (int percent = 1; percent <= 99; percent++) {
		int64_t exact_us = age_quantile_us(&age, percent / 100.0);
		int64_t sampled_us = samples[(size_t)percent * count / 100];

		if (llabs(exact_us - sampled_us) > 2 * SAMPLE_US)
			fail_msg("p%d: %lld us exactly, %lld us sampled", percent,
				 (long long)exact_us, (long long)sampled_us);
	}
	age_fini(&age);
}

/* From, to; points of the curve in ms from `from`, and ms of age. */
static void a_curve_reaches_from_edge_to_edge_of_its_span(void **state)
{
	static const struct {
		int64_t from_ms, to_ms;
		size_t count;
		int points[8][2];
	} cases[] = {
		/* The first state is where it is known first. */
		{ 0, 150, 2, { { 100, 40 }, { 50 + 100, 90 } } },
		{ 50, 250, 4, { { 50, 40 }, { 150, 140 }, { 150, 30 }, { 200, 80 } } },
		/* What waits from edge to edge is seen. */
		{ 120, 180, 2, { { 0, 60 }, { 60, 120 } } },
		{ 150, 250, 4, { { 0, 90 }, { 50, 140 }, { 50, 30 }, { 100, 80 } } },
		/* Nothing comes any more. */
		{ 300, 400, 2, { { 0, 130 }, { 100, 230 } } },
		{ 0, 90, 0, { { 0, 0 } } },
	};
	struct age_track track = { 0 };
	double x[8], y[8];

	(void)state;
	assert_int_equal(age_track_take(&track, 100000, 60000), 0);
	assert_int_equal(age_track_take(&track, 200000, 170000), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(age_track_curve(&track, cases[i].from_ms * 1000,
						 cases[i].to_ms * 1000, x, y, 8),
				 cases[i].count);
		for (size_t n = 0; n < cases[i].count; n++) {
			assert_int_equal(lround(x[n] * 1e3), cases[i].points[n][0]);
			assert_int_equal(lround(y[n]), cases[i].points[n][1]);
		}
	}
	assert_int_equal(age_track_curve(&track, 50000, 250000, x, y, 3), 3);
	age_track_fini(&track);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_tooth_is_uniform_between_its_ends),
		cmocka_unit_test(a_lost_update_makes_one_longer_tooth),
		cmocka_unit_test(a_stall_goes_on_while_what_comes_is_old_already),
		cmocka_unit_test(nothing_has_no_age),
		cmocka_unit_test(quantiles_agree_with_a_sampled_estimate),
		cmocka_unit_test(a_curve_reaches_from_edge_to_edge_of_its_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

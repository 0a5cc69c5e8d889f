/* One age over time, as a curve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "bench/measure/age_track.h"

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
		/* A wait from edge to edge is seen. */
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
		cmocka_unit_test(a_curve_reaches_from_edge_to_edge_of_its_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

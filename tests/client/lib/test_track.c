/* client/lib/track: positions between, beyond and before the received states. */
#include "client/lib/track.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

enum {
	EXTRAPOLATE_US = 250000,
};

static struct track_state state_at(uint16_t seq, int64_t origin_ms, int32_t x)
{
	return (struct track_state){ .origin_us = origin_ms * 1000,
				     .position = { x, 2 * x, -x },
				     .seq = seq };
}

static enum track_result add(struct track *track, uint16_t seq, int64_t origin_ms, int32_t x)
{
	struct track_state state = state_at(seq, origin_ms, x);

	return track_add(track, &state);
}

static void settle(struct track *track, uint16_t seq, int64_t origin_ms, int32_t x)
{
	struct track_state state = state_at(seq, origin_ms, x);

	state.is_keyframed = true;
	track_add(track, &state);
}

static void assert_at(const struct track *track, int64_t time_ms, double x,
		      enum track_motion motion)
{
	struct track_sample sample;

	assert_true(track_sample(track, time_ms * 1000, EXTRAPOLATE_US, &sample));
	assert_true(fabs(sample.position[0] - (x)) < 1e-6);
	assert_true(fabs(sample.position[1] - (2 * x)) < 1e-6);
	assert_true(fabs(sample.position[2] - (-x)) < 1e-6);
	assert_int_equal(sample.motion, motion);
}

static void nothing_is_known_of_an_empty_track(void **state)
{
	struct track track = { 0 };
	struct track_sample sample;

	(void)state;
	assert_null(track_newest(&track));
	assert_false(track_sample(&track, 0, EXTRAPOLATE_US, &sample));
}

static void positions_follow_the_line_through_time(void **state)
{
	static const struct {
		int64_t time_ms;
		double x;
		enum track_motion motion;
	} rows[] = {
		{ 900, 1000, TRACK_INTERPOLATED }, /* before the oldest: at the oldest */
		{ 1000, 1000, TRACK_INTERPOLATED }, { 1025, 1050, TRACK_INTERPOLATED },
		{ 1050, 1100, TRACK_INTERPOLATED }, { 1075, 1050, TRACK_INTERPOLATED },
		{ 1100, 1000, TRACK_INTERPOLATED }, { 1150, 900, TRACK_EXTRAPOLATED },
		{ 1350, 500, TRACK_EXTRAPOLATED },  { 1351, 500, TRACK_FROZEN },
		{ 99999, 500, TRACK_FROZEN },
	};
	struct track track = { 0 };

	(void)state;
	assert_int_equal(add(&track, 1, 1000, 1000), TRACK_RESTARTED);
	assert_int_equal(add(&track, 2, 1050, 1100), TRACK_NEWEST);
	assert_int_equal(add(&track, 3, 1100, 1000), TRACK_NEWEST);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_at(&track, rows[i].time_ms, rows[i].x, rows[i].motion);
}

static void one_state_alone_has_no_velocity(void **state)
{
	struct track track = { 0 };

	(void)state;
	add(&track, 1, 1000, 7);
	assert_at(&track, 1100, 7, TRACK_EXTRAPOLATED);
	assert_at(&track, 1300, 7, TRACK_FROZEN);
}

static void a_velocity_is_not_taken_from_states_too_close_together(void **state)
{
	struct track track = { 0 };

	(void)state;
	add(&track, 1, 1000, 0);
	add(&track, 2, 1100, 100);
	add(&track, 3, 1101, 200);
	/* From state 1, not 2, which would give 100 grains a millisecond. */
	assert_at(&track, 1202, 400, TRACK_EXTRAPOLATED);
}

static void a_settled_entity_rests(void **state)
{
	struct track track = { 0 };

	(void)state;
	add(&track, 1, 1000, 0);
	add(&track, 2, 1050, 100);
	settle(&track, 2, 1050, 100);
	assert_at(&track, 1200, 100, TRACK_INTERPOLATED);
	assert_at(&track, 90000, 100, TRACK_INTERPOLATED);
	/* It starts shortly before its next state, instead of sliding there from the day before. */
	add(&track, 3, 5000, 200);
	assert_at(&track, 4899, 100, TRACK_INTERPOLATED);
	assert_at(&track, 4950, 150, TRACK_INTERPOLATED);
	assert_at(&track, 5050, 200 + 50 * 100.0 / 3950, TRACK_EXTRAPOLATED);
}

static void a_late_state_helps_interpolation_and_is_not_the_newest(void **state)
{
	struct track track = { 0 };

	(void)state;
	add(&track, 1, 1000, 0);
	add(&track, 3, 1100, 0);
	assert_at(&track, 1050, 0, TRACK_INTERPOLATED);
	assert_int_equal(add(&track, 2, 1050, 500), TRACK_OLDER);
	assert_at(&track, 1050, 500, TRACK_INTERPOLATED);
	assert_int_equal(track_newest(&track)->seq, 3);
	assert_int_equal(add(&track, 2, 1050, 500), TRACK_OLDER);
	assert_int_equal(add(&track, 2, 1040, 500), TRACK_OLDER);
	assert_int_equal(track.count, 3);
}

static void a_late_state_of_an_impossible_origin_is_left_out(void **state)
{
	struct track track = { 0 };

	(void)state;
	add(&track, 1, 1000, 0);
	add(&track, 3, 1100, 0);
	assert_int_equal(add(&track, 2, 1100, 500), TRACK_OLDER);
	assert_int_equal(add(&track, 2, 1000, 500), TRACK_OLDER);
	assert_int_equal(track.count, 2);
}

static void a_newer_state_of_an_earlier_origin_replaces_what_it_contradicts(void **state)
{
	struct track track = { 0 };

	(void)state;
	add(&track, 1, 1000, 0);
	add(&track, 2, 1100, 100);
	add(&track, 3, 1200, 200);
	assert_int_equal(add(&track, 4, 1100, 50), TRACK_NEWEST);
	assert_int_equal(track.count, 2);
	assert_int_equal(track_newest(&track)->seq, 4);
	assert_at(&track, 1050, 25, TRACK_INTERPOLATED);
}

static void seq_wraps_at_16_bits(void **state)
{
	struct track track = { 0 };

	(void)state;
	add(&track, 65534, 1000, 0);
	assert_int_equal(add(&track, 65535, 1050, 1), TRACK_NEWEST);
	assert_int_equal(add(&track, 0, 1100, 2), TRACK_NEWEST);
	assert_int_equal(add(&track, 65535, 1050, 1), TRACK_OLDER);
	assert_int_equal(add(&track, 0, 1100, 2), TRACK_REPEATED);
	assert_int_equal(track_newest(&track)->seq, 0);
	assert_int_equal(track.count, 3);
}

static void half_a_wrap_of_silence_does_not_make_an_entity_stale_for_ever(void **state)
{
	struct track track = { 0 };

	(void)state;
	add(&track, 100, 1000, 0);
	assert_int_equal(add(&track, 100 + 40000, 10999, 5), TRACK_OLDER);
	assert_int_equal(add(&track, 100 + 40000, 11002, 5), TRACK_RESTARTED);
	assert_int_equal(track.count, 1);
	assert_at(&track, 11002, 5, TRACK_INTERPOLATED);
}

static void only_the_last_states_are_kept(void **state)
{
	struct track track = { 0 };

	(void)state;
	for (uint16_t i = 0; i < 3 * TRACK_STATES; i++)
		add(&track, i, 1000 + 50 * i, i);
	assert_int_equal(track.count, TRACK_STATES);
	assert_int_equal(track.states[0].seq, 2 * TRACK_STATES);
	/* A late one older than all is left out; one in between pushes the oldest out. */
	assert_int_equal(add(&track, 1, 1050, 1), TRACK_OLDER);
	assert_int_equal(track.states[0].seq, 2 * TRACK_STATES);
	assert_at(&track, 1000 + 50 * (3 * TRACK_STATES - 2) + 25, 3 * TRACK_STATES - 1.5,
		  TRACK_INTERPOLATED);
}

static void a_late_state_in_a_full_track_pushes_the_oldest_out(void **state)
{
	struct track track = { 0 };
	const uint16_t late = TRACK_STATES - 2;

	(void)state;
	for (uint16_t i = 0; i <= TRACK_STATES; i++)
		if (i != late)
			add(&track, i, 1000 + 50 * i, 0);
	assert_int_equal(track.count, TRACK_STATES);
	add(&track, late, 1000 + 50 * late, 900);
	assert_int_equal(track.count, TRACK_STATES);
	assert_int_equal(track.states[0].seq, 1);
	assert_at(&track, 1000 + 50 * late, 900, TRACK_INTERPOLATED);
	for (unsigned i = 1; i < track.count; i++)
		assert_true(track.states[i - 1].origin_us < track.states[i].origin_us);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_of_an_empty_track),
		cmocka_unit_test(positions_follow_the_line_through_time),
		cmocka_unit_test(one_state_alone_has_no_velocity),
		cmocka_unit_test(a_velocity_is_not_taken_from_states_too_close_together),
		cmocka_unit_test(a_settled_entity_rests),
		cmocka_unit_test(a_late_state_helps_interpolation_and_is_not_the_newest),
		cmocka_unit_test(a_late_state_of_an_impossible_origin_is_left_out),
		cmocka_unit_test(a_newer_state_of_an_earlier_origin_replaces_what_it_contradicts),
		cmocka_unit_test(seq_wraps_at_16_bits),
		cmocka_unit_test(half_a_wrap_of_silence_does_not_make_an_entity_stale_for_ever),
		cmocka_unit_test(only_the_last_states_are_kept),
		cmocka_unit_test(a_late_state_in_a_full_track_pushes_the_oldest_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

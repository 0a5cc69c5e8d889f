/* client/lib/clock: the room's time from exchanges between simulated clocks. */
#include "client/lib/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The relay's clock is this far ahead of ours, in all tests. */
static const int64_t ahead_us = 5000000;

/* An exchange asked at `at_us` that takes `there_us` and `back_us`, and 30 us within the relay. */
static struct clock_exchange exchange(int64_t at_us, int64_t there_us, int64_t back_us)
{
	int64_t received_us = at_us + there_us + ahead_us;

	return (struct clock_exchange){ .asked_us = at_us,
					.received_us = received_us,
					.answered_us = received_us + 30,
					.returned_us = at_us + there_us + 30 + back_us };
}

static int64_t distance(int64_t one, int64_t other)
{
	return one < other ? other - one : one - other;
}

static void before_the_first_exchange_nothing_is_known(void **state)
{
	struct clock clock = { 0 };

	(void)state;
	assert_false(clock_is_known(&clock));
	assert_int_equal(clock_delay_us(&clock), -1);
}

static void a_symmetric_exchange_gives_the_exact_time(void **state)
{
	struct clock clock = { 0 };
	struct clock_exchange one = exchange(1000000, 4000, 4000);

	(void)state;
	assert_true(clock_add(&clock, &one));
	assert_true(clock_is_known(&clock));
	assert_int_equal(clock_delay_us(&clock), 8000);
	assert_int_equal(clock_room_us(&clock, 1008030), 6008030);
	assert_int_equal(clock_room_us(&clock, 1008031), 6008031);
	assert_int_equal(clock_error_us(&clock, 1008030), 4000 + CLOCK_GRAIN_US);
}

static void the_error_bound_holds_for_any_asymmetry(void **state)
{
	(void)state;
	for (int64_t there_us = 0; there_us <= 20000; there_us += 500) {
		struct clock clock = { 0 };
		struct clock_exchange one = exchange(1000000, there_us, 20000 - there_us);
		int64_t now_us = one.returned_us;

		assert_true(clock_add(&clock, &one));
		assert_true(distance(clock_room_us(&clock, now_us), now_us + ahead_us) <=
			    clock_error_us(&clock, now_us));
	}
}

static void the_error_grows_by_100_us_a_second(void **state)
{
	struct clock clock = { 0 };
	struct clock_exchange one = exchange(0, 100, 100);

	(void)state;
	clock_add(&clock, &one);
	assert_int_equal(clock_error_us(&clock, one.returned_us + 10000000) -
				 clock_error_us(&clock, one.returned_us),
			 1000);
}

static void the_exchange_with_the_least_delay_is_followed(void **state)
{
	struct clock clock = { 0 };
	struct clock_exchange good = exchange(1000000, 1000, 1000);
	struct clock_exchange bad = exchange(1100000, 60000, 1000);
	int64_t now_us;

	(void)state;
	clock_add(&clock, &good);
	clock_add(&clock, &bad);
	now_us = bad.returned_us;
	assert_int_equal(clock_room_us(&clock, now_us), now_us + ahead_us);
	assert_int_equal(clock_delay_us(&clock), 61000);
	assert_true(clock_error_us(&clock, now_us) < 1100);
}

static void an_old_exchange_makes_way_when_drift_outweighs_it(void **state)
{
	struct clock clock = { 0 };
	struct clock_exchange old = exchange(0, 1000, 1000);
	struct clock_exchange fresh = exchange(60000000, 2000, 2000);

	(void)state;
	clock_add(&clock, &old);
	clock_add(&clock, &fresh);
	assert_int_equal(clock.best.delay_us, 4000);
}

static void a_small_difference_is_slewed_and_time_never_runs_backwards(void **state)
{
	struct clock clock = { 0 };
	/* 3 ms too late by asymmetry, so that the next one corrects backwards. */
	struct clock_exchange wrong = exchange(1000000, 0, 6000);
	struct clock_exchange right = exchange(1100000, 500, 500);
	int64_t before_us, now_us, room_us;

	(void)state;
	clock_add(&clock, &wrong);
	now_us = right.returned_us;
	before_us = clock_room_us(&clock, now_us);
	clock_add(&clock, &right);
	assert_int_equal(clock_room_us(&clock, now_us), before_us);
	assert_int_not_equal(before_us, now_us + ahead_us);
	for (int i = 0; i < 1000; i++) {
		now_us += 100;
		room_us = clock_room_us(&clock, now_us);
		assert_true(room_us >= before_us);
		assert_true(distance(room_us, now_us + ahead_us) <= clock_error_us(&clock, now_us));
		before_us = room_us;
	}
	assert_int_equal(before_us, now_us + ahead_us);
}

/* The relay's clock as it would be seen by one exchange of no delay, `off_us` from the truth. */
static struct clock_exchange instant(int64_t at_us, int64_t off_us)
{
	struct clock_exchange one = exchange(at_us, 0, 0);

	one.received_us += off_us;
	one.answered_us += off_us;
	one.returned_us = at_us + 30;
	return one;
}

static void a_large_difference_forward_is_stepped_over(void **state)
{
	struct clock clock = { 0 };
	struct clock_exchange wide = exchange(1000000, 0, 80000); /* reads 40 ms late */
	struct clock_exchange exact = instant(2000000, 0);

	(void)state;
	wide.received_us -= 80000;
	wide.answered_us -= 80000;
	clock_add(&clock, &wide);
	clock_add(&clock, &exact);
	assert_int_equal(clock_room_us(&clock, exact.returned_us), exact.returned_us + ahead_us);
}

static void a_large_difference_backward_halves_the_speed(void **state)
{
	struct clock clock = { 0 };
	struct clock_exchange wide = exchange(1000000, 0, 80000);
	struct clock_exchange exact = instant(2000000, 0);
	int64_t now_us = exact.returned_us, before_us;

	(void)state;
	wide.received_us += 80000; /* reads 120 ms early at its bound's other end */
	wide.answered_us += 80000;
	clock_add(&clock, &wide);
	before_us = clock_room_us(&clock, now_us);
	clock_add(&clock, &exact);
	assert_int_equal(clock_room_us(&clock, now_us), before_us);
	assert_int_equal(clock_room_us(&clock, now_us + 1000), before_us + 500);
	assert_int_equal(clock_room_us(&clock, now_us + 1000000), now_us + 1000000 + ahead_us);
}

static void contradictory_exchanges_change_nothing(void **state)
{
	static const struct clock_exchange rows[] = {
		{ .asked_us = 10, .received_us = 5, .answered_us = 5, .returned_us = 9 },
		{ .asked_us = 10, .received_us = 5, .answered_us = 4, .returned_us = 20 },
		{ .asked_us = 10, .received_us = 5, .answered_us = 50, .returned_us = 20 },
	};
	struct clock clock = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(clock_add(&clock, &rows[i]));
		assert_false(clock_is_known(&clock));
	}
}

static void the_bound_holds_over_a_minute_of_jitter_and_drift(void **state)
{
	struct clock clock = { 0 };
	uint64_t random = 42;

	(void)state;
	for (int64_t at_us = 0; at_us < 60000000; at_us += 2000000) {
		/* The relay's oscillator is 80 ppm fast. */
		struct clock_exchange one = { .asked_us = at_us };
		int64_t there_us, back_us;

		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		there_us = 200 + (int64_t)(random >> 49);
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		back_us = 200 + (int64_t)(random >> 49);
		one.received_us = ahead_us + (at_us + there_us) + (at_us + there_us) * 80 / 1000000;
		one.answered_us = one.received_us;
		one.returned_us = at_us + there_us + back_us;
		assert_true(clock_add(&clock, &one));
		for (int64_t now_us = one.returned_us; now_us < at_us + 2000000; now_us += 50000) {
			int64_t truth_us = ahead_us + now_us + now_us * 80 / 1000000;

			assert_true(distance(clock_room_us(&clock, now_us), truth_us) <=
				    clock_error_us(&clock, now_us));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_first_exchange_nothing_is_known),
		cmocka_unit_test(a_symmetric_exchange_gives_the_exact_time),
		cmocka_unit_test(the_error_bound_holds_for_any_asymmetry),
		cmocka_unit_test(the_error_grows_by_100_us_a_second),
		cmocka_unit_test(the_exchange_with_the_least_delay_is_followed),
		cmocka_unit_test(an_old_exchange_makes_way_when_drift_outweighs_it),
		cmocka_unit_test(a_small_difference_is_slewed_and_time_never_runs_backwards),
		cmocka_unit_test(a_large_difference_forward_is_stepped_over),
		cmocka_unit_test(a_large_difference_backward_halves_the_speed),
		cmocka_unit_test(contradictory_exchanges_change_nothing),
		cmocka_unit_test(the_bound_holds_over_a_minute_of_jitter_and_drift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

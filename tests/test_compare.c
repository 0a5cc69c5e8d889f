/* What compare's figures are made of: due times, delays, spreads, ratios, and its list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "bench/comparison.h"
#include "bench/contender.h"
#include "bench/delays.h"
#include "bench/pace.h"
#include "bench/spread.h"
#include "bench/update.h"

/* Pace. */

static void turns_are_in_order_and_each_member_has_its_rate(void **state)
{
	struct pace pace;
	uint32_t next[7] = { 0 };
	int64_t last_ns = 0;

	(void)state;
	pace_init(&pace, 7, 30, 5);
	pace.start_ns = 1000;
	for (uint64_t i = 0; i < 7 * 100; i++) {
		const struct pace_turn turn = pace_turn_at(&pace, i);

		assert_true(turn.due_ns >= last_ns && turn.due_ns >= pace.start_ns);
		assert_int_equal(turn.number, next[turn.member]++);
		assert_true(turn.due_ns == pace_due_ns(&pace, turn.member, turn.number));
		last_ns = turn.due_ns;
	}
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(next[i], 100);
}

static void due_times_do_not_drift(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 2, 30, 1);
	assert_true(pace_due_ns(&pace, 1, 30 * 3600) - pace_due_ns(&pace, 1, 0) ==
		    INT64_C(3600000000000));
}

static void another_seed_gives_other_phases_within_the_period(void **state)
{
	struct pace one, same, other;

	(void)state;
	pace_init(&one, PACE_MEMBERS_MAX, 20, 1);
	pace_init(&same, PACE_MEMBERS_MAX, 20, 1);
	pace_init(&other, PACE_MEMBERS_MAX, 20, 2);
	assert_memory_equal(one.phase_ns, same.phase_ns, sizeof(one.phase_ns));
	assert_memory_not_equal(one.phase_ns, other.phase_ns, sizeof(one.phase_ns));
	for (unsigned i = 0; i < PACE_MEMBERS_MAX; i++)
		assert_in_range(one.phase_ns[i], 0, 50000000 - 1);
}

/* Delays. */

static void quantiles_are_exact_by_nearest_rank(void **state)
{
	struct delays delays;

	(void)state;
	assert_int_equal(delays_init(&delays), 0);
	assert_int_equal(delays_quantile_us(&delays, 0.5), -1);
	for (int64_t us = 1000; us > 0; us--)
		delays_add(&delays, us * 10);
	assert_int_equal(delays_quantile_us(&delays, 0), 10);
	assert_int_equal(delays_quantile_us(&delays, 0.5), 5000);
	assert_int_equal(delays_quantile_us(&delays, 0.99), 9900);
	assert_int_equal(delays_quantile_us(&delays, 0.999), 9990);
	assert_int_equal(delays_quantile_us(&delays, 0.9991), 10000);
	assert_int_equal(delays_quantile_us(&delays, 1), 10000);
	delays_fini(&delays);
}

static void a_delay_beyond_the_limit_counts_as_the_longest(void **state)
{
	struct delays delays;

	(void)state;
	assert_int_equal(delays_init(&delays), 0);
	delays_add(&delays, -5);
	delays_add(&delays, DELAYS_LIMIT_US - 1);
	delays_add(&delays, DELAYS_LIMIT_US);
	delays_add(&delays, INT64_C(9000000000));
	assert_int_equal(delays.total, 4);
	assert_int_equal(delays_quantile_us(&delays, 0.25), 0);
	assert_int_equal(delays_quantile_us(&delays, 0.5), DELAYS_LIMIT_US - 1);
	assert_true(delays_quantile_us(&delays, 0.75) == INT64_C(9000000000));
	delays_fini(&delays);
}

/* Spread. */

static void the_median_is_the_middle_and_the_range_is_whole(void **state)
{
	static const double odd[] = { 5, 1, 4 }, even[] = { 8, 2, 4, 1 }, gap[] = { NAN, 3, 7 };
	struct spread spread = spread_of(odd, 3);

	(void)state;
	assert_true(spread.median == 4 && spread.min == 1 && spread.max == 5);
	spread = spread_of(even, 4);
	assert_true(spread.median == 3 && spread.min == 1 && spread.max == 8);
	spread = spread_of(gap, 3);
	assert_true(spread.median == 5 && spread.min == 3 && spread.max == 7);
	assert_true(isnan(spread_of(gap, 1).median));
}

static void a_ratio_is_taken_within_each_repetition(void **state)
{
	/* The machine was twice as slow in the second repetition, for both. */
	static const double values[] = { 6, 12, 6 }, bases[] = { 2, 4, 2 }, zero[] = { 0, 4, 2 };
	struct spread spread = spread_of_ratio(values, bases, 3);

	(void)state;
	assert_true(spread.median == 3 && spread.min == 3 && spread.max == 3);
	spread = spread_of_ratio(values, zero, 3);
	assert_true(spread.median == 3 && spread.max == 3);
}

/* Updates. */

static void an_update_is_32_bytes_that_say_whose_it_is(void **state)
{
	const struct update update = update_of(0x01020304, 0xa0b0c0d0);
	uint8_t bytes[UPDATE_BYTES], again[UPDATE_BYTES];
	struct update heard;

	(void)state;
	update_encode(bytes, &update);
	update_encode(again, &update);
	assert_memory_equal(bytes, again, sizeof(bytes));
	heard = update_decode(bytes);
	assert_int_equal(heard.sender, 0x01020304);
	assert_int_equal(heard.number, 0xa0b0c0d0);
}

static void a_member_moves_a_step_at_a_time_and_stays_in_the_arena(void **state)
{
	(void)state;
	for (uint32_t number = 0; number < 5000; number++) {
		const struct update now = update_of(3, number), next = update_of(3, number + 1);

		assert_true(now.position[0] >= -50000 && now.position[0] <= 50000);
		assert_true(labs((long)next.position[0] - now.position[0]) <= 150);
		assert_true(number == 0 || next.position[0] != now.position[0] ||
			    next.position[1] != now.position[1]);
	}
}

/* The list. */

static void each_tick_makes_one_of_ours_and_one_floor(void **state)
{
	static const double ticks_hz[] = { 0, 60 };
	struct contender list[CONTENDER_MAX];
	char error[CONTENDER_ERROR_BYTES];

	(void)state;
	assert_int_equal(contender_list(list, NULL, ticks_hz, 2, error), 7);
	assert_string_equal(list[0].label, "starling");
	assert_string_equal(list[1].label, "starling 60 Hz");
	assert_true(list[1].tick_hz == 60);
	assert_int_equal(contender_list(list, "udp,starling", ticks_hz, 1, error), 2);
	assert_string_equal(list[0].label, "starling");
	assert_string_equal(list[1].label, "udp");
}

static void the_tick_that_sets_its_own_time_is_ours_only(void **state)
{
	static const double ticks_hz[] = { -1, 60 };
	struct contender list[CONTENDER_MAX];
	char error[CONTENDER_ERROR_BYTES];

	(void)state;
	assert_int_equal(contender_list(list, "udp,starling", ticks_hz, 2, error), 3);
	assert_string_equal(list[0].label, "starling auto");
	assert_string_equal(list[1].label, "starling 60 Hz");
	assert_string_equal(list[2].label, "udp 60 Hz");
}

static void an_unknown_contender_is_named_with_those_there_are(void **state)
{
	static const char *const wrong[] = { "enet", "udp,", ",udp", "ud", "udpx", "udp,,tcp" };
	static const double ticks_hz[] = { 0 };
	struct contender list[CONTENDER_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char error[CONTENDER_ERROR_BYTES] = "";

		assert_int_equal(contender_list(list, wrong[i], ticks_hz, 1, error), 0);
		assert_non_null(strstr(error, wrong[i]));
		assert_non_null(strstr(error, CONTENDER_NAMES));
	}
}

/* The checks. */

static void late_sends_overflows_and_missing_repetitions_are_not_valid(void **state)
{
	static struct comparison c;
	struct generator_result *result = &c.rows[1].bouts[1].load;

	(void)state;
	c = (struct comparison){ .repeat = 2, .finished = 2, .row_count = 2 };
	result->late_p99_us = GENERATOR_LATE_MAX_US;
	assert_true(comparison_is_valid(&c));
	result->late_p99_us++;
	assert_false(comparison_is_valid(&c));
	assert_int_equal(comparison_late(&c, &c.rows[1]), 1);
	*result = (struct generator_result){ .own_drops = 1 };
	assert_false(comparison_is_valid(&c));
	*result = (struct generator_result){ 0 };
	c.finished = 1;
	assert_false(comparison_is_valid(&c));
}

static void cost_and_loss_are_of_what_was_delivered(void **state)
{
	const struct generator_result result = { .due = 200,
						 .delivered = 150,
						 .relay_cpu_ns = 300000 };

	(void)state;
	assert_true(comparison_cpu_us(&result) == 2);
	assert_true(comparison_loss(&result) == 0.25);
	assert_true(isnan(comparison_cpu_us(&(struct generator_result){ .due = 1 })));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_are_in_order_and_each_member_has_its_rate),
		cmocka_unit_test(due_times_do_not_drift),
		cmocka_unit_test(another_seed_gives_other_phases_within_the_period),
		cmocka_unit_test(quantiles_are_exact_by_nearest_rank),
		cmocka_unit_test(a_delay_beyond_the_limit_counts_as_the_longest),
		cmocka_unit_test(the_median_is_the_middle_and_the_range_is_whole),
		cmocka_unit_test(a_ratio_is_taken_within_each_repetition),
		cmocka_unit_test(an_update_is_32_bytes_that_say_whose_it_is),
		cmocka_unit_test(a_member_moves_a_step_at_a_time_and_stays_in_the_arena),
		cmocka_unit_test(each_tick_makes_one_of_ours_and_one_floor),
		cmocka_unit_test(the_tick_that_sets_its_own_time_is_ours_only),
		cmocka_unit_test(an_unknown_contender_is_named_with_those_there_are),
		cmocka_unit_test(late_sends_overflows_and_missing_repetitions_are_not_valid),
		cmocka_unit_test(cost_and_loss_are_of_what_was_delivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

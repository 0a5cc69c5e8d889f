/* One room, one line, one way of carrying: what became of its updates, by exact repetition. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/bench/trial_fixture.h"

enum {
	SEEDS = 5,
};

/* The share that a path of two links loses, of all that entered both directions. */
static double path_loss(const struct trial_result *result)
{
	double up = (double)result->up.lost / (double)result->up.entered;
	double down = (double)result->down.lost / (double)result->down.entered;

	return 1 - (1 - up) * (1 - down);
}

static void a_perfect_line_loses_nothing_in_any_mode(void **state)
{
	(void)state;
	for (int carrier = 0; carrier < TRIAL_SIM_COUNT; carrier++) {
		struct trial_result result =
			trial_fixture_of((enum trial_carrier)carrier, "none", 1);

		/* 20 a second, for 20 s, from each of 4 to 3; one may be under way at each end. */
		trial_fixture_expect_between((double)result.due, 4800 - 12, 4800 + 12);
		assert_int_equal(result.delivered, result.due);
		assert_int_equal(result.lost, 0);
		assert_int_equal(result.skipped, 0);
		assert_int_equal(result.late, 0);
		assert_int_equal(result.throttled, 0);
		assert_int_equal(result.delay_p99_us, 0);
		trial_fixture_expect_between((double)result.age_max_us, 50000, 50001);
		assert_int_equal(result.events_delivered, result.events_due);
		assert_int_equal(result.up.lost + result.down.lost, 0);
	}
}

static void a_trial_repeats_whatever_ran_before_it(void **state)
{
	static const char line[] = "delay=20ms,jitter=5ms,loss=3%,dup=1%";
	struct trial_result first[TRIAL_SIM_COUNT];

	(void)state;
	for (int i = 0; i < TRIAL_SIM_COUNT; i++)
		first[i] = trial_fixture_of((enum trial_carrier)i, line, 7);
	for (int i = TRIAL_SIM_COUNT - 1; i >= 0; i--) {
		struct trial_result again = trial_fixture_of((enum trial_carrier)i, line, 7);
		struct trial_result other = trial_fixture_of((enum trial_carrier)i, line, 8);

		assert_memory_equal(&again, &first[i], sizeof(again));
		assert_true(other.digest != again.digest);
	}
}

/* Their datagrams are one for one, so which are lost and how long they take is the same. */
static void raw_and_redundant_meet_the_same_luck(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		static const char line[] = "delay=20ms,jitter=9ms,loss=5%,burst=0.4,reorder=1%";
		struct trial_result raw = trial_fixture_of(TRIAL_RAW, line, seed);
		struct trial_result redundant = trial_fixture_of(TRIAL_REDUNDANT, line, seed);

		assert_memory_equal(&raw.up, &redundant.up, sizeof(raw.up));
		assert_memory_equal(&raw.down, &redundant.down, sizeof(raw.down));
		assert_int_equal(raw.age_p99_us, redundant.age_p99_us);
		assert_int_equal(raw.age_max_us, redundant.age_max_us);
		assert_int_equal(raw.delay_p99_us, redundant.delay_p99_us);
		assert_int_equal(raw.due, redundant.due);
		assert_true(redundant.lost < raw.lost);
	}
}

/* ENet's acknowledgements are lost as well, so the lines are held against a share. */
static void unsequenced_loses_what_the_lines_lose(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct trial_config config =
			trial_fixture_config(TRIAL_UNSEQUENCED, "delay=20ms,loss=5%", seed);
		struct trial_result result;

		config.event_hz = 0;
		config.seconds = 120;
		result = trial_fixture_run(&config);
		trial_fixture_expect_between(trial_fixture_lost_share(&result) / path_loss(&result),
					     0.94, 1.06);
		assert_int_equal(result.late, 0);
	}
}

/* An update is lost only if the k datagrams that carry it are: the path's loss to the k. */
static void redundancy_k_loses_the_kth_power_of_independent_loss(void **state)
{
	(void)state;
	for (size_t k = 1; k <= 3; k++) {
		uint64_t lost = 0, due = 0;
		const double expected = pow(1 - 0.9 * 0.9, (double)k);

		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			struct trial_config config =
				trial_fixture_config(TRIAL_REDUNDANT, "delay=20ms,loss=10%", seed);
			struct trial_result result;

			config.redundancy = k;
			config.seconds = 60;
			result = trial_fixture_run(&config);
			lost += result.lost;
			due += result.due;
		}
		trial_fixture_expect_between((double)lost / (double)due, 0.8 * expected,
					     1.2 * expected);
	}
}

/*
 * However long it takes to join, which raw does not do: the delay grows just after the middle of
 * what is measured (2 s to 22 s), so the median is still the one before.
 */
static void changes_of_a_line_count_from_the_first_update(void **state)
{
	static const char line[] = "delay=20ms,at=12100ms:delay=40ms";
	struct trial_result raw = trial_fixture_of(TRIAL_RAW, line, 1);
	struct trial_result unsequenced = trial_fixture_of(TRIAL_UNSEQUENCED, line, 1);

	(void)state;
	trial_fixture_expect_between((double)raw.delay_p50_us, 40000, 40000 * 1.001);
	trial_fixture_expect_between((double)unsequenced.delay_p50_us, 40000, 40000 * 1.001);
	assert_int_equal(unsequenced.delay_p99_us, 80000);
}

static void a_doubled_datagram_counts_as_duplicate_on_raw(void **state)
{
	struct trial_result result = trial_fixture_of(TRIAL_RAW, "delay=10ms,dup=100%", 1);

	(void)state;
	/* Two on the way up, each of which is doubled on its way down. */
	assert_int_equal(result.duplicates, 3 * result.delivered);
	assert_int_equal(result.lost, 0);
}

static void payload_is_on_the_lines(void **state)
{
	static const enum trial_carrier carriers[] = { TRIAL_UNSEQUENCED, TRIAL_RAW };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct trial_config config = trial_fixture_config(carriers[i], "delay=1ms", 1);
		struct trial_result without = trial_fixture_run(&config), with;

		config.payload_bytes = 64;
		with = trial_fixture_run(&config);
		trial_fixture_expect_between((double)(with.bytes - without.bytes) /
						     (double)with.delivered,
					     64, 64 * 1.4); /* for one way up, three ways down */
	}
}

static void a_trial_takes_its_movement_from_a_trace(void **state)
{
	struct trace_row rows[] = { { .t_s = 0, .x = 1, .y = 2, .rank = 0 },
				    { .t_s = 0, .x = 3000, .y = 4000, .rank = 1 },
				    { .t_s = 0.5, .x = 5, .y = 6, .rank = 0 } };
	struct trace_id ids[] = { { .id = 0 }, { .id = 9 } };
	const struct trace trace = {
		.rows = rows, .row_count = 3, .ids = ids, .id_count = 2, .period_s = 1
	};
	struct trial_config config = trial_fixture_config(TRIAL_UNSEQUENCED, "delay=1ms", 1);
	struct trial_result flock, traced, again;

	(void)state;
	config.members = 2;
	flock = trial_fixture_run(&config);
	config.trace = &trace;
	traced = trial_fixture_run(&config);
	again = trial_fixture_run(&config);
	assert_true(flock.digest != traced.digest);
	assert_int_equal(again.digest, traced.digest);
	assert_int_equal(traced.lost, 0);
}

/* Its number is the bench's matter, and no game's: those from 8,192 on would not fit 14 bits. */
static void an_update_does_not_carry_its_number(void **state)
{
	struct trace_row rows[] = { { .t_s = 0, .rank = 0 }, { .t_s = 0, .rank = 1 } };
	struct trace_id ids[] = { { .id = 0 }, { .id = 1 } };
	const struct trace still = {
		.rows = rows, .row_count = 2, .ids = ids, .id_count = 2, .period_s = 1
	};
	struct trial_config config = trial_fixture_config(TRIAL_UNSEQUENCED, "delay=1ms", 1);
	struct trial_result first, longer;

	(void)state;
	config.members = 2;
	config.trace = &still;
	config.rate_hz = 1000;
	config.event_hz = 0;
	config.seconds = 5;
	first = trial_fixture_run(&config);
	config.seconds = 30;
	longer = trial_fixture_run(&config);
	/* But for clock exchanges, of which there are more in the beginning. */
	trial_fixture_expect_between((double)longer.down_bytes / (double)longer.delivered -
					     (double)first.down_bytes / (double)first.delivered,
				     -0.1, 0.1);
}

/* When everyone's session is lost, the next room gives its ids anew, one after the other. */
static void who_joins_again_first_is_not_taken_for_who_had_that_id_before(void **state)
{
	(void)state;
	for (int carrier = 0; carrier < TRIAL_RAW; carrier++)
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			struct trial_config config = trial_fixture_config(
				(enum trial_carrier)carrier,
				"delay=40ms,jitter=5ms,at=5s:blackout=15s", seed);
			struct trial_result result;

			config.members = 8;
			config.seconds = 30;
			result = trial_fixture_run(&config);
			assert_true(result.rejoins >= config.members);
			assert_int_equal(result.duplicates, 0); /* the line makes none */
		}
}

static bool learns(const char *line)
{
	const struct trial_config config = trial_fixture_config(TRIAL_RAW, line, 1);

	return trial_learns_budget(&config.line);
}

static void the_relay_learns_where_a_line_has_a_rate(void **state)
{
	(void)state;
	assert_true(learns("delay=20ms,rate=2mbit/64kB"));
	assert_true(learns("delay=20ms,at=5s:rate=40kbit/6kB"));
	assert_false(learns("none"));
	assert_false(learns("delay=20ms,loss=10%,at=5s:delay=100ms,at=9s:blackout=1s"));
}

/* Eight at 20 Hz are more than the line takes for the last 13 s, and raw fills its queue. */
static void on_a_full_line_updates_are_skipped_and_not_late(void **state)
{
	static const char line[] = "delay=20ms,at=9s:rate=40kbit/6kB";

	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct trial_config config = trial_fixture_config(TRIAL_UNSEQUENCED, line, seed);
		struct trial_result ours, raw;

		config.members = 8;
		ours = trial_fixture_run(&config);
		config.carrier = TRIAL_RAW;
		raw = trial_fixture_run(&config);
		assert_true(ours.skipped > 0);
		assert_true(raw.lost > 0);
		assert_true(10 * ours.lost < raw.lost);
		assert_true(ours.age_p99_us < raw.age_p99_us);
	}
}

static void what_needs_real_sockets_is_refused_on_the_simulated_network(void **state)
{
	(void)state;
	for (int i = TRIAL_SIM_COUNT; i < TRIAL_CARRIER_COUNT; i++) {
		struct trial_config config = trial_fixture_config((enum trial_carrier)i, "none", 1);
		struct trial_result result;
		char error[256];

		assert_false(trial_run(&config, &result, error));
		assert_non_null(strstr(error, "needs real sockets"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_perfect_line_loses_nothing_in_any_mode),
		cmocka_unit_test(a_trial_repeats_whatever_ran_before_it),
		cmocka_unit_test(raw_and_redundant_meet_the_same_luck),
		cmocka_unit_test(unsequenced_loses_what_the_lines_lose),
		cmocka_unit_test(redundancy_k_loses_the_kth_power_of_independent_loss),
		cmocka_unit_test(changes_of_a_line_count_from_the_first_update),
		cmocka_unit_test(a_doubled_datagram_counts_as_duplicate_on_raw),
		cmocka_unit_test(payload_is_on_the_lines),
		cmocka_unit_test(a_trial_takes_its_movement_from_a_trace),
		cmocka_unit_test(an_update_does_not_carry_its_number),
		cmocka_unit_test(who_joins_again_first_is_not_taken_for_who_had_that_id_before),
		cmocka_unit_test(the_relay_learns_where_a_line_has_a_rate),
		cmocka_unit_test(on_a_full_line_updates_are_skipped_and_not_late),
		cmocka_unit_test(what_needs_real_sockets_is_refused_on_the_simulated_network),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

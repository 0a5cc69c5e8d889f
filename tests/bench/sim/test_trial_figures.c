/* The figures of a simulated run, and how they agree with each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/bench/trial_fixture.h"

static void delays_and_ages_of_a_fixed_delay_are_exact(void **state)
{
	(void)state;
	for (int carrier = 0; carrier < TRIAL_SIM_COUNT; carrier++) {
		struct trial_result result =
			trial_fixture_of((enum trial_carrier)carrier, "delay=30ms", 1);

		assert_int_equal(result.delay_p50_us, 60000);
		assert_int_equal(result.delay_p99_us, 60000);
		/* And half an interval; but for the spans that the window's ends cut. */
		trial_fixture_expect_between((double)result.age_p50_us, 84950, 85050);
		trial_fixture_expect_between((double)result.age_max_us, 110000, 110001);
	}
}

static void only_sequenced_counts_the_packets_of_its_channels(void **state)
{
	(void)state;
	for (int i = 0; i < TRIAL_SIM_COUNT; i++) {
		struct trial_result result = trial_fixture_of((enum trial_carrier)i, "none", 1);

		/* 22 s of each member's updates at 20 Hz; more come down. */
		assert_int_equal(result.channel_packets, i == TRIAL_SEQUENCED ? 440 : 0);
	}
}

/*
 * Reliable hands over in order, and shared keeps states back for lost events; the others hand over
 * what comes, or drop it, however bad the line.
 */
static void only_what_is_ordered_waits_behind_what_was_lost(void **state)
{
	static const char line[] = "delay=40ms,jitter=9ms,loss=10%";
	static const struct {
		enum trial_carrier carrier;
		bool waits;
	} cases[] = {
		{ TRIAL_UNSEQUENCED, false }, { TRIAL_SEQUENCED, false },
		{ TRIAL_RELIABLE, true },     { TRIAL_SHARED, true },
		{ TRIAL_RAW, false },         { TRIAL_REDUNDANT, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trial_result result = trial_fixture_of(cases[i].carrier, line, 1);

		assert_true(result.waits > 500);
		assert_int_equal(result.waited > 0, cases[i].waits);
		assert_int_equal(result.wait_max_us > 0, cases[i].waits);
		if (!cases[i].waits)
			continue;
		/* A repeat takes ENet a round trip at least; those behind it wait for what is left.
		 */
		assert_true(result.wait_max_us > 40000);
		assert_true(result.wait_max_us < 5000000);
	}
}

static void without_loss_and_jitter_nothing_waits_in_any_mode(void **state)
{
	(void)state;
	for (int i = 0; i < TRIAL_SIM_COUNT; i++) {
		struct trial_result result =
			trial_fixture_of((enum trial_carrier)i, "delay=40ms", 1);

		assert_int_equal(result.waits, result.delivered);
		assert_int_equal(result.waited, 0);
		assert_int_equal(result.wait_max_us, 0);
		assert_int_equal(result.jitter_worst_us, 0);
		assert_int_equal(result.pdv_p99_us, 0);
		assert_int_equal(result.reordered, 0);
		assert_int_equal(result.loss_periods, 0);
	}
}

/* These hold in any run. */
static void figures_agree_with_each_other(void **state)
{
	static const char line[] = "delay=30ms,jitter=20ms,loss=4%,burst=0.5,reorder=2%,dup=1%";

	(void)state;
	for (int i = 0; i < TRIAL_SIM_COUNT; i++) {
		struct trial_result r = trial_fixture_of((enum trial_carrier)i, line, 3);

		assert_int_equal(r.due, r.delivered + r.lost + r.skipped);
		assert_int_equal(r.due,
				 20 * 20 * TRIAL_FIXTURE_MEMBERS * (TRIAL_FIXTURE_MEMBERS - 1));
		assert_int_equal(r.late, r.reordered);
		assert_true(r.delays <= r.delivered - r.late);
		assert_true(r.waits <= r.delivered && r.waited <= r.waits);
		assert_true(r.loss_periods <= r.lost && r.loss_longest <= r.lost);
		assert_true(r.loss_noticeable <= r.lost);
		assert_true(r.pdv_p50_us <= r.pdv_p99_us && r.pdv_p99_us <= r.delay_p99_us);
		assert_true(r.delay_p50_us <= r.delay_p99_us && r.delay_p99_us <= r.delay_p999_us);
		assert_true(r.jitter_median_us > 0 && r.jitter_median_us <= r.jitter_worst_us);
		assert_true(r.worst_age_p99_us >= r.age_p99_us);
		assert_true(r.worst_loss >= trial_fixture_lost_share(&r));
		trial_fixture_expect_between(r.worst_age_receiver, 0, TRIAL_FIXTURE_MEMBERS - 1);
		trial_fixture_expect_between(r.worst_loss_receiver, 0, TRIAL_FIXTURE_MEMBERS - 1);
		assert_true(r.age_above[0] >= r.age_above[1] && r.age_above[1] >= r.age_above[2]);
	}
}

static void a_wait_for_the_first_update_counts(void **state)
{
	(void)state;
	for (int i = 0; i < TRIAL_SIM_COUNT; i++) {
		struct trial_result result =
			trial_fixture_of((enum trial_carrier)i, "delay=10ms,at=0s:blackout=3s", 1);

		assert_true(result.age_max_us >= 2950000);
		trial_fixture_expect_between(result.age_above[TRIAL_ABOVE_COUNT - 1], 1.0 / 20,
					     3.0 / 20);
		assert_true(result.longest_stall_us >= 1000000);
		assert_true(result.stalls >= TRIAL_FIXTURE_MEMBERS * (TRIAL_FIXTURE_MEMBERS - 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_and_ages_of_a_fixed_delay_are_exact),
		cmocka_unit_test(only_sequenced_counts_the_packets_of_its_channels),
		cmocka_unit_test(only_what_is_ordered_waits_behind_what_was_lost),
		cmocka_unit_test(without_loss_and_jitter_nothing_waits_in_any_mode),
		cmocka_unit_test(figures_agree_with_each_other),
		cmocka_unit_test(a_wait_for_the_first_update_counts),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

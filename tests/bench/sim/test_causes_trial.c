/* Every delivery that did not come has one cause, on any line, whatever carries it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/bench/trial_fixture.h"

enum {
	SEEDS = 4,
};

static struct trial_config configured(enum trial_carrier carrier, const char *line, uint64_t seed)
{
	struct trial_config config = trial_fixture_config(carrier, line, seed);

	config.event_hz = 2;
	config.tick_hz = seed % 2 ? 30 : 0;
	config.seconds = 12;
	return config;
}

static struct trial_result tried(enum trial_carrier carrier, const char *line, uint64_t seed)
{
	const struct trial_config config = configured(carrier, line, seed);

	return trial_fixture_run(&config);
}

static uint64_t sum(const struct trial_result *result)
{
	uint64_t all = 0;

	for (int cause = 0; cause < LOSS_CAUSES_COUNT; cause++)
		all += result->causes[cause];
	return all;
}

/*
 * That the sums are equal is how it is counted; that nothing is left unexplained is not. The relay
 * refuses nothing but for a budget that it has learned.
 */
static void assert_explained(enum trial_carrier carrier, const char *line, uint64_t seed)
{
	const struct trial_config config = configured(carrier, line, seed);
	const struct trial_result result = tried(carrier, line, seed);

	if (sum(&result) != result.lost + result.skipped ||
	    result.causes[LOSS_CAUSES_UNKNOWN] != 0 ||
	    (result.causes[LOSS_CAUSES_REFUSED] != 0 && !trial_learns_budget(&config.line)))
		fail_msg("%s on %s, seed %d: the causes add up to %d, of %d lost and %d skipped; "
			 "%d unknown, %d refused",
			 trial_carrier_text(carrier), line, (int)seed, (int)sum(&result),
			 (int)result.lost, (int)result.skipped,
			 (int)result.causes[LOSS_CAUSES_UNKNOWN],
			 (int)result.causes[LOSS_CAUSES_REFUSED]);
}

static void whatever_did_not_come_has_one_cause_that_explains_it(void **state)
{
	static const char *const lines[] = {
		"none",
		"delay=30ms,loss=5%,burst=0.4",
		"delay=45ms,jitter=20ms,reorder=3%,dup=2%",
		"delay=20ms,loss=30%,jitter=10ms/exponential",
		"delay=40ms,rate=16kbit/3kB",
		"delay=30ms,loss=2%,at=5s:blackout=2s",
		"delay=10ms,at=4s:blackout=9s",
		"delay=30ms,jitter=25ms,loss=10%,burst=0.5,dup=3%,reorder=5%,at=3s:blackout=7s",
		"delay=10ms,at=2500ms:delay=4s",
		"delay=20ms,at=12s:loss=60%",
		"delay=50ms,at=1s:loss=80%",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		for (int carrier = 0; carrier < TRIAL_SIM_COUNT; carrier++)
			for (uint64_t seed = 1; seed <= SEEDS; seed++)
				assert_explained((enum trial_carrier)carrier, lines[i], seed);
}

/*
 * Eight members hear 140 SNAPSHOTs a second, enough for many of the windows in which ENet counts
 * unsequenced packets; what is late at their edges is dropped, and nothing else where no line drops
 * and the relay sends on at once.
 */
static void what_is_late_at_the_edge_of_enets_window_is_overtaken(void **state)
{
	struct trial_config config = configured(TRIAL_UNSEQUENCED, "delay=40ms,jitter=15ms", 2);
	struct trial_result result;

	(void)state;
	config.members = 8;
	config.seconds = 40;
	result = trial_fixture_run(&config);
	assert_true(result.causes[LOSS_CAUSES_OVERTAKEN] > 0);
	assert_int_equal(result.causes[LOSS_CAUSES_UNKNOWN], 0);
	assert_int_equal(sum(&result), result.lost + result.skipped);
}

/*
 * Each datagram of raw is one update, and all that enters after the 2 s of warm-up is measured:
 * what the lines say that they dropped is what the causes say, one for one.
 */
static void of_raw_each_datagram_that_a_line_drops_is_found_again(void **state)
{
	static const char *const lines[] = {
		"at=2s:loss=10%", /* without a delay, so that none is on its way then */
		"delay=20ms,at=3s:blackout=2s",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			const struct trial_result result = tried(TRIAL_RAW, lines[i], seed);

			assert_true(result.causes[LOSS_CAUSES_LINK_UP] > 0);
			assert_int_equal(result.causes[LOSS_CAUSES_LINK_UP],
					 (TRIAL_FIXTURE_MEMBERS - 1) *
						 (result.up.lost + result.up.lost_blackout));
			assert_int_equal(result.causes[LOSS_CAUSES_LINK_DOWN],
					 result.down.lost + result.down.lost_blackout);
			assert_int_equal(sum(&result),
					 result.causes[LOSS_CAUSES_LINK_UP] +
						 result.causes[LOSS_CAUSES_LINK_DOWN]);
		}
}

/*
 * Where no line drops anything, all that unsequenced skips the relay superseded, as it told the
 * receivers, and all that it loses the relay dropped, as something newer had come. Sequenced drops
 * at the receivers, too, so that it loses more to that.
 */
static void without_loss_what_is_superseded_is_what_receivers_were_told(void **state)
{
	static const char line[] = "delay=45ms,jitter=20ms/uniform";

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct trial_result free_one = tried(TRIAL_UNSEQUENCED, line, seed);
		const struct trial_result sequenced = tried(TRIAL_SEQUENCED, line, seed);

		assert_int_equal(free_one.causes[LOSS_CAUSES_SUPERSEDED], free_one.skipped);
		assert_int_equal(free_one.causes[LOSS_CAUSES_OVERTAKEN], free_one.lost);
		assert_int_equal(sum(&sequenced), sequenced.causes[LOSS_CAUSES_SUPERSEDED] +
							  sequenced.causes[LOSS_CAUSES_OVERTAKEN]);
		assert_true(sequenced.causes[LOSS_CAUSES_OVERTAKEN] >
			    2 * free_one.causes[LOSS_CAUSES_OVERTAKEN]);
	}
}

/* The delay grows, and no line loses anything: ENet's throttle takes it for congestion. */
static void what_the_throttle_drops_is_unsent(void **state)
{
	static const char line[] = "delay=40ms,at=3s:delay=100ms";

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct trial_result result = tried(TRIAL_THROTTLED, line, seed);

		assert_true(result.causes[LOSS_CAUSES_UNSENT] > 100);
		assert_int_equal(result.causes[LOSS_CAUSES_UNSENT], result.lost);
		assert_true(result.throttled > 100);
		assert_int_equal(tried(TRIAL_UNSEQUENCED, line, seed).lost, 0);
	}
}

static void reliable_loses_nothing_on_a_line_but_with_its_session(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		const struct trial_result bad = tried(TRIAL_RELIABLE, "delay=40ms,loss=20%", seed);
		const struct trial_result black =
			tried(TRIAL_RELIABLE, "delay=10ms,at=4s:blackout=9s", seed);

		assert_int_equal(bad.lost, 0);
		assert_int_equal(sum(&bad), bad.causes[LOSS_CAUSES_SUPERSEDED]);
		assert_true(black.rejoins > 0);
		assert_true(black.causes[LOSS_CAUSES_SESSION] > 1000);
		assert_int_equal(
			black.causes[LOSS_CAUSES_LINK_UP] + black.causes[LOSS_CAUSES_LINK_DOWN], 0);
	}
}

static void what_comes_after_the_waiting_threshold_is_under_way(void **state)
{
	(void)state;
	for (int carrier = 0; carrier < TRIAL_SIM_COUNT; carrier++) {
		const struct trial_result result =
			tried((enum trial_carrier)carrier, "delay=10ms,at=2500ms:delay=4s", 1);

		assert_true(result.causes[LOSS_CAUSES_UNDER_WAY] > 1000);
		assert_int_equal(result.causes[LOSS_CAUSES_UNDER_WAY], sum(&result));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_did_not_come_has_one_cause_that_explains_it),
		cmocka_unit_test(what_is_late_at_the_edge_of_enets_window_is_overtaken),
		cmocka_unit_test(of_raw_each_datagram_that_a_line_drops_is_found_again),
		cmocka_unit_test(without_loss_what_is_superseded_is_what_receivers_were_told),
		cmocka_unit_test(what_the_throttle_drops_is_unsent),
		cmocka_unit_test(reliable_loses_nothing_on_a_line_but_with_its_session),
		cmocka_unit_test(what_comes_after_the_waiting_threshold_is_under_way),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

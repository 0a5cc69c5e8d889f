/* The link model: changes at times, and which draw decides about which datagram. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/net/link_fixture.h"

/* Changes */

static bool has_passed_at(int64_t after_start_ms)
{
	return outcomes[after_start_ms].has_passed;
}

static void nothing_passes_in_a_blackout(void **state)
{
	(void)state;
	link_fixture_run("at=100ms:blackout=50ms,at=120ms:blackout=10ms,at=300ms:blackout=1ms", 1,
			 400, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	for (int64_t ms = 0; ms < 400; ms++)
		assert_int_equal(has_passed_at(ms), !((ms >= 100 && ms < 150) || ms == 300));
	assert_int_equal(link_fixture_stats.lost_blackout, 51);
	assert_int_equal(link_fixture_stats.lost, 0);
}

static void a_term_has_its_new_value_from_its_time_on(void **state)
{
	(void)state;
	link_fixture_run("delay=40ms,at=100ms:delay=90ms,at=200ms:loss=100%,at=250ms:loss=0%,"
			 "at=300ms:dup=100%,at=350ms:reorder=100%/7ms",
			 1, 400, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	for (int64_t ms = 0; ms < 400; ms++) {
		const struct outcome *outcome = &outcomes[ms];

		assert_int_equal(outcome->has_passed, ms < 200 || ms >= 250);
		if (!outcome->has_passed)
			continue;
		assert_int_equal(outcome->arrives_ns - outcome->sent_ns, (ms < 100   ? 40
									  : ms < 350 ? 90
										     : 97) *
										 MS);
		assert_int_equal(outcome->is_doubled, ms >= 300);
	}
}

/* A datagram of 1,000 bytes every millisecond: the backlog at 100 ms is 50 of them. */
static void datagrams_that_wait_at_a_change_of_rate_count_at_the_new_rate(void **state)
{
	(void)state;
	link_fixture_run("rate=4mbit/1MB,at=100ms:rate=8mbit/1MB", 1, 101, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_int_equal(link_fixture_delay_ms(&outcomes[99]), 101);
	assert_int_equal(link_fixture_delay_ms(&outcomes[100]),
			 51); /* 50 wait, 1 ms each, and itself */
	link_fixture_run("rate=4mbit/1MB,at=100ms:rate=none", 1, 101, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	assert_int_equal(link_fixture_delay_ms(&outcomes[100]), 0);
	link_fixture_run("at=100ms:rate=4mbit/1MB", 1, 101, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	assert_int_equal(link_fixture_delay_ms(&outcomes[99]), 0);
	assert_int_equal(link_fixture_delay_ms(&outcomes[100]), 2);
}

/* Draws */

#define MIXED                                                                                      \
	"delay=40ms,jitter=10ms,loss=5%,burst=0.4,dup=2%,reorder=3%/20ms,rate=9mbit/40kB,"         \
	"at=2s:blackout=500ms,at=5s:jitter=5ms/exponential,at=7s:rate=none,at=8s:jitter=9ms/"      \
	"uniform"

static uint64_t digest_number(uint64_t digest, uint64_t value)
{
	for (int i = 0; i < 8; i++, value >>= 8)
		digest = (digest ^ (value & 0xff)) * UINT64_C(0x100000001b3);
	return digest;
}

static uint64_t digest_run(uint64_t seed)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	link_fixture_run(MIXED, seed, 10000, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	for (size_t i = 0; i < outcome_count; i++) {
		digest = digest_number(digest, outcomes[i].has_passed);
		if (!outcomes[i].has_passed)
			continue;
		digest = digest_number(digest, (uint64_t)outcomes[i].arrives_ns);
		digest = digest_number(digest, outcomes[i].is_doubled);
		digest = digest_number(digest, (uint64_t)outcomes[i].copy_ns);
	}
	return digest;
}

/* The number is the same with every compiler, optimised or not, on any machine. */
static void one_seed_gives_the_same_fates_everywhere(void **state)
{
	(void)state;
	assert_int_equal(digest_run(1), UINT64_C(0x789bb5a2205d9d6b));
	assert_true(digest_run(2) != digest_run(1));
	assert_true(digest_run(UINT64_C(1) << 63) != digest_run(0));
}

/* The first datagram is lost as often as any other, whatever the bursts. */
static void the_first_of_a_link_is_lost_in_the_stated_share(void **state)
{
	const double links = 20000;
	double lost = 0;

	(void)state;
	for (uint64_t seed = 0; seed < (uint64_t)links; seed++) {
		link_fixture_run("loss=20%,burst=0.9", seed, 1, MS, 1);
		lost += !outcomes[0].has_passed;
	}
	assert_true(link_fixture_fits_share(lost, links, 0.2, 1));
	assert_false(link_fixture_fits_share(lost, links, 0.22, 1));
}

static void every_datagram_has_one_outcome(void **state)
{
	uint64_t passed = 0, sum_ns = 0, max_ns = 0;

	(void)state;
	link_fixture_run(MIXED, 1, 10000, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	for (size_t i = 0; i < outcome_count; i++) {
		const uint64_t ns = (uint64_t)(outcomes[i].arrives_ns - outcomes[i].sent_ns);

		if (!outcomes[i].has_passed)
			continue;
		passed++;
		sum_ns += ns;
		max_ns = ns > max_ns ? ns : max_ns;
	}
	assert_int_equal(link_fixture_stats.entered, outcome_count);
	assert_int_equal(link_fixture_stats.passed, passed);
	assert_int_equal(link_fixture_stats.entered, passed + link_fixture_stats.lost +
							     link_fixture_stats.lost_blackout +
							     link_fixture_stats.lost_queue);
	assert_int_equal(link_fixture_stats.lost_blackout, 500);
	assert_true(link_fixture_stats.lost > 0 && link_fixture_stats.lost_queue == 0 &&
		    link_fixture_stats.held_back > 0);
	assert_int_equal(link_fixture_stats.delay_sum_ns, sum_ns);
	assert_int_equal(link_fixture_stats.delay_max_ns, max_ns);
}

/* Two streams that differ in sizes and times: the n-th datagrams meet the same fate. */
static void twin_streams_meet_the_same_luck(void **state)
{
	static const char text[] = "delay=40ms,jitter=10ms,loss=5%,burst=0.4,dup=2%,reorder=3%";
	static struct outcome first[20000];

	(void)state;
	link_fixture_run(text, 77, 20000, MS, 100);
	memcpy(first, outcomes, sizeof(first));
	link_fixture_run(text, 77, 20000, 333333, 1200);
	for (size_t i = 0; i < 20000; i++) {
		assert_int_equal(first[i].has_passed, outcomes[i].has_passed);
		assert_int_equal(first[i].is_doubled, outcomes[i].is_doubled);
		if (first[i].has_passed)
			assert_int_equal(first[i].arrives_ns - first[i].sent_ns,
					 outcomes[i].arrives_ns - outcomes[i].sent_ns);
	}
}

/* The losses do not depend on the other terms, nor on datagrams that the queue drops. */
static void one_term_does_not_disturb_the_luck_of_another(void **state)
{
	static bool has_passed[20000];
	size_t lost_only_here = 0;

	(void)state;
	link_fixture_run("loss=5%,burst=0.4", 78, 20000, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	for (size_t i = 0; i < 20000; i++)
		has_passed[i] = outcomes[i].has_passed;
	link_fixture_run(
		"loss=5%,burst=0.4,jitter=5ms,dup=10%,reorder=10%,rate=6mbit/3kB,at=1s:blackout=1s",
		78, 20000, MS, LINK_FIXTURE_PAYLOAD_BYTES);
	for (size_t i = 0; i < 20000; i++) {
		assert_true(has_passed[i] || !outcomes[i].has_passed);
		lost_only_here += has_passed[i] && !outcomes[i].has_passed;
	}
	assert_true(lost_only_here > 1000);
}

static void different_kinds_of_luck_are_independent(void **state)
{
	double both = 0, held = 0;

	(void)state;
	link_fixture_run("loss=10%,dup=10%,reorder=10%/100ms", 79, LINK_FIXTURE_RUN_MAX, MS,
			 LINK_FIXTURE_PAYLOAD_BYTES);
	for (size_t i = 0; i < outcome_count; i++) {
		const bool is_held = link_fixture_delay_ms(&outcomes[i]) > 50;

		held += outcomes[i].has_passed && is_held;
		both += outcomes[i].is_doubled && is_held;
	}
	assert_true(link_fixture_fits_share(held, (double)outcome_count, 0.09, 1));
	assert_true(link_fixture_fits_share(both, held, 0.1, 1));
}

static void sums_of_links_keep_the_longest_delay(void **state)
{
	struct link_model_stats sum = { 0 };
	const struct link_model_stats one = { 3, 2, 1, 0, 0, 1, 0, 4000, 3000 };
	const struct link_model_stats other = { 9, 2, 1, 2, 4, 0, 1, 6000, 5000 };
	struct link_model_figure figures[LINK_MODEL_FIGURES];

	(void)state;
	link_model_stats_add(&sum, &one);
	link_model_stats_add(&sum, &other);
	assert_int_equal(sum.entered, 12);
	assert_int_equal(sum.lost + sum.lost_blackout + sum.lost_queue, 8);
	assert_int_equal(sum.delay_max_ns, 5000);
	link_model_figures(&sum, figures);
	assert_string_equal(figures[0].name, "entered");
	assert_int_equal(figures[0].value, 12);
	assert_string_equal(figures[7].name, "delay_mean_us");
	assert_int_equal(figures[7].value, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_passes_in_a_blackout),
		cmocka_unit_test(a_term_has_its_new_value_from_its_time_on),
		cmocka_unit_test(datagrams_that_wait_at_a_change_of_rate_count_at_the_new_rate),
		cmocka_unit_test(one_seed_gives_the_same_fates_everywhere),
		cmocka_unit_test(the_first_of_a_link_is_lost_in_the_stated_share),
		cmocka_unit_test(every_datagram_has_one_outcome),
		cmocka_unit_test(twin_streams_meet_the_same_luck),
		cmocka_unit_test(one_term_does_not_disturb_the_luck_of_another),
		cmocka_unit_test(different_kinds_of_luck_are_independent),
		cmocka_unit_test(sums_of_links_keep_the_longest_delay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

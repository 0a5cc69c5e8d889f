/* A penalised member: what it is sent, that other limits hold, and that nothing is learned of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/fixtures/relay/bottleneck_link.h"

/* In ten seconds, a SNAPSHOT of at most this size at any millisecond that allows one. */
static unsigned taken(struct congestion *congestion, size_t size, int64_t from_ns, double *bytes)
{
	unsigned count = 0;

	*bytes = 0;
	for (int64_t now_ns = from_ns; now_ns < from_ns + 10000 * MS; now_ns += MS) {
		const size_t most = congestion_bytes(congestion, now_ns);

		if (most < size)
			continue;
		congestion_spend(congestion, (uint16_t)count++, size, now_ns);
		*bytes += (double)(size + CONGESTION_HEADERS);
	}
	return count;
}

static void the_least_of_the_limits_holds(void **state)
{
	static const struct {
		const char *what;
		unsigned most;
		double learned;
		bool is_fixed, is_penalised;
		size_t size;
		double bytes, count; /* a second, at most; and not much less */
	} rows[] = {
		{ "full ones", 0, 0, false, true, 1148, 16384, 14 },
		{ "small ones, and no more of them", 0, 0, false, true, 100, 0, 14 },
		{ "though learning is switched off", 0, 0, true, true, 1148, 16384, 14 },
		{ "less is configured", 4096, 0, false, true, 1148, 4096, 3.5 },
		{ "less was learned", 0, 8192, false, true, 1148, 8192, 7 },
		{ "more is configured", 100000, 0, false, true, 1148, 16384, 14 },
		{ "more was learned", 0, 50000, false, true, 1148, 16384, 14 },
		{ "not slowed", 0, 0, false, false, 1148, 0, 1000 },
		{ "not slowed, configured", 100000, 0, false, false, 1148, 100000, 85 },
		{ "not slowed, learned", 0, 50000, false, false, 1148, 50000, 42.5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct congestion congestion;
		struct config config;
		double bytes, count;

		config_default(&config);
		config.budget = rows[i].most;
		config.budget_fixed = rows[i].is_fixed;
		congestion_init(&congestion, &config, 0);
		congestion.rate = rows[i].learned;
		if (rows[i].is_penalised)
			congestion_penalise(&congestion, 10001 * MS);
		count = taken(&congestion, rows[i].size, 0, &bytes) / 10.0;
		print_message("  note: %s: %.1f a second\n", rows[i].what, count);
		assert_true(count <= rows[i].count && count > 0.92 * rows[i].count);
		if (rows[i].bytes > 0)
			assert_true(bytes <= 10 * rows[i].bytes + WIRE_MESSAGE_MAX_BYTES);
	}
}

static void a_penalised_member_is_sent_a_full_message_or_none(void **state)
{
	struct congestion congestion;
	struct config config;
	unsigned full = 0;

	(void)state;
	config_default(&config);
	congestion_init(&congestion, &config, 0);
	congestion_penalise(&congestion, 2000 * MS);
	for (int64_t now_ns = MS; now_ns < 2000 * MS; now_ns += MS) {
		const size_t most = congestion_bytes(&congestion, now_ns);

		assert_true(most == 0 || most == WIRE_MESSAGE_MAX_BYTES);
		if (most == 0)
			continue;
		full++;
		congestion_spend(&congestion, (uint16_t)full, 50, now_ns);
	}
	assert_true(full >= 26 && full <= 28);
	assert_true(congestion_bytes(&congestion, 2000 * MS) == SIZE_MAX);
}

static void a_later_end_counts_and_an_earlier_does_not(void **state)
{
	struct congestion congestion;
	struct config config;

	(void)state;
	config_default(&config);
	congestion_init(&congestion, &config, 0);
	assert_false(congestion_is_penalised(&congestion, 0));
	congestion_penalise(&congestion, 2000 * MS);
	congestion_penalise(&congestion, 500 * MS);
	assert_true(congestion_is_penalised(&congestion, 1999 * MS));
	congestion_penalise(&congestion, 3000 * MS);
	assert_true(congestion_is_penalised(&congestion, 2999 * MS));
	assert_false(congestion_is_penalised(&congestion, 3000 * MS));
	assert_true(congestion_bytes(&congestion, 3000 * MS) == SIZE_MAX);
}

/* Penalises the member for so long. */
static void run_slowed(double seconds)
{
	const int64_t until_ns = bottleneck.now_ns + (int64_t)(seconds * 1e9);

	congestion_penalise(&bottleneck.congestion, until_ns);
	while (bottleneck.now_ns < until_ns)
		bottleneck_run(0.001);
}

static void a_learned_rate_is_as_it_was_afterwards(void **state)
{
	double queue, share, before;
	struct congestion at;

	(void)state;
	bottleneck_start(32000, 0, 0);
	bottleneck_run(15);
	before = bottleneck_share(20, &queue);
	at = bottleneck.congestion;
	run_slowed(12);
	/* Its line is empty meanwhile, which says nothing of its rate. */
	assert_true(bottleneck.congestion.rate == at.rate);
	assert_int_equal(bottleneck.congestion.trial, at.trial);
	assert_int_equal(bottleneck.congestion.clean, at.clean);
	assert_int_equal(bottleneck.congestion.unheld, at.unheld);
	share = bottleneck_share(20, &queue);
	print_message("  note: share %.3f before, %.3f after; longest queue %.0f ms\n", before,
		      share, queue);
	assert_true(share > 0.95 * before && share < 1.05 * before);
	assert_true(queue < 200);
}

/*
 * A line too thin for what is offered, which is not known yet. SNAPSHOTs that arrive just after a
 * penalty were sent before its end, and say little of the line.
 */
static void snapshots_from_before_the_end_are_not_judged_after_it(void **state)
{
	(void)state;
	for (int late_ms = 0; late_ms < 100; late_ms += 10) {
		double least = 1e9;

		bottleneck_start(60000, 0, 0);
		bottleneck.bytes = 1000;
		/* It ends at another time between two reports, each time. */
		run_slowed(5 + late_ms / 1e3);
		for (int i = 0; i < 300; i++) {
			bottleneck_run(0.01);
			if (bottleneck.congestion.rate > 0 && bottleneck.congestion.rate < least)
				least = bottleneck.congestion.rate;
		}
		print_message("  note: %d ms later: least rate %.0f\n", late_ms, least);
		assert_true(least > 0.84 * bottleneck.rate && least < 0.86 * bottleneck.rate);
	}
}

static void a_member_has_all_again_when_its_penalty_ends(void **state)
{
	double queue;

	(void)state;
	bottleneck_start(0, 0, 0);
	bottleneck_run(5);
	bottleneck.bytes = 1000;
	congestion_penalise(&bottleneck.congestion, bottleneck.now_ns + 3000 * MS);
	assert_true(bottleneck_share(2.9, &queue) < 0.08);
	bottleneck_run(0.1);
	assert_true(bottleneck_share(3, &queue) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_of_the_limits_holds),
		cmocka_unit_test(a_penalised_member_is_sent_a_full_message_or_none),
		cmocka_unit_test(a_later_end_counts_and_an_earlier_does_not),
		cmocka_unit_test(a_learned_rate_is_as_it_was_afterwards),
		cmocka_unit_test(snapshots_from_before_the_end_are_not_judged_after_it),
		cmocka_unit_test(a_member_has_all_again_when_its_penalty_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

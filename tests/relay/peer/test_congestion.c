/* The congestion control of one member, behind a computed bottleneck in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/relay/bottleneck_link.h"

static struct config config_of(unsigned most, bool is_fixed)
{
	struct config config;

	config_default(&config);
	config.budget = most;
	config.budget_fixed = is_fixed;
	return config;
}

/* 238 bytes each 5 ms are offered: 47,600 bytes a second. */
static void the_rate_settles_where_the_line_is(void **state)
{
	static const struct {
		const char *what;
		double rate;
		unsigned loss_part;
		double least, most, queue_ms; /* of the share; of the queue */
	} rows[] = {
		{ "no bottleneck", 0, 0, 1, 1, 1 },
		{ "wider than what is offered", 60000, 0, 1, 1, 10 },
		{ "two thirds", 32000, 0, 0.55, 0.68, 200 },
		{ "one third", 16000, 0, 0.26, 0.34, 200 },
		{ "a tenth", 4760, 0, 0.06, 0.11, 400 },
		{ "every tenth is lost", 0, 10, 1, 1, 1 },
		{ "every third is lost", 0, 3, 1, 1, 1 },
		{ "two thirds, and every twentieth is lost", 32000, 20, 0.55, 0.68, 200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double queue, share;

		bottleneck_start(rows[i].rate, rows[i].loss_part, 0);
		bottleneck_run(15);
		share = bottleneck_share(20, &queue);
		print_message("%s: share %.3f, longest queue %.0f ms\n", rows[i].what, share,
			      queue);
		assert_true(share >= rows[i].least && share <= rows[i].most);
		assert_true(queue <= rows[i].queue_ms);
	}
}

/*
 * On any line: one that carries all is hardly held back, and of another the most part is used,
 * without a long queue.
 */
static void any_line_is_used_and_not_filled(void **state)
{
	const double offered =
		1e3 / SNAPSHOT_EVERY_MS * (200 + CONGESTION_HEADERS); /* bytes a second */
	struct seeded_random seed = seeded_random_from_environment();
	double least_used = 1, least_share = 1, longest_ms = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		double part = (double)seeded_random_between(&seed, 10, 300) / 100, queue, share,
		       fair;

		bottleneck_start(part * offered, 0, 0);
		bottleneck.seed.state = seeded_random_next(&seed);
		bottleneck.loss_per_mille = (unsigned)seeded_random_between(&seed, 0, 100);
		bottleneck.jitter_ms = (unsigned)seeded_random_between(&seed, 0, 40);
		bottleneck.path_ns = (int64_t)seeded_random_between(&seed, 1, 150) * MS;
		bottleneck_run(15);
		share = bottleneck_share(15, &queue);
		fair = part < 1 ? part : 1;
		if (part > 1.3 && share < least_share)
			least_share = share;
		if (share / fair < least_used)
			least_used = share / fair;
		if (queue > longest_ms)
			longest_ms = queue;
	}
	print_message("300 lines: of a wide one at least %.3f is used, of any %.3f; longest queue "
		      "%.0f ms\n",
		      least_share, least_used, longest_ms);
	assert_true(least_share > 0.9);
	assert_true(least_used > 0.55);
	assert_true(longest_ms < 600);
}

static void a_limit_goes_when_the_line_no_longer_needs_it(void **state)
{
	double queue;

	(void)state;
	bottleneck_start(16000, 0, 0);
	bottleneck_run(10);
	assert_true(bottleneck.congestion.rate > 0);
	bottleneck.rate = 1e6;
	bottleneck_run(8);
	assert_true(bottleneck_share(5, &queue) == 1);
	assert_true(congestion_bytes(&bottleneck.congestion, bottleneck.now_ns) == SIZE_MAX);
}

static void a_longer_path_is_not_taken_for_a_queue_for_long(void **state)
{
	double queue;

	(void)state;
	bottleneck_start(0, 0, 0);
	bottleneck_run(8);
	bottleneck.path_ns += 200 * MS;
	bottleneck_run(3);
	assert_true(bottleneck_share(10, &queue) == 1);
}

/* An overload, or a machine that stood still, that ends before a trial begins. */
static void a_delay_of_the_relay_is_not_taken_for_a_queue(void **state)
{
	double queue, share[2];

	(void)state;
	for (int is_told = 0; is_told < 2; is_told++) {
		bottleneck_start(0, 0, 0);
		bottleneck_run(8);
		bottleneck.late_ns = 250 * MS;
		bottleneck.told_late_ns = is_told ? bottleneck.late_ns : 0;
		share[is_told] = bottleneck_share(2, &queue);
	}
	assert_true(share[0] < 1);
	assert_true(share[1] == 1);
}

static void a_member_that_never_reports_gets_the_configured_budget(void **state)
{
	double queue, share;

	(void)state;
	bottleneck_start(0, 0, 0);
	bottleneck.is_silent = true;
	assert_true(bottleneck_share(10, &queue) == 1);
	bottleneck_start(0, 0, 10000);
	bottleneck.is_silent = true;
	share = bottleneck_share(20, &queue);
	assert_true(share > 0.19 && share < 0.23);
}

static void a_report_of_everything_brings_no_more_than_the_configured_budget(void **state)
{
	double share = 0;

	(void)state;
	bottleneck_start(0, 0, 10000);
	for (int i = 0; i < 4000; i++) {
		struct wire_report lie = { .number = (uint16_t)(bottleneck.next_number - 1),
					   .count = bottleneck.entered,
					   .bytes = bottleneck.entered * bottleneck.bytes,
					   .received_us = (uint64_t)i };

		bottleneck.is_silent = true;
		bottleneck_run(0.005);
		congestion_report(&bottleneck.congestion, &lie, 0, bottleneck.now_ns);
	}
	share = 1 - (double)bottleneck.refused / (double)bottleneck.offered;
	assert_true(share < 0.23);
}

static void learning_can_be_switched_off(void **state)
{
	struct config config = config_of(0, true);

	(void)state;
	bottleneck_start(16000, 0, 0);
	congestion_init(&bottleneck.congestion, &config, bottleneck.now_ns);
	bottleneck_run(5);
	assert_int_equal(bottleneck.refused, 0);
	assert_true(bottleneck_queue_ms() > 1000);
}

/* After ten SNAPSHOTs of 100 bytes, numbers 0 to 9, and a REPORT of number 5. */
static struct congestion told(void)
{
	struct config config = config_of(0, false);
	struct wire_report report = {
		.number = 5, .count = 5, .bytes = 500, .received_us = 1000000
	};
	struct congestion congestion;

	congestion_init(&congestion, &config, 0);
	for (uint16_t number = 0; number < 10; number++)
		congestion_spend(&congestion, number, 100, number * 10 * MS);
	assert_int_equal(congestion_report(&congestion, &report, 0, 100 * MS), CONGESTION_VALID);
	return congestion;
}

static void an_impossible_report_is_told_from_an_untimely_one(void **state)
{
	static const struct {
		const char *what;
		struct wire_report report;
		int64_t at_ms;
		enum congestion_finding word;
	} rows[] = {
		{ "more came", { 9, 9, 900, 1100000 }, 200, CONGESTION_VALID },
		{ "all came", { 9, 10, 1000, 1100000 }, 200, CONGESTION_VALID },
		{ "any time is somebody's clock", { 9, 9, 900, 0 }, 200, CONGESTION_VALID },
		{ "as soon as may be", { 9, 9, 900, 1100000 }, 120, CONGESTION_VALID },
		{ "too soon", { 9, 9, 900, 1100000 }, 119, CONGESTION_UNTIMELY },
		{ "twice", { 5, 5, 500, 1000000 }, 200, CONGESTION_UNTIMELY },
		{ "the same number, and more came late",
		  { 5, 6, 600, 1000000 },
		  200,
		  CONGESTION_UNTIMELY },
		{ "overtaken by a newer one", { 4, 4, 400, 900000 }, 200, CONGESTION_UNTIMELY },
		{ "an older number", { 4, 5, 500, 1100000 }, 200, CONGESTION_UNTIMELY },
		{ "a number not sent", { 10, 9, 900, 1100000 }, 200, CONGESTION_LIE },
		{ "a number far ahead", { 32777, 9, 900, 1100000 }, 200, CONGESTION_LIE },
		{ "a number from before the first",
		  { 65535, 9, 900, 1100000 },
		  200,
		  CONGESTION_LIE },
		{ "a smaller count", { 9, 4, 900, 1100000 }, 200, CONGESTION_LIE },
		{ "a smaller count, and too soon", { 9, 4, 900, 1100000 }, 119, CONGESTION_LIE },
		{ "fewer bytes", { 9, 9, 499, 1100000 }, 200, CONGESTION_LIE },
		{ "more than were sent", { 9, 11, 900, 1100000 }, 200, CONGESTION_LIE },
		{ "more than were sent up to it", { 7, 9, 800, 1100000 }, 200, CONGESTION_LIE },
		{ "the same of an older number", { 4, 6, 500, 1100000 }, 200, CONGESTION_LIE },
		{ "more bytes than were sent", { 9, 10, 1001, 1100000 }, 200, CONGESTION_LIE },
		{ "the largest",
		  { 65535, UINT64_MAX, UINT64_MAX, UINT64_MAX },
		  200,
		  CONGESTION_LIE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct congestion congestion = told();
		struct congestion before = congestion;

		if (congestion_report(&congestion, &rows[i].report, 0, rows[i].at_ms * MS) !=
		    rows[i].word)
			fail_msg("%s", rows[i].what);
		if (rows[i].word != CONGESTION_VALID)
			assert_memory_equal(&congestion, &before, sizeof(congestion));
	}
}

static void a_report_before_any_snapshot_is_ignored(void **state)
{
	struct config config = config_of(0, false);
	struct wire_report report = { .number = 65535 };
	struct congestion congestion;

	(void)state;
	congestion_init(&congestion, &config, 0);
	assert_int_equal(congestion_report(&congestion, &report, 0, 0), CONGESTION_LIE);
}

static void numbers_wrap_around(void **state)
{
	(void)state;
	bottleneck_start(32000, 0, 0);
	bottleneck_run(5);
	/* As if the member had been there for long: sums and numbers are large. */
	bottleneck_start(32000, 0, 0);
	for (uint64_t i = 0; i < 65000; i++)
		congestion_spend(&bottleneck.congestion, bottleneck.next_number++, bottleneck.bytes,
				 bottleneck.now_ns);
	bottleneck.entered = bottleneck.arrived = 65000;
	bottleneck.report.count = 65000;
	bottleneck.report.bytes = 65000 * bottleneck.bytes;
	bottleneck_run(20);
	assert_true(bottleneck.entered > 65536 + 1000);
	assert_true(bottleneck.refused > 0);
	assert_true(bottleneck_queue_ms() < 200);
}

/* Any REPORT that decodes, at any time: no trap, and no more than is configured. */
static void random_reports_do_no_harm(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	struct config config = config_of(20000, false);

	(void)state;
	for (int run_number = 0; run_number < 200; run_number++) {
		struct congestion congestion;
		uint64_t sent = 0, bytes_sent = 0;
		int64_t now_ns = 0;

		congestion_init(&congestion, &config, 0);
		for (int i = 0; i < 2000; i++) {
			struct wire_report report = {
				.number = (uint16_t)(sent - 1 - seeded_random_spread(&seed, 0, 3)),
				.count = seeded_random_spread(&seed, 0, sent + 1),
				.bytes = seeded_random_spread(&seed, 0, bytes_sent + 1),
				.received_us = seeded_random_spread(&seed, 0, CURSOR_VARINT53_MAX),
			};
			size_t allowed;

			now_ns += (int64_t)seeded_random_spread(&seed, 0, 40) * MS;
			allowed = congestion_bytes(&congestion, now_ns);
			if (allowed >= 100) {
				congestion_spend(&congestion, (uint16_t)sent++, 100, now_ns);
				bytes_sent += 100;
			}
			congestion_report(&congestion, &report, 0, now_ns);
			assert_true(allowed <= 20000);
		}
		assert_true((double)bytes_sent < 20000.0 * (double)now_ns / 1e9 + 2000);
		assert_true(sent > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rate_settles_where_the_line_is),
		cmocka_unit_test(any_line_is_used_and_not_filled),
		cmocka_unit_test(a_limit_goes_when_the_line_no_longer_needs_it),
		cmocka_unit_test(a_longer_path_is_not_taken_for_a_queue_for_long),
		cmocka_unit_test(a_delay_of_the_relay_is_not_taken_for_a_queue),
		cmocka_unit_test(a_member_that_never_reports_gets_the_configured_budget),
		cmocka_unit_test(a_report_of_everything_brings_no_more_than_the_configured_budget),
		cmocka_unit_test(learning_can_be_switched_off),
		cmocka_unit_test(an_impossible_report_is_told_from_an_untimely_one),
		cmocka_unit_test(a_report_before_any_snapshot_is_ignored),
		cmocka_unit_test(numbers_wrap_around),
		cmocka_unit_test(random_reports_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

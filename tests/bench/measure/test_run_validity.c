/* The bench's checks of itself, and the kernel's texts that they are made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include "bench/measure/run_validity.h"

#define MS INT64_C(1000000)

static void schedstats_second_number_is_the_wait(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} rows[] = {
		{ "8374623 1093 17\n", 1093 },
		{ "0 0 0\n", 0 },
		{ "8374623 1093", -1 },
		{ "", -1 },
		{ "none\n", -1 },
		{ "1 99999999999999999999 3\n", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(run_validity_read_schedstat(rows[i].text), rows[i].ns);
}

static void steal_is_stats_eighth_number(void **state)
{
	static const struct {
		const char *text;
		bool is_read;
		uint64_t steal, all;
	} rows[] = {
		/* guest and guest_nice are in user and nice already. */
		{ "cpu  100 2 30 400 5 6 7 50 80 9\n", true, 50, 600 },
		{ "cpu  1 1 1 1 1 1 1 0 0 0\n", true, 0, 7 },
		{ "cpu  1 1 1 1 1 1 1\n", false, 0, 0 },
		{ "cpu0 1 1 1 1 1 1 1 1 1 1\n", false, 0, 0 },
		{ "cpu  1 1 -1 1 1 1 1 1\n", false, 0, 0 },
		{ "", false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t steal = 1, all = 1;

		assert_int_equal(run_validity_read_stat(rows[i].text, &steal, &all),
				 rows[i].is_read);
		if (!rows[i].is_read)
			continue;
		assert_int_equal(steal, rows[i].steal);
		assert_int_equal(all, rows[i].all);
	}
}

static void shares_are_of_the_window(void **state)
{
	const struct run_validity_look start = { .monotonic_ns = 1000 * MS,
						 .wall_ns = 5000 * MS,
						 .steal_ticks = 10,
						 .ticks = 1000,
						 .generator_waited_ns = 100 * MS,
						 .relay_waited_ns = -1 };
	struct run_validity_look end = { .monotonic_ns = 3000 * MS,
					 .wall_ns = 6997 * MS,
					 .steal_ticks = 14,
					 .ticks = 1400,
					 .generator_waited_ns = 150 * MS,
					 .relay_waited_ns = 7 * MS };
	struct run_validity validity = { .late_p99_us = 5 };

	(void)state;
	run_validity_between(&validity, &start, &end);
	assert_true(fabs(validity.generator_wait_share - 0.025) < 1e-12);
	assert_true(isnan(validity.relay_wait_share));
	assert_true(fabs(validity.steal_share - 0.01) < 1e-12);
	assert_int_equal(validity.clock_step_us, -3000);
	assert_int_equal(validity.late_p99_us, 5);
	end.ticks = 0;
	run_validity_between(&validity, &start, &end);
	assert_true(isnan(validity.steal_share));
}

/* Each at its bound, then just above. */
static void each_fault_begins_above_its_bound(void **state)
{
	static const struct {
		struct run_validity good, bad;
		enum run_validity_fault fault;
		const char *says;
		bool is_own; /* the bench's or the load's, and not the machine's */
	} rows[] = {
		{ { .late_p99_us = 1000 },
		  { .late_p99_us = 1001 },
		  RUN_VALIDITY_LATE,
		  "1.00 ms late",
		  false },
		{ { .links_late_p99_us = 1000 },
		  { .links_late_p99_us = 2500 },
		  RUN_VALIDITY_LINKS_LATE,
		  "the links handed on 2.50 ms late",
		  false },
		{ { .own_drops = 0 }, { .own_drops = 1 }, RUN_VALIDITY_DROPS, "dropped 1", true },
		{ { .generator_wait_share = 0.05 },
		  { .generator_wait_share = 0.051 },
		  RUN_VALIDITY_GENERATOR_WAITED,
		  "the generator waited for a processor 5.1 %",
		  false },
		{ { .relay_wait_share = 0.05 },
		  { .relay_wait_share = 0.2 },
		  RUN_VALIDITY_RELAY_WAITED,
		  "the relay waited for a processor 20.0 %",
		  false },
		{ { .steal_share = 0.01 },
		  { .steal_share = 0.02 },
		  RUN_VALIDITY_STEAL,
		  "2.0 %",
		  false },
		{ { .clock_step_us = -1000 },
		  { .clock_step_us = -2500 },
		  RUN_VALIDITY_CLOCK_STEP,
		  "-2.50 ms",
		  false },
		{ { .sequenced_packets = 65536 },
		  { .sequenced_packets = 65535 },
		  RUN_VALIDITY_SHORT,
		  "65535 packets",
		  true },
	};

	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), RUN_VALIDITY_FAULT_COUNT);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[RUN_VALIDITY_REASON_BYTES];

		assert_true(run_validity_is_good(&rows[i].good));
		assert_false(run_validity_is_good(&rows[i].bad));
		assert_false(run_validity_is_spoiled(&rows[i].good));
		assert_int_equal(run_validity_is_spoiled(&rows[i].bad), !rows[i].is_own);
		for (int fault = 0; fault < RUN_VALIDITY_FAULT_COUNT; fault++)
			assert_int_equal(
				run_validity_has(&rows[i].bad, (enum run_validity_fault)fault),
				fault == (int)rows[i].fault);
		assert_non_null(strstr(run_validity_reason(&rows[i].bad, rows[i].fault, text),
				       rows[i].says));
		assert_true(strlen(run_validity_fault_text(rows[i].fault)) > 0);
	}
}

static void all_faults_are_told_in_one_line(void **state)
{
	const struct run_validity none = { 0 }, validity = { .late_p99_us = 3000,
							     .links_late_p99_us = 4000,
							     .own_drops = 5 };
	char text[RUN_VALIDITY_TEXT_BYTES];

	(void)state;
	run_validity_describe(&validity, text);
	assert_string_equal(text, "the generator sent 3.00 ms late (p99, bound 1 ms); the links "
				  "handed on 4.00 ms late (p99, bound 1 ms); the generator's own "
				  "sockets dropped 5 datagrams");
	run_validity_describe(&none, text);
	assert_string_equal(text, "");
}

static void what_could_not_be_measured_is_no_fault(void **state)
{
	const struct run_validity validity = { .generator_wait_share = NAN,
					       .relay_wait_share = NAN,
					       .steal_share = NAN };

	(void)state;
	assert_true(run_validity_is_good(&validity));
}

static void a_look_at_ourselves_has_times_and_nobody_has_none(void **state)
{
	const struct run_validity_look look = run_validity_look(getpid(), 0);

	(void)state;
	assert_true(look.monotonic_ns > 0 && look.wall_ns > 0);
	assert_int_equal(look.relay_waited_ns, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedstats_second_number_is_the_wait),
		cmocka_unit_test(steal_is_stats_eighth_number),
		cmocka_unit_test(shares_are_of_the_window),
		cmocka_unit_test(each_fault_begins_above_its_bound),
		cmocka_unit_test(all_faults_are_told_in_one_line),
		cmocka_unit_test(what_could_not_be_measured_is_no_fault),
		cmocka_unit_test(a_look_at_ourselves_has_times_and_nobody_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

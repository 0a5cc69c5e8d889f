/* The bounds of a run, the ends of a search, and loads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/search/load_search.h"

/* Causes. */

static void the_cause_is_what_was_at_its_limit_first(void **state)
{
	static const struct {
		const char *name;
		int64_t relay_ms, own_ms, late_us; /* of a window of a second */
		uint64_t own_drops, relay_drops;
		bool is_cpu_known;
		enum load_cause cause;
		double waited; /* by the relay, of the window */
		double own_waited;
	} rows[] = {
		{ "full relay", 950, 100, 10, 0, 0, true, LOAD_BY_RELAY, 0, 0 },
		{ "full relay that drops", 950, 100, 10, 0, 9, true, LOAD_BY_RELAY, 0, 0 },
		{ "both full", 950, 990, 2000, 9, 0, true, LOAD_BY_RELAY, 0, 0 },
		{ "full generator", 500, 950, 10, 0, 0, true, LOAD_BY_GENERATOR, 0, 0 },
		{ "generator not let, full for it", 500, 950, 2000, 0, 0, true, LOAD_BY_MACHINE, 0,
		  0.2 },
		{ "full generator of a short wait", 500, 950, 2000, 0, 0, true, LOAD_BY_GENERATOR,
		  0, 0.05 },
		{ "late, with time left", 500, 300, 1001, 0, 0, true, LOAD_BY_MACHINE, 0, 0 },
		{ "as late as is allowed", 500, 300, 1000, 0, 0, true, LOAD_BY_BOUND, 0, 0 },
		{ "own drops, with time left", 500, 300, 10, 1, 0, true, LOAD_BY_MACHINE, 0, 0 },
		{ "relay not let", 500, 300, 10, 0, 0, true, LOAD_BY_MACHINE, 0.2, 0 },
		{ "relay's drops", 500, 300, 10, 0, 1, true, LOAD_BY_SOCKETS, 0, 0 },
		{ "all has time left", 500, 300, 10, 0, 0, true, LOAD_BY_BOUND, 0, 0 },
		{ "nobody knows the relay", 950, 300, 10, 0, 0, false, LOAD_BY_BOUND, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct run_result run = {
			.load = { .relay_cpu_ns = rows[i].relay_ms * 1000000,
				  .own_cpu_ns = rows[i].own_ms * 1000000,
				  .window_ns = 1000000000,
				  .validity = { .late_p99_us = rows[i].late_us,
						.own_drops = rows[i].own_drops,
						.relay_wait_share = rows[i].waited,
						.generator_wait_share = rows[i].own_waited } },
			.relay_drops = rows[i].relay_drops,
		};

		if (load_cause_of(&run, rows[i].is_cpu_known) != rows[i].cause)
			fail_msg("%s", rows[i].name);
	}
}

/* The end of the search. */

static void the_end_of_a_search_has_one_cause(void **state)
{
	static const struct {
		const char *name;
		double failed, limit;
		enum load_cause at_edge[3], end, cause;
	} rows[] = {
		{ "all carried", 0, 0, { 0 }, LOAD_CARRIED, LOAD_BY_MOST },
		{ "all carried that there was room for",
		  0,
		  8,
		  { 0 },
		  LOAD_CARRIED,
		  LOAD_BY_ITS_LIMIT },
		{ "an edge",
		  8,
		  0,
		  { LOAD_BY_BOUND, LOAD_BY_RELAY, LOAD_BY_RELAY },
		  LOAD_CARRIED,
		  LOAD_BY_RELAY },
		{ "an edge below the limit",
		  8,
		  9,
		  { LOAD_BY_BOUND, LOAD_BY_BOUND, LOAD_CARRIED },
		  LOAD_CARRIED,
		  LOAD_BY_BOUND },
		{ "stopped", 8, 0, { LOAD_BY_RELAY }, LOAD_STOPPED, LOAD_STOPPED },
		{ "out of bouts", 8, 0, { LOAD_BY_RELAY }, LOAD_OUT_OF_RUNS, LOAD_OUT_OF_RUNS },
		{ "out of time", 0, 8, { 0 }, LOAD_OUT_OF_TIME, LOAD_OUT_OF_TIME },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct load_result result;

		result = (struct load_result){ .failed = rows[i].failed,
					       .limit.load = rows[i].limit,
					       .step_count = rows[i].failed > 0 ? 4 : 0 };
		for (unsigned n = 0; n < 3; n++)
			result.steps[n] = (struct load_step){ .load = rows[i].failed,
							      .cause = rows[i].at_edge[n] };
		result.steps[3] = (struct load_step){ .load = rows[i].failed,
						      .cause = LOAD_BY_MACHINE,
						      .is_disturbed = true };
		if (load_cause_of_end(&result, rows[i].end) != rows[i].cause)
			fail_msg("%s", rows[i].name);
	}
}

static void a_load_is_members_a_rate_or_rooms(void **state)
{
	struct load_config config = load_default_config();
	struct load_step step;

	(void)state;
	step = load_step_of(&config, 128);
	assert_true(step.members == 128 && step.rooms == 1 && step.rate_hz == 30);
	assert_true(load_sent_per_s(&step) == 128 * 30);
	config.by = LOAD_BY_RATE;
	step = load_step_of(&config, 45.5);
	assert_true(step.members == 64 && step.rooms == 1 && step.rate_hz == 45.5);
	config.by = LOAD_BY_ROOMS;
	config.members = 16;
	step = load_step_of(&config, 12);
	assert_true(step.members == 192 && step.rooms == 12 && step.rate_hz == 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cause_is_what_was_at_its_limit_first),
		cmocka_unit_test(the_end_of_a_search_has_one_cause),
		cmocka_unit_test(a_load_is_members_a_rate_or_rooms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

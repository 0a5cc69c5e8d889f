/* What load makes of its runs: cause, limit, words; and what it needs to run at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/measure/hist.h"
#include "bench/search/load_search.h"
#include "bench/result/text/print.h"
#include "bench/result/build/load.h"

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

/* What ended the search. */

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
		{ "stopped at first", 0, 0, { 0 }, LOAD_STOPPED, LOAD_STOPPED },
		{ "out of bouts", 8, 0, { LOAD_BY_RELAY }, LOAD_OUT_OF_RUNS, LOAD_OUT_OF_RUNS },
		{ "out of time", 0, 8, { 0 }, LOAD_OUT_OF_TIME, LOAD_OUT_OF_TIME },
		{ "relay gone", 0, 0, { 0 }, LOAD_RELAY_GONE, LOAD_RELAY_GONE },
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

static void what_a_full_relay_has_room_for_is_told_in_what_is_searched_for(void **state)
{
	static const struct {
		enum load_by by;
		double tried;
		struct generator_refusal refusal;
		double limit;
		const char *says;
	} rows[] = {
		{ LOAD_BY_MEMBERS,
		  512,
		  { GENERATOR_UNANSWERED, 256, 1, 0, "" },
		  256,
		  "256 clients" },
		{ LOAD_BY_MEMBERS,
		  8,
		  { GENERATOR_FULL, 3, 1, WIRE_REASON_ROOM_FULL, "" },
		  3,
		  "3 members in a room" },
		{ LOAD_BY_MEMBERS,
		  8,
		  { GENERATOR_FULL, 1, 1, WIRE_REASON_RELAY_FULL, "" },
		  1,
		  "1 client" },
		{ LOAD_BY_RATE, 60, { GENERATOR_UNANSWERED, 9, 1, 0, "" }, 0, "9 clients" },
		{ LOAD_BY_ROOMS, 8, { GENERATOR_UNANSWERED, 39, 8, 0, "" }, 4, "39 clients" },
		{ LOAD_BY_ROOMS,
		  8,
		  { GENERATOR_FULL, 9, 5, WIRE_REASON_RELAY_FULL, "" },
		  5,
		  "5 rooms" },
		{ LOAD_BY_ROOMS,
		  8,
		  { GENERATOR_FULL, 17, 8, WIRE_REASON_RELAY_FULL, "" },
		  2,
		  "17 clients" },
		{ LOAD_BY_ROOMS,
		  8,
		  { GENERATOR_FULL, 56, 8, WIRE_REASON_ROOM_FULL, "" },
		  0,
		  "56 members in a room" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct load_config config = load_default_config();
		struct load_limit limit = { 0, rows[i].tried, rows[i].refusal };
		char text[LOAD_TEXT_BYTES];

		config.by = rows[i].by;
		config.members = 8;
		limit.load = load_limit_of(&config, rows[i].tried, &rows[i].refusal);
		assert_true(limit.load == rows[i].limit);
		assert_string_equal(load_limit_text(&config, &limit, text), rows[i].says);
	}
}

/* Must be freed. */
static char *printed(const struct load_result *result)
{
	const struct run_ground ground = { .generator_cpu = -1 };
	struct load_config config = load_default_config();
	struct result *document = result_create("load", 0, NULL, false);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	config.ground = &ground;
	assert_non_null(document);
	load_document(&config, result, 1, document);
	print_result(document, false, out);
	fclose(out);
	result_destroy(document);
	for (char *at = text; (at = strchr(at, '\n'));)
		*at = ' '; /* wherever the lines end */
	return text;
}

static void the_words_say_what_ended_it_and_no_other_cause(void **state)
{
	static const struct {
		enum load_cause cause;
		const char *says;
		bool is_valid;
	} rows[] = {
		{ LOAD_BY_RELAY, "stopped it: the relay's CPU", true },
		{ LOAD_BY_GENERATOR, "stopped it: the bench", false },
		{ LOAD_BY_MACHINE, "stopped it: other programs", false },
		{ LOAD_BY_SOCKETS, "stopped it: the relay's sockets", true },
		{ LOAD_BY_BOUND, "stopped it: latency or loss", true },
		{ LOAD_BY_ITS_LIMIT, "own limit of 8 clients", true },
		{ LOAD_BY_MOST, "no larger load was", true },
		{ LOAD_OUT_OF_RUNS, "(--bouts) were used up", false },
		{ LOAD_OUT_OF_TIME, "(--limit) was used up", false },
		{ LOAD_STOPPED, "stopped it: a signal", false },
		{ LOAD_RELAY_GONE, "the relay went away", false },
		{ LOAD_FAILED, "it failed", false },
	};
	static struct load_result result;

	(void)state;
	assert_int_equal(LOAD_CAUSES - 1, sizeof(rows) / sizeof(rows[0]));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text;

		result = (struct load_result){
			.path_count = LOAD_PATH_RUNS,
			.carried = 8,
			.failed = 9,
			.cause = rows[i].cause,
			.is_complete = rows[i].cause < LOAD_OUT_OF_RUNS,
			.limit = { 8, 16, { GENERATOR_UNANSWERED, 8, 1, 0, "" } },
		};
		text = printed(&result);
		for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
			const bool is_said = strstr(text, rows[n].says) != NULL;

			if (is_said != (n == i))
				fail_msg("%s: \"%s\" %s", load_cause_word(rows[i].cause),
					 rows[n].says, is_said ? "is said" : "is not said");
		}
		assert_int_equal(strstr(text, "not valid") == NULL, rows[i].is_valid);
		assert_int_equal(load_is_valid(&result), rows[i].is_valid);
		free(text);
	}
}

static void disturbed_runs_are_counted_and_the_flag_that_repeats_more_is_named(void **state)
{
	static struct load_result result = { .step_count = 6,
					     .carried = 8,
					     .failed = 9,
					     .cause = LOAD_BY_BOUND,
					     .is_complete = true };
	char *text;

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		result.steps[i] =
			(struct load_step){ .load = i < 3 ? 8 : 9,
					    .cause = i < 5 ? LOAD_BY_MACHINE : LOAD_BY_BOUND,
					    .is_disturbed = i < 2 };
	text = printed(&result);
	assert_non_null(strstr(text, "(5 of 6 runs were disturbed: --again 5 "));
	free(text);
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
		cmocka_unit_test(what_a_full_relay_has_room_for_is_told_in_what_is_searched_for),
		cmocka_unit_test(the_words_say_what_ended_it_and_no_other_cause),
		cmocka_unit_test(
			disturbed_runs_are_counted_and_the_flag_that_repeats_more_is_named),
		cmocka_unit_test(a_load_is_members_a_rate_or_rooms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

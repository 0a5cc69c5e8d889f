/* A search in words: its end, a full relay's limit, and what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/result/build/load.h"
#include "bench/result/text/print.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_full_relay_has_room_for_is_told_in_what_is_searched_for),
		cmocka_unit_test(the_words_say_what_ended_it_and_no_other_cause),
		cmocka_unit_test(
			disturbed_runs_are_counted_and_the_flag_that_repeats_more_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

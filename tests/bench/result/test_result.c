/* A result as a file: what is written is read again, and what is broken gets its sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <math.h>

#include "bench/result/result.h"
#include "proto/cli/option_table.h"

static char *arguments[] = { "compare", "--members", "16", "--json",    "--rate",
			     "30",      "--config",  "d",  "--config=d" };

static struct result *example(bool is_simulated)
{
	static const double cpu_us[] = { 0.5, 0.75, NAN }, x[] = { 0, 1, 2 }, y[] = { 0, 0.5, 1 };
	struct result *result = result_create("compare", 9, arguments, is_simulated);
	struct result_row *row;

	assert_non_null(result);
	result_parameter(result, "members", 16);
	result_parameter_text(result, "motion", "flock");
	row = result_add_row(result);
	result_label(row, "contender", "starling");
	result_label_number(row, "members", 16);
	result_figure(row, "cpu_us_per_update", "us", cpu_us, 3);
	result_series(row, "age_cdf", "ms", "1", x, y, 3);
	return result;
}

/* To be freed. */
static char *print(const struct result *result)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_int_equal(result_print(result, file), 0);
	fclose(file);
	return text;
}

static struct result *again(const struct result *result)
{
	char error[RESULT_ERROR_BYTES] = "";
	char *text = print(result);
	struct result *read = result_read_text(text, "test", error);

	if (!read)
		fail_msg("%s", error);
	free(text);
	return read;
}

static void a_files_words_stand_for_config_among_the_arguments(void **state)
{
	static const struct option_words words = { .bytes = "--rate=20\0--json\0--live",
						   .used = 24 };
	static const char *const kept[] = { "--rate=20", "--live", "--rate", "30", "--configure" };
	char *argv[] = { "compare", "--config", "a.json",     "--rate",
			 "30",      "--json",   "--config=b", "--configure" };
	struct result *result = result_create("compare", 8, argv, true);

	(void)state;
	assert_non_null(result);
	result_add_words(result, &words);
	assert_int_equal(result_argument_count(result), 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(result_argument(result, i), kept[i]);
	result_destroy(result);
}

static void what_is_written_is_read_again(void **state)
{
	struct result *written = example(false), *read = again(written);
	const struct result_row *row = result_row(read, 0);
	char *text = print(written), *same = print(read), name[64];
	double values[8];

	(void)state;
	assert_string_equal(result_command(read), "compare");
	assert_string_equal(result_parameter_value(read, "members"), "16");
	assert_string_equal(result_parameter_value(read, "motion"), "flock");
	assert_non_null(result_machine(read, "kernel"));
	assert_int_equal(result_row_count(read), 1);
	assert_string_equal(result_row_name(row, name, sizeof(name)), "starling, 16");
	assert_string_equal(result_row_label(row, "members"), "16");
	assert_null(result_row_label(row, "rate_hz"));
	assert_string_equal(result_figure_unit(row, "cpu_us_per_update"), "us");
	assert_int_equal(result_values(row, "cpu_us_per_update", values, 8), 3);
	assert_true(values[0] == 0.5 && values[1] == 0.75 && isnan(values[2]));
	assert_true(result_spread(row, "cpu_us_per_update").max == 0.75);
	assert_true(isnan(result_spread(row, "loss").median));
	assert_string_equal(text, same);
	assert_true(result_is_valid(read) && result_row_is_valid(row));
	result_destroy(read);
	result_destroy(written);
	free(text);
	free(same);
}

static void a_share_is_of_its_own_repetitions_whole(void **state)
{
	static const double part[] = { 50, 0, 3 }, whole[] = { 100, 1000, 0 };
	struct result *result = example(true);
	struct result_row *row = result_add_row(result);
	struct spread share;

	(void)state;
	result_figure(row, "lost", NULL, part, 3);
	result_figure(row, "due", NULL, whole, 3);
	share = result_share(row, "lost", "due");
	assert_true(share.median == 0 && share.min == 0 && share.max == 0.5);
	assert_true(isnan(result_share(row, "lost", "sent").median));
	result_destroy(result);
}

static void the_arguments_are_kept_without_those_that_say_how_to_show(void **state)
{
	static const char *const kept[] = { "--members", "16", "--rate", "30" };
	struct result *result = example(false);

	(void)state;
	assert_int_equal(result_argument_count(result), 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(result_argument(result, i), kept[i]);
	assert_null(result_argument(result, 4));
	result_destroy(result);
}

static void a_simulated_result_says_neither_time_nor_machine(void **state)
{
	struct result *result = example(true);
	char *one = print(result), *other;

	(void)state;
	assert_null(result_machine(result, "kernel"));
	assert_null(strstr(one, "started"));
	result_destroy(result);
	result = example(true);
	other = print(result);
	assert_string_equal(one, other);
	free(one);
	free(other);
	result_destroy(result);
}

static void a_seed_is_read_again_to_its_last_digit(void **state)
{
	static const struct {
		uint64_t seed;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ UINT64_C(999999999999999), "999999999999999" },
		{ UINT64_C(1000000000000001), "1000000000000001" },
		{ UINT64_MAX, "18446744073709551615" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct result *result = example(false), *read;

		result_parameter_seed(result, rows[i].seed);
		read = again(result);
		assert_string_equal(result_parameter_value(read, "seed"), rows[i].text);
		result_destroy(read);
		result_destroy(result);
	}
}

static void a_row_that_is_not_valid_makes_the_whole_so_and_says_why(void **state)
{
	struct result *result = example(false), *read;
	struct result_row *row = result_add_row(result);

	(void)state;
	result_label(row, "contender", "naive");
	result_not_valid(result, row, "sent %d ms late", 7);
	result_not_valid(result, NULL, "the clock was set");
	read = again(result);
	assert_false(result_is_valid(read));
	assert_true(result_row_is_valid(result_row(read, 0)));
	assert_false(result_row_is_valid(result_row(read, 1)));
	assert_int_equal(result_reason_count(read), 2);
	assert_string_equal(result_reason(read, 0), "naive: sent 7 ms late");
	assert_string_equal(result_reason(read, 1), "the clock was set");
	result_destroy(read);
	result_destroy(result);
}

/* Broken files: what is cut out of or put into a good one, and what the sentence must name. */

struct breach {
	const char *find, *put; /* the first `find` in the text becomes `put` */
	const char *place, *expected;
};

static char *replace(const char *text, const char *find, const char *put)
{
	const size_t size = strlen(find);
	size_t at = 0;
	char *out = NULL;

	while (text[at] != '\0' && strncmp(text + at, find, size) != 0)
		at++;
	if (text[at] == '\0')
		fail_msg("\"%s\" is not in the result", find);
	assert_true(asprintf(&out, "%.*s%s%s", (int)at, text, put, text + at + size) > 0);
	return out;
}

static void a_broken_file_is_refused_with_the_field_and_what_was_expected(void **state)
{
	static const struct breach breaches[] = {
		{ "starling-bench result", "iperf", "format is \"iperf\"",
		  "starling-bench result" },
		{ "\"version\":\t1", "\"version\":\t2", "version is 2", "expected 1" },
		{ "\"version\":\t1", "\"version\":\t\"1\"", "version is \"1\"", "a number" },
		{ "\"command\"", "\"commando\"", "command is not there", "a text" },
		{ "\"rows\":\t[", "\"rows\":\t[7, ", "rows[0] is 7", "an object" },
		{ "\"labels\":\t{", "\"labels\":\t{\"a\": null, ", "rows[0].labels.a is null",
		  "a number or a text" },
		{ "0.75, null", "0.75, \"x\"",
		  "rows[0].figures.cpu_us_per_update.values[2] is \"x\"", "a number or null" },
		{ "\"unit\"", "\"unity\"", "rows[0].figures.cpu_us_per_update.unit is not there",
		  "a text" },
		{ "[0, 1, 2]", "[0, 1]", "rows[0].series.age_cdf has 2 x and 3 y", "as many" },
		{ "\"simulated\":\tfalse", "\"simulated\":\t0", "simulated is 0", "true or false" },
		{ "\"--members\"", "[]", "arguments[0] is an array", "a text" },
		{ "\"parameters\":\t{", "\"parameters\":\t[{", "line ", "not JSON" },
		{ "\"compare\"", "\"iperf\"", "command is \"iperf\"", "self-test" },
		{ "\"started\"", "\"begun\"", "started is not there", "a text" },
		{ "\"simulated\":\tfalse", "\"simulated\":\ttrue", "started is \"2",
		  "no such field, as it was simulated" },
		{ "\"kernel\"", "\"colonel\"", "machine.kernel is not there", "a text" },
		{ "\"cores\":\t", "\"cores\":\t\"\", \"x\":\t", "machine.cores is \"\"",
		  "a number" },
		{ "\"median\":\t0.625", "\"median\":\t\"x\"",
		  "rows[0].figures.cpu_us_per_update.median is \"x\"", "a number or null" },
		{ "\"median\"", "\"mean\"", "rows[0].figures.cpu_us_per_update.median is not there",
		  "a number or null" },
		{ "\"min\":\t0.5", "\"min\":\t[]",
		  "rows[0].figures.cpu_us_per_update.min is an array", "a number or null" },
		{ "\"max\":\t0.75", "\"max\":\ttrue",
		  "rows[0].figures.cpu_us_per_update.max is true", "a number or null" },
		{ "\"y_unit\"", "\"z_unit\"", "rows[0].series.age_cdf.y_unit is not there",
		  "a text" },
		{ "\"notes\":\t[]", "\"notes\":\t[1]", "rows[0].notes[0] is 1", "a text" },
		{ "\"valid\":\ttrue,\n\t\t\t\"reasons\":\t[]",
		  "\"valid\":\ttrue, \"reasons\":\t[null]", "rows[0].reasons[0] is null",
		  "a text" },
		{ "\"valid\":\ttrue,\n\t\t\t\"reasons\":\t[]",
		  "\"valid\":\ttrue, \"reasons\":\t[\"a\"]", "rows[0].reasons has 1",
		  "none, as it is valid" },
		{ "\"valid\":\ttrue,\n\t\t\t\"reasons\":\t[]",
		  "\"valid\":\tfalse, \"reasons\":\t[]", "rows[0].reasons has 0",
		  "one or more, as it is not valid" },
		{ "\"contender\":\t\"starling\",\n\t\t\t\t\"members\":\t16", "",
		  "rows[0].labels is empty", "one or more" },
		{ "\"--members\"", "\"\\u009b2J\"", "holds \"\\u009b2J\"", "printable" },
		{ "\"labels\":\t{", "\"labels\":\t{\"a\": \"\\u202e\", ", "holds \"\\u202e\"",
		  "printable" },
		{ "\"labels\":\t{", "\"labels\":\t{\"\\n\": 1, ", "holds \"\\n\"", "printable" },
	};
	struct result *result = example(false);
	char *text = print(result);

	(void)state;
	for (size_t i = 0; i < sizeof(breaches) / sizeof(breaches[0]); i++) {
		const struct breach *breach = &breaches[i];
		char error[RESULT_ERROR_BYTES] = "";
		char *broken = replace(text, breach->find, breach->put);

		assert_null(result_read_text(broken, "old.json", error));
		if (strncmp(error, "old.json: ", 10) != 0 || !strstr(error, breach->place) ||
		    !strstr(error, breach->expected))
			fail_msg("\"%s\" lacks \"%s\" or \"%s\"", error, breach->place,
				 breach->expected);
		free(broken);
	}
	free(text);
	result_destroy(result);
}

static void a_field_that_nobody_knows_is_let_be(void **state)
{
	struct result *result = example(false), *read;
	char *text = print(result), *more = replace(text, "\"labels\"", "\"x\":\t{}, \"labels\"");
	char error[RESULT_ERROR_BYTES] = "";

	(void)state;
	read = result_read_text(more, "new.json", error);
	assert_string_equal(error, "");
	assert_non_null(read);
	result_destroy(read);
	result_destroy(result);
	free(text);
	free(more);
}

static void any_cut_of_a_file_is_refused_and_nothing_breaks(void **state)
{
	struct result *result = example(false);
	char *text = print(result);

	(void)state;
	for (size_t size = 0; size + 2 < strlen(text); size++) {
		char error[RESULT_ERROR_BYTES] = "";
		char *cut = strndup(text, size);

		assert_null(result_read_text(cut, "cut", error));
		assert_true(error[0] != '\0');
		assert_int_equal(strstr(error, "is empty") != NULL, size == 0);
		if (size > 0 && cut[size - 1] == '"')
			assert_non_null(strstr(error, "breaks off; measure again"));
		free(cut);
	}
	free(text);
	result_destroy(result);
}

static void a_file_that_is_not_there_is_said(void **state)
{
	char error[RESULT_ERROR_BYTES] = "";

	(void)state;
	assert_null(result_read("/nowhere/x.json", error));
	assert_non_null(strstr(error, "/nowhere/x.json: No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_files_words_stand_for_config_among_the_arguments),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(a_share_is_of_its_own_repetitions_whole),
		cmocka_unit_test(the_arguments_are_kept_without_those_that_say_how_to_show),
		cmocka_unit_test(a_simulated_result_says_neither_time_nor_machine),
		cmocka_unit_test(a_seed_is_read_again_to_its_last_digit),
		cmocka_unit_test(a_row_that_is_not_valid_makes_the_whole_so_and_says_why),
		cmocka_unit_test(a_broken_file_is_refused_with_the_field_and_what_was_expected),
		cmocka_unit_test(a_field_that_nobody_knows_is_let_be),
		cmocka_unit_test(any_cut_of_a_file_is_refused_and_nothing_breaks),
		cmocka_unit_test(a_file_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

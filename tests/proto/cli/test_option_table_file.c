/* The file of --config, as a table of options reads it, and what a wrong one gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/fixtures/option_probe.h"
#include "tests/fixtures/row_tests.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static bool read_text(struct option_probe *probe, const char *text)
{
	option_probe_init(probe);
	return option_table_read_text(&probe->table, &probe->reading, text, strlen(text), "r.json");
}

/* A command line with one file, or two. */
static void read_files(struct option_probe *probe, const char *one, const char *two,
		       const char *flag)
{
	char paths[2][OPTION_PROBE_PATH_BYTES];

	option_probe_write(paths[0], one, strlen(one));
	option_probe_write(paths[1], two, strlen(two));
	option_probe_read(probe, WORDS(flag, "--config", paths[0], "--config", paths[1]));
	unlink(paths[0]);
	unlink(paths[1]);
}

/* Files that are refused. */

struct bad_file {
	const char *name, *text; /* in which @ stands for a NUL byte */
	const char *says[3];
};

static void a_bad_file_is_named_with_key_value_and_what_is_accepted(void **state)
{
	const struct bad_file *row = *state;
	const size_t size = strlen(row->text);
	struct option_probe probe;
	char text[256];

	for (size_t i = 0; i <= size; i++)
		text[i] = row->text[i] == '@' ? '\0' : row->text[i];
	option_probe_init(&probe);
	assert_false(option_table_read_text(&probe.table, &probe.reading, text, size, "r.json"));
	assert_int_equal(strncmp(probe.reading.sentence, "r.json:", strlen("r.json:")), 0);
	for (size_t i = 0; i < 3 && row->says[i]; i++)
		if (!strstr(probe.reading.sentence, row->says[i]))
			fail_msg("\"%s\" does not say \"%s\"", probe.reading.sentence,
				 row->says[i]);
}

static const struct bad_file bad_files[] = {
	{ "an unknown key", "{\"prot\": 1}", { "\"prot\"", "not a setting", "port" } },
	{ "a text for a number",
	  "{\"port\": \"7777\"}",
	  { "\"port\" is \"7777\"; it must be", "1 to 65535" } },
	{ "a number for a text", "{\"host\": 1}", { "\"host\" is 1; it must be a text" } },
	{ "a number for a switch", "{\"reverse\": 1}", { "\"reverse\" is 1", "true or false" } },
	{ "a value out of range",
	  "{\"count\": 41}",
	  { "r.json:1:11: \"count\" is 41", "2 to 40" } },
	{ "a number for an impairment", "{\"impair-in\": 5}", { "\"impair-in\" is 5", "a text" } },
	{ "a wrong impairment",
	  "{\"impair-in\": \"delay=5\"}",
	  { "r.json:1:15: \"impair-in\": a unit is missing", "\ndelay=5\n       ^" } },
	{ "null", "{\"count\": null}", { "\"count\"", "null" } },
	{ "a list", "[1]", { "r.json:1:1:", "object", "found [" } },
	{ "a comma behind the last entry",
	  "{\n\t\"port\": 1,\n}",
	  { "r.json:3:1:", "no comma", "found }" } },
	{ "no comma", "{\"port\": 1\n \"count\": 2}", { "r.json:2:2:", ", or }", "found \"" } },
	{ "two commas", "{\"port\": 1,,\"count\": 2}", { "r.json:1:12:", "a name", "found ," } },
	{ "no colon", "{\"port\" 1}", { "r.json:1:9:", "expected :", "found 1" } },
	{ "single quotes", "{'port': 1}", { "r.json:1:2:", "double quotes", "found '" } },
	{ "a text in single quotes",
	  "{\"host\": '::'}",
	  { "r.json:1:10:", "double quotes", "found '" } },
	{ "a name without quotes", "{port: 1}", { "r.json:1:2:", "double quotes", "found p" } },
	{ "a word that is none", "{\"x\": True}", { "r.json:1:7:", "true or false", "found T" } },
	{ "a list for a value", "{\"port\": [1]}", { "r.json:1:10:", "one value", "found [" } },
	{ "an object for a value",
	  "{\"a\": {\"port\": 1}}",
	  { "r.json:1:7:", "one value", "found {" } },
	{ "a number that begins with 0", "{\"port\": 0777}", { "r.json:1:10:", "found 0" } },
	{ "a number with a plus", "{\"port\": +1}", { "r.json:1:10:", "found +" } },
	{ "a number that ends with its point",
	  "{\"rate\": 1.}",
	  { "r.json:1:12:", "a digit", "found }" } },
	{ "a hexadecimal number in the file", "{\"seed\": 0x10}", { "r.json:1:11:", "found x" } },
	{ "a file cut in a text", "{\"host\": \"12", { "r.json:1:10:", "does not end" } },
	{ "a file cut behind a name",
	  "{\"port\"",
	  { "r.json:1:8:", "expected :", "the end of the file" } },
	{ "a file cut behind a value",
	  "{\"port\": 1\n",
	  { "r.json:2:1:", ", or }", "the end of the file" } },
	{ "a text over two lines", "{\"host\": \"a\nb\"}", { "r.json:1:10:", "on its line" } },
	{ "an escape that is none",
	  "{\"host\": \"\\x\"}",
	  { "r.json:1:12:", "behind \\", "found x" } },
	{ "a NUL in a text", "{\"host\": \"\\u0000\"}", { "r.json:1:11:", "\\u0000" } },
	{ "an escaped escape character",
	  "{\"host\": \"\\u001b[31m\"}",
	  { "r.json:1:10:", "printable" } },
	{ "half a pair of surrogates", "{\"host\": \"\\ud800\"}", { "r.json:1:10:", "printable" } },
	{ "bytes that are no UTF-8", "{\"host\": \"\xff\"}", { "r.json:1:10:", "UTF-8" } },
	{ "columns are characters", "{\"h\xc3\xb6st\": 1,}", { "r.json:1:2:", "h\xc3\xb6st" } },
	{ "nothing", "", { "r.json:1:1:", "{\"port\": 7777}" } },
	{ "only a comment", "// later\n", { "r.json:2:1:", "{\"port\": 7777}" } },
	{ "trailing junk", "{} x", { "r.json:1:4:", "nothing behind", "found x" } },
	{ "two objects", "{}\n{}", { "r.json:2:1:", "nothing behind", "found {" } },
	{ "control characters", "x\n\x1b[31m", { "r.json:1:1:", "found x" } },
	{ "an escape character", "\x1b[31m", { "r.json:1:1:", "the byte 0x1b" } },
	{ "a comment over several lines",
	  "{ /* all */ }",
	  { "r.json:1:3:", "// to the end", "found /" } },
	{ "a comment as a shell has it",
	  "{\n# all\n}",
	  { "r.json:2:1:", "// to the end", "found #" } },
	{ "a NUL byte", "{@}", { "r.json:1:2:", "the byte 0x00" } },
	{ "a NUL byte behind the object", "{}@", { "r.json:1:3:", "the byte 0x00" } },
	{ "UTF-16", "\xff\xfe{@}@", { "r.json:1:1:", "UTF-16" } },
	{ "a key given twice",
	  "{\"port\": 1,\n\"count\": 2,\n\"port\": 3}",
	  { "r.json:3:1:", "\"port\" was given on line 1" } },
	{ "a key given twice, once with an escape",
	  "{\"port\": 1, \"p\\u006frt\": 1}",
	  { "r.json:1:13:", "\"port\" was given on line 1" } },
	{ "verbose and quiet",
	  "{\"verbose\": true,\n\"quiet\": true}",
	  { "r.json:2:", "quiet", "verbose" } },
	{ "true for a list",
	  "{\"sizes\": true}",
	  { "\"sizes\" is true", "a text", "or a number" } },
	{ "a word that is not accepted",
	  "{\"colour\": \"pink\"}",
	  { "\"colour\" is \"pink\"; it must be red, green or blue" } },
	{ "a flag that is no setting", "{\"check\": true}", { "\"check\" is not a setting" } },
};

static void an_unknown_key_gets_the_keys_that_there_are(void **state)
{
	struct option_probe probe;

	(void)state;
	assert_false(read_text(&probe, "{\"prot\": 1}"));
	assert_string_equal(
		probe.reading.sentence,
		"r.json:1:2: \"prot\" is not a setting; there are: host, port, seed, rate, "
		"count, colour, file, sizes, reverse, verbose, quiet, impair-in");
}

static void a_file_that_is_too_large_is_refused(void **state)
{
	static char text[OPTION_FILE_MAX_BYTES + 1];
	char path[OPTION_PROBE_PATH_BYTES];
	struct option_probe probe;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "{}", 2);
	option_probe_write(path, text, sizeof(text));
	option_probe_read(&probe, WORDS("--config", path));
	assert_int_equal(probe.outcome, OPTION_MISUSE);
	assert_non_null(strstr(probe.reading.sentence, "larger than 65536 bytes"));
	assert_int_equal(truncate(path, OPTION_FILE_MAX_BYTES), 0);
	option_probe_read(&probe, WORDS("--config", path));
	assert_int_equal(probe.outcome, OPTION_GO);
	unlink(path);
}

static void values_that_are_too_long_in_all_are_refused(void **state)
{
	static char text[OPTION_WORDS_BYTES + 32];
	struct option_probe probe;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "{\"file\": \"", 10);
	memcpy(text + OPTION_WORDS_BYTES + 3, "\"}", 3);
	assert_false(read_text(&probe, text));
	assert_non_null(strstr(probe.reading.sentence, "must fit in 8192 bytes"));
	memcpy(text + OPTION_WORDS_BYTES + 2, "\"}", 3);
	assert_true(read_text(&probe, text));
	assert_int_equal(strlen(probe.file), OPTION_WORDS_BYTES - 8);
}

static void a_running_program_reads_no_file_that_could_make_it_wait(void **state)
{
	char path[OPTION_PROBE_PATH_BYTES];
	struct option_probe probe;

	(void)state;
	option_probe_init(&probe);
	probe.table.is_running = true;
	option_probe_write(path, "", 0);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(option_table_read_file(&probe.table, &probe.reading, path));
	assert_non_null(strstr(probe.reading.sentence, "not a regular file"));
	unlink(path);
}

/* Files that are good. */

static void each_kind_is_read_as_a_flag_is(void **state)
{
	struct option_probe probe;

	(void)state;
	if (!read_text(
		    &probe,
		    "{\"host\": \"::1\", \"port\": 9, \"seed\": 18446744073709551615, \"rate\": 2.5e1, "
		    "\"count\": 8.0, \"colour\": \"green\", \"file\": \"a\\u00e9\", \"sizes\": 64, "
		    "\"reverse\": true, \"verbose\": true, \"quiet\": false, "
		    "\"impair-in\": \"delay=5ms\"}"))
		fail_msg("%s", probe.reading.sentence);
	assert_string_equal(probe.host, "::1");
	assert_int_equal(probe.port, 9);
	assert_true(probe.seed == UINT64_MAX);
	assert_true(probe.rate_hz == 25);
	assert_int_equal(probe.count, 8);
	assert_int_equal(probe.colour, 1);
	assert_string_equal(probe.file, "a\xc3\xa9");
	assert_string_equal(probe.sizes, "64");
	assert_true(probe.is_reverse);
	assert_int_equal(probe.level, 1);
	assert_int_equal(probe.impair.start.delay_ns, 5000000);
}

static void comments_and_a_byte_order_mark_are_passed_over(void **state)
{
	static const char text[] = "\xef\xbb\xbf// ours\n{ // begins\n"
				   "\"host\": \"::1\", // \"port\": 1,\n"
				   "//\"port\": 2,\n"
				   "\"port\" // three\n: // is\n 3 // it\n, \"count\":4}//";
	struct option_probe probe;

	(void)state;
	if (!read_text(&probe, text))
		fail_msg("%s", probe.reading.sentence);
	assert_string_equal(probe.host, "::1");
	assert_int_equal(probe.port, 3);
	assert_int_equal(probe.count, 4);
}

static void two_slashes_in_a_text_are_no_comment(void **state)
{
	struct option_probe probe;

	(void)state;
	assert_true(read_text(&probe, "{\"file\": \"a//b\\\"//\"}"));
	assert_string_equal(probe.file, "a//b\"//");
}

static void a_flag_wins_over_a_file_and_a_later_file_over_an_earlier(void **state)
{
	struct option_probe probe;

	(void)state;
	read_files(&probe,
		   "{\"count\": 2, \"port\": 2, \"rate\": 2, \"quiet\": true, \"reverse\": true}",
		   "{\"port\": 3, \"rate\": 3, \"reverse\": false}", "--rate=4");
	assert_int_equal(probe.outcome, OPTION_GO);
	assert_int_equal(probe.count, 2);
	assert_int_equal(probe.port, 3);
	assert_true(probe.rate_hz == 4);
	assert_int_equal(probe.level, -1);
	assert_false(probe.is_reverse);
	read_files(&probe, "{\"quiet\": true}", "{}", "-v");
	assert_int_equal(probe.level, 1);
}

static void a_files_values_are_kept_as_words_of_a_command_line(void **state)
{
	static const char words[] = "--rate=2.5\0--reverse\0--file=a b";
	struct option_probe probe;

	(void)state;
	assert_true(read_text(&probe, "{\"rate\": 2.5, \"reverse\": true, \"quiet\": false, "
				      "\"file\": \"a b\"}"));
	assert_int_equal(probe.reading.words.used, sizeof(words));
	assert_memory_equal(probe.reading.words.bytes, words, sizeof(words));
}

int main(void)
{
	struct CMUnitTest tests[9 + ROW_TESTS_COUNT(bad_files)] = {
		cmocka_unit_test(an_unknown_key_gets_the_keys_that_there_are),
		cmocka_unit_test(a_file_that_is_too_large_is_refused),
		cmocka_unit_test(values_that_are_too_long_in_all_are_refused),
		cmocka_unit_test(a_running_program_reads_no_file_that_could_make_it_wait),
		cmocka_unit_test(each_kind_is_read_as_a_flag_is),
		cmocka_unit_test(comments_and_a_byte_order_mark_are_passed_over),
		cmocka_unit_test(two_slashes_in_a_text_are_no_comment),
		cmocka_unit_test(a_flag_wins_over_a_file_and_a_later_file_over_an_earlier),
		cmocka_unit_test(a_files_values_are_kept_as_words_of_a_command_line),
	};
	size_t count = 9;

	ROW_TESTS_ADD(tests, count, bad_files,
		      a_bad_file_is_named_with_key_value_and_what_is_accepted);
	return _cmocka_run_group_tests("option_table_file", tests, count, NULL, NULL);
}

/* The command line, as a table of options reads it: flags, operands, and the help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/option_probe.h"
#include "tests/fixtures/row_tests.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Misuse. */

struct misuse {
	const char *name; /* the sentence */
	const char *words[OPTION_PROBE_WORDS_MAX];
};

#define PORT_MUST "must be a whole number from 1 to 65535"
#define RATE_MUST "must be a number from 0.1 to 1000"
#define SEED_MUST "must be a whole number from 0 to 18446744073709551615"

static const struct misuse misuses[] = {
	{ "--port 0: " PORT_MUST, { "8", "--port", "0" } },
	{ "--port 65536: " PORT_MUST, { "8", "--port", "65536" } },
	{ "--port 99999: " PORT_MUST, { "8", "--port=99999" } },
	{ "--port 18446744073709551617: " PORT_MUST, { "8", "--port", "18446744073709551617" } },
	{ "--port 80x: " PORT_MUST, { "8", "--port", "80x" } },
	{ "--port -1: " PORT_MUST, { "8", "--port", "-1" } },
	{ "--port  80: " PORT_MUST, { "8", "--port", " 80" } },
	{ "--port : " PORT_MUST, { "8", "--port", "" } },
	{ "--seed -1: " SEED_MUST, { "8", "--seed", "-1" } },
	{ "--seed 18446744073709551616: " SEED_MUST, { "8", "--seed", "18446744073709551616" } },
	{ "--rate fast: " RATE_MUST, { "8", "--rate", "fast" } },
	{ "--rate 20Hz: " RATE_MUST, { "8", "--rate", "20Hz" } },
	{ "--rate 0: " RATE_MUST, { "8", "-r", "0" } },
	{ "--rate 1000.1: " RATE_MUST, { "8", "-r1000.1" } },
	{ "--rate nan: " RATE_MUST, { "8", "--rate", "nan" } },
	{ "--rate inf: " RATE_MUST, { "8", "--rate", "inf" } },
	{ "--rate 0x10: " RATE_MUST, { "8", "--rate", "0x10" } },
	{ "--rate 1e999: " RATE_MUST, { "8", "--rate", "1e999" } },
	{ "--count 1: must be a whole number from 2 to 40", { "8", "--count", "1" } },
	{ "--count 41: must be a whole number from 2 to 40", { "8", "--count", "41" } },
	{ "--count 3.5: must be a whole number from 2 to 40", { "8", "--count", "3.5" } },
	{ "--count 99999999999999999999: must be a whole number from 2 to 40",
	  { "8", "--count", "99999999999999999999" } },
	{ "--count 1e300: must be a whole number from 2 to 40", { "8", "--count", "1e300" } },
	{ "--colour pink: must be red, green or blue", { "8", "--colour", "pink" } },
	{ "--colour : must be red, green or blue", { "8", "--colour=" } },
	{ "--host : must be a text of 1 to 7 bytes", { "8", "--host", "" } },
	{ "--host 12345678: must be a text of 1 to 7 bytes", { "8", "--host", "12345678" } },
	{ "--host 1\\x1b[31m\\n56: must be a text of 1 to 7 bytes",
	  { "8", "--host", "1\x1b[31m\n56" } },
	{ "--config /nonexistent\\x1b[31m: cannot be read: No such file or directory",
	  { "8", "--config", "/nonexistent\x1b[31m" } },
	{ "--config /: cannot be read: Is a directory", { "8", "--config", "/" } },
	{ "--file : must not be empty", { "8", "--file", "" } },
	{ "--file wants an argument: FILE", { "8", "--file" } },
	{ "--rate wants an argument: HZ", { "8", "-r" } },
	{ "--port wants an argument: PORT", { "8", "--port" } },
	{ "--config wants an argument: FILE", { "8", "--config" } },
	{ "--reverse takes no argument", { "8", "--reverse=yes" } },
	{ "--help takes no argument", { "--help=all" } },
	{ "no flag --color; see probe --help", { "8", "--color" } },
	{ "no flag --color=red; see probe --help", { "8", "--color=red" } },
	{ "no flag -x; see probe --help", { "8", "-x" } },
	{ "--co may mean --count or --colour; write it out", { "8", "--co", "5" } },
	{ "--ver may mean --verbose or --version; write it out", { "8", "--ver" } },
	{ "9 is one argument too many; see probe --help", { "8", "9" } },
	{ "N 0: must be a whole number from 1 to 1000", { "0" } },
	{ "N 1001: must be a whole number from 1 to 1000", { "1001" } },
	{ "N eight: must be a whole number from 1 to 1000", { "eight" } },
	{ "--impair-in: a unit is missing or not known; accepted here: a time from 0ns to 60s, as "
	  "40ms (ns, us, ms, s)\ndelay=5\n       ^",
	  { "8", "--impair-in", "delay=5" } },
};

static void is_a_misuse_with_this_sentence(void **state)
{
	const struct misuse *row = *state;
	struct option_probe probe;

	option_probe_read(&probe, row->words);
	assert_int_equal(probe.outcome, OPTION_MISUSE);
	assert_string_equal(probe.reading.sentence, row->name);
}

static void too_few_operands_are_a_misuse(void **state)
{
	char name[] = "probe", *argv[] = { name, NULL };
	struct option_probe probe;

	(void)state;
	option_probe_init(&probe);
	probe.table.operand_min = 1;
	assert_int_equal(option_table_read(&probe.table, &probe.reading, 1, argv), OPTION_MISUSE);
	assert_string_equal(probe.reading.sentence, "[N] is missing; see probe --help");
}

/* Valid command lines. */

static void each_kind_is_read_before_and_after_the_operand(void **state)
{
	struct option_probe probe;

	(void)state;
	option_probe_read(&probe, WORDS("--host", "::1", "--port=65535", "8", "--colour", "blue",
					"--file", "caf\xc3\xa9", "-v"));
	assert_int_equal(probe.outcome, OPTION_GO);
	assert_string_equal(probe.host, "::1");
	assert_int_equal(probe.port, 65535);
	assert_int_equal(probe.operand, 8);
	assert_int_equal(probe.colour, 2);
	assert_string_equal(probe.file, "caf\xc3\xa9");
	assert_int_equal(probe.level, 1);

	option_probe_read(&probe, WORDS("--seed", "18446744073709551615", "1000", "--check",
					"-r2.5", "--count=40", "--rev", "--sizes", "8,64"));
	assert_int_equal(probe.outcome, OPTION_GO);
	assert_true(probe.seed == UINT64_MAX);
	assert_int_equal(probe.operand, 1000);
	assert_true(probe.is_check && probe.is_reverse);
	assert_true(probe.rate_hz == 2.5);
	assert_int_equal(probe.count, 40);
	assert_string_equal(probe.sizes, "8,64");

	option_probe_read(&probe, WORDS("--impair-in", "delay=5ms", "--", "3"));
	assert_int_equal(probe.outcome, OPTION_GO);
	assert_int_equal(probe.impair.start.delay_ns, 5000000);
	assert_int_equal(probe.operand, 3);
}

static void a_whole_number_may_be_written_as_a_double(void **state)
{
	struct option_probe probe;

	(void)state;
	option_probe_read(&probe, WORDS("--count", "4e1", "--port", "8.0"));
	assert_int_equal(probe.outcome, OPTION_GO);
	assert_int_equal(probe.count, 40);
	assert_int_equal(probe.port, 8);
}

static void the_later_of_two_level_flags_wins(void **state)
{
	struct option_probe probe;

	(void)state;
	option_probe_read(&probe, WORDS("-v", "--quiet"));
	assert_int_equal(probe.level, -1);
}

static void help_and_version_win_over_what_follows(void **state)
{
	struct option_probe probe;

	(void)state;
	option_probe_read(&probe, WORDS("--help", "--port", "x"));
	assert_int_equal(probe.outcome, OPTION_HELP);
	option_probe_read(&probe, WORDS("-h", "--config", "/nonexistent"));
	assert_int_equal(probe.outcome, OPTION_HELP);
	option_probe_read(&probe, WORDS("--version", "--port"));
	assert_int_equal(probe.outcome, OPTION_VERSION);
}

/* The help. */

#define LONG_TEXT                                                                                   \
	"What is said of a program is one sentence, or some, and nobody breaks them into lines by " \
	"hand where they are written, as then they would be broken in the wrong places later"

static void the_help_names_every_option_within_80_columns(void **state)
{
	static const char *const named[] = { "Usage: probe [FLAG]... [N]\n",
					     "--host ADDRESS",
					     "-p, --port PORT",
					     "--reverse ",
					     "--check ",
					     "--config FILE",
					     "-h, --help",
					     "--version",
					     "\nA paragraph of its own. " };
	struct option_probe probe;
	char *text, *line, *rest;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	option_probe_init(&probe);
	probe.table.summary = LONG_TEXT;
	probe.table.rows[0].help = LONG_TEXT;
	probe.table.epilogue = LONG_TEXT "\nA paragraph of its own. " LONG_TEXT;
	option_table_help(&probe.table, out);
	fclose(out);
	for (size_t i = 0; i < ROW_TESTS_COUNT(named); i++)
		if (strstr(text, named[i]) == NULL)
			fail_msg("the help does not name %s", named[i]);
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		if (strlen(line) > 79)
			fail_msg("too long: %s", line);
	free(text);
}

int main(void)
{
	struct CMUnitTest tests[6 + ROW_TESTS_COUNT(misuses)] = {
		cmocka_unit_test(too_few_operands_are_a_misuse),
		cmocka_unit_test(each_kind_is_read_before_and_after_the_operand),
		cmocka_unit_test(a_whole_number_may_be_written_as_a_double),
		cmocka_unit_test(the_later_of_two_level_flags_wins),
		cmocka_unit_test(help_and_version_win_over_what_follows),
		cmocka_unit_test(the_help_names_every_option_within_80_columns),
	};
	size_t count = 6;

	ROW_TESTS_ADD(tests, count, misuses, is_a_misuse_with_this_sentence);
	return _cmocka_run_group_tests("option_table", tests, count, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/options.h"

enum {
	WORDS_MAX = 10,
};

/* A subcommand with a flag of each kind. */
struct probe {
	struct options options;
	double rate_hz;
	unsigned count, operand;
	bool is_on;
	const char *file;
	struct options_sight sight;
	enum options_outcome outcome;
};

static void read_spec(struct probe *probe, const char *const *words, unsigned lacks)
{
	const struct options_flag operand = {
		.name = "N", .parse = options_count, .value = &probe->operand, .min = 1, .max = 1000
	};
	const struct options_flag flags[] = {
		{ "rate", 'r', "HZ", "updates a second", options_number, &probe->rate_hz, 0.1,
		  1000 },
		{ "count", 0, "N", "how many", options_count, &probe->count, 2, 40 },
		{ "reverse", 0, NULL, "the other way", options_switch, &probe->is_on, 0, 0 },
		{ "file", 0, "FILE", "where", options_text, &probe->file, 0, 0 },
		{ "interest", 0, "WHAT", "what", options_interest, &probe->sight, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "probe",
		.operands = "N",
		.operand_min = 1,
		.operand_max = 1,
		.operand = &operand,
		.summary = "Probe",
		.flags = flags,
		.flag_count = sizeof(flags) / sizeof(flags[0]),
		.lacks = lacks,
	};
	char *argv[WORDS_MAX + 2] = { (char *)(uintptr_t) "probe" };
	int argc = 1;

	memset(probe, 0, sizeof(*probe));
	for (; words[argc - 1] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	probe->outcome = options_read(&probe->options, &spec, argc, argv);
}

/* Misuse. */

struct misuse {
	const char *sentence; /* also the test's name */
	const char *words[WORDS_MAX];
};

#define PORT_MUST     "must be 1 to 65535"
#define NAME_MUST     "must be 1 to 32 bytes of printable UTF-8, and "
#define UNSEEN        "holds a control character, or one that is not seen or turns the text"
#define RATE_MUST     "must be a number from 0.1 to 1000"
#define INTEREST_MUST "must be all, radius:METRES (0.001 to 2000000) or nearest:N (1 to 4095)"
#define SEED_MUST     "must be a whole number from 0 to 18446744073709551615"

static const struct misuse misuses[] = {
	{ "--port 0: " PORT_MUST, { "8", "--port", "0" } },
	{ "--mtu 603: must be a whole number from 604 to 65535", { "8", "--mtu", "603" } },
	{ "--mtu 65536: must be a whole number from 604 to 65535", { "8", "--mtu", "65536" } },
	{ "--port 65536: " PORT_MUST, { "8", "--port", "65536" } },
	{ "--port 99999: " PORT_MUST, { "8", "--port=99999" } },
	{ "--port 18446744073709551617: " PORT_MUST, { "8", "--port", "18446744073709551617" } },
	{ "--port 80x: " PORT_MUST, { "8", "--port", "80x" } },
	{ "--port -1: " PORT_MUST, { "8", "--port", "-1" } },
	{ "--port  80: " PORT_MUST, { "8", "--port", " 80" } },
	{ "--port : " PORT_MUST, { "8", "--port", "" } },
	{ "--host : must not be empty", { "8", "--host=" } },
	{ "--room : " NAME_MUST "is empty", { "8", "--room", "" } },
	{ "--room 123456789012345678901234567890123: " NAME_MUST "is longer",
	  { "8", "--room", "123456789012345678901234567890123" } },
	{ "--name a\\nb: " NAME_MUST UNSEEN, { "8", "--name", "a\nb" } },
	{ "--name \\x1b[2J: " NAME_MUST UNSEEN, { "8", "--name", "\x1b[2J" } },
	{ "--name lobby\\u200b: " NAME_MUST UNSEEN, { "8", "--name", "lobby\u200b" } },
	{ "--name \\xff: " NAME_MUST "is not UTF-8", { "8", "--name", "\xff" } },
	{ "--mode fast: must be unsequenced, sequenced or reliable", { "8", "--mode", "fast" } },
	{ "--mode Reliable: must be unsequenced, sequenced or reliable",
	  { "8", "--mode", "Reliable" } },
	{ "--seed -1: " SEED_MUST, { "8", "--seed", "-1" } },
	{ "--seed 18446744073709551616: " SEED_MUST, { "8", "--seed", "18446744073709551616" } },
	{ "--patience 0: must be a number from 0.1 to 3600", { "8", "--patience", "0" } },
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
	{ "--interest near: " INTEREST_MUST, { "8", "--interest", "near" } },
	{ "--interest nearest: " INTEREST_MUST, { "8", "--interest", "nearest" } },
	{ "--interest nearest:0: " INTEREST_MUST, { "8", "--interest", "nearest:0" } },
	{ "--interest nearest:4096: " INTEREST_MUST, { "8", "--interest", "nearest:4096" } },
	{ "--interest radius:0: " INTEREST_MUST, { "8", "--interest", "radius:0" } },
	{ "--interest radius:nan: " INTEREST_MUST, { "8", "--interest", "radius:nan" } },
	{ "--interest radius:1e99: " INTEREST_MUST, { "8", "--interest", "radius:1e99" } },
	{ "--interest all:3: " INTEREST_MUST, { "8", "--interest", "all:3" } },
	{ "--file : must not be empty", { "8", "--file", "" } },
	{ "--file wants an argument: FILE", { "8", "--file" } },
	{ "--rate wants an argument: HZ", { "8", "-r" } },
	{ "--port wants an argument: PORT", { "8", "--port" } },
	{ "--json takes no argument", { "8", "--json=yes" } },
	{ "--help takes no argument", { "--help=all" } },
	{ "no flag --colour; see starling probe --help", { "8", "--colour" } },
	{ "no flag --colour=red; see starling probe --help", { "8", "--colour=red" } },
	{ "no flag -x; see starling probe --help", { "8", "-x" } },
	{ "--r may mean --room or --rate; write it out", { "8", "--r", "5" } },
	{ "N is missing; see starling probe --help", { "--json" } },
	{ "9 is one argument too many; see starling probe --help", { "8", "9" } },
	{ "N 0: must be a whole number from 1 to 1000", { "0" } },
	{ "N 1001: must be a whole number from 1 to 1000", { "1001" } },
	{ "N eight: must be a whole number from 1 to 1000", { "eight" } },
	{ "--impair-in: a unit is missing or not known; accepted here: a time from 0ns to 60s, as "
	  "40ms (ns, us, ms, s)\ndelay=5\n       ^",
	  { "8", "--impair-in", "delay=5" } },
	{ "no flag --seed; see starling probe --help", { "8", "--seed", "3" } },
};

static void is_a_misuse_with_this_sentence(void **state)
{
	const struct misuse *row = *state;
	char expected[OPTIONS_SENTENCE_BYTES];
	struct probe probe;

	/* The last row is the one that shows what `lacks` does. */
	read_spec(&probe, row->words,
		  strncmp(row->sentence, "no flag --seed", 14) == 0 ? OPTIONS_SEED : 0);
	snprintf(expected, sizeof(expected), "starling probe: %s", row->sentence);
	assert_int_equal(probe.outcome, OPTIONS_MISUSE);
	assert_string_equal(probe.options.sentence, expected);
	assert_int_equal(probe.options.exit_status, 2);
}

/* Valid command lines. */

static void without_flags_the_defaults_hold(void **state)
{
	static const char *const words[WORDS_MAX] = { "8" };
	struct probe probe;

	(void)state;
	read_spec(&probe, words, 0);
	assert_int_equal(probe.outcome, OPTIONS_GO);
	assert_string_equal(probe.options.host, "127.0.0.1");
	assert_int_equal(probe.options.port, 7777);
	assert_string_equal(probe.options.room, "lobby");
	assert_string_equal(probe.options.name, "probe");
	assert_false(probe.options.has_name);
	assert_int_equal(probe.options.mode, STARLING_UNSEQUENCED);
	assert_false(probe.options.has_mode);
	assert_int_equal(probe.options.seed, 1);
	assert_false(probe.options.json);
	assert_int_equal(probe.options.verbose, 0);
	assert_true(probe.options.patience_s == 5);
	assert_int_equal(probe.operand, 8);
}

static void interest_is_read_with_its_range(void **state)
{
	static const char *const radius[WORDS_MAX] = { "8", "--interest", "radius:2.5" };
	static const char *const nearest[WORDS_MAX] = { "8", "--interest=nearest:7" };
	static const char *const all[WORDS_MAX] = { "8", "--interest", "all" };
	struct probe probe;

	(void)state;
	read_spec(&probe, radius, 0);
	assert_int_equal(probe.sight.interest, STARLING_RADIUS);
	assert_true(probe.sight.radius_m == 2.5);
	read_spec(&probe, nearest, 0);
	assert_int_equal(probe.sight.interest, STARLING_NEAREST);
	assert_int_equal(probe.sight.nearest, 7);
	read_spec(&probe, all, 0);
	assert_int_equal(probe.outcome, OPTIONS_GO);
	assert_int_equal(probe.sight.interest, STARLING_ALL);
}

static void each_flag_is_read_before_and_after_the_operand(void **state)
{
	static const char *const first[WORDS_MAX] = { "--host", "::1",    "--port=65535",
						      "8",      "--room", "caf\xc3\xa9",
						      "--name", "ada",    "-vv" };
	static const char *const second[WORDS_MAX] = {
		"--mode", "reliable",   "--seed",   "18446744073709551615", "1000", "--json",
		"-r2.5",  "--count=40", "--reverse"
	};
	static const char *const third[WORDS_MAX] = { "8", "--impair-in", "delay=5ms",
						      "--impair-out", "loss=50%" };
	struct probe probe;

	(void)state;
	read_spec(&probe, first, 0);
	assert_int_equal(probe.outcome, OPTIONS_GO);
	assert_string_equal(probe.options.host, "::1");
	assert_int_equal(probe.options.port, 65535);
	assert_string_equal(probe.options.room, "caf\xc3\xa9");
	assert_string_equal(probe.options.name, "ada");
	assert_true(probe.options.has_name);
	assert_int_equal(probe.options.verbose, 2);
	assert_int_equal(probe.operand, 8);

	read_spec(&probe, second, 0);
	assert_int_equal(probe.outcome, OPTIONS_GO);
	assert_int_equal(probe.options.mode, STARLING_RELIABLE);
	assert_true(probe.options.has_mode);
	assert_true(probe.options.seed == UINT64_MAX);
	assert_true(probe.options.json);
	assert_true(probe.rate_hz == 2.5);
	assert_int_equal(probe.count, 40);
	assert_true(probe.is_on);
	assert_int_equal(probe.operand, 1000);

	read_spec(&probe, third, 0);
	assert_int_equal(probe.outcome, OPTIONS_GO);
	assert_int_equal(probe.options.impair_in.start.delay_ns, 5000000);
	assert_int_equal(probe.options.impair_out.start.loss, LINK_MODEL_ALWAYS / 2);
}

static void another_programs_subcommand_speaks_under_its_name(void **state)
{
	const struct options_spec spec = { .name = "probe",
					   .program = "starling-bench",
					   .summary = "Probe" };
	char name[] = "probe", flag[] = "--colour", *argv[] = { name, flag, NULL }, *text;
	struct options options;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(options_read(&options, &spec, 2, argv), OPTIONS_MISUSE);
	assert_string_equal(options.sentence, "starling-bench probe: no flag --colour; see "
					      "starling-bench probe --help");
	assert_non_null(out);
	options_help(&spec, out);
	fclose(out);
	assert_memory_equal(text, "Usage: starling-bench probe ", 28);
	free(text);
}

static void help_and_version_win_over_what_follows(void **state)
{
	static const char *const help[WORDS_MAX] = { "--help", "--port", "x" };
	static const char *const letter[WORDS_MAX] = { "-h" };
	static const char *const version[WORDS_MAX] = { "--version" };
	struct probe probe;

	(void)state;
	read_spec(&probe, help, 0);
	assert_int_equal(probe.outcome, OPTIONS_HELP);
	assert_int_equal(probe.options.exit_status, 0);
	read_spec(&probe, letter, 0);
	assert_int_equal(probe.outcome, OPTIONS_HELP);
	read_spec(&probe, version, 0);
	assert_int_equal(probe.outcome, OPTIONS_VERSION);
	assert_int_equal(probe.options.exit_status, 0);
}

#define LONG_TEXT                                                                                   \
	"What is said of a subcommand is one sentence, or some, and nobody breaks them into lines " \
	"by hand where they are written, as then they would be broken in the wrong places later"

static void the_help_names_every_flag_within_80_columns(void **state)
{
	static const char *const named[] = { "--host HOST",       "--port PORT",
					     "--room ROOM",       "--name NAME",
					     "--mode MODE",       "--json",
					     "--patience S",      "-v, --verbose",
					     "--shift M",         "--impair-in TEXT",
					     "--impair-out TEXT", "-h, --help",
					     "--version",         "[N]" };
	double shift = 0;
	const struct options_flag flags[] = {
		{ "shift", 0, "M",
		  "a description that is long enough to need more than one line of the help, and "
		  "then another one",
		  options_number, &shift, 0, 1 },
	};
	const struct options_spec spec = { .name = "probe",
					   .operands = "[N]",
					   .operand_max = 1,
					   .summary = LONG_TEXT,
					   .flags = flags,
					   .flag_count = 1,
					   .lacks = OPTIONS_SEED,
					   .epilogue = LONG_TEXT
					   "\nA paragraph of its own. " LONG_TEXT };
	char *text, *line, *rest;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	options_help(&spec, out);
	fclose(out);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strstr(text, named[i]) == NULL)
			fail_msg("the help does not name %s", named[i]);
	assert_null(strstr(text, "--seed"));
	assert_non_null(strstr(text, "\nA paragraph of its own. "));
	for (line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		if (strlen(line) > 79)
			fail_msg("too long: %s", line);
	free(text);
}

static void the_configuration_has_the_flags_and_the_defaults(void **state)
{
	static const char *const words[WORDS_MAX] = { "8", "--mode", "sequenced", "--port", "9" };
	struct starling_config config, expected;
	struct probe probe;

	(void)state;
	read_spec(&probe, words, 0);
	options_config(&probe.options, &config);
	starling_default_config(&expected);
	assert_string_equal(config.host, "127.0.0.1");
	assert_int_equal(config.port, 9);
	assert_string_equal(config.room, "lobby");
	assert_string_equal(config.name, "probe");
	assert_int_equal(config.up, STARLING_SEQUENCED);
	assert_int_equal(config.down, STARLING_SEQUENCED);
	assert_true(config.settle_s == expected.settle_s);
	assert_true(config.timeout_s == expected.timeout_s);
}

int main(void)
{
	enum {
		MISUSES = sizeof(misuses) / sizeof(misuses[0])
	};
	struct CMUnitTest refused[MISUSES];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_flags_the_defaults_hold),
		cmocka_unit_test(interest_is_read_with_its_range),
		cmocka_unit_test(each_flag_is_read_before_and_after_the_operand),
		cmocka_unit_test(another_programs_subcommand_speaks_under_its_name),
		cmocka_unit_test(help_and_version_win_over_what_follows),
		cmocka_unit_test(the_help_names_every_flag_within_80_columns),
		cmocka_unit_test(the_configuration_has_the_flags_and_the_defaults),
	};
	int failed;

	for (size_t i = 0; i < MISUSES; i++)
		refused[i] = (struct CMUnitTest){
			.name = misuses[i].sentence,
			.test_func = is_a_misuse_with_this_sentence,
			.initial_state = (void *)(uintptr_t)&misuses[i],
		};
	failed = cmocka_run_group_tests_name("options: misuse", refused, NULL, NULL);
	return failed + cmocka_run_group_tests_name("options", tests, NULL, NULL);
}

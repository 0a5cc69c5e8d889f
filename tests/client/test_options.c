#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/options.h"
#include "tests/fixtures/option_probe.h"

enum {
	WORDS_MAX = 10,
};

/* A subcommand with two flags of its own. */
struct probe {
	struct options options;
	double rate_hz;
	unsigned operand;
	struct options_sight sight;
	enum option_outcome outcome;
};

static void read_spec(struct probe *probe, const char *const *words, unsigned lacks)
{
	const struct option_row operand = {
		.name = "N", .kind = &option_count, .value = &probe->operand, .min = 1, .max = 1000
	};
	const struct option_row rows[] = {
		{ "rate", 'r', "HZ", "updates a second", &option_number, &probe->rate_hz, 0.1,
		  1000 },
		{ "interest", 0, "WHAT", "what", &options_interest, &probe->sight, 0, 0 },
	};
	const struct options_spec spec = {
		.name = "probe",
		.operands = "N",
		.operand_min = 1,
		.operand_max = 1,
		.operand = &operand,
		.summary = "Probe",
		.rows = rows,
		.row_count = sizeof(rows) / sizeof(rows[0]),
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

#define NAME_MUST     "must be 1 to 32 bytes of printable UTF-8, and "
#define UNSEEN        "holds a control character, or one that is not seen or turns the text"
#define HOST_MUST     "must be a name or an address, without brackets; --port is for the port"
#define INTEREST_MUST "must be all, radius:METRES (0.001 to 2000000) or nearest:N (1 to 4095)"

static const struct misuse misuses[] = {
	{ "--mtu 603: must be a whole number from 604 to 65535", { "8", "--mtu", "603" } },
	{ "--room : " NAME_MUST "is empty", { "8", "--room", "" } },
	{ "--room 123456789012345678901234567890123: " NAME_MUST "is longer",
	  { "8", "--room", "123456789012345678901234567890123" } },
	{ "--name a\\nb: " NAME_MUST UNSEEN, { "8", "--name", "a\nb" } },
	{ "--name \\x1b[2J: " NAME_MUST UNSEEN, { "8", "--name", "\x1b[2J" } },
	{ "--name lobby\\u200b: " NAME_MUST UNSEEN, { "8", "--name", "lobby\u200b" } },
	{ "--name \\xff: " NAME_MUST "is not UTF-8", { "8", "--name", "\xff" } },
	{ "--mode fast: must be unsequenced, sequenced or reliable", { "8", "--mode", "fast" } },
	{ "--host 127.0.0.1:7777: " HOST_MUST, { "8", "--host", "127.0.0.1:7777" } },
	{ "--host relay.example:7777: " HOST_MUST, { "8", "--host", "relay.example:7777" } },
	{ "--host [::1]:7777: " HOST_MUST, { "8", "--host", "[::1]:7777" } },
	{ "--host : must not be empty", { "8", "--host", "" } },
	{ "--interest near: " INTEREST_MUST, { "8", "--interest", "near" } },
	{ "--interest nearest: " INTEREST_MUST, { "8", "--interest", "nearest" } },
	{ "--interest nearest:0: " INTEREST_MUST, { "8", "--interest", "nearest:0" } },
	{ "--interest nearest:4096: " INTEREST_MUST, { "8", "--interest", "nearest:4096" } },
	{ "--interest radius:0: " INTEREST_MUST, { "8", "--interest", "radius:0" } },
	{ "--interest radius:1e99: " INTEREST_MUST, { "8", "--interest", "radius:1e99" } },
	{ "--interest all:3: " INTEREST_MUST, { "8", "--interest", "all:3" } },
	{ "--port 0: must be a whole number from 1 to 65535", { "8", "--port", "0" } },
	{ "--config /nonexistent/file: cannot be read: No such file or directory",
	  { "8", "--config", "/nonexistent/file" } },
	{ "no flag --x; see starling probe --help", { "8", "--x" } },
	{ "no flag --seed; see starling probe --help", { "8", "--seed", "3" } },
};

static void is_a_misuse_with_this_sentence(void **state)
{
	const struct misuse *row = *state;
	struct probe probe;

	/* The last row is the one that shows what `lacks` does. */
	read_spec(&probe, row->words,
		  strncmp(row->sentence, "no flag --seed", 14) == 0 ? OPTIONS_SEED : 0);
	assert_int_equal(probe.outcome, OPTION_MISUSE);
	assert_string_equal(probe.options.reading.sentence, row->sentence);
	assert_int_equal(probe.options.exit_status, 2);
}

/* Valid command lines. */

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
	assert_int_equal(probe.outcome, OPTION_GO);
	assert_int_equal(probe.sight.interest, STARLING_ALL);
}

/* A program of others'. */
static const char *misuse_of(const char *word, struct options *options)
{
	const struct options_spec spec = { .name = "probe",
					   .program = "starling-bench",
					   .summary = "Probe" };
	char name[] = "probe", *argv[] = { name, (char *)(uintptr_t)word, NULL };

	assert_int_equal(options_read(options, &spec, 2, argv), OPTION_MISUSE);
	return options->reading.sentence;
}

static void another_programs_subcommand_speaks_under_its_name(void **state)
{
	struct options options;

	(void)state;
	assert_string_equal(misuse_of("--colour", &options),
			    "no flag --colour; see starling-bench probe --help");
}

static void a_file_gives_what_flags_give_and_its_texts_last(void **state)
{
	static const char text[] =
		"{\"room\": \"caf\u00e9\", \"name\": \"ada\", \"port\": 9, \"rate\": 5, "
		"\"mode\": \"reliable\", \"interest\": \"nearest:7\"}";
	char path[OPTION_PROBE_PATH_BYTES];
	struct probe probe;

	(void)state;
	option_probe_write(path, text, strlen(text));
	read_spec(&probe, (const char *const[]){ "8", "--config", path, "--port=10", NULL }, 0);
	unlink(path);
	assert_int_equal(probe.outcome, OPTION_GO);
	assert_string_equal(probe.options.room, "caf\xc3\xa9");
	assert_string_equal(probe.options.name, "ada");
	assert_true(probe.options.has_name);
	assert_int_equal(probe.options.port, 10);
	assert_true(probe.rate_hz == 5);
	assert_int_equal(probe.options.mode, STARLING_RELIABLE);
	assert_int_equal(probe.sight.nearest, 7);
}

static void the_help_has_the_own_flags_before_the_shared_ones(void **state)
{
	static const char *const in_order[] = { "Usage: starling probe [FLAG]... [N]\n\nProbe.\n",
						"\nFlags:\n",
						"--shift M",
						"\nFlags that the subcommands share:\n",
						"--host HOST",
						"--json",
						"-v, --verbose",
						"--config FILE" };
	double shift = 0;
	const struct option_row rows[] = {
		{ "shift", 0, "M", "how far", &option_number, &shift, 0, 1 },
	};
	const struct options_spec spec = { .name = "probe",
					   .operands = "[N]",
					   .operand_max = 1,
					   .summary = "Probe",
					   .rows = rows,
					   .row_count = 1,
					   .lacks = OPTIONS_SEED };
	char *text, *at;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	options_help(&spec, out);
	fclose(out);
	at = text;
	for (size_t i = 0; i < sizeof(in_order) / sizeof(in_order[0]); i++) {
		at = strstr(at, in_order[i]);
		if (at == NULL)
			fail_msg("the help does not say \"%s\" there:\n%s", in_order[i], text);
	}
	assert_null(strstr(text, "--seed"));
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
		cmocka_unit_test(interest_is_read_with_its_range),
		cmocka_unit_test(another_programs_subcommand_speaks_under_its_name),
		cmocka_unit_test(a_file_gives_what_flags_give_and_its_texts_last),
		cmocka_unit_test(the_help_has_the_own_flags_before_the_shared_ones),
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

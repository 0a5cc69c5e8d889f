/* The relay's configuration: flags, the JSON file, and the sentence for a wrong one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "relay/config.h"
#include "tests/fixtures/option_probe.h"
#include "tests/fixtures/row_tests.h"

enum {
	ARGUMENTS_MAX = 8,
};

static enum config_outcome parse(struct config *config, const char *const *words,
				 char error[CONFIG_ERROR_BYTES])
{
	char *argv[ARGUMENTS_MAX + 2] = { (char *)(uintptr_t) "starlingd" };
	int argc = 1;

	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	error[0] = '\0';
	return config_parse(config, argc, argv, error);
}

/* Reads a file that holds `text`, and a flag, which may be NULL. */
static enum config_outcome parse_file(struct config *config, const char *text, const char *flag,
				      char error[CONFIG_ERROR_BYTES])
{
	char path[OPTION_PROBE_PATH_BYTES];
	enum config_outcome outcome;

	option_probe_write(path, text, strlen(text));
	outcome = parse(config, (const char *[]){ "--config", path, flag, NULL }, error);
	unlink(path);
	return outcome;
}

static void without_flags_the_defaults_hold(void **state)
{
	struct config config, expected;
	char error[CONFIG_ERROR_BYTES];

	(void)state;
	config_default(&expected);
	assert_int_equal(parse(&config, (const char *[]){ NULL }, error), CONFIG_RUN);
	assert_memory_equal(&config, &expected, sizeof(config));
	assert_int_equal(config.port, 7777);
}

static void the_rhythm_may_be_the_word_auto(void **state)
{
	struct config config;
	char error[CONFIG_ERROR_BYTES];

	(void)state;
	assert_int_equal(parse(&config, (const char *[]){ "--tick", "20", NULL }, error),
			 CONFIG_RUN);
	assert_true(config.tick_hz == 20);
	assert_int_equal(parse_file(&config, "{\"tick\":\"auto\"}", NULL, error), CONFIG_RUN);
	assert_true(config.tick_hz == CONFIG_TICK_AUTO);
	assert_int_equal(parse(&config, (const char *[]){ "--tick", "auto", NULL }, error),
			 CONFIG_RUN);
	assert_true(config.tick_hz == CONFIG_TICK_AUTO);
	assert_int_equal(parse_file(&config, "{\"tick\":\"Auto\"}", NULL, error), CONFIG_BAD);
	assert_non_null(strstr(error, "auto, or a number from 0 to 1000"));
}

struct misuse {
	const char *name;
	const char *words[ARGUMENTS_MAX];
	const char *says[3];
};

static void misuse_names_the_flag_the_value_and_what_is_accepted(void **state)
{
	const struct misuse *row = *state;
	struct config config;
	char error[CONFIG_ERROR_BYTES];

	assert_int_equal(parse(&config, row->words, error), CONFIG_BAD);
	for (size_t i = 0; i < 3 && row->says[i]; i++)
		if (!strstr(error, row->says[i]))
			fail_msg("\"%s\" does not say \"%s\"", error, row->says[i]);
	assert_null(strchr(error, '\n'));
}

static const struct misuse misuses[] = {
	{ "an unknown flag", { "--prot", "1" }, { "no flag --prot", "starlingd --help" } },
	{ "a port too large", { "--port", "65536" }, { "--port 65536", "0 to 65535" } },
	{ "zero rooms", { "--rooms", "0" }, { "--rooms 0", "1 to" } },
	{ "infinity", { "--tick", "1e999" }, { "1e999", "auto, or", "0 to 1000" } },
	{ "a word for the rhythm", { "--tick", "fast" }, { "--tick fast", "auto, or a number" } },
	{ "a rhythm below zero", { "--tick", "-1" }, { "--tick -1", "0 to 1000" } },
	{ "a share of nothing", { "--flush-share", "0" }, { "--flush-share 0", "0.01 to 1" } },
	{ "auto for a number", { "--max-delay", "auto" }, { "auto", "0.1 to 1000" } },
	{ "a missing value", { "--port" }, { "--port wants an argument" } },
	{ "a stray word", { "7777" }, { "7777 is one argument too many" } },
	{ "an empty host", { "--host", "" }, { "--host", "1 to 63" } },
	{ "a seed that JSON cannot hold",
	  { "--seed", "9007199254740992" },
	  { "--seed", "0 to 9007199254740991" } },
	{ "a file that is not there",
	  { "--config", "/nonexistent.json" },
	  { "/nonexistent.json", "No such file" } },
};

static void every_setting_is_a_key_of_the_file_too(void **state)
{
	static const char text[] =
		"{\"host\":\"::\",\"user\":\"u\",\"no-sandbox\":true,\"port\":1,\"tick\":2,\"flush-share\":0.5,\"max-delay\":4,\"clients\":3,\"per-address\":4,\"rooms\":"
		"5,"
		"\"members\":6,\"entities\":7,\"payload\":8,\"message-rate\":9,"
		"\"member-datagrams\":31,\"member-bytes\":32,\"member-commands\":33,\"address-datagrams\":34,"
		"\"address-bytes\":35,\"address-commands\":36,\"address-joins\":37,"
		"\"member-output\":23,\"room-output\":24,\"malformed\":10,"
		"\"sight\":21,\"every\":true,"
		"\"backlog\":4096,\"backlog-time\":38,\"grain\":12,\"hello-time\":13,\"timeout\":14,\"grace\":23,\"settle\":15,"
		"\"enet-throttle\":true,\"verbose\":true,\"quiet\":false,\"share-channel\":true,\"sequence-start\":22,\"json\":true,\"seed\":16,"
		"\"budget\":20,\"budget-fixed\":true,\"impair-in\":\"delay=17ns\",\"impair-out\":\"rate=18kbit/19kB\"}";
	const struct config expected = { .host = "::",
					 .user = "u",
					 .no_sandbox = true,
					 .port = 1,
					 .tick_hz = 2,
					 .flush_share = 0.5,
					 .max_delay_ms = 4,
					 .clients = 3,
					 .per_address = 4,
					 .rooms = 5,
					 .members = 6,
					 .entities = 7,
					 .payload_bytes = 8,
					 .message_rate = 9,
					 .member_input = { { 31, 32, 33 } },
					 .address_input = { { 34, 35, 36 } },
					 .address_joins = 37,
					 .member_output = 23,
					 .room_output = 24,
					 .malformed = 10,
					 .backlog_bytes = 4096,
					 .backlog_s = 38,
					 .grain_um = 12,
					 .sight = 21,
					 .every = true,
					 .hello_s = 13,
					 .timeout_s = 14,
					 .grace_s = 23,
					 .settle_s = 15,
					 .enet_throttle = true,
					 .share_channel = true,
					 .sequence_start = 22,
					 .json = true,
					 .verbose = 1,
					 .seed = 16,
					 .budget = 20,
					 .budget_fixed = true,
					 .impair_in.start.delay_ns = 17,
					 .impair_out.start = { .rate_bits = 18000,
							       .queue_bytes = 19000 } };
	struct config config;
	char error[CONFIG_ERROR_BYTES];

	(void)state;
	if (parse_file(&config, text, NULL, error) != CONFIG_RUN)
		fail_msg("%s", error);
	config.file = NULL;
	assert_string_equal(config.host, expected.host);
	memset(config.host, 0, sizeof(config.host));
	strcpy(config.host, "::");
	assert_memory_equal(&config, &expected, sizeof(config));
}

static void a_flag_is_louder_than_the_file(void **state)
{
	struct config config;
	char error[CONFIG_ERROR_BYTES];

	(void)state;
	assert_int_equal(parse_file(&config, "{\"quiet\": true}", NULL, error), CONFIG_RUN);
	assert_int_equal(config.verbose, -1);
	assert_int_equal(parse_file(&config, "{\"quiet\": true}", "-v", error), CONFIG_RUN);
	assert_int_equal(config.verbose, 1);
}

static void with_check_what_is_good_is_not_run(void **state)
{
	struct config config;
	char error[CONFIG_ERROR_BYTES];

	(void)state;
	assert_int_equal(parse(&config, (const char *[]){ "--check", "--port", "1", NULL }, error),
			 CONFIG_CHECK);
	assert_int_equal(parse(&config, (const char *[]){ "--check", "--port", "x", NULL }, error),
			 CONFIG_BAD);
	assert_int_equal(parse(&config, (const char *[]){ "--check", "word", NULL }, error),
			 CONFIG_BAD);
}

int main(void)
{
	struct CMUnitTest tests[5 + ROW_TESTS_COUNT(misuses)] = {
		cmocka_unit_test(without_flags_the_defaults_hold),
		cmocka_unit_test(the_rhythm_may_be_the_word_auto),
		cmocka_unit_test(every_setting_is_a_key_of_the_file_too),
		cmocka_unit_test(a_flag_is_louder_than_the_file),
		cmocka_unit_test(with_check_what_is_good_is_not_run),
	};
	size_t count = 5;

	ROW_TESTS_ADD(tests, count, misuses, misuse_names_the_flag_the_value_and_what_is_accepted);
	return _cmocka_run_group_tests("config", tests, count, NULL, NULL);
}

/* What the relay is told: flags, the JSON file, and what a wrong one gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "relay/config.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

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

/* A file with `text` in it, in a fresh place; the caller removes it. */
static void write_file(char path[32], const char *text)
{
	int descriptor;

	strcpy(path, "/tmp/starling-config-XXXXXX");
	descriptor = mkstemp(path);
	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
	close(descriptor);
}

static bool read_json(struct config *config, const char *text, char error[CONFIG_ERROR_BYTES])
{
	return config_read_json(config, text, strlen(text), "r.json", error);
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

static void flags_are_read(void **state)
{
	struct config config;
	char error[CONFIG_ERROR_BYTES];

	(void)state;
	assert_int_equal(parse(&config,
			       (const char *[]){ "--port=0", "--tick", "62.5", "--members", "9",
						 "--json", "-v", NULL },
			       error),
			 CONFIG_RUN);
	assert_int_equal(config.port, 0);
	assert_true(config.tick_hz == 62.5);
	assert_int_equal(config.members, 9);
	assert_true(config.json);
	assert_int_equal(config.verbose, 1);
}

static void the_rhythm_may_be_the_word_auto(void **state)
{
	struct config config;
	char error[CONFIG_ERROR_BYTES];

	(void)state;
	assert_int_equal(parse(&config, (const char *[]){ "--tick", "20", NULL }, error),
			 CONFIG_RUN);
	assert_true(read_json(&config, "{\"tick\":\"auto\"}", error));
	assert_true(config.tick_hz == CONFIG_TICK_AUTO);
	assert_int_equal(parse(&config, (const char *[]){ "--tick", "auto", NULL }, error),
			 CONFIG_RUN);
	assert_true(config.tick_hz == CONFIG_TICK_AUTO);
	assert_false(read_json(&config, "{\"tick\":\"Auto\"}", error));
	assert_non_null(strstr(error, "auto, or a number from 0 to 1000"));
}

static void a_flag_wins_over_the_file_wherever_it_stands(void **state)
{
	struct config config;
	char error[CONFIG_ERROR_BYTES], path[32];

	(void)state;
	write_file(path, "{\"port\": 9000, \"rooms\": 3, \"host\": \"127.0.0.1\"}");
	assert_int_equal(
		parse(&config, (const char *[]){ "--port", "9001", "--config", path, NULL }, error),
		CONFIG_RUN);
	assert_int_equal(config.port, 9001);
	assert_int_equal(config.rooms, 3);
	assert_string_equal(config.host, "127.0.0.1");
	unlink(path);
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
	{ "an unknown flag", { "--prot", "1" }, { "--prot", "not a flag" } },
	{ "a port too large", { "--port", "65536" }, { "--port 65536", "0 to 65535" } },
	{ "a negative port", { "--port", "-1" }, { "--port -1", "0 to 65535" } },
	{ "trailing junk", { "--port", "7777x" }, { "7777x", "whole number" } },
	{ "a hexadecimal number", { "--port", "0x10" }, { "0x10" } },
	{ "an empty number", { "--port", "" }, { "--port", "whole number" } },
	{ "a fraction where a count is wanted", { "--rooms", "1.5" }, { "1.5", "whole number" } },
	{ "zero rooms", { "--rooms", "0" }, { "--rooms 0", "1 to" } },
	{ "infinity", { "--tick", "1e999" }, { "1e999", "auto, or", "0 to 1000" } },
	{ "a word for the rhythm", { "--tick", "fast" }, { "--tick fast", "auto, or a number" } },
	{ "a rhythm below zero", { "--tick", "-1" }, { "--tick -1", "0 to 1000" } },
	{ "a share of nothing", { "--flush-share", "0" }, { "--flush-share 0", "0.01 to 1" } },
	{ "auto for a number", { "--max-delay", "auto" }, { "auto", "0.1 to 1000" } },
	{ "not a number", { "--tick", "nan" }, { "nan", "0 to 1000" } },
	{ "a missing value", { "--port" }, { "--port", "value" } },
	{ "a stray word", { "7777" }, { "7777", "flags" } },
	{ "an escape character in a value", { "--port", "\x1b[31m" }, { "--port \\x1b[31m: it" } },
	{ "an escape character in a flag", { "--\x1b[31m" }, { "--\\x1b[31m is not" } },
	{ "an escape character in a word", { "\x1b[31m" }, { "\"\\x1b[31m\" is not" } },
	{ "an escape character in a file's name",
	  { "--config", "/nonexistent\x1b[31m" },
	  { "/nonexistent\\x1b[31m: cannot" } },
	{ "an empty host", { "--host", "" }, { "--host", "1 to 63" } },
	{ "a seed that JSON cannot hold",
	  { "--seed", "9007199254740992" },
	  { "--seed", "0 to 9007199254740991" } },
	{ "a file that is not there",
	  { "--config", "/nonexistent.json" },
	  { "/nonexistent.json", "No such file" } },
};

static void a_wrong_impairment_is_shown_with_the_place(void **state)
{
	static const char *const words[] = { "--impair-out", "delay=40ms,loss=2%x", NULL };
	static const char says[] = "--impair-out: this does not belong to the term before it; "
				   "accepted here: a comma and another term, or the end\n"
				   "delay=40ms,loss=2%x\n"
				   "                  ^";
	struct config config;
	char error[CONFIG_ERROR_BYTES];

	(void)state;
	assert_int_equal(parse(&config, words, error), CONFIG_BAD);
	assert_string_equal(error, says);
}

struct bad_file {
	const char *name, *text; /* in which @ stands for a NUL byte */
	const char *says[3];
};

static void a_bad_file_is_named_with_key_value_and_what_is_accepted(void **state)
{
	const struct bad_file *row = *state;
	const size_t size = strlen(row->text);
	char text[256];
	struct config config;
	char error[CONFIG_ERROR_BYTES];

	for (size_t i = 0; i <= size; i++)
		text[i] = row->text[i] == '@' ? '\0' : row->text[i];
	config_default(&config);
	assert_false(config_read_json(&config, text, size, "r.json", error));
	assert_int_equal(strncmp(error, "r.json:", strlen("r.json:")), 0);
	for (size_t i = 0; i < 3 && row->says[i]; i++)
		if (!strstr(error, row->says[i]))
			fail_msg("\"%s\" does not say \"%s\"", error, row->says[i]);
}

static const struct bad_file bad_files[] = {
	{ "an unknown key", "{\"prot\": 1}", { "\"prot\"", "not a setting", "port" } },
	{ "a text for a number", "{\"port\": \"7777\"}", { "\"port\"", "\"7777\"", "0 to 65535" } },
	{ "a number for a text", "{\"host\": 1}", { "\"host\"", "1", "text" } },
	{ "a number for a switch", "{\"json\": 1}", { "\"json\"", "true or false" } },
	{ "a value out of range", "{\"payload\": 65}", { "\"payload\"", "65", "0 to 64" } },
	{ "a number for an impairment",
	  "{\"impair-in\": 5}",
	  { "\"impair-in\" is 5", "delay=40ms" } },
	{ "a wrong impairment",
	  "{\"impair-in\": \"delay=5\"}",
	  { "r.json:1:15: \"impair-in\": a unit is missing", "\ndelay=5\n       ^" } },
	{ "null", "{\"rooms\": null}", { "\"rooms\"", "null" } },
	{ "a list", "[1]", { "r.json:1:1:", "object", "found [" } },
	{ "a comma behind the last entry",
	  "{\n\t\"port\": 1,\n}",
	  { "r.json:3:1:", "no comma", "found }" } },
	{ "no comma", "{\"port\": 1\n \"rooms\": 2}", { "r.json:2:2:", ", or }", "found \"" } },
	{ "two commas", "{\"port\": 1,,\"rooms\": 2}", { "r.json:1:12:", "a name", "found ," } },
	{ "no colon", "{\"port\" 1}", { "r.json:1:9:", "expected :", "found 1" } },
	{ "single quotes", "{'port': 1}", { "r.json:1:2:", "double quotes", "found '" } },
	{ "a text in single quotes",
	  "{\"host\": '::'}",
	  { "r.json:1:10:", "double quotes", "found '" } },
	{ "a name without quotes", "{port: 1}", { "r.json:1:2:", "double quotes", "found p" } },
	{ "a word that is none",
	  "{\"json\": True}",
	  { "r.json:1:10:", "true or false", "found T" } },
	{ "a list for a value", "{\"port\": [1]}", { "r.json:1:10:", "one value", "found [" } },
	{ "an object for a value",
	  "{\"a\": {\"port\": 1}}",
	  { "r.json:1:7:", "one value", "found {" } },
	{ "a number that begins with 0", "{\"port\": 0777}", { "r.json:1:10:", "found 0" } },
	{ "a number with a plus", "{\"port\": +1}", { "r.json:1:10:", "found +" } },
	{ "a number that ends with its point",
	  "{\"tick\": 1.}",
	  { "r.json:1:12:", "a digit", "found }" } },
	{ "a hexadecimal number in the file", "{\"port\": 0x10}", { "r.json:1:11:", "found x" } },
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
	  "{\"port\": 1,\n\"rooms\": 2,\n\"port\": 3}",
	  { "r.json:3:1:", "\"port\" was given on line 1" } },
	{ "a key given twice, once with an escape",
	  "{\"port\": 1, \"p\\u006frt\": 1}",
	  { "r.json:1:13:", "\"port\" was given on line 1" } },
	{ "verbose and quiet",
	  "{\"verbose\": true,\n\"quiet\": true}",
	  { "r.json:2:", "quiet", "verbose" } },
	{ "a flag that is no setting", "{\"check\": true}", { "\"check\" is not a setting" } },
};

static void every_setting_is_a_key_of_the_file_too(void **state)
{
	static const char text[] =
		"{\"host\":\"::\",\"port\":1,\"tick\":2,\"flush-share\":0.5,\"max-delay\":4,\"clients\":3,\"per-address\":4,\"rooms\":"
		"5,"
		"\"members\":6,\"entities\":7,\"payload\":8,\"message-rate\":9,\"malformed\":10,"
		"\"sight\":21,\"every\":true,"
		"\"backlog\":4096,\"grain\":12,\"hello-time\":13,\"timeout\":14,\"settle\":15,"
		"\"enet-throttle\":true,\"verbose\":true,\"quiet\":false,\"share-channel\":true,\"sequence-start\":22,\"json\":true,\"seed\":16,"
		"\"budget\":20,\"budget-fixed\":true,\"impair-in\":\"delay=17ns\",\"impair-out\":\"rate=18kbit/19kB\"}";
	const struct config expected = { .host = "::",
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
					 .malformed = 10,
					 .backlog_bytes = 4096,
					 .grain_um = 12,
					 .sight = 21,
					 .every = true,
					 .hello_s = 13,
					 .timeout_s = 14,
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
	config_default(&config);
	assert_true(read_json(&config, text, error));
	assert_string_equal(config.host, expected.host);
	memset(config.host, 0, sizeof(config.host));
	strcpy(config.host, "::");
	assert_memory_equal(&config, &expected, sizeof(config));
}

static void comments_and_a_byte_order_mark_are_passed_over(void **state)
{
	static const char text[] = "\xef\xbb\xbf// our relay\n{ // begins\n"
				   "\"host\": \"::1\", // \"port\": 1,\n"
				   "//\"port\": 2,\n"
				   "\"port\" // three\n: // is\n 3 // it\n, \"rooms\":4}//";
	struct config config;
	char error[CONFIG_ERROR_BYTES] = "";

	(void)state;
	config_default(&config);
	if (!read_json(&config, text, error))
		fail_msg("%s", error);
	assert_string_equal(config.host, "::1");
	assert_int_equal(config.port, 3);
	assert_int_equal(config.rooms, 4);
}

static void two_slashes_in_a_text_are_no_comment(void **state)
{
	struct config config;
	char error[CONFIG_ERROR_BYTES] = "";

	(void)state;
	config_default(&config);
	assert_true(read_json(&config, "{\"host\": \"a//b\\\"//\"}", error));
	assert_string_equal(config.host, "a//b\"//");
}

static void a_flag_is_louder_than_the_file(void **state)
{
	struct config config;
	char error[CONFIG_ERROR_BYTES], path[32];

	(void)state;
	write_file(path, "{\"quiet\": true}");
	assert_int_equal(parse(&config, (const char *[]){ "--config", path, NULL }, error),
			 CONFIG_RUN);
	assert_int_equal(config.verbose, -1);
	assert_int_equal(parse(&config, (const char *[]){ "-v", "--config", path, NULL }, error),
			 CONFIG_RUN);
	assert_int_equal(config.verbose, 1);
	unlink(path);
}

static void a_file_that_is_too_large_is_refused(void **state)
{
	static char text[CONFIG_FILE_MAX_BYTES + 2];
	struct config config;
	char error[CONFIG_ERROR_BYTES], path[32];

	(void)state;
	memset(text, ' ', sizeof(text) - 1);
	memcpy(text, "{}", 2);
	write_file(path, text);
	assert_int_equal(parse(&config, (const char *[]){ "--config", path, NULL }, error),
			 CONFIG_BAD);
	assert_non_null(strstr(error, "larger than 65536 bytes"));
	text[CONFIG_FILE_MAX_BYTES] = '\0';
	unlink(path);
	write_file(path, text);
	assert_int_equal(parse(&config, (const char *[]){ "--config", path, NULL }, error),
			 CONFIG_RUN);
	unlink(path);
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

/* A running relay reads its file again. */

static char told[4096];

static void tell(const char *name, const char *before, const char *now, const char *takes)
{
	const size_t size = strlen(told);

	snprintf(told + size, sizeof(told) - size, "%s %s %s %s;", name, before, now,
		 takes ? "taken" : "restart");
}

static void what_can_change_is_taken_and_all_that_differs_is_told(void **state)
{
	struct config config, fresh;
	char error[CONFIG_ERROR_BYTES], path[32], *words[5];
	const char *given[] = { "starlingd", "--config", path, "--malformed", "7" };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		words[i] = (char *)(uintptr_t)given[i];
	write_file(path, "{\"members\": 8, \"port\": 9000, \"malformed\": 3, \"verbose\": true, "
			 "\"impair-in\": \"delay=5ms\", \"tick\": \"auto\"}");
	config_default(&config);
	config.malformed = 7;
	config.impair_in = (struct link_model_spec){ 0 };
	assert_true(config_read_again(&fresh, 5, words, error));
	told[0] = '\0';
	assert_int_equal(config_take(&config, &fresh, tell), 4);
	assert_string_equal(told,
			    "port 7777 9000 restart;members 256 8 taken;"
			    "impair-in \"none\" \"delay=5ms\" restart;verbose false true taken;");
	assert_int_equal(config.port, 7777);
	assert_int_equal(config.members, 8);
	assert_int_equal(config.malformed, 7);
	assert_int_equal(config.verbose, 1);
	unlink(path);
}

static void a_running_relay_reads_no_file_that_could_make_it_wait(void **state)
{
	struct config fresh;
	char error[CONFIG_ERROR_BYTES], path[32], *words[3];
	const char *given[] = { "starlingd", "--config", path };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		words[i] = (char *)(uintptr_t)given[i];
	write_file(path, "");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(config_read_again(&fresh, 3, words, error));
	assert_non_null(strstr(error, "not a regular file"));
	unlink(path);
	assert_false(config_read_again(&fresh, 3, words, error));
	assert_non_null(strstr(error, "No such file"));
}

int main(void)
{
	struct CMUnitTest tests[13 + COUNT_OF(misuses) + COUNT_OF(bad_files)] = {
		cmocka_unit_test(without_flags_the_defaults_hold),
		cmocka_unit_test(flags_are_read),
		cmocka_unit_test(the_rhythm_may_be_the_word_auto),
		cmocka_unit_test(a_flag_wins_over_the_file_wherever_it_stands),
		cmocka_unit_test(every_setting_is_a_key_of_the_file_too),
		cmocka_unit_test(a_wrong_impairment_is_shown_with_the_place),
		cmocka_unit_test(comments_and_a_byte_order_mark_are_passed_over),
		cmocka_unit_test(two_slashes_in_a_text_are_no_comment),
		cmocka_unit_test(a_flag_is_louder_than_the_file),
		cmocka_unit_test(a_file_that_is_too_large_is_refused),
		cmocka_unit_test(with_check_what_is_good_is_not_run),
		cmocka_unit_test(what_can_change_is_taken_and_all_that_differs_is_told),
		cmocka_unit_test(a_running_relay_reads_no_file_that_could_make_it_wait),
	};
	size_t count = 13;

	for (size_t i = 0; i < COUNT_OF(misuses); i++)
		tests[count++] = (struct CMUnitTest){
			.name = misuses[i].name,
			.test_func = misuse_names_the_flag_the_value_and_what_is_accepted,
			.initial_state = (void *)(uintptr_t)&misuses[i],
		};
	for (size_t i = 0; i < COUNT_OF(bad_files); i++)
		tests[count++] = (struct CMUnitTest){
			.name = bad_files[i].name,
			.test_func = a_bad_file_is_named_with_key_value_and_what_is_accepted,
			.initial_state = (void *)(uintptr_t)&bad_files[i],
		};
	return _cmocka_run_group_tests("config", tests, count, NULL, NULL);
}

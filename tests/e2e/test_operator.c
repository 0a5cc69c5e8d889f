/* An operator's means with a running relay: SIGHUP, --check, the log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fixtures/relay/configured_relay.h"
#include "tests/fixtures/row_tests.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	PATIENCE_S = CONFIGURED_RELAY_PATIENCE_S,
};

static void sighup_takes_over_what_can_change_and_names_what_cannot(void **state)
{
	(void)state;
	configured_relay_write("{\"members\": 4}");
	process_start_relay(&relay, WORDS("--config", configured_relay_path, "--malformed", "7"));
	configured_relay_write(
		"{ // more\n\"members\": 8, \"clients\": 99, \"malformed\": 3, \"verbose\": true}");
	process_signal(&relay, SIGHUP);
	configured_relay_await_log("\"verbose\" is true now; it was false");
	assert_non_null(strstr(relay.err_text, "\"members\" is 8 now; it was 4; for rooms that"));
	assert_non_null(strstr(relay.err_text, "\"clients\" is 99 in the file now; that takes a "
					       "restart, until which it stays 512"));
	assert_null(strstr(relay.err_text, "malformed"));
	process_signal(&relay, SIGHUP);
	process_signal(&relay, SIGUSR1);
	assert_true(process_await_out(&relay, "\"open\"", PATIENCE_S));
	configured_relay_stop();
}

static void a_file_that_is_not_good_changes_nothing(void **state)
{
	(void)state;
	configured_relay_write("{\"members\": 4}");
	process_start_relay(&relay, WORDS("--config", configured_relay_path));
	configured_relay_write("{\"members\": 8,}");
	process_signal(&relay, SIGHUP);
	configured_relay_await_log("all stays as it was: ");
	configured_relay_await_log("relay.json:1:15: ");
	unlink(configured_relay_path);
	assert_int_equal(mkfifo(configured_relay_path, 0600), 0);
	process_signal(&relay, SIGHUP);
	configured_relay_await_log("not a regular file");
	configured_relay_stop();
	assert_null(strstr(relay.err_text, "is 8"));
}

static void without_a_file_sighup_says_so_and_is_no_end(void **state)
{
	(void)state;
	process_start_relay(&relay, WORDS("--quiet"));
	process_signal(&relay, SIGHUP);
	process_signal(&relay, SIGUSR1);
	assert_true(process_await_out(&relay, "\"open\"", PATIENCE_S));
	configured_relay_stop();
	process_end(&relay);
	process_start_relay(&relay, WORDS("--members", "3"));
	process_signal(&relay, SIGHUP);
	configured_relay_await_log("there is no file to read again");
	configured_relay_stop();
}

struct check {
	const char *name, *text, *flag;
	int status;
	const char *says;
};

static const struct check checks[] = {
	{ "a good file is ok", "{\"members\": 4}", "--json", 0, "ok\n" },
	{ "a bad file is told", "{\"members\": 4,}", "--json", 2, "relay.json:1:15: " },
	{ "a bad flag is told", "{}", "--port=99999", 2, "0 to 65535" },
	{ "a host that is no address is told", "{\"host\": \"example.net\"}", "--json", 2,
	  "not an address" },
	{ "an unknown key is told", "{\"prot\": 1}", "--json", 2, "\"prot\" is not a setting" },
};

static void check_opens_nothing_and_says_what_it_found(void **state)
{
	const struct check *row = *state;

	configured_relay_write(row->text);
	process_start(&relay,
		      WORDS("starlingd", "--check", "--config", configured_relay_path, row->flag));
	assert_int_equal(process_finish(&relay, PATIENCE_S), row->status);
	if (!strstr(row->status == 0 ? relay.out_text : relay.err_text, row->says))
		fail_msg("%s%s", relay.out_text, relay.err_text);
	assert_string_equal(row->status == 0 ? relay.err_text : relay.out_text, "");
}

static void with_v_each_line_of_a_client_has_its_address(void **state)
{
	char port[8];

	(void)state;
	snprintf(port, sizeof(port), "%u",
		 process_start_relay(&relay, WORDS("-v", "--members", "1")));
	process_start(&bots, WORDS("starling", "bots", "1", "--port", port, "--seconds", "0.3"));
	configured_relay_await_log(" leaves room \"lobby\"");
	for (const char *line = relay.err_text; (line = strstr(line, "starlingd: debug: ")); line++)
		if (strncmp(line, "starlingd: debug: 127.0.0.1:", 28) != 0)
			fail_msg("%.100s", line);
	process_finish(&bots, PATIENCE_S);
	configured_relay_stop();
}

static void a_refusal_is_logged_with_who_and_why(void **state)
{
	char port[8];

	(void)state;
	snprintf(port, sizeof(port), "%u", process_start_relay(&relay, WORDS("--members", "1")));
	process_start(&bots, WORDS("starling", "bots", "2", "--port", port, "--room", "pitch",
				   "--seconds", "1"));
	configured_relay_await_log("starlingd: refuses 127.0.0.1:");
	configured_relay_await_log(" for room \"pitch\": ROOM_FULL: room \"pitch\" has 1 member");
	assert_non_null(strstr(relay.err_text, ", \"bot-"));
	process_finish(&bots, PATIENCE_S);
	configured_relay_stop();
}

int main(void)
{
#define TEST(function) cmocka_unit_test(function)
	struct CMUnitTest tests[5 + ROW_TESTS_COUNT(checks)] = {
		TEST(sighup_takes_over_what_can_change_and_names_what_cannot),
		TEST(a_file_that_is_not_good_changes_nothing),
		TEST(without_a_file_sighup_says_so_and_is_no_end),
		TEST(with_v_each_line_of_a_client_has_its_address),
		TEST(a_refusal_is_logged_with_who_and_why),
	};
	size_t count = 5;

	ROW_TESTS_ADD(tests, count, checks, check_opens_nothing_and_says_what_it_found);
	for (size_t i = 0; i < count; i++) {
		tests[i].setup_func = configured_relay_set_up;
		tests[i].teardown_func = configured_relay_tear_down;
	}
	return _cmocka_run_group_tests("operator", tests, count, NULL, NULL);
}

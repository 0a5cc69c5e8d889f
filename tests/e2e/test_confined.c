/* What the relay may still do once it runs: as a user without rights. Real processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fixtures/process.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	PATIENCE_S = 10,
	LINE_BYTES = 256,
};

static struct process relay, bots;
static char folder[64], path[96];

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/starling-confined-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, 0755), 0);
	snprintf(path, sizeof(path), "%s/relay.json", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	process_end(&bots);
	process_end(&relay);
	unlink(path);
	rmdir(folder);
	return 0;
}

static void await_log(const char *text)
{
	if (!process_await_err(&relay, text, PATIENCE_S))
		fail_msg("no \"%s\" in:\n%s", text, relay.err_text);
}

static void stop(void)
{
	process_signal(&relay, SIGTERM);
	assert_int_equal(process_finish(&relay, PATIENCE_S), 0);
}

/* The line of the relay's status in /proc that begins with `name`. */
static void read_status(const char *name, char line[LINE_BYTES])
{
	char status[64];
	FILE *file;

	snprintf(status, sizeof(status), "/proc/%d/status", (int)relay.pid);
	file = fopen(status, "r");
	assert_non_null(file);
	do
		assert_non_null(fgets(line, LINE_BYTES, file));
	while (strncmp(line, name, strlen(name)) != 0);
	fclose(file);
}

/* A session of two bots, a reload, a report and a stop: all that a relay does while it runs. */
static void expect_it_works(uint16_t port)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", port);
	process_start(&bots, WORDS("starling", "bots", "2", "--port", text, "--seconds", "1"));
	await_log("room \"lobby\" opens");
	write_file("{\"members\": 8}");
	process_signal(&relay, SIGHUP);
	await_log("\"members\" is 8 now; it was 4");
	process_signal(&relay, SIGUSR1);
	assert_true(process_await_out(&relay, "\"open\"", PATIENCE_S));
	assert_int_equal(process_finish(&bots, PATIENCE_S), 0);
	stop();
	assert_true(process_figure(&relay, NULL, "delivered") > 0);
}

static void started_by_root_it_goes_on_as_the_user(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");
	char expected[LINE_BYTES], line[LINE_BYTES];
	uint16_t port;

	(void)state;
	if (geteuid() != 0)
		skip();
	write_file("{\"members\": 4, \"user\": \"nobody\"}");
	port = process_start_relay(&relay, WORDS("--config", path));
	await_log("goes on as user \"nobody\"");
	read_status("Uid:", line);
	snprintf(expected, sizeof(expected), "Uid:\t%1$u\t%1$u\t%1$u\t%1$u\n", nobody->pw_uid);
	assert_string_equal(line, expected);
	read_status("CapEff:", line);
	assert_string_equal(line, "CapEff:\t0000000000000000\n");
	expect_it_works(port);
}

static void a_user_that_does_not_exist_gets_a_sentence_and_exit_1(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	process_expect_failure(
		WORDS("starlingd", "--port", "0", "--json", "--user", "no-such-user"), 1,
		"\"no-such-user\"", "there is none");
	process_expect_failure(WORDS("starlingd", "--user", "no-such-user", "--check"), 2,
			       "\"no-such-user\"", "there is none");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(started_by_root_it_goes_on_as_the_user),
		TEST(a_user_that_does_not_exist_gets_a_sentence_and_exit_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

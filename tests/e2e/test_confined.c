/*
 * The relay's rights once it runs: as a user without rights, in its sandbox. Real
 * processes. Refusals of the sandbox are in tests/relay/test_sandbox.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fixtures/relay/configured_relay.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	PATIENCE_S = CONFIGURED_RELAY_PATIENCE_S,
	LINE_BYTES = 256,
	PATH_BYTES = 320,
};

/* The line that begins with `name` of the status in /proc of one of the relay's threads. */
static void read_thread_status(const char *thread, const char *name, char line[LINE_BYTES])
{
	char status[PATH_BYTES];
	FILE *file;

	snprintf(status, sizeof(status), "/proc/%d/task/%s/status", (int)relay.pid, thread);
	file = fopen(status, "r");
	assert_non_null(file);
	do
		assert_non_null(fgets(line, LINE_BYTES, file));
	while (strncmp(line, name, strlen(name)) != 0);
	fclose(file);
}

static void read_status(const char *name, char line[LINE_BYTES])
{
	char thread[16];

	snprintf(thread, sizeof(thread), "%d", (int)relay.pid);
	read_thread_status(thread, name, line);
}

/* A session of two bots, a reload, a report and a stop: all that a relay does while it runs. */
static void expect_it_works(uint16_t port)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", port);
	process_start(&bots, WORDS("starling", "bots", "2", "--port", text, "--seconds", "1"));
	configured_relay_await_log("room \"lobby\" opens");
	configured_relay_write("{\"members\": 8}");
	process_signal(&relay, SIGHUP);
	configured_relay_await_log("\"members\" is 8 now; it was 4");
	process_signal(&relay, SIGUSR1);
	assert_true(process_await_out(&relay, "\"open\"", PATIENCE_S));
	assert_int_equal(process_finish(&bots, PATIENCE_S), 0);
	configured_relay_stop();
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
	configured_relay_write("{\"members\": 4, \"user\": \"nobody\"}");
	port = process_start_relay(&relay, WORDS("--config", configured_relay_path));
	configured_relay_await_log("goes on as user \"nobody\"");
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

/* Whether this build has a sandbox: one with a sanitizer has none. */
static bool has_sandbox(void)
{
	char line[LINE_BYTES];

	read_status("NoNewPrivs:", line);
	return strcmp(line, "NoNewPrivs:\t1\n") == 0;
}

static bool is_built_with_sanitizer(void)
{
	const char *flags = getenv("SAN");

	return flags && *flags;
}

static void in_its_sandbox_it_relays_reads_its_file_again_and_reports(void **state)
{
	char folder_of_threads[PATH_BYTES], line[LINE_BYTES];
	struct dirent *thread;
	unsigned threads = 0;
	uint16_t port;
	DIR *listing;

	(void)state;
	if (is_built_with_sanitizer())
		skip();
	configured_relay_write("{\"members\": 4}");
	port = process_start_relay(&relay, WORDS("--config", configured_relay_path));
	configured_relay_await_log("listens on UDP");
	snprintf(folder_of_threads, sizeof(folder_of_threads), "/proc/%d/task", (int)relay.pid);
	listing = opendir(folder_of_threads);
	assert_non_null(listing);
	while ((thread = readdir(listing))) {
		if (thread->d_name[0] == '.')
			continue;
		read_thread_status(thread->d_name, "Seccomp:", line);
		assert_string_equal(line, "Seccomp:\t2\n"); /* a filter */
		threads++;
	}
	closedir(listing);
	assert_true(threads > 1);
	expect_it_works(port);
	assert_null(strstr(relay.err_text, "sandbox"));
}

/* Whether the kernel has Landlock: without it, the relay says so. */
static bool holds_files(void)
{
	return !strstr(relay.err_text, "any file that its user may read");
}

/* Gives the configuration's name to a new file, or to a link, as an editor or a stranger may. */
static void replace_configuration(const char *text, const char *target)
{
	char before[PATH_BYTES];

	snprintf(before, sizeof(before), "%s.old", configured_relay_path);
	assert_int_equal(rename(configured_relay_path, before), 0);
	if (text)
		configured_relay_write(text);
	else
		assert_int_equal(symlink(target, configured_relay_path), 0);
	assert_int_equal(unlink(before), 0);
}

static void it_reads_a_file_that_took_the_place_of_its_own_but_none_outside_the_folder(void **state)
{
	(void)state;
	if (is_built_with_sanitizer())
		skip();
	configured_relay_write("{\"timeout\": 10}");
	process_start_relay(&relay, WORDS("--config", configured_relay_path));
	configured_relay_await_log("listens on UDP");
	replace_configuration("{\"timeout\": 11}", NULL);
	process_signal(&relay, SIGHUP);
	configured_relay_await_log("\"timeout\" is 11 now; it was 10");
	if (!holds_files())
		skip();
	replace_configuration(NULL, "/etc/passwd");
	process_signal(&relay, SIGHUP);
	configured_relay_await_log("cannot be read: Permission denied");
	configured_relay_stop();
}

static void with_no_sandbox_there_is_none(void **state)
{
	uint16_t port;

	(void)state;
	configured_relay_write("{\"members\": 4, \"no-sandbox\": true}");
	port = process_start_relay(&relay, WORDS("--config", configured_relay_path));
	configured_relay_await_log("listens on UDP");
	assert_false(has_sandbox());
	expect_it_works(port);
}

/* As a container's own sandbox may do. It holds for all that this process starts from now on. */
static void forbid_sandboxes(void)
{
	const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	assert_non_null(filter);
	assert_int_equal(seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, geteuid() != 0), 0);
	assert_int_equal(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(seccomp), 0), 0);
	assert_int_equal(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
					  SCMP_SYS(landlock_create_ruleset), 0),
			 0);
	assert_int_equal(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1,
					  SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0)),
			 0);
	assert_int_equal(seccomp_load(filter), 0);
	seccomp_release(filter);
}

/* The last test, as nothing lifts what it forbids. */
static void where_the_kernel_allows_no_sandbox_one_line_says_so_and_it_works(void **state)
{
	uint16_t port;
	const char *said;

	(void)state;
	if (is_built_with_sanitizer())
		skip();
	forbid_sandboxes();
	configured_relay_write("{\"members\": 4}");
	port = process_start_relay(&relay, WORDS("--config", configured_relay_path));
	configured_relay_await_log(
		"may open any file that its user may open, as the kernel does not "
		"keep it to a folder: Function not implemented");
	configured_relay_await_log("runs without a sandbox, as the kernel does not allow one: ");
	expect_it_works(port);
	said = strstr(relay.err_text, "without a sandbox");
	assert_null(strstr(said + 1, "without a sandbox"));
}

#define TEST(test)                                                                                 \
	cmocka_unit_test_setup_teardown(test, configured_relay_set_up, configured_relay_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(started_by_root_it_goes_on_as_the_user),
		TEST(a_user_that_does_not_exist_gets_a_sentence_and_exit_1),
		TEST(in_its_sandbox_it_relays_reads_its_file_again_and_reports),
		TEST(it_reads_a_file_that_took_the_place_of_its_own_but_none_outside_the_folder),
		TEST(with_no_sandbox_there_is_none),
		TEST(where_the_kernel_allows_no_sandbox_one_line_says_so_and_it_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

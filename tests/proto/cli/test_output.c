#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/cli/output.h"

enum {
	WATCHED = 1,
	NOT_WATCHED = 2,
};

/* Sentences to a process on a new terminal, which its shell may have put in the background. */
static int on_a_terminal(const char *kind, bool in_background)
{
	int terminal, status;
	pid_t child;

	setenv("TERM", kind, 1);
	child = forkpty(&terminal, NULL, NULL, NULL);
	assert_true(child >= 0);
	if (child == 0) {
		pid_t other = in_background ? fork() : 0;

		if (other > 0) {
			waitpid(other, &status, 0);
			_exit(WEXITSTATUS(status));
		}
		if (in_background)
			setpgid(0, 0);
		_exit(output_is_watched(STDERR_FILENO) ? WATCHED : NOT_WATCHED);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	close(terminal);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void progress_is_watched_in_the_foreground_of_a_terminal_only(void **state)
{
	int file = open("/dev/null", O_RDWR);

	(void)state;
	assert_int_equal(on_a_terminal("xterm", false), WATCHED);
	assert_int_equal(on_a_terminal("xterm", true), NOT_WATCHED);
	assert_int_equal(on_a_terminal("dumb", false), NOT_WATCHED);
	assert_false(output_is_watched(file));
	close(file);
}

static void colours_are_used_unless_somebody_says_no(void **state)
{
	static const struct {
		const char *kind, *no_color; /* NULL: not set */
		bool may;
	} rows[] = {
		{ "xterm", NULL, true }, { "xterm", "", true },   { "xterm", "1", false },
		{ "xterm", "0", false }, { "dumb", NULL, false }, { NULL, NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsetenv("TERM");
		unsetenv("NO_COLOR");
		if (rows[i].kind)
			setenv("TERM", rows[i].kind, 1);
		if (rows[i].no_color)
			setenv("NO_COLOR", rows[i].no_color, 1);
		assert_int_equal(output_may_colour(), rows[i].may);
	}
}

/* output_finish's sentence and status for a program whose line did not get into `path`. */
static int finish_on(const char *path, bool flushes_at_once, int status, char said[static 256])
{
	int told[2], ended;
	ssize_t size;
	pid_t child;

	assert_int_equal(pipe(told), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const int out = open(path, O_WRONLY);

		if (out < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(told[1], STDERR_FILENO) < 0)
			_exit(99);
		clearerr(stdout);
		puts("a result");
		if (flushes_at_once && output_flush())
			_exit(98);
		_exit(output_finish("program", status));
	}
	close(told[1]);
	size = read(told[0], said, 255);
	said[size > 0 ? size : 0] = '\0';
	close(told[0]);
	assert_int_equal(waitpid(child, &ended, 0), child);
	return WEXITSTATUS(ended);
}

static void a_lost_result_is_told_with_its_reason_whatever_became_of_the_run(void **state)
{
	static const int statuses[][2] = { { 0, 1 }, { 1, 1 }, { 2, 2 }, { 3, 1 } };
	char said[256];

	(void)state;
	if (access("/dev/full", W_OK) != 0)
		skip();
	for (size_t i = 0; i < 2 * sizeof(statuses) / sizeof(statuses[0]); i++) {
		const int *row = statuses[i / 2];

		assert_int_equal(finish_on("/dev/full", i % 2, row[0], said), row[1]);
		assert_string_equal(said, "program: cannot write all of it to the standard "
					  "output: No space left on device\n");
		assert_int_equal(finish_on("/dev/null", false, row[0], said), row[0]);
		assert_string_equal(said, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(progress_is_watched_in_the_foreground_of_a_terminal_only),
		cmocka_unit_test(a_lost_result_is_told_with_its_reason_whatever_became_of_the_run),
		cmocka_unit_test(colours_are_used_unless_somebody_says_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

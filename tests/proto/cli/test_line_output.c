/* proto/cli/line_output: readers that take all, nothing, or leave; a full disk. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/cli/line_output.h"

enum {
	LINE_BYTES = 1000,
	LINES = 200, /* more than a pipe takes */
	PATIENCE_MS = 5000,
};

/* The test's own standard output is put back before cmocka writes to it. */
struct standing_in {
	int kept;
	struct line_output output;
};

static void stand_in(struct standing_in *in, int descriptor)
{
	fflush(stdout);
	in->kept = dup(STDOUT_FILENO);
	dup2(descriptor, STDOUT_FILENO);
	close(descriptor);
	in->output = (struct line_output){ NULL };
	if (!line_output_open(&in->output))
		_exit(1);
}

static void put_back(const struct standing_in *in)
{
	dup2(in->kept, STDOUT_FILENO);
	close(in->kept);
}

static void add(struct standing_in *in, int lines)
{
	char line[LINE_BYTES];

	memset(line, '.', sizeof(line));
	line[LINE_BYTES - 1] = '\n';
	for (int i = 0; i < lines; i++)
		line_output_add(&in->output, line, sizeof(line));
}

static bool ends(const struct standing_in *in)
{
	for (int i = 0; i < PATIENCE_MS; i++) {
		if (line_output_has_ended(&in->output))
			return true;
		usleep(1000);
	}
	return false;
}

/* In a process of its own, as the write that waits does so until the process ends. */
static void a_reader_that_takes_nothing_holds_up_nobody(void **state)
{
	char error[LINE_OUTPUT_ERROR_BYTES] = "";
	struct standing_in in;
	int pipes[2], status;
	bool is_as_told;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		stand_in(&in, pipes[1]);
		add(&in, LINES);
		is_as_told = !line_output_has_ended(&in.output) &&
			     !line_output_close(&in.output, error) &&
			     strstr(error, "takes nothing; what waits for it is lost");
		_exit(is_as_told ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(pipes[0]);
	close(pipes[1]);
}

static void a_reader_that_leaves_ends_it_without_a_fault(void **state)
{
	char error[LINE_OUTPUT_ERROR_BYTES] = "";
	bool has_ended, is_whole;
	struct standing_in in;
	int pipes[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(pipes), 0);
	close(pipes[0]);
	stand_in(&in, pipes[1]);
	add(&in, 1);
	has_ended = ends(&in);
	is_whole = line_output_close(&in.output, error);
	put_back(&in);
	assert_true(has_ended);
	assert_true(is_whole);
}

static void a_full_disk_ends_it_with_its_reason(void **state)
{
	char error[LINE_OUTPUT_ERROR_BYTES] = "";
	bool has_ended, is_whole;
	struct standing_in in;

	(void)state;
	stand_in(&in, open("/dev/full", O_WRONLY));
	add(&in, 1);
	has_ended = ends(&in);
	is_whole = line_output_close(&in.output, error);
	put_back(&in);
	assert_true(has_ended);
	assert_false(is_whole);
	assert_string_equal(
		error, "cannot write all of it to the standard output: No space left on device");
}

static void what_is_read_is_whole(void **state)
{
	char error[LINE_OUTPUT_ERROR_BYTES] = "", got[3 * LINE_BYTES + 1];
	struct standing_in in;
	int pipes[2];
	bool is_whole;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	stand_in(&in, pipes[1]);
	add(&in, 3);
	is_whole = line_output_close(&in.output, error);
	put_back(&in);
	assert_true(is_whole);
	assert_int_equal(read(pipes[0], got, sizeof(got)), 3 * LINE_BYTES);
	close(pipes[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_that_takes_nothing_holds_up_nobody),
		cmocka_unit_test(a_reader_that_leaves_ends_it_without_a_fault),
		cmocka_unit_test(a_full_disk_ends_it_with_its_reason),
		cmocka_unit_test(what_is_read_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

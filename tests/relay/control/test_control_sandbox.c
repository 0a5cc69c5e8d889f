/* The rights that an operator's socket and the bans' file add to the sandbox, and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/sandbox.h"
#include "tests/fixtures/row_tests.h"

enum {
	DONE = 0,
	LEFT_OUT = 201, /* exit status of a child that has no sandbox, or no Landlock */
	PATH_BYTES = 96,
};

/* Two folders, each with a file "there"; and the first one's descriptor in the child. */
static char own[PATH_BYTES], others[PATH_BYTES];
static char own_bans[PATH_BYTES + 8], own_there[PATH_BYTES + 8], others_there[PATH_BYTES + 8];
static int own_folder, others_folder, listener;

/* Each returns 0 or an errno value. */

static int outcome_of(long result)
{
	return result < 0 ? errno : DONE;
}

static int make_in(int folder)
{
	return outcome_of(openat(folder, "made", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int make_in_own(void)
{
	return make_in(own_folder);
}

static int make_in_others(void)
{
	return make_in(others_folder);
}

/* Past the descriptor that seccomp looks at. */
static int make_by_a_path(void)
{
	return outcome_of(openat(own_folder, others_there, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int replace_in_own(void)
{
	const int made = make_in_own();

	return made != DONE ? made : outcome_of(renameat(own_folder, "made", own_folder, "there"));
}

static int rename_into_others(void)
{
	return outcome_of(renameat(own_folder, "there", others_folder, "made"));
}

static int remove_in_own(void)
{
	return outcome_of(unlinkat(own_folder, "there", 0));
}

static int remove_in_others(void)
{
	return outcome_of(unlinkat(others_folder, "there", 0));
}

static int remove_by_a_path(void)
{
	return outcome_of(unlinkat(own_folder, others_there, 0));
}

static int accept_one(void)
{
	return outcome_of(accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

static int connect_out(void)
{
	return outcome_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

struct row {
	const char *name;
	int (*act)(void);
	bool has_control, has_bans;
	int outcome;
};

static const struct row rows[] = {
	{ "with a control socket a connection may be taken", accept_one, true, false, EAGAIN },
	{ "without one none may", accept_one, false, false, EPERM },
	{ "with a control socket no other may be made", connect_out, true, true, EPERM },
	{ "with a control socket it may be removed", remove_in_own, true, false, DONE },
	{ "but not what is elsewhere", remove_in_others, true, false, EPERM },
	{ "not by a path either", remove_by_a_path, true, false, EACCES },
	{ "without a control socket nothing may be removed", remove_in_own, false, false, EPERM },
	{ "with bans their file may be replaced", replace_in_own, true, true, DONE },
	{ "but nothing made elsewhere", make_in_others, true, true, EPERM },
	{ "not by a path either, though it is there", make_by_a_path, true, true, EACCES },
	{ "and nothing taken out of their folder", rename_into_others, true, true, EPERM },
	{ "without bans nothing may be made", make_in_own, true, false, EPERM },
};

static void write_to(const char *path)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fclose(out), 0);
}

static int make_folders(void **state)
{
	(void)state;
	strcpy(own, "/tmp/starling-own-XXXXXX");
	strcpy(others, "/tmp/starling-others-XXXXXX");
	assert_non_null(mkdtemp(own));
	assert_non_null(mkdtemp(others));
	snprintf(own_bans, sizeof(own_bans), "%s/bans", own);
	snprintf(own_there, sizeof(own_there), "%s/there", own);
	snprintf(others_there, sizeof(others_there), "%s/there", others);
	write_to(own_there);
	write_to(others_there);
	return 0;
}

static int remove_folders(void **state)
{
	(void)state;
	unlinkat(own_folder, "made", 0);
	unlinkat(own_folder, "there", 0);
	unlinkat(others_folder, "made", 0);
	unlinkat(others_folder, "there", 0);
	close(own_folder);
	close(others_folder);
	close(listener);
	return rmdir(own) + rmdir(others);
}

static void enter_or_exit(const struct row *row)
{
	const struct sandbox_files files = { .written = row->has_bans ? own_bans : NULL,
					     .removed = row->has_control ? own_there : NULL };
	const struct sandbox_needs needs = { .reads_files = row->has_bans,
					     .accepts = row->has_control,
					     .removes_in = row->has_control ? own_folder : -1,
					     .writes_in = row->has_bans ? own_folder : -1 };
	char error[SANDBOX_ERROR_BYTES];

	if ((row->has_bans || row->has_control) &&
	    sandbox_hold_files(&files, error) != SANDBOX_ENTERED)
		_exit(LEFT_OUT);
	if (sandbox_enter(&needs, error) != SANDBOX_ENTERED)
		_exit(LEFT_OUT);
}

static void open_listener(void)
{
	const struct sockaddr none = { .sa_family = AF_UNIX };

	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(listener >= 0);
	/* Without a path it gets a name of the kernel's own. */
	assert_int_equal(bind(listener, &none, sizeof(none.sa_family)), 0);
	assert_int_equal(listen(listener, 1), 0);
}

static void in_the_sandbox_of_a_moderated_relay(void **state)
{
	const struct row *row = *state;
	pid_t child;
	int status;

	open_listener();
	own_folder = open(own, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	others_folder = open(others, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		enter_or_exit(row);
		_exit(row->act());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == LEFT_OUT)
		skip();
	assert_int_equal(WEXITSTATUS(status), row->outcome);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, in_the_sandbox_of_a_moderated_relay);
	for (size_t i = 0; i < count; i++) {
		tests[i].setup_func = make_folders;
		tests[i].teardown_func = remove_folders;
	}
	return _cmocka_run_group_tests("control_sandbox", tests, count, NULL, NULL);
}

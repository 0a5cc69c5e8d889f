/* The sandbox: each try in a child of its own, as nothing leaves a sandbox. */
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
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "relay/sandbox.h"
#include "tests/fixtures/row_tests.h"

enum {
	DONE = 0,
	NOT_ENTERED = 200, /* exit status of a child that has no sandbox */
	LEFT_OUT,
	KILLED = -1,
	PAGE_BYTES = 4096,
};

static int descriptor; /* a socket that was open before */

/* Each returns 0 or an errno value. */

static int outcome_of(long result)
{
	return result < 0 ? errno : DONE;
}

static int run_a_program(void)
{
	return outcome_of(execl("/bin/true", "true", NULL));
}

static int fork_off(void)
{
	return outcome_of(fork());
}

static int trace(void)
{
	return outcome_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int open_family(int family)
{
	return outcome_of(socket(family, SOCK_DGRAM, 0));
}

static int open_ipv4(void)
{
	return open_family(AF_INET);
}

static int open_unix(void)
{
	return open_family(AF_UNIX);
}

static int open_netlink(void)
{
	return open_family(AF_NETLINK);
}

static int open_packets(void)
{
	return open_family(AF_PACKET);
}

static int open_ax25(void)
{
	return open_family(AF_AX25);
}

static int bind_what_is_open(void)
{
	const struct sockaddr any = { .sa_family = AF_INET };

	return outcome_of(bind(descriptor, &any, sizeof(any)));
}

static int read_a_file(void)
{
	return outcome_of(open("/dev/null", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

static int write_a_file(void)
{
	return outcome_of(open("/dev/null", O_WRONLY));
}

static int make_a_file(void)
{
	return outcome_of(open("/tmp/starling-sandbox", O_RDONLY | O_CREAT, 0600));
}

static int remove_a_file(void)
{
	return outcome_of(unlink("/tmp/starling-sandbox"));
}

static int map_code(void)
{
	return mmap(NULL, PAGE_BYTES, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : DONE;
}

static int make_code(void)
{
	void *page =
		mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? DONE : outcome_of(mprotect(page, PAGE_BYTES, PROT_EXEC));
}

static int signal_the_parent(void)
{
	return outcome_of(kill(getppid(), SIGCONT));
}

static int become_root(void)
{
	return outcome_of(setuid(0));
}

static int mount_something(void)
{
	return outcome_of(syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, NULL));
}

/* The C library tries sockets of many families for the name, and then does without. */
static int name_an_interface(void)
{
	char name[IF_NAMESIZE];

	return if_indextoname(1, name) ? EINVAL : DONE;
}

/* The C library's own abort must still end the process as it does elsewhere. */
static int abort_itself(void)
{
	signal(SIGABRT, _exit); /* with the signal's number */
	abort();
}

/* Memory, a sleep, a clock and an output. */
static int work_on(void)
{
	struct timespec now;
	char *memory = malloc(1 << 20);
	const bool works = memory && clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0 &&
			   poll(NULL, 0, 1) == 0 && write(STDERR_FILENO, "", 0) == 0;

	free(memory);
	return works ? DONE : EINVAL;
}

struct
try {
	const char *name;
	int (*act)(void);
	bool reads_files;
	int outcome;
};

static const struct try tries[] = {
	{ "a program is not run", run_a_program, true, KILLED },
	{ "nothing is traced", trace, true, KILLED },
	{ "nothing is mounted", mount_something, true, KILLED },
	{ "no socket of the kernel's is opened", open_netlink, true, KILLED },
	{ "no socket for raw packets is opened", open_packets, true, KILLED },
	{ "no socket of an old family is opened", open_ax25, true, EPERM },
	{ "no socket of IPv4 is opened", open_ipv4, true, EPERM },
	{ "no local socket is opened", open_unix, true, EPERM },
	{ "an open socket is not bound again", bind_what_is_open, true, EPERM },
	{ "no process is made", fork_off, true, EPERM },
	{ "no file is written", write_a_file, true, EPERM },
	{ "no file is made", make_a_file, true, EPERM },
	{ "no file is removed", remove_a_file, true, EPERM },
	{ "no file is read where none is configured", read_a_file, false, EPERM },
	{ "a file is read where one is configured", read_a_file, true, DONE },
	{ "no code is mapped", map_code, true, EPERM },
	{ "memory does not become code", make_code, true, EPERM },
	{ "no other process gets a signal", signal_the_parent, true, EPERM },
	{ "the user stays", become_root, true, EPERM },
	{ "a link-local client, whose interface has a name, is no end", name_an_interface, true,
	  DONE },
	{ "a failed check still ends the process", abort_itself, true, SIGABRT },
	{ "memory, clocks and outputs go on", work_on, false, DONE },
};

/* Returns what the child exited with, or KILLED. */
static int await(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == LEFT_OUT)
		skip();
	return WEXITSTATUS(status);
}

static void enter_or_exit(bool reads_files)
{
	char error[SANDBOX_ERROR_BYTES];
	const struct sandbox_needs needs = { .reads_files = reads_files,
					     .removes_in = -1,
					     .writes_in = -1 };
	const enum sandbox_outcome outcome = sandbox_enter(&needs, error);

	if (outcome != SANDBOX_ENTERED)
		_exit(outcome == SANDBOX_LEFT_OUT ? LEFT_OUT : NOT_ENTERED);
}

static void in_the_sandbox(void **state)
{
	const struct try *row = *state;
	pid_t child;

	descriptor = socket(AF_INET, SOCK_DGRAM, 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		enter_or_exit(row->reads_files);
		_exit(row->act());
	}
	close(descriptor);
	assert_int_equal(await(child), row->outcome);
}

static void *run_when_told(void *go)
{
	char byte;

	if (read(*(int *)go, &byte, 1) == 1)
		run_a_program();
	return NULL;
}

static void a_thread_that_was_there_before_is_held_too(void **state)
{
	const pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		pthread_t thread;
		int go[2];

		if (pipe(go) != 0 || pthread_create(&thread, NULL, run_when_told, &go[0]) != 0)
			_exit(1);
		enter_or_exit(true);
		if (write(go[1], "", 1) == 1)
			pthread_join(thread, NULL);
		_exit(0);
	}
	assert_int_equal(await(child), KILLED);
}

static char folder[64], file[96], beside[96];

static void write_to(const char *path)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fclose(out), 0);
}

/* A file in a folder of its own. */
static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/starling-sandbox-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/relay.json", folder);
	snprintf(beside, sizeof(beside), "%s/relay.json~", folder);
	write_to(file);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(beside);
	unlink(file);
	return rmdir(folder);
}

static int read_at(const char *path)
{
	return outcome_of(open(path, O_RDONLY | O_CLOEXEC));
}

static int read_the_file(void)
{
	return read_at(file);
}

static int read_the_passwords(void)
{
	return read_at("/etc/passwd");
}

/* An editor writes a new file, and gives it the old one's name. */
static int read_the_file_once_replaced(void)
{
	return rename(beside, file) == 0 ? read_at(file) : EINVAL;
}

static int write_the_file(void)
{
	return outcome_of(open(file, O_WRONLY | O_CLOEXEC));
}

static void *read_in_a_thread(void *outcome)
{
	*(int *)outcome = read_the_passwords();
	return NULL;
}

static int read_the_passwords_in_a_thread(void)
{
	pthread_t thread;
	int outcome = DONE;

	if (pthread_create(&thread, NULL, read_in_a_thread, &outcome) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return EINVAL;
	return outcome;
}

struct files_row {
	const char *name;
	int (*act)(void);
	int outcome;
	const char *leads_to; /* of a link that stands for the file; NULL: there is none */
};

static const struct files_row files_rows[] = {
	{ "the configured file can be read", read_the_file, DONE, NULL },
	{ "the configured file can be read once an editor has replaced it",
	  read_the_file_once_replaced, DONE, NULL },
	{ "the configured file cannot be written", write_the_file, EACCES, NULL },
	{ "another file cannot be read", read_the_passwords, EACCES, NULL },
	{ "a thread that is made later cannot read another file", read_the_passwords_in_a_thread,
	  EACCES, NULL },
	{ "a configured link can be read", read_the_file, DONE, "/dev/null" },
};

static void hold_files_or_exit(void)
{
	char error[SANDBOX_ERROR_BYTES];
	const struct sandbox_files files = { .read = file };
	const enum sandbox_outcome outcome = sandbox_hold_files(&files, error);

	if (outcome != SANDBOX_ENTERED) /* a kernel without Landlock has none to test */
		_exit(LEFT_OUT);
}

static void with_held_files(void **state)
{
	const struct files_row *row = *state;
	pid_t child;

	write_to(beside);
	if (row->leads_to) {
		assert_int_equal(unlink(file), 0);
		assert_int_equal(symlink(row->leads_to, file), 0);
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		hold_files_or_exit();
		_exit(row->act());
	}
	assert_int_equal(await(child), row->outcome);
}

/* As on a system that has neither, or whose own sandbox forbids another. */
static void forbid_sandboxes(void)
{
	const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (!filter ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset),
			     0) != 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) != 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 0) != 0 ||
	    seccomp_load(filter) != 0)
		_exit(1);
	seccomp_release(filter);
}

static void a_kernel_that_does_not_allow_it_is_named_and_the_process_goes_on(void **state)
{
	const pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		char error[SANDBOX_ERROR_BYTES] = "";
		const struct sandbox_needs none = { .removes_in = -1, .writes_in = -1 };
		enum sandbox_outcome outcome;

		forbid_sandboxes();
		outcome = sandbox_enter(&none, error);
		if (outcome == SANDBOX_LEFT_OUT)
			_exit(LEFT_OUT);
		_exit(outcome == SANDBOX_REFUSED && *error && read_a_file() == DONE ? DONE : 1);
	}
	assert_int_equal(await(child), DONE);
}

static void a_kernel_that_holds_no_files_is_named_and_the_process_goes_on(void **state)
{
	const pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		char error[SANDBOX_ERROR_BYTES] = "";
		const struct sandbox_files files = { .read = file };
		enum sandbox_outcome outcome;

		forbid_sandboxes();
		outcome = sandbox_hold_files(&files, error);
		if (outcome == SANDBOX_LEFT_OUT)
			_exit(LEFT_OUT);
		_exit(outcome == SANDBOX_REFUSED && *error ? read_the_passwords() : EINVAL);
	}
	assert_int_equal(await(child), DONE);
}

int main(void)
{
	struct CMUnitTest tests[3 + ROW_TESTS_COUNT(tries) + ROW_TESTS_COUNT(files_rows)] = {
		cmocka_unit_test(a_thread_that_was_there_before_is_held_too),
		cmocka_unit_test(a_kernel_that_does_not_allow_it_is_named_and_the_process_goes_on),
		cmocka_unit_test_setup_teardown(
			a_kernel_that_holds_no_files_is_named_and_the_process_goes_on, make_folder,
			remove_folder),
	};
	size_t count = 3, first;

	ROW_TESTS_ADD(tests, count, tries, in_the_sandbox);
	first = count;
	ROW_TESTS_ADD(tests, count, files_rows, with_held_files);
	for (size_t i = first; i < count; i++) {
		tests[i].setup_func = make_folder;
		tests[i].teardown_func = remove_folder;
	}
	return _cmocka_run_group_tests("sandbox", tests, count, NULL, NULL);
}

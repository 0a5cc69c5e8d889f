#include "tests/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	WORDS_MAX = 32,
	WIDTH = 100, /* of a terminal */
};

const char *process_build_folder(void)
{
	const char *folder = getenv("BUILD");

	return folder ? folder : "build";
}

double process_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run_child(const char *path, char **argv, int out, int err)
{
	int empty = open("/dev/null", O_RDONLY);
	sigset_t none;

	/* A test that dies takes its programs with it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(empty, 0);
	if (out == PROCESS_CLOSED)
		close(1);
	else
		dup2(out, 1);
	if (err == PROCESS_CLOSED)
		close(2);
	else
		dup2(err, 2);
	close(empty);
	execv(path, argv);
	fprintf(stderr, "cannot run %s: %s\n", path, strerror(errno));
	_exit(127);
}

void process_start(struct process *process, const char *const *words)
{
	process_start_on(process, words, -1, -1);
}

void process_start_on(struct process *process, const char *const *words, int on_out, int on_err)
{
	char path[4096], *argv[WORDS_MAX + 1] = { 0 };
	int out[2], err[2];

	*process = (struct process){ .status = -1 };
	snprintf(path, sizeof(path), "%s/%s", process_build_folder(), words[0]);
	for (int i = 0; words[i]; i++) {
		assert_true(i < WORDS_MAX);
		argv[i] = (char *)(uintptr_t)words[i];
	}
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	process->out_text = calloc(1, PROCESS_OUTPUT_MAX_BYTES + 1);
	process->err_text = calloc(1, PROCESS_OUTPUT_MAX_BYTES + 1);
	assert_non_null(process->out_text);
	assert_non_null(process->err_text);
	process->pid = fork();
	assert_true(process->pid >= 0);
	if (process->pid == 0)
		run_child(path, argv, on_out == -1 ? out[1] : on_out,
			  on_err == -1 ? err[1] : on_err);
	close(out[1]);
	close(err[1]);
	process->out = out[0];
	process->err = err[0];
	fcntl(process->out, F_SETFL, O_NONBLOCK);
	fcntl(process->err, F_SETFL, O_NONBLOCK);
}

/* Reads what is there; what is beyond the bound is thrown away. */
static void gather(int descriptor, char *text, size_t *size)
{
	char spill[4096];

	for (;;) {
		bool is_full = *size >= PROCESS_OUTPUT_MAX_BYTES;
		ssize_t got =
			is_full ? read(descriptor, spill, sizeof(spill))
				: read(descriptor, text + *size, PROCESS_OUTPUT_MAX_BYTES - *size);

		if (got <= 0)
			return;
		if (!is_full)
			*size += (size_t)got;
	}
}

static void listen_for(struct process *process, int milliseconds)
{
	struct pollfd polls[2] = { { .fd = process->out, .events = POLLIN },
				   { .fd = process->err, .events = POLLIN } };
	int status;

	poll(polls, 2, milliseconds);
	gather(process->out, process->out_text, &process->out_size);
	gather(process->err, process->err_text, &process->err_size);
	if (process->status < 0 && waitpid(process->pid, &status, WNOHANG) == process->pid) {
		process->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		gather(process->out, process->out_text, &process->out_size);
		gather(process->err, process->err_text, &process->err_size);
	}
}

static bool await(struct process *process, const char *where, const char *text, double seconds)
{
	double until_s = process_now_s() + seconds;

	for (;;) {
		if (strstr(where, text))
			return true;
		if (process->status >= 0 || process_now_s() > until_s)
			return false;
		listen_for(process, 20);
	}
}

bool process_await_out(struct process *process, const char *text, double seconds)
{
	return await(process, process->out_text, text, seconds);
}

bool process_await_err(struct process *process, const char *text, double seconds)
{
	return await(process, process->err_text, text, seconds);
}

int process_finish(struct process *process, double seconds)
{
	double until_s = process_now_s() + seconds;

	while (process->status < 0 && process_now_s() < until_s)
		listen_for(process, 20);
	if (process->status < 0) {
		process_signal(process, SIGKILL);
		fail_msg("process %d did not end in %g s; it said:\n%s%s", (int)process->pid,
			 seconds, process->out_text, process->err_text);
	}
	return process->status;
}

void process_signal(struct process *process, int signal)
{
	if (process->pid > 0 && process->status < 0)
		kill(process->pid, signal);
}

void process_end(struct process *process)
{
	if (process->pid <= 0)
		return;
	if (process->status < 0) {
		kill(process->pid, SIGKILL);
		waitpid(process->pid, NULL, 0);
	}
	close(process->out);
	close(process->err);
	free(process->out_text);
	free(process->err_text);
	*process = (struct process){ 0 };
}

uint16_t process_start_relay(struct process *process, const char *const *flags)
{
	const char *words[WORDS_MAX] = {
		"starlingd", "--host", "127.0.0.1", "--port", "0", "--json"
	};
	const char *said;
	size_t count = 6;

	for (; *flags; flags++)
		words[count++] = *flags;
	process_start(process, words);
	if (!process_await_out(process, "\"port\":", 10))
		fail_msg("the relay did not start: %s", process->err_text);
	said = strstr(process->out_text, "\"port\":");
	return (uint16_t)strtoul(said + strlen("\"port\":"), NULL, 10);
}

uint16_t process_start_proxy(struct process *process, uint16_t to_port, const char *const *flags)
{
	const char *words[WORDS_MAX] = { "starling-bench", "proxy",       "--json",
					 "--listen",       "127.0.0.1:0", "--to" };
	size_t count = 6;
	char to[32];

	snprintf(to, sizeof(to), "127.0.0.1:%u", to_port);
	words[count++] = to;
	for (; *flags; flags++)
		words[count++] = *flags;
	process_start(process, words);
	if (!process_await_out(process, "\"port\":", 10))
		fail_msg("the proxy did not start: %s", process->err_text);
	return (uint16_t)process_figure(process, NULL, "port");
}

double process_figure(const struct process *process, const char *group, const char *name)
{
	const char *found = NULL, *report = process->out_text;
	char key[64];

	for (const char *at = report; group && (at = strstr(at, group)); at++)
		report = at;
	snprintf(key, sizeof(key), "\"%s\":", name);
	for (const char *at = report; (at = strstr(at, key)); at++) {
		found = at + strlen(key);
		if (group)
			break;
	}
	if (!found)
		fail_msg("no %s in %s", key, process->out_text);
	return strtod(found, NULL);
}

void process_expect_failure(const char *const *words, int status, const char *says,
			    const char *also)
{
	struct process process;

	process_start(&process, words);
	assert_int_equal(process_finish(&process, 10), status);
	if (!strstr(process.err_text, says) || !strstr(process.err_text, also))
		fail_msg("not said: %s ... %s in:\n%s", says, also, process.err_text);
	assert_string_equal(process.out_text, "");
	process_end(&process);
}

void process_expect_width(const struct process *process)
{
	for (const char *line = process->out_text; *line != '\0';) {
		const size_t size = strcspn(line, "\n");

		if (size > WIDTH)
			fail_msg("%zu columns: %.*s", size, (int)size, line);
		line += size + (line[size] == '\n');
	}
}

size_t process_children(pid_t parent, pid_t *pids, size_t capacity)
{
	char path[64];
	FILE *file;
	size_t count = 0;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	file = fopen(path, "re");
	while (file && count < capacity && fscanf(file, "%d", &pid) == 1)
		pids[count++] = pid;
	if (file)
		fclose(file);
	return count;
}

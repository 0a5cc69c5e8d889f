/*
 * process: other programs, started and watched by a test. Everything is bounded by a deadline, and
 * what a test started is ended by its pid, whatever happens to the test.
 */
#ifndef STARLING_TESTS_PROCESS_H
#define STARLING_TESTS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	PROCESS_OUTPUT_MAX_BYTES = 1 << 20,
	PROCESS_CLOSED = -2, /* in place of a descriptor */
};

/* A running program. Its stdout and stderr are gathered; its stdin is empty. */
struct process {
	pid_t pid;
	int out, err;              /* our ends of its pipes */
	char *out_text, *err_text; /* what came so far, NUL-terminated */
	size_t out_size, err_size;
	int status; /* as exit code, or 128 + signal; -1 while it runs */
};

/*
 * Starts build/<words[0]> (below $BUILD) with the words that follow, NULL at the end. Fails the
 * test when it cannot.
 */
void process_start(struct process *process, const char *const *words);

/*
 * The same with these of the caller's descriptors as its stdout and stderr, of which nothing is
 * gathered; -1: as above; PROCESS_CLOSED: it has none.
 */
void process_start_on(struct process *process, const char *const *words, int out, int err);

/* Reads on until `text` stands in its output, or `seconds` are over (false). */
bool process_await_out(struct process *process, const char *text, double seconds);
bool process_await_err(struct process *process, const char *text, double seconds);

/* Waits for its end and returns its status; kills it after `seconds` and fails the test. */
int process_finish(struct process *process, double seconds);

void process_signal(struct process *process, int signal);

/* Kills it if it still runs, and frees what was gathered. Zeroed is allowed. */
void process_end(struct process *process);

/* Starts build/starlingd on a free port with more flags (NULL at the end), and says which port. */
uint16_t process_start_relay(struct process *process, const char *const *flags);

/* Starts build/starling-bench proxy on a free port, towards 127.0.0.1; says which port. */
uint16_t process_start_proxy(struct process *process, uint16_t to_port, const char *const *flags);

/*
 * The number behind the last "name": in what it wrote to stdout or, with a group, behind the first
 * one after the last `group`. Fails the test when there is none.
 */
double process_figure(const struct process *process, const char *group, const char *name);

/*
 * Runs a program that must end with `status`, both texts on stderr and nothing on stdout; fails the
 * test otherwise.
 */
void process_expect_failure(const char *const *words, int status, const char *says,
			    const char *also);

/* Fails the test when a line of its stdout so far has more than 100 columns. */
void process_expect_width(const struct process *process);

/* The pids of a process's children, at most so many of them, from /proc; returns how many. */
size_t process_children(pid_t parent, pid_t *pids, size_t capacity);

/* Where the programs are: $BUILD, or "build". */
const char *process_build_folder(void);

/* Seconds on a monotonic clock. */
double process_now_s(void);

#endif

/*
 * loop: one poll over many sessions' descriptors and, if wanted, a keyboard; with the signals that
 * end a program turned into a flag that wakes the poll.
 *
 * SIGINT, SIGTERM and SIGHUP are blocked except inside loop_wait, so that none can fall between the
 * test of the flag and the sleep. SIGPIPE is ignored: a reader that goes away shows as a failed
 * write, and the sessions still leave properly.
 */
#ifndef STARLING_CLIENT_SESSIONS_LOOP_H
#define STARLING_CLIENT_SESSIONS_LOOP_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/starling.h"

enum {
	LOOP_SIGNALS = 4,
};

struct loop {
	struct pollfd *polls; /* session_max and one for the input */
	size_t *owners;       /* whose each is: a place in `sessions` */
	int64_t *due_ns;      /* when each wants starling_update in any case */
	size_t session_max;
	sigset_t old_mask, wait_mask;
	struct sigaction old_actions[LOOP_SIGNALS];
};

/*
 * Makes room for `session_max` sessions and takes over the signals; one loop at a time in a
 * process, before other threads are made. 0 or -ENOMEM.
 */
int loop_init(struct loop *loop, size_t session_max);

/* Gives the signals back as they were. Zeroed loops are allowed. */
void loop_fini(struct loop *loop);

/*
 * Whether a signal asked the program to end, since loop_init. It can only change inside loop_wait,
 * which then returns at once; ask before and after.
 */
bool loop_is_stopped(void);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t loop_now_ns(void);

/*
 * Sleeps until a session has something to do, the input is readable, `until_ns` has come
 * (INT64_MAX: never) or a signal came. `sessions` has `count` places (at most session_max), NULL
 * ones are skipped; `is_due[i]` tells whether session i wants starling_update. `input_fd` -1: none.
 * Returns whether the input is readable.
 */
bool loop_wait(struct loop *loop, struct starling *const *sessions, bool *is_due, size_t count,
	       int input_fd, int64_t until_ns);

#endif

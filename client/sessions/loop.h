/*
 * loop: one poll over many sessions' descriptors and a keyboard, which the signals that end a
 * program wake.
 *
 * SIGINT, SIGTERM and SIGHUP are blocked except inside loop_wait, so that none can fall between the
 * test of the flag and the sleep. A SIGHUP that was ignored at the start stays so. SIGPIPE is
 * ignored: a closed pipe shows as a failed write, and the sessions still leave properly.
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
	size_t *owners;       /* by poll: the index in `sessions` */
	int64_t *due_ns;      /* by poll: when starling_update is due */
	size_t session_max;
	sigset_t old_mask, wait_mask;
	struct sigaction old_actions[LOOP_SIGNALS];
};

/*
 * Allocates for `session_max` sessions and installs the signal handlers; one loop at a time in a
 * process, before other threads start. 0 or -ENOMEM.
 */
int loop_init(struct loop *loop, size_t session_max);

/* Restores the signal handlers. A zeroed loop is allowed. */
void loop_fini(struct loop *loop);

/*
 * Whether a signal came since loop_init. It changes only inside loop_wait, which then returns at
 * once; ask before and after.
 */
bool loop_is_stopped(void);

/*
 * Sleeps until a session is due, the input is readable, `until_ns` comes (INT64_MAX: never) or a
 * signal came. `sessions` has `count` entries (at most session_max); NULL ones are skipped.
 * `is_due[i]` tells whether session i is due. `input_fd` -1: none. Returns whether the input is
 * readable.
 */
bool loop_wait(struct loop *loop, struct starling *const *sessions, bool *is_due, size_t count,
	       int input_fd, int64_t until_ns);

#endif

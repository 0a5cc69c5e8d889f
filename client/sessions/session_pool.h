/*
 * session_pool: the sessions of one subcommand, each in a slot: opening and leaving them, one loop
 * over all, and notices for people: no relay there, refused, lost, back.
 *
 * A notice goes to stderr as one line after the program's name. While session_pool_hold is on (the
 * screen is in use) only the newest is kept, in `notice`.
 */
#ifndef STARLING_CLIENT_SESSIONS_SESSION_POOL_H
#define STARLING_CLIENT_SESSIONS_SESSION_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/sessions/impairment_options.h"
#include "client/sessions/loop.h"
#include "client/options.h"
#include "client/lib/starling.h"

enum {
	SESSION_POOL_LEAVE_MS = 800, /* for leaving; then the slot is closed as it is */
	SESSION_POOL_GATHER_MS = 2000,
	SESSION_POOL_NOTICE_BYTES = 400,
	SESSION_POOL_PROGRAM_BYTES = 40,
};

struct session_pool_slot {
	char name[STARLING_NAME_MAX_BYTES + 1];
	uint32_t member;   /* own id; 0 while not in the room */
	bool was_welcomed; /* at least once */
	bool is_leaving;
	int64_t opened_ns, leaving_ns; /* net_now_ns */
};

/* Sums over all sessions since the start; the rtt is of the sessions present. */
struct session_pool_totals {
	size_t opened, joined; /* sessions opened; sessions welcomed at least once */
	uint64_t published, received, duplicate, late, lost, skipped, repaired, throttled,
		kernel_drops, rejoins;
	double rtt_mean_s, rtt_max_s; /* negative: not known */
};

struct session_pool {
	const struct options *options;
	struct starling_config config; /* of the next session; its name is set from the slot's */
	char program[SESSION_POOL_PROGRAM_BYTES];
	struct loop loop;
	struct impairment impairment;

	struct starling **sessions; /* by slot; NULL: empty */
	struct session_pool_slot *slots;
	bool *is_due;
	size_t capacity;

	/*
	 * Called with every event of every slot; may be NULL. Must not open, leave or close slots.
	 */
	void (*on_event)(void *context, size_t slot, const struct starling_event *event);
	void *context;

	struct session_pool_totals closed;          /* of the sessions that are closed */
	int64_t first_opened_ns, first_welcomed_ns; /* 0: none yet */
	bool has_failed; /* a notice was given, and the run must end with status 1 */
	bool is_held;
	bool is_finishing;
	size_t unanswered;                /* sessions that ended without a welcome, unasked */
	bool has_progress;                /* a progress line is on the terminal */
	size_t kicked;                    /* sessions, while others went on */
	size_t lost, back;                /* connections, no notice given yet */
	bool is_relay_stopping;           /* the reason of a lost connection */
	enum starling_reason lost_reason; /* of the last connection lost or not made */
	int64_t connections_notified_ns;  /* when the last notice of connections was given */
	bool has_notified_unanswered;
	bool has_notified_full;                 /* that the relay is full */
	char notice[SESSION_POOL_NOTICE_BYTES]; /* the newest, without the program's name */
	int64_t notice_ns;                      /* when it was given; 0: never */
};

/*
 * Makes `capacity` empty slots for `starling <name>`, of which at most `most` are in use at once.
 * Raises the limit of open files as far as needed and allowed; each session takes one. 0, or
 * negative after a notice. `options` is borrowed.
 */
int session_pool_init(struct session_pool *pool, const char *name, const struct options *options,
		      size_t capacity, size_t most);

/*
 * Opens a session in a slot; one still leaving there is closed. 0, or negative after a notice, with
 * has_failed set.
 */
int session_pool_open(struct session_pool *pool, size_t slot, const char *name);

/* Begins to leave; session_pool_turn closes the slot afterwards. An empty slot is left alone. */
void session_pool_leave(struct session_pool *pool, size_t slot);

/*
 * One turn: sleeps until something is due, `until_ns` (net_now_ns) at the latest, updates the due
 * sessions and handles their events. False when the run is over: a signal came, or has_failed.
 * `input_fd`, -1 for none, also wakes it.
 */
bool session_pool_turn(struct session_pool *pool, int64_t until_ns, int input_fd);

/* The number of slots in the room now. */
size_t session_pool_present(const struct session_pool *pool);

/*
 * Whether to begin: all opened sessions are welcomed, or the first was SESSION_POOL_GATHER_MS ago.
 */
bool session_pool_has_gathered(const struct session_pool *pool, int64_t now_ns);

void session_pool_totals(const struct session_pool *pool, struct session_pool_totals *totals);

/*
 * Leaves and closes all sessions within a second. When some were never welcomed, says so and sets
 * has_failed, as it does when some were kicked. Call session_pool_totals before: a session that has
 * left has no rtt.
 */
void session_pool_finish(struct session_pool *pool);

/* Closes what is open, and frees. A zeroed pool is allowed. */
void session_pool_fini(struct session_pool *pool);

/* Prints one notice on stderr, or keeps it in `notice` while held. */
void session_pool_notify(struct session_pool *pool, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Gives a notice, and the run must end with status 1. */
void session_pool_fail(struct session_pool *pool, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Holds notices back, or no longer; a failure held back is then printed. */
void session_pool_hold(struct session_pool *pool, bool is_held);

/* Rewrites the progress line, if stderr is a terminal. */
void session_pool_progress(struct session_pool *pool, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Clears the progress line. */
void session_pool_progress_end(struct session_pool *pool);

#endif

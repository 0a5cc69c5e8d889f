/*
 * crew: the sessions that one subcommand runs, each in a seat: opening and leaving them, one loop
 * over all, and what people are told of them on stderr: no relay there, refused, lost, back.
 *
 * A crew speaks for its program: its sentences go to stderr, each as one line after the program's
 * name. While crew_hold is on (the screen is drawn upon) only the newest is kept, in `notice`.
 */
#ifndef STARLING_CLIENT_CREW_H
#define STARLING_CLIENT_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/impairment.h"
#include "client/loop.h"
#include "client/options.h"
#include "client/lib/starling.h"

enum {
	CREW_LEAVE_MS = 800, /* how long a seat may take to leave; then it is closed as it is */
	CREW_GATHER_MS = 2000,
	CREW_NOTICE_BYTES = 400,
	CREW_PROGRAM_BYTES = 40,
};

struct crew_seat {
	char name[STARLING_NAME_MAX_BYTES + 1];
	uint32_t member;   /* own id; 0 while not in the room */
	bool was_welcomed; /* at least once */
	bool is_leaving;
	int64_t opened_ns, leaving_ns; /* loop_now_ns */
};

/* Sums over all sessions there were, but for the rtt, which is of those that are there. */
struct crew_totals {
	size_t opened, joined; /* sessions opened; those that were welcomed at least once */
	uint64_t published, received, duplicate, late, lost, skipped, repaired, throttled,
		kernel_drops, rejoins;
	double rtt_mean_s, rtt_max_s; /* negative: not known */
};

struct crew {
	const struct options *options;
	struct starling_config config; /* for the next session; its name is set from the seat's */
	char program[CREW_PROGRAM_BYTES];
	struct loop loop;
	struct impairment impairment;

	struct starling **sessions; /* by seat; NULL: empty */
	struct crew_seat *seats;
	bool *is_due;
	size_t capacity;

	/* Hears every event of every seat; may be NULL. Must not open, leave or close seats. */
	void (*hear)(void *context, size_t seat, const struct starling_event *event);
	void *context;

	struct crew_totals closed;                  /* of the sessions that are closed */
	int64_t first_opened_ns, first_welcomed_ns; /* 0: none yet */
	bool has_failed; /* a sentence was said, and the run must end with status 1 */
	bool is_held;
	bool is_finishing;
	size_t unanswered; /* sessions that ended without ever being welcomed, though nobody asked
			    */
	bool has_progress; /* a progress line stands on the terminal */
	size_t lost, back; /* connections, not spoken of yet */
	bool is_relay_stopping;           /* of those lost: the relay said so */
	enum starling_reason lost_reason; /* of the last connection that was not made or lost */
	int64_t spoken_ns;                /* of connections lost and back */
	bool has_spoken_of_silence;
	bool has_spoken_of_place;       /* that there is none */
	char notice[CREW_NOTICE_BYTES]; /* the newest sentence, without the program's name */
	int64_t notice_ns;              /* when it was said; 0: never */
};

/*
 * Makes `capacity` empty seats for `starling <name>`, of which at most `most` are taken at once.
 * Raises the limit of open files, of which each session needs one, as far as it goes. 0, or
 * negative with a sentence said. `options` is borrowed.
 */
int crew_init(struct crew *crew, const char *name, const struct options *options, size_t capacity,
	      size_t most);

/*
 * Opens a session in a seat; one that is still leaving it is closed. 0, or negative with a sentence
 * said (has_failed is then set).
 */
int crew_open(struct crew *crew, size_t seat, const char *name);

/* Begins to leave; crew_turn closes the seat once that is done. An empty seat is left alone. */
void crew_leave(struct crew *crew, size_t seat);

/*
 * One turn: sleeps until something is to be done, `until_ns` (loop_now_ns) at the latest, updates
 * what is due and hears its events. Returns false when the run is over: a signal came, or
 * has_failed. `input_fd`, -1 for none, also wakes it.
 */
bool crew_turn(struct crew *crew, int64_t until_ns, int input_fd);

/* How many seats are in the room now. */
size_t crew_present(const struct crew *crew);

/*
 * Whether it is time to begin: all that were opened are welcomed, or the first was CREW_GATHER_MS
 * ago.
 */
bool crew_has_gathered(const struct crew *crew, int64_t now_ns);

void crew_totals(const struct crew *crew, struct crew_totals *totals);

/*
 * All leave, within a second, and are closed. Says so when some were never let in, and sets
 * has_failed. Ask crew_totals before: a session that has left has no rtt.
 */
void crew_finish(struct crew *crew);

/* Closes what is open, and frees. Zeroed crews are allowed. */
void crew_fini(struct crew *crew);

/* Says one sentence on stderr, or keeps it in `notice` while held. */
void crew_say(struct crew *crew, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, and the run must end with status 1. */
void crew_fail(struct crew *crew, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Keeps sentences back, or no longer; why the run has failed is then said. */
void crew_hold(struct crew *crew, bool is_held);

/* Rewrites the progress line. Only where stderr is a terminal. */
void crew_progress(struct crew *crew, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes the progress line off the terminal. */
void crew_progress_end(struct crew *crew);

#endif

/*
 * ten_updates: the same ten updates from client A's ENet to the server's over a bad link, in one
 * mode, and what became of each.
 */
#ifndef STARLING_CLIENT_TOUR_CHAPTERS_TEN_UPDATES_H
#define STARLING_CLIENT_TOUR_CHAPTERS_TEN_UPDATES_H

#include "client/tour/chapters/bad_link.h"
#include "client/tour/state.h"
#include "proto/wire/wire.h"

enum {
	TEN_UPDATES = 10,
	TEN_UPDATES_EVERY_MS = 30,
};

/* Times in nanoseconds since the first one was sent; -1: never. */
struct ten_updates_one {
	int64_t sent_ns;
	int64_t handed_ns; /* by the link to the server, for the first time */
	int64_t shown_ns;  /* when the server's ENet gave it */
	int64_t again_ns;  /* when it first came to the link once more */
	bool is_lost, is_late;
	struct call send, receive; /* `receive` when it was shown */
};

struct ten_updates {
	enum wire_mode mode;
	bool has_log;
	struct ten_updates_one updates[TEN_UPDATES]; /* number N is at N - 1 */
	struct call receives[TEN_UPDATES];           /* in the order in which they came */
	size_t received;
	/* With messages and answers to them, both ways, as they came to the link; of UDP payload.
	 */
	size_t datagrams, bytes;
};

/* Sends them, and waits for what comes. The calls are no part of the step. */
void ten_updates_run(struct tour *tour, const struct actor *link, enum wire_mode mode,
		     struct ten_updates *run);

/* The number in the message of a call; 0: it is no update. */
int ten_updates_number(const struct call *call);

/* How long it waited at the server for others: from the link's hand to ENet's; 0: not at all. */
double ten_updates_waited_ms(const struct ten_updates_one *update);

/* The newest update that had been shown at this time; 0: none. */
int ten_updates_newest(const struct ten_updates *run, int64_t ns);

/* The longest time from one newest update to the next; the updates are stored. */
double ten_updates_freeze_ms(const struct ten_updates *run, int *from, int *to);

/* Draws the run as a table: what was sent when, what the link did, and what was shown when. */
void ten_updates_draw(struct tour *tour, const struct ten_updates *run);

/* Draws the newest update over time, one line a run. */
void ten_updates_draw_newest(struct tour *tour, const struct ten_updates *const *runs,
			     size_t count);

#endif

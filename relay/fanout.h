/*
 * fanout: what each member gets, and when. Snapshots of what is new, keyframes of what rests and of
 * what comes into sight, the whole room for a newcomer, and messages for all.
 *
 * A flush encodes each dirty entity's newest state once; every member's snapshots are assembled
 * from these by copying. A member that hears of everything, and has the budget for it, gets all
 * that is dirty. Any other has a picture (picture.h), and gets what is due in it, as far as its
 * budget goes: what it does not see is not looked at, but counted. Each member has snapshots of its
 * own (its number, without its own states), so that a gap in the numbers is a loss, and nothing
 * else.
 */
#ifndef STARLING_RELAY_FANOUT_H
#define STARLING_RELAY_FANOUT_H

#include "relay/interest.h"
#include "relay/outbox.h"
#include "relay/room.h"

enum {
	/* States encoded before they are copied out; a larger flush goes in several rounds. */
	FANOUT_ITEMS = 4096,
	/* What a picture's pass may send besides the budget, in full messages. */
	FANOUT_PASS_MESSAGES = 16,
	/* A member behind for want of budget is served again after this. */
	FANOUT_RETRY_MS = 10,
	/*
	 * The budget that a member needs at a flush, at the least, to be sent what comes first: a
	 * record, and what a message takes besides.
	 */
	FANOUT_BUDGET_LEAST_BYTES = 24 + STATES_HEAD_MAX_BYTES + STATES_TAIL_MAX_BYTES,
};

struct fanout_item {
	const struct member *owner;
	uint16_t index, skipped;
	struct states_tail tail;
};

/* Working space, one for a worker. Needs no initialising. */
struct fanout {
	struct fanout_item items[FANOUT_ITEMS];
	size_t count;
	struct fanout_item spare; /* for one that finds no place there */
	struct neighbour found[INTEREST_SIGHT_MAX];
};

/* When the room is to be flushed next: INT64_MAX when nothing is dirty. */
int64_t fanout_due_ns(const struct room *room);

/* Sends what is dirty to all who hear it, as far as their budgets go, and clears it. */
void fanout_flush(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		  int64_t now_ns);

/*
 * Does what pictures want between flushes: sends what was left for want of budget, and has members
 * look who is near. Due at room->tend_due_ns, which it sets anew.
 */
void fanout_tend(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		 int64_t now_ns);

/*
 * Sends a newcomer the state of all that it is to see, whatever its budget, as KEYFRAMEs, the last
 * of them marked. Nothing may be dirty.
 */
void fanout_picture(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		    struct member *to, int64_t now_ns);

/*
 * Repeats, reliably, the states that have been the newest for the settle time and may have been
 * lost, so that what rests is known to all. Due at room->settle_due_ns, which it sets anew.
 */
void fanout_settle(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		   int64_t now_ns);

/* Tells those who were told of an entity that it is gone from the room. */
void fanout_gone(const struct outbox *outbox, struct room *room, const struct wire_gone *gone);

/* Sends a message to every member but `except` (which may be NULL); returns how many took it. */
size_t fanout_tell(const struct outbox *outbox, const struct room *room,
		   const struct member *except, enum wire_channel channel, enum wire_mode mode,
		   const void *data, size_t size);

#endif

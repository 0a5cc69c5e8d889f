/*
 * fanout: what each member gets, and when. Snapshots of what is new, keyframes of what rests and of
 * what comes into sight, the whole room for a newcomer, and messages for all.
 *
 * A flush encodes each dirty entity's newest state once; every member's snapshots are assembled
 * from these by copying. A member that hears of everything, and has the budget for it, gets all
 * that is dirty: for these the records are written side by side once, and copied as long slices.
 * Any other has a view (view.h), and gets what is due in it, as far as its budget goes: what
 * it does not see is not looked at, but counted. Each member has snapshots of its own (its number,
 * without its own states), so that a gap in the numbers is a loss, and nothing else.
 */
#ifndef STARLING_RELAY_FANOUT_FANOUT_H
#define STARLING_RELAY_FANOUT_FANOUT_H

#include "relay/fanout/encoded_batch.h"
#include "relay/fanout/interest.h"
#include "relay/room/outbox.h"
#include "relay/room/room.h"

enum {
	/* What a message holds of records, at the most: its type, number and time come first. */
	FANOUT_MESSAGE_RECORD_BYTES = WIRE_MESSAGE_MAX_BYTES - 1 - 2 - 5,
	/* What a view's pass may send besides the budget, in full messages. */
	FANOUT_PASS_MESSAGES = 16,
	/* A member behind for want of budget is served again after this. */
	FANOUT_RETRY_MS = 10,
	/*
	 * The budget that a member needs at a flush, at the least, to be sent what comes first: a
	 * record, and what a message takes besides.
	 */
	FANOUT_BUDGET_LEAST_BYTES = 24 + STATES_HEAD_MAX_BYTES + STATES_TAIL_MAX_BYTES,
	/* A newcomer is sent no more while so many reliable bytes to it are not acknowledged. */
	FANOUT_WINDOW_BYTES = 16 << 10,
	/* What all newcomers to a room are sent at a time, in messages, and when they are sent
	 * more. */
	FANOUT_SYNC_MESSAGES = 256,
	FANOUT_SYNC_MS = 5,
	/*
	 * In a room of more members than this, what would go to a crowd reliably is spread:
	 * newcomers are served together, after so long for each member, some ten times what it
	 * takes to gather where everything is.
	 */
	FANOUT_AT_ONCE_MEMBERS = 64,
	FANOUT_SYNC_US_EACH = 5,
	/*
	 * There a room is slow when more than so much for each member is not acknowledged. Then
	 * newcomers are sent as little as this at a time, and settling waits.
	 */
	FANOUT_WAITING_BYTES_EACH = 2 << 10,
	FANOUT_SYNC_LEAST = 8,
	/*
	 * There so many states settle at a time, and more after so long for each member. A crowd
	 * that comes to rest together would have everything to everyone wait for its
	 * acknowledgement.
	 */
	FANOUT_KEYFRAME_ITEMS = 64,
	FANOUT_KEYFRAME_US_EACH = 20,
	FANOUT_KEYFRAME_DEFERRALS_MAX = 50, /* times in a row, while the room is slow */
};

/* Working space, one for a server. Needs no initialising but with zeros. */
struct fanout {
	struct encoded_batch batch;
	size_t batch_bytes;     /* of the records that the last flush had for those who get all */
	struct kd_tree kd_tree; /* of the room whose members look */
	struct neighbour found[INTEREST_SIGHT_MAX];
};

void fanout_fini(struct fanout *fanout);

/* The bytes of the records that the last flush had for those who receive everything. */
static inline size_t fanout_batch_bytes(const struct fanout *fanout)
{
	return fanout->batch_bytes;
}

/* Sends what is dirty to all who hear it, as far as their budgets go, and clears it. */
void fanout_flush(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		  int64_t now_ns);

/*
 * Does what views want between flushes: sends what was left for want of budget, and has members
 * look who is near. Due at room->views_due_ns, which it sets anew.
 */
void fanout_serve_views(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			int64_t now_ns);

/*
 * Tells newcomers who is there, takes them in, if nothing is dirty, and sends them the state of all
 * that they are to see, whatever their budgets, as KEYFRAMEs, the last of them marked. One that
 * hears of everything gets them in portions, more when it has acknowledged what it got, so that a
 * large room is not too much for its line, nor a crowd of newcomers for the relay. Due at
 * room->sync_due_ns, which it sets anew; a flush does the same at its end.
 */
void fanout_sync(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		 int64_t now_ns);

/* The same where somebody is to be taken in: now, or, in a large room, with those who come next. */
void fanout_sync_by_turns(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			  int64_t now_ns);

/* Sends one member at once all that is left of this: its settings are about to change. */
void fanout_sync_whole(struct fanout *fanout, const struct outbox *outbox, struct member *to,
		       int64_t now_ns);

/*
 * Repeats, reliably, the states that have been the newest for the settle time and may have been
 * lost, so that what rests is known to all. Due at room->keyframe_due_ns, which it sets anew.
 */
void fanout_keyframe_at_rest(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			     int64_t now_ns);

/* Tells those who were told of an entity that it is gone from the room. */
void fanout_gone(const struct outbox *outbox, struct room *room, const struct wire_gone *gone);

/*
 * Sends a message of `from` to every member but `except` (which may be NULL), each of which knows
 * `from` by then; returns how many took it.
 */
size_t fanout_send_to_all(const struct outbox *outbox, const struct room *room,
			  const struct member *from, const struct member *except,
			  enum wire_channel channel, enum wire_mode mode, const void *data,
			  size_t size);

#endif

/*
 * fanout: sends each member the states that it is to receive: snapshots of new ones, keyframes of
 * those at rest and of those that come into sight, and the whole room for a newcomer.
 *
 * A flush encodes each dirty entity's newest state once, and assembles every member's snapshots
 * from these by copying. A member that receives everything, and has the budget for it, gets all
 * that is dirty, as long slices of one batch (encoded_batch.h). Any other member has a view
 * (view.h), and gets what is due in it, as far as its budget goes.
 */
#ifndef STARLING_RELAY_FANOUT_FANOUT_H
#define STARLING_RELAY_FANOUT_FANOUT_H

#include "relay/fanout/encoded_batch.h"
#include "relay/fanout/interest.h"
#include "relay/room/outbox.h"
#include "relay/room/room.h"

enum {
	/* The most records that a message holds: its type, number and time come first. */
	FANOUT_MESSAGE_RECORD_BYTES = WIRE_MESSAGE_MAX_BYTES - 1 - 2 - 5,
	/* One pass over a view sends at most so many full messages, whatever the budget. */
	FANOUT_PASS_MESSAGES = 16,
	/* A view with something left for want of budget is served again after this. */
	FANOUT_RETRY_MS = 10,
	/* The least budget with which a flush sends a member anything: one record in a message. */
	FANOUT_BUDGET_LEAST_BYTES = 24 + STATES_HEAD_MAX_BYTES + STATES_TAIL_MAX_BYTES,
	/* A newcomer is sent no more while so many reliable bytes to it are not acknowledged. */
	FANOUT_WINDOW_BYTES = 16 << 10,
	/* All newcomers to a room together are sent so many messages at a time, and more later. */
	FANOUT_SYNC_MESSAGES = 256,
	FANOUT_SYNC_MS = 5,
	/*
	 * In a larger room, reliable messages to a crowd are spread: newcomers wait for each other,
	 * so long for each member, which is many times the cost of gathering where everything is.
	 */
	FANOUT_AT_ONCE_MEMBERS = 64,
	FANOUT_SYNC_US_EACH = 5,
	/*
	 * Such a room is slow while more than so much for each member is not acknowledged. Then
	 * newcomers are sent as little as this at a time, and keyframes at rest wait.
	 */
	FANOUT_WAITING_BYTES_EACH = 2 << 10,
	FANOUT_SYNC_LEAST = 8,
	/*
	 * There so many states at rest are repeated at a time, and more after so long for each
	 * member: when a crowd comes to rest together, everything to everyone would wait for
	 * acknowledgement.
	 */
	FANOUT_KEYFRAME_ITEMS = 64,
	FANOUT_KEYFRAME_US_EACH = 20,
	FANOUT_KEYFRAME_DEFERRALS_MAX = 50, /* times in a row that a slow room defers them */
	FANOUT_GONES = 64,                  /* in a message */
};

/* Working space, one for a server. {0} is ready to use. */
struct fanout {
	struct encoded_batch batch;
	size_t batch_bytes;     /* see fanout_batch_bytes */
	struct kd_tree kd_tree; /* of the room whose members look */
	struct neighbour found[INTEREST_SIGHT_MAX];
};

void fanout_fini(struct fanout *fanout);

/* The bytes of the records that the last flush had for those who receive everything. */
static inline size_t fanout_batch_bytes(const struct fanout *fanout)
{
	return fanout->batch_bytes;
}

/* Sends what is dirty to all who receive it, as far as their budgets go; then nothing is dirty. */
void fanout_flush(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		  int64_t now_ns);

/*
 * Serves views between flushes: sends what was left for want of budget, and has members look who is
 * near. Due at room->views_due_ns, which it sets anew.
 */
void fanout_serve_views(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			int64_t now_ns);

/*
 * Takes newcomers through the states of joining (join_state.h): tells them who is there and, once
 * nothing is dirty, sends them the states of all that they are to see, as KEYFRAMEs with the last
 * one marked, whatever their budgets. A member that receives everything gets it in portions, and
 * more when it has acknowledged the last, so that a large room is not too much for its line, nor a
 * crowd of newcomers for the relay. Due at room->sync_due_ns, which it sets anew; a flush does the
 * same at its end.
 */
void fanout_sync(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		 int64_t now_ns);

/* As fanout_sync if somebody is joining: now or, in a large room, together with others. */
void fanout_sync_by_turns(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			  int64_t now_ns);

/* Sends one member at once the states that it is still to be sent: its settings will change. */
void fanout_sync_whole(struct fanout *fanout, const struct outbox *outbox, struct member *to,
		       int64_t now_ns);

/*
 * Repeats, reliably, each state that has been its entity's newest for the time `settle` and may
 * have been lost. Due at room->keyframe_due_ns, which it sets anew.
 */
void fanout_keyframe_at_rest(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			     int64_t now_ns);

/*
 * Notifies those who were told of an owner's entities that these are gone from the room, each by
 * one message, and charges the owner with that. At most FANOUT_GONES at a time.
 */
void fanout_gone(const struct outbox *outbox, struct room *room, struct member *owner,
		 const struct wire_gone *gones, size_t count, int64_t now_ns);

/*
 * Has the ends of entities that wait for a budget (room_receive_gone) looked at soon; and looks at
 * them, at the room's gones_due_ns.
 */
void fanout_hold_gones(struct room *room, int64_t now_ns);
void fanout_serve_gones(const struct outbox *outbox, struct room *room, int64_t now_ns);

/*
 * Sends a message that names `from` to every member but `except` (NULL: to all), after telling them
 * of `from`. Returns to how many it was sent.
 */
size_t fanout_broadcast(const struct outbox *outbox, const struct room *room,
			const struct member *from, const struct member *except,
			enum wire_channel channel, enum wire_mode mode, const void *data,
			size_t size);

#endif

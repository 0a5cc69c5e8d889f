/*
 * fanout: what each member gets, and when. Snapshots of what is new, keyframes of what rests, the
 * whole room for a newcomer, and messages for all.
 *
 * A flush encodes each dirty entity's newest state once; every member's snapshots are assembled
 * from these by copying. Each member has snapshots of its own (its number, without its own states),
 * so that a gap in the numbers is a loss, and nothing else.
 */
#ifndef STARLING_RELAY_FANOUT_H
#define STARLING_RELAY_FANOUT_H

#include "relay/outbox.h"
#include "relay/room.h"

enum {
	/* States encoded before they are copied out; a larger flush goes in several rounds. */
	FANOUT_ITEMS = 1024,
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
};

/* When the room is to be flushed next: INT64_MAX when nothing is dirty. */
int64_t fanout_due_ns(const struct room *room);

/* Sends what is dirty to all who hear it, and clears it. */
void fanout_flush(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		  int64_t now_ns);

/* Sends the room's whole state to one member, as KEYFRAMEs, the last of them marked. */
void fanout_picture(const struct outbox *outbox, struct room *room, struct member *to,
		    int64_t now_ns);

/*
 * Repeats, reliably, the states that have been the newest for the settle time and may have been
 * lost, so that what rests is known to all. Due at room->settle_due_ns, which it sets anew.
 */
void fanout_settle(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		   int64_t now_ns);

/* Sends a message to every member but `except` (which may be NULL); returns how many took it. */
size_t fanout_tell(const struct outbox *outbox, const struct room *room,
		   const struct member *except, enum wire_channel channel, enum wire_mode mode,
		   const void *data, size_t size);

#endif

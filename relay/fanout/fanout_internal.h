/*
 * fanout_parts: what the fan-out's files share; others include fanout.h.
 *
 *	fanout.c            snapshots, those who hear of everything, flush and keyframes
 *	encoded_batch.c      the records of those who hear of everything, copied in slices
 *	fanout_view.c    those who have a view
 *	initial_sync.c   those who have just come
 */
#ifndef STARLING_RELAY_FANOUT_FANOUT_INTERNAL_H
#define STARLING_RELAY_FANOUT_FANOUT_INTERNAL_H

#include "relay/fanout/fanout.h"

/* A member's datagram while it is being filled: a SNAPSHOT or a KEYFRAME. */
struct snapshot_writer {
	const struct outbox *outbox;
	struct room *room;
	struct member *to;
	enum wire_type type;
	int64_t now_ns, time_us;
	bool is_open;
	bool is_news;    /* it speaks of a member that the receiver was not told of */
	unsigned posted; /* messages that went off so far */
	uint64_t booked; /* records that settle accounts: not those that repeat */
	struct states_builder builder;
	uint8_t bytes[WIRE_MESSAGE_MAX_BYTES];
};

/* A writer that is not open yet; the first record opens it. */
void snapshot_writer_init(struct snapshot_writer *writer, const struct outbox *outbox,
			  struct room *room, struct member *to, enum wire_type type,
			  int64_t now_ns);

/* Begins a message, if none is begun. */
void snapshot_writer_open(struct snapshot_writer *writer);

/* Sends what was written, and settles the accounts. Nothing, if it is not open. */
void snapshot_writer_send(struct snapshot_writer *writer);

/* Whether what it says of a member that the receiver was not told of would be lost for good. */
bool snapshot_writer_must_be_known(const struct snapshot_writer *writer);

/* Writes a record, posting first what is full. */
void snapshot_writer_add(struct snapshot_writer *writer, const struct fanout_item *item,
			 uint16_t skipped, bool is_booked);

/* Writes the items as records, side by side. False when one cannot stand in a message. */
bool encoded_batch_write(struct fanout *fanout, int64_t time_us);

/* Sends to one member, in SNAPSHOTs, what it hears of the batch. */
void encoded_batch_send(const struct fanout *fanout, struct snapshot_writer *writer);

/* The entity's encoded state, or NULL while there is none. */
const struct fanout_item *fanout_find_item(const struct fanout *fanout, const struct member *owner,
					   uint16_t index);

/* The same, encoded if it is not yet. Valid until the next one is asked for. */
const struct fanout_item *fanout_need_item(struct fanout *fanout, const struct member *owner,
					   uint16_t index, int64_t time_us);

/* Has members look who is near, if it is time to, and tells them what is gone; else it will be. */
bool fanout_look(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		 int64_t now_ns);

/* Fills a newcomer's view, from what interest_gather found. */
void fanout_look_first(struct fanout *fanout, const struct outbox *outbox, struct member *newcomer);

/* A pass over a member's view: sends what is due, as far as the budget goes. */
void fanout_serve(struct fanout *fanout, const struct outbox *outbox, struct member *to,
		  bool is_flush, int64_t now_ns);

/* Whether much of what went to a large room reliably is not acknowledged yet. */
bool fanout_is_slow(const struct outbox *outbox, const struct room *room);

/* Notes in a view which of the encoded states have settled; true when there is one. */
bool fanout_mark_keyframed(const struct fanout *fanout, struct view *view);

/* Gives a view to those whose budget is short of a flush; true when some are left without. */
bool fanout_divide(struct room *room, int64_t now_ns);

#endif

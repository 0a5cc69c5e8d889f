/*
 * snapshot_writer: fills SNAPSHOTs or KEYFRAMEs for one member, and sends each that is full.
 *
 * Each member has snapshots of its own: its number, without its own states. So a gap in the numbers
 * is a loss, and nothing else. A record that is booked ends one update in the accounting, as
 * delivered or not taken; a record that repeats a state is not booked.
 */
#ifndef STARLING_RELAY_FANOUT_SNAPSHOT_WRITER_H
#define STARLING_RELAY_FANOUT_SNAPSHOT_WRITER_H

#include "proto/wire/states.h"
#include "relay/fanout/encoded_batch.h"
#include "relay/fanout/receiver.h"
#include "relay/room/outbox.h"
#include "relay/room/room.h"

struct snapshot_writer {
	const struct outbox *outbox;
	struct room *room;
	struct receiver *to;
	enum wire_type type; /* WIRE_SNAPSHOT or WIRE_KEYFRAME */
	int64_t now_ns, time_us;
	bool is_open;
	bool must_introduce; /* the message names a member that the receiver was not told of */
	unsigned sent;       /* messages */
	uint64_t booked;     /* records in the open message */
	struct states_builder builder;
	uint8_t bytes[WIRE_MESSAGE_MAX_BYTES];
};

/* A writer that is not open yet; the first record opens it. */
void snapshot_writer_init(struct snapshot_writer *writer, const struct outbox *outbox,
			  struct receiver *to, enum wire_type type, int64_t now_ns);

/* Begins a message, if none is begun. */
void snapshot_writer_open(struct snapshot_writer *writer);

/* Adds a record, after sending the message that it does not fit into. */
void snapshot_writer_add(struct snapshot_writer *writer, const struct encoded_item *item,
			 uint16_t skipped, bool is_booked);

/*
 * Adds as many of the batch's records from item `from` on, before item `to`, as the open message
 * takes; all of them are booked. 0 when the first does not fit, or is written otherwise in this
 * message, so that it is for snapshot_writer_add. Only where no receiver must know of the owners.
 */
size_t snapshot_writer_add_slice(struct snapshot_writer *writer, const struct encoded_batch *batch,
				 size_t from, size_t to);

/* Sends the open message, if there is one, and books its records. */
void snapshot_writer_send(struct snapshot_writer *writer);

/*
 * Whether the receiver must have been told of every member that the messages name: it ignores the
 * records of a member that it does not know, and nothing would repeat them.
 */
bool snapshot_writer_must_be_known(const struct snapshot_writer *writer);

#endif

/*
 * states: STATE, SNAPSHOT and KEYFRAME, the three messages that carry entities' states as records.
 *
 * A record holds what has changed from its neighbours and leaves out what is zero (PROTOCOL.md,
 * "Records"). It is written in two parts: the head (whose it is, what was skipped) depends on the
 * datagram that it goes into; the tail (seq, age, position, payload) is the same for every receiver
 * of a flush, so the relay encodes it once and copies it many times. Records that follow each other
 * in many messages are copied together: a batch is written once, and messages take slices of it.
 *
 * A SNAPSHOT may end in fill, which brings those of one flush to one size, so that the kernel can
 * cut them from one message (PROTOCOL.md, "Fill").
 *
 * Bytes only, like wire.h.
 */
#ifndef STARLING_PROTO_WIRE_STATES_H
#define STARLING_PROTO_WIRE_STATES_H

#include "proto/wire/wire.h"

enum {
	/* flags, member, index, skipped */
	STATES_HEAD_MAX_BYTES = 1 + 5 + 2 + 3,
	/* seq, age, x, y, z, payload */
	STATES_TAIL_MAX_BYTES = 2 + 8 + 3 * 5 + 1 + WIRE_PAYLOAD_MAX_BYTES,
	/* flags, seq, age, x, y */
	STATES_RECORD_MIN_BYTES = 1 + 2 + 1 + 1 + 1,
	/* For a STATE with one byte of time, whose header is the shortest. */
	STATES_RECORDS_MAX = (WIRE_MESSAGE_MAX_BYTES - 2) / STATES_RECORD_MIN_BYTES,
	/* More than any record that did not fit any more. */
	STATES_FILL_MAX_BYTES = 128,
};

/* One entity's state. In a STATE `member` is 0 and `skipped` is 0. */
struct states_record {
	uint32_t member;
	uint16_t index;
	uint16_t seq;
	uint16_t skipped; /* updates just before this one that the relay had and did not send on */
	uint64_t age_us;  /* the message's time minus the state's origin; at most 53 bits */
	int32_t position[3]; /* grains */
	struct wire_bytes payload;
};

/* A decoded message: its fields, then its records one by one. */
struct states_message {
	enum wire_type type;
	uint64_t time_us;   /* the room's clock; in a STATE, 0 asks the relay to put its own */
	uint16_t number;    /* SNAPSHOT: counts the SNAPSHOTs sent to this member, serial */
	bool is_last;       /* KEYFRAME: with this one the member has the room's whole state */
	uint8_t fill_bytes; /* SNAPSHOT: so many bytes at its end mean nothing */
	/* Where the walk stands; use states_next. */
	struct cursor_reader reader;
	uint32_t member, next_index;
	bool is_first;
};

/*
 * Checks a whole STATE, SNAPSHOT or KEYFRAME, so that the walk over its records cannot fail.
 * A KEYFRAME may have no record; the others have at least one.
 */
enum wire_error states_decode(const void *data, size_t size, struct states_message *message);

/* The next record; false after the last. */
bool states_next(struct states_message *message, struct states_record *record);

/*
 * As states_decode and states_next for all records at once, where a second walk would cost too
 * much. On WIRE_OK the first `*count` records are valid as long as `data` is, and states_next has
 * none left; otherwise only the error is valid.
 */
enum wire_error states_decode_all(const void *data, size_t size, struct states_message *message,
				  struct states_record records[static STATES_RECORDS_MAX],
				  size_t *count);

/* A tail, ready to be copied into any number of messages of the same time. */
struct states_tail {
	uint64_t age_us;
	uint8_t flags, size;
	uint8_t bytes[STATES_TAIL_MAX_BYTES];
};

/* False when a value is outside its range. */
bool states_tail_encode(struct states_tail *tail, const struct states_record *record);

/* Builds a message in the caller's buffer, record by record. */
struct states_builder {
	struct cursor_writer writer;
	uint8_t *start;
	enum wire_type type;
	uint64_t time_us;
	unsigned count;
	uint32_t member, next_index;
};

/* Each begins a message in `capacity` bytes at `out`, of which at most WIRE_MESSAGE_MAX_BYTES are
 * used. */
struct states_builder states_state_begin(void *out, size_t capacity, uint64_t time_us);
struct states_builder states_snapshot_begin(void *out, size_t capacity, uint16_t number,
					    uint64_t time_us);
struct states_builder states_keyframe_begin(void *out, size_t capacity, uint64_t time_us);

/* Marks a KEYFRAME as the last part of the room's whole state. */
void states_mark_last(struct states_builder *builder);

/*
 * Adds a record. False when it does not fit any more, or is outside a range (the age is at most the
 * message's time, but in a STATE of time 0); the message is then as it was before. `member` is 0 in
 * a STATE, as is `skipped`, and at least 1 elsewhere.
 */
bool states_add_tail(struct states_builder *builder, uint32_t member, uint16_t index,
		     uint16_t skipped, const struct states_tail *tail);
bool states_add(struct states_builder *builder, const struct states_record *record);

/*
 * A batch: records without a message, to be copied into many. It takes records as a SNAPSHOT or
 * KEYFRAME of this time does (states_add_tail), but up to `capacity` bytes. Its size so far,
 * `writer.at - start`, is where the next record begins.
 */
struct states_builder states_batch_begin(void *out, size_t capacity, uint64_t time_us);

/* A slice of a batch: from the begin of its first record to the end of its last. */
struct states_slice {
	const uint8_t *bytes;
	size_t size;
	unsigned count;         /* of records, at least 1 */
	uint32_t first_member;  /* the first one's member */
	uint32_t member, index; /* the last one's */
};

/*
 * Copies a slice behind the records of a SNAPSHOT or KEYFRAME of the batch's time. False, and the
 * message is as it was, when the slice does not fit, or when its first record would be written
 * differently here: that record's head leaves out the member, or names the member of the record
 * before. Then add that record by states_add_tail, and a slice that begins behind it.
 */
bool states_add_slice(struct states_builder *builder, const struct states_slice *slice);

/* The bytes that are free in the message. */
static inline size_t states_left(const struct states_builder *builder)
{
	return (size_t)(builder->writer.end - builder->writer.at);
}

/*
 * Fills a SNAPSHOT with at least one record up to `size` bytes, after which no record can be added.
 * False, and the message is as it was before, when that takes no byte or more than
 * STATES_FILL_MAX_BYTES, or there is no room for so many.
 */
bool states_fill(struct states_builder *builder, size_t size);

/* The finished size, or 0 when nothing valid was built. */
size_t states_finish(struct states_builder *builder);

#endif

/*
 * encoded_batch: states of a room's entities, each encoded once for all who are to receive it.
 *
 * An item is found again by its entity, so that any number of members share it. Once written side
 * by side, the items are copied into messages as slices: what a member receives of the batch is a
 * few copies, however many records it holds.
 */
#ifndef STARLING_RELAY_FANOUT_ENCODED_BATCH_H
#define STARLING_RELAY_FANOUT_ENCODED_BATCH_H

#include "proto/wire/states.h"
#include "relay/room/room.h"

enum {
	ENCODED_BATCH_ITEMS = 4096,
};

struct encoded_item {
	const struct member *owner;
	uint16_t index, skipped;
	struct states_tail tail;
};

/* Where an owner's record begins among the bytes. */
struct encoded_place {
	const struct member *owner;
	size_t at;
};

/* Needs no initialising but encoded_batch_clear. */
struct encoded_batch {
	struct encoded_item items[ENCODED_BATCH_ITEMS];
	size_t count;
	struct encoded_item spare; /* for an item that found no place */
	/* The items as records, and where the last one ends. */
	struct encoded_place places[ENCODED_BATCH_ITEMS + 1];
	uint8_t bytes[ENCODED_BATCH_ITEMS * (STATES_HEAD_MAX_BYTES + STATES_TAIL_MAX_BYTES)];
};

void encoded_batch_clear(struct encoded_batch *batch);
bool encoded_batch_is_full(const struct encoded_batch *batch);

/*
 * Encodes the entity's newest state, or an update that the room relays one for one, behind the
 * other items; the batch must not be full.
 */
void encoded_batch_add(struct encoded_batch *batch, const struct member *owner, uint16_t index,
		       int64_t time_us);
void encoded_batch_add_update(struct encoded_batch *batch, const struct no_coalesce_update *update,
			      int64_t time_us);

/* The entity's item, or NULL. */
const struct encoded_item *encoded_batch_find(const struct encoded_batch *batch,
					      const struct member *owner, uint16_t index);

/* The entity's item, encoded if it is not yet. Valid until the next call. */
const struct encoded_item *encoded_batch_need(struct encoded_batch *batch,
					      const struct member *owner, uint16_t index,
					      int64_t time_us);

/* Writes the items as records, side by side. False when one cannot stand in a message. */
bool encoded_batch_write(struct encoded_batch *batch, int64_t time_us);

/* The bytes of all records, once written. */
size_t encoded_batch_bytes(const struct encoded_batch *batch);

/*
 * The records from item `from` on, before item `to`, as far as they fit into so many bytes; 0 when
 * not even the first does. Else the number of records, and `slice` is what states_add_slice copies.
 */
size_t encoded_batch_slice(const struct encoded_batch *batch, size_t from, size_t to, size_t bytes,
			   struct states_slice *slice);

/*
 * The first of `owner`'s own records from item `from` on; `count` when there is none.
 * `is_in_order`: each entity has one item, and an owner's items stand side by side, in the order of
 * its list of dirty entities.
 */
size_t encoded_batch_find_owner(const struct encoded_batch *batch, const struct member *owner,
				size_t from, bool is_in_order);

#endif

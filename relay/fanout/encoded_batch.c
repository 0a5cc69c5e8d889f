#include "relay/fanout/encoded_batch.h"

void encoded_batch_clear(struct encoded_batch *batch)
{
	batch->count = 0;
}

bool encoded_batch_is_full(const struct encoded_batch *batch)
{
	return batch->count == ENCODED_BATCH_ITEMS;
}

/* Items. */

static void encode_state(struct encoded_item *item, const struct member *owner, uint16_t index,
			 int64_t time_us)
{
	struct states_record record;

	room_record(owner, index, time_us, &record);
	item->owner = owner;
	item->index = index;
	item->skipped = record.skipped;
	states_tail_encode(&item->tail, &record);
}

void encoded_batch_add(struct encoded_batch *batch, const struct member *owner, uint16_t index,
		       int64_t time_us)
{
	room_note_slot(owner, index, (uint16_t)batch->count);
	encode_state(&batch->items[batch->count++], owner, index, time_us);
}

void encoded_batch_add_update(struct encoded_batch *batch, const struct no_coalesce_update *update,
			      int64_t time_us)
{
	struct encoded_item *item = &batch->items[batch->count++];
	struct states_record record = {
		.seq = update->seq,
		.age_us = time_us > update->origin_us ? (uint64_t)(time_us - update->origin_us) : 0,
		.position = { update->position[0], update->position[1], update->position[2] },
		.payload = { .data = update->payload, .size = update->payload_bytes },
	};

	item->owner = update->owner;
	item->index = update->index;
	item->skipped = update->skipped;
	states_tail_encode(&item->tail, &record);
}

const struct encoded_item *encoded_batch_find(const struct encoded_batch *batch,
					      const struct member *owner, uint16_t index)
{
	const size_t slot = owner->entities[index].slot;
	const struct encoded_item *item = &batch->items[slot];

	return slot < batch->count && item->owner == owner && item->index == index ? item : NULL;
}

const struct encoded_item *encoded_batch_need(struct encoded_batch *batch,
					      const struct member *owner, uint16_t index,
					      int64_t time_us)
{
	const struct encoded_item *item = encoded_batch_find(batch, owner, index);

	if (item)
		return item;
	if (!encoded_batch_is_full(batch)) {
		encoded_batch_add(batch, owner, index, time_us);
		return &batch->items[batch->count - 1];
	}
	encode_state(&batch->spare, owner, index, time_us);
	return &batch->spare;
}

/* Records. */

bool encoded_batch_write(struct encoded_batch *batch, int64_t time_us)
{
	struct states_builder all =
		states_batch_begin(batch->bytes, sizeof(batch->bytes), (uint64_t)time_us);

	for (size_t i = 0; i < batch->count; i++) {
		const struct encoded_item *item = &batch->items[i];

		batch->places[i].owner = item->owner;
		batch->places[i].at = (size_t)(all.writer.at - all.start);
		if (!states_add_tail(&all, item->owner->id, item->index, item->skipped,
				     &item->tail))
			return false;
	}
	batch->places[batch->count].at = (size_t)(all.writer.at - all.start);
	return true;
}

size_t encoded_batch_bytes(const struct encoded_batch *batch)
{
	return batch->places[batch->count].at;
}

/* The end of the longest slice from `from` on, up to `to`, that takes at most so many bytes. */
static size_t find_end(const struct encoded_batch *batch, size_t from, size_t to, size_t bytes)
{
	const size_t limit = batch->places[from].at + bytes;

	while (from < to) {
		const size_t middle = from + (to - from + 1) / 2;

		if (batch->places[middle].at <= limit)
			from = middle;
		else
			to = middle - 1;
	}
	return to;
}

size_t encoded_batch_slice(const struct encoded_batch *batch, size_t from, size_t to, size_t bytes,
			   struct states_slice *slice)
{
	const size_t end = find_end(batch, from, to, bytes);
	const struct encoded_item *last = &batch->items[end - 1];

	if (end == from)
		return 0;
	*slice = (struct states_slice){
		.bytes = batch->bytes + batch->places[from].at,
		.size = batch->places[end].at - batch->places[from].at,
		.count = (unsigned)(end - from),
		.first_member = batch->items[from].owner->id,
		.member = last->owner->id,
		.index = last->index,
	};
	return end - from;
}

/* An owner whose items did not all fit has the rest in the next batch, before that place. */
_Static_assert(WIRE_INDEX_MAX + 1 <= (int)ENCODED_BATCH_ITEMS, "see encoded_batch_find_owner");

/* In order, the owner's first dirty entity knows its place. */
size_t encoded_batch_find_owner(const struct encoded_batch *batch, const struct member *owner,
				size_t from, bool is_in_order)
{
	if (is_in_order) {
		size_t slot;

		if (owner->dirty_count == 0)
			return batch->count;
		slot = owner->entities[owner->dirty[0]].slot;
		if (slot < batch->count && batch->places[slot].owner == owner)
			return from <= slot ? slot : batch->count;
	}
	while (from < batch->count && batch->places[from].owner != owner)
		from++;
	return from;
}

/* The encoded items as one batch of records, of which each member's messages are slices. */
#include "relay/fanout/fanout_internal.h"

bool encoded_batch_write(struct fanout *fanout, int64_t time_us)
{
	struct states_builder batch =
		states_batch_begin(fanout->batch, sizeof(fanout->batch), (uint64_t)time_us);

	for (size_t i = 0; i < fanout->count; i++) {
		const struct fanout_item *item = &fanout->items[i];

		fanout->places[i].owner = item->owner;
		fanout->places[i].at = (size_t)(batch.writer.at - batch.start);
		if (!states_add_tail(&batch, item->owner->id, item->index, item->skipped,
				     &item->tail))
			return false;
	}
	fanout->places[fanout->count].at = (size_t)(batch.writer.at - batch.start);
	fanout->batch_bytes += fanout->places[fanout->count].at;
	return true;
}

/* The end of the longest slice from `from` on, up to `to`, that takes at most so many bytes. */
static size_t find_end(const struct fanout *fanout, size_t from, size_t to, size_t bytes)
{
	const size_t limit = fanout->places[from].at + bytes;

	while (from < to) {
		const size_t middle = from + (to - from + 1) / 2;

		if (fanout->places[middle].at <= limit)
			from = middle;
		else
			to = middle - 1;
	}
	return to;
}

/* Copies what fits of these records; how many that were. */
static size_t copy_slice(const struct fanout *fanout, struct snapshot_writer *writer, size_t from,
			 size_t to)
{
	const struct fanout_item *first = &fanout->items[from], *last;
	struct states_slice slice;

	snapshot_writer_open(writer);
	to = find_end(fanout, from, to, states_left(&writer->builder));
	if (to == from)
		return 0;
	last = &fanout->items[to - 1];
	slice = (struct states_slice){
		.bytes = fanout->batch + fanout->places[from].at,
		.size = fanout->places[to].at - fanout->places[from].at,
		.count = (unsigned)(to - from),
		.first_member = first->owner->id,
		.member = last->owner->id,
		.index = last->index,
	};
	if (!states_add_slice(&writer->builder, &slice))
		return 0;
	writer->booked += to - from;
	return to - from;
}

/* What of a member's goes in the next round then ends before the place at which the first was. */
_Static_assert(WIRE_INDEX_MAX + 1 <= (int)FANOUT_ITEMS, "see find_own");

/*
 * Where this member's own records are, from `from` on; the batch's end where none are. The newest
 * states of each member stand side by side, and its first one knows where; with hundreds of
 * members a tenth of the flush's instructions was to look for them. Only where every update is
 * relayed, or where they did not all fit, are they to be looked for.
 */
static size_t find_own(const struct fanout *fanout, const struct snapshot_writer *writer,
		       size_t from)
{
	const struct member *to = writer->to;

	if (!writer->room->config->every) {
		size_t slot;

		if (to->dirty_count == 0)
			return fanout->count;
		slot = to->entities[to->dirty[0]].slot;
		if (slot < fanout->count && fanout->places[slot].owner == to)
			return from <= slot ? slot : fanout->count;
	}
	while (from < fanout->count && fanout->places[from].owner != to)
		from++;
	return from;
}

void encoded_batch_send(const struct fanout *fanout, struct snapshot_writer *writer)
{
	size_t at = 0;

	while (at < fanout->count) {
		const size_t end = room_hears(writer->to, writer->to)
					   ? fanout->count
					   : find_own(fanout, writer, at);

		while (at < end) {
			const size_t copied = copy_slice(fanout, writer, at, end);

			/* It does not fit, or is not to be written here as it is there. */
			if (copied == 0)
				snapshot_writer_add(writer, &fanout->items[at],
						    fanout->items[at].skipped, true);
			at += copied > 0 ? copied : 1;
		}
		while (at < fanout->count && !room_hears(writer->to, fanout->places[at].owner))
			at++;
	}
	snapshot_writer_send(writer);
}

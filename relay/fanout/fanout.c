#include "relay/fanout/fanout_internal.h"

#define NS_PER_US INT64_C(1000)

/* Those who hear of everything. */

/* Sends the items to one member, record by record, as far as it receives their owners' states. */
static void send_items(const struct encoded_batch *batch, struct snapshot_writer *writer)
{
	for (size_t i = 0; i < batch->count; i++)
		if (room_hears(writer->to, batch->items[i].owner))
			snapshot_writer_add(writer, &batch->items[i], batch->items[i].skipped,
					    writer->type == WIRE_SNAPSHOT);
	snapshot_writer_send(writer);
}

/* Sends the items to one member as slices, without its own unless it asked for an echo. */
static void send_slices(const struct encoded_batch *batch, struct snapshot_writer *writer)
{
	struct member *to = writer->to;
	const bool is_echo = room_hears(to, to), is_in_order = !to->room->config->every;
	size_t at = 0;

	while (at < batch->count) {
		const size_t end = is_echo ? batch->count
					   : encoded_batch_find_owner(batch, to, at, is_in_order);

		while (at < end) {
			const size_t copied = snapshot_writer_add_slice(writer, batch, at, end);

			if (copied == 0)
				snapshot_writer_add(writer, &batch->items[at],
						    batch->items[at].skipped, true);
			at += copied > 0 ? copied : 1;
		}
		while (at < batch->count && !room_hears(to, batch->places[at].owner))
			at++;
	}
	snapshot_writer_send(writer);
}

/* Sends the encoded items to all who have no view, as messages of this type. */
static void send_all(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		     enum wire_type type, int64_t now_ns)
{
	struct encoded_batch *batch = &fanout->batch;
	const bool is_written =
		type == WIRE_SNAPSHOT && encoded_batch_write(batch, room_clock_us(room, now_ns));
	struct snapshot_writer writer;

	fanout->batch_bytes += is_written ? encoded_batch_bytes(batch) : 0;
	for (size_t i = 0; i < room->member_count; i++) {
		if (room->members[i]->has_view || !join_state_hears(room->members[i]->join_state))
			continue;
		snapshot_writer_init(&writer, outbox, room->members[i], type, now_ns);
		if (is_written && !snapshot_writer_must_be_known(&writer))
			send_slices(batch, &writer);
		else
			send_items(batch, &writer);
	}
}

static void flush_every(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			int64_t now_ns)
{
	int64_t time_us = room_clock_us(room, now_ns);

	for (size_t i = 0; i < room->no_coalesce.count; i++) {
		if (encoded_batch_is_full(&fanout->batch)) {
			send_all(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
			encoded_batch_clear(&fanout->batch);
		}
		encoded_batch_add_update(&fanout->batch, &room->no_coalesce.updates[i], time_us);
	}
	send_all(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
}

static void flush_dirty(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			int64_t now_ns)
{
	int64_t time_us = room_clock_us(room, now_ns);

	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *owner = room->members[i];

		for (size_t j = 0; j < owner->dirty_count; j++) {
			if (encoded_batch_is_full(&fanout->batch)) {
				send_all(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
				encoded_batch_clear(&fanout->batch);
			}
			encoded_batch_add(&fanout->batch, owner, owner->dirty[j], time_us);
		}
	}
	send_all(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
}

/* Of what a member is owed, all but the newest of each entity was replaced. */
static void book_superseded(struct room *room)
{
	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *member = room->members[i];
		uint64_t records =
			room->dirty_count - (room_hears(member, member) ? 0 : member->dirty_count);
		uint64_t superseded = room_owed(room, member) - records;

		if (member->has_view || !join_state_hears(member->join_state))
			continue;
		room->accounting->pending -= superseded;
		accounting_end(room->accounting, ACCOUNTING_SUPERSEDED, superseded);
	}
}

/* The flush. */

void fanout_flush(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		  int64_t now_ns)
{
	if (room->dirty_count == 0)
		return;
	encoded_batch_clear(&fanout->batch);
	fanout->batch_bytes = 0;
	if (room->config->every) {
		flush_every(fanout, outbox, room, now_ns);
	} else {
		if (fanout_divide(room, now_ns))
			flush_dirty(fanout, outbox, room, now_ns);
		book_superseded(room);
		fanout_look(fanout, outbox, room, now_ns);
		for (size_t i = 0; i < room->member_count; i++) {
			struct member *member = room->members[i];

			if (!member->has_view || !join_state_hears(member->join_state))
				continue;
			view_book(&member->view, room->accounting, room_owed(room, member));
			fanout_serve(fanout, outbox, member, true, now_ns);
		}
	}
	room_clear_dirty(room);
	if (join_counts_newcomers(&room->joining) > 0)
		fanout_fill(fanout, outbox, room, now_ns);
}

/* Keyframes. */

/* How many are to settle in one pass. */
static size_t settle_portion(const struct room *room)
{
	return room->member_count > FANOUT_AT_ONCE_MEMBERS ? FANOUT_KEYFRAME_ITEMS
							   : ENCODED_BATCH_ITEMS;
}

/*
 * Encodes what of a member's has been quiet for `settle_ns`, as far as there is space, and marks
 * it. Returns when the next will have been: a time past when there was no space for all.
 */
static int64_t collect_of(struct fanout *fanout, struct room *room, struct member *owner,
			  int64_t settle_ns, int64_t now_ns)
{
	const size_t most = settle_portion(room);
	int64_t next_ns = INT64_MAX;

	for (size_t index = 0; index < owner->entity_capacity; index++) {
		struct entity *entity = &owner->entities[index];
		int64_t due_ns = entity->changed_ns + settle_ns;

		if (!entity->exists || entity->is_keyframed || entity->is_dirty)
			continue;
		if (due_ns > now_ns || fanout->batch.count == most) {
			next_ns = due_ns < next_ns ? due_ns : next_ns;
			continue;
		}
		encoded_batch_add(&fanout->batch, owner, (uint16_t)index,
				  room_clock_us(room, now_ns));
		room_mark_keyframed(room, entity);
		room->keyframe_next = owner->id + 1;
	}
	return next_ns;
}

/* The same of all, in turn. */
static int64_t collect_settled(struct fanout *fanout, struct room *room, int64_t settle_ns,
			       int64_t now_ns)
{
	size_t first = room_position(room, room->keyframe_next);
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[(first + i) % room->member_count];
		int64_t due_ns = collect_of(fanout, room, owner, settle_ns, now_ns);

		next_ns = due_ns < next_ns ? due_ns : next_ns;
	}
	return next_ns;
}

/* When to look again: where there was more than a portion, after what that costs. */
static int64_t settle_again_ns(const struct room *room, int64_t next_ns, int64_t now_ns)
{
	int64_t rest_ns = (int64_t)room->member_count * FANOUT_KEYFRAME_US_EACH * NS_PER_US;

	if (room->member_count > FANOUT_AT_ONCE_MEMBERS && next_ns < now_ns + rest_ns)
		return now_ns + rest_ns;
	return next_ns;
}

void fanout_keyframe_at_rest(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			     int64_t now_ns)
{
	int64_t settle_ns = (int64_t)(room->config->settle_s * 1e9);

	if (room->keyframe_deferrals < FANOUT_KEYFRAME_DEFERRALS_MAX &&
	    fanout_is_slow(outbox, room)) {
		room->keyframe_deferrals++;
		room->keyframe_due_ns = settle_again_ns(room, now_ns, now_ns);
		return;
	}
	room->keyframe_deferrals = 0;
	encoded_batch_clear(&fanout->batch);
	room->keyframe_due_ns =
		settle_again_ns(room, collect_settled(fanout, room, settle_ns, now_ns), now_ns);
	/* What is dirty was passed over, and is due a settle time after it came. */
	if (room->unkeyframed_count > 0 && room->keyframe_due_ns == INT64_MAX)
		room->keyframe_due_ns = now_ns + settle_ns;
	if (fanout->batch.count == 0)
		return;
	/* To everyone: who has the states for certain, by reliable snapshots, learns that they
	 * rest. */
	send_all(fanout, outbox, room, WIRE_KEYFRAME, now_ns);
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *member = room->members[i];

		if (member->has_view && join_state_hears(member->join_state) &&
		    fanout_mark_keyframed(fanout, &member->view))
			fanout_serve(fanout, outbox, member, false, now_ns);
	}
}

/* Messages for all. */

size_t fanout_tell(const struct outbox *outbox, const struct room *room, const struct member *from,
		   const struct member *except, enum wire_channel channel, enum wire_mode mode,
		   const void *data, size_t size)
{
	size_t taken = 0;

	for (size_t i = 0; i < room->member_count; i++) {
		struct member *to = room->members[i];

		if (to == except)
			continue;
		if (!membership_knows(to, from))
			membership_notify(outbox, to);
		taken += outbox->send(outbox->context, to->peer, channel, mode, data, size);
	}
	return taken;
}

#include "relay/fanout/fanout_internal.h"
#include "relay/room/membership.h"

/* Members who receive everything. */

/* Sends the items to one member, record by record, as far as it receives their owners' states. */
static void send_items(const struct encoded_batch *batch, struct snapshot_writer *writer)
{
	for (size_t i = 0; i < batch->count; i++)
		if (room_receives(&writer->to->member, batch->items[i].owner))
			snapshot_writer_add(writer, &batch->items[i], batch->items[i].skipped,
					    writer->type == WIRE_SNAPSHOT);
	snapshot_writer_send(writer);
}

/* Sends the items to one member as slices, without its own unless it asked for an echo. */
static void send_slices(const struct encoded_batch *batch, struct snapshot_writer *writer)
{
	const struct member *to = &writer->to->member;
	const bool is_echo = room_receives(to, to), is_in_order = !to->room->config->every;
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
		while (at < batch->count && !room_receives(to, batch->places[at].owner))
			at++;
	}
	snapshot_writer_send(writer);
}

void fanout_send_states(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			enum wire_type type, int64_t now_ns)
{
	struct encoded_batch *batch = &fanout->batch;
	const bool is_written =
		type == WIRE_SNAPSHOT && encoded_batch_write(batch, room_clock_us(room, now_ns));
	struct snapshot_writer writer;

	fanout->batch_bytes += is_written ? encoded_batch_bytes(batch) : 0;
	for (size_t i = 0; i < room->member_count; i++) {
		struct receiver *to = receiver_of(room->members[i]);

		if (!receiver_wants_all(to))
			continue;
		snapshot_writer_init(&writer, outbox, to, type, now_ns);
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
			fanout_send_states(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
			encoded_batch_clear(&fanout->batch);
		}
		encoded_batch_add_update(&fanout->batch, &room->no_coalesce.updates[i], time_us);
	}
	fanout_send_states(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
}

static void flush_dirty(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			int64_t now_ns)
{
	int64_t time_us = room_clock_us(room, now_ns);

	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *owner = room->members[i];

		for (size_t j = 0; j < owner->dirty_count; j++) {
			if (encoded_batch_is_full(&fanout->batch)) {
				fanout_send_states(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
				encoded_batch_clear(&fanout->batch);
			}
			encoded_batch_add(&fanout->batch, owner, owner->dirty[j], time_us);
		}
	}
	fanout_send_states(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
}

/* A member that receives everything is sent the newest update of each entity; the rest end. */
static void book_superseded(struct room *room)
{
	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *member = room->members[i];
		uint64_t records = room->dirty_count -
				   (room_receives(member, member) ? 0 : member->dirty_count);
		uint64_t superseded = room_owed(room, member) - records;

		if (!receiver_wants_all(receiver_of(member)))
			continue;
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
		if (fanout_assign_views(room, now_ns))
			flush_dirty(fanout, outbox, room, now_ns);
		book_superseded(room);
		fanout_look(fanout, outbox, room, now_ns);
		for (size_t i = 0; i < room->member_count; i++) {
			struct receiver *receiver = receiver_of(room->members[i]);

			if (!receiver_uses_view(receiver))
				continue;
			view_book(&receiver->view, room->accounting,
				  room_owed(room, &receiver->member));
			fanout_serve_view(fanout, outbox, receiver, true, now_ns);
		}
	}
	room_clear_dirty(room);
	if (join_counts_newcomers(&room->joining) > 0 && !room->part.is_held)
		fanout_sync(fanout, outbox, room, now_ns);
}

/* Messages for all. */

size_t fanout_broadcast(const struct outbox *outbox, const struct room *room,
			const struct member *from, const struct member *except,
			enum wire_channel channel, enum wire_mode mode, const void *data,
			size_t size)
{
	size_t sent = 0;

	for (size_t i = 0; i < room->member_count; i++) {
		struct member *to = room->members[i];

		if (to == except || room_is_absent(to))
			continue;
		if (!membership_knows(to, from))
			membership_notify(outbox, to);
		sent += outbox->send(outbox->context, to->peer, channel, mode, data, size);
	}
	return sent;
}

void fanout_fini(struct fanout *fanout)
{
	kd_tree_fini(&fanout->kd_tree);
}

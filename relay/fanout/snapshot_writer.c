#include "relay/fanout/snapshot_writer.h"

#include "relay/room/membership.h"

void snapshot_writer_init(struct snapshot_writer *writer, const struct outbox *outbox,
			  struct receiver *to, enum wire_type type, int64_t now_ns)
{
	/* The bytes are left as they are: a writer is made for each member at each flush. */
	writer->outbox = outbox;
	writer->room = to->member.room;
	writer->to = to;
	writer->type = type;
	writer->now_ns = now_ns;
	writer->time_us = room_clock_us(to->member.room, now_ns);
	writer->is_open = false;
	writer->must_introduce = false;
	writer->sent = 0;
	writer->booked = 0;
}

static size_t capacity_of(const struct snapshot_writer *writer)
{
	const struct receiver *to = writer->to;

	return writer->type == WIRE_SNAPSHOT
		       ? path_snapshot_bytes(&to->path, to->member.settings.down)
		       : to->member.reliable_bytes;
}

void snapshot_writer_open(struct snapshot_writer *writer)
{
	const uint64_t time_us = (uint64_t)writer->time_us;

	if (writer->is_open)
		return;
	writer->builder =
		writer->type == WIRE_SNAPSHOT
			? states_snapshot_begin(writer->bytes, capacity_of(writer),
						writer->to->snapshot_number, time_us)
			: states_keyframe_begin(writer->bytes, capacity_of(writer), time_us);
	writer->is_open = true;
}

static bool send_message(struct snapshot_writer *writer, enum wire_channel channel,
			 enum wire_mode mode)
{
	struct receiver *to = writer->to;
	const size_t size = states_finish(&writer->builder);
	bool is_path_new = false, is_taken;

	if (writer->type == WIRE_SNAPSHOT) {
		is_path_new =
			path_spend(&to->path, to->snapshot_number, size, mode, writer->now_ns);
		congestion_spend(&to->congestion, to->snapshot_number, size, writer->now_ns);
	} else {
		congestion_charge(&to->congestion, size);
	}
	writer->sent++;
	is_taken = writer->outbox->send(writer->outbox->context, to->member.peer, channel, mode,
					writer->bytes, size);
	/* The message that was just sent keeps its length. */
	if (is_path_new)
		receiver_set_path(to, writer->outbox);
	return is_taken;
}

void snapshot_writer_send(struct snapshot_writer *writer)
{
	struct accounting *accounting = writer->room->accounting;
	bool is_taken;

	if (!writer->is_open)
		return;
	writer->is_open = false;
	if (writer->must_introduce)
		membership_notify(writer->outbox, &writer->to->member);
	writer->must_introduce = false;
	if (writer->type == WIRE_KEYFRAME) {
		is_taken = send_message(writer, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE);
		accounting->keyframes_out += is_taken;
	} else {
		is_taken =
			send_message(writer, WIRE_CHANNEL_STATE, writer->to->member.settings.down);
		writer->to->snapshot_number++;
		accounting->snapshots_out += is_taken;
	}
	accounting_end(accounting, is_taken ? ACCOUNTING_DELIVERED : ACCOUNTING_NOT_TAKEN,
		       writer->booked);
	writer->booked = 0;
}

bool snapshot_writer_must_be_known(const struct snapshot_writer *writer)
{
	return writer->type == WIRE_KEYFRAME || writer->room->config->settle_s <= 0;
}

void snapshot_writer_add(struct snapshot_writer *writer, const struct encoded_item *item,
			 uint16_t skipped, bool is_booked)
{
	for (int tries = 0; tries < 2; tries++) {
		snapshot_writer_open(writer);
		if (states_add_tail(&writer->builder, item->owner->id, item->index, skipped,
				    &item->tail)) {
			writer->booked += is_booked;
			if (snapshot_writer_must_be_known(writer) &&
			    !membership_knows(&writer->to->member, item->owner))
				writer->must_introduce = true;
			return;
		}
		/* All but the last have one size, and leave as one message (UDP_SEGMENT). */
		if (writer->type == WIRE_SNAPSHOT &&
		    writer->to->member.settings.down != WIRE_RELIABLE)
			states_fill(&writer->builder, capacity_of(writer));
		snapshot_writer_send(writer);
	}
}

size_t snapshot_writer_add_slice(struct snapshot_writer *writer, const struct encoded_batch *batch,
				 size_t from, size_t to)
{
	struct states_slice slice;
	size_t count;

	snapshot_writer_open(writer);
	count = encoded_batch_slice(batch, from, to, states_left(&writer->builder), &slice);
	if (count == 0 || !states_add_slice(&writer->builder, &slice))
		return 0;
	writer->booked += count;
	return count;
}

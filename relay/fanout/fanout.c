#include "relay/fanout/fanout_internal.h"
#include "relay/schedule/tick.h"

#define NS_PER_US INT64_C(1000)

/* When. */

int64_t fanout_due_ns(const struct room *room)
{
	const double tick_hz = room->config->tick_hz;

	if (room->dirty_count == 0)
		return INT64_MAX;
	if (tick_hz <= 0)
		return room->dirty_since_ns;
	return tick_due_ns(tick_hz, room->phase_ns, room->dirty_since_ns, room->begun_ns,
			   room->flushed_ns);
}

/* Letters. */

void snapshot_writer_init(struct snapshot_writer *writer, const struct outbox *outbox,
			  struct room *room, struct member *to, enum wire_type type, int64_t now_ns)
{
	writer->outbox = outbox;
	writer->room = room;
	writer->to = to;
	writer->type = type;
	writer->now_ns = now_ns;
	writer->time_us = room_clock_us(room, now_ns);
	writer->is_open = false;
	writer->is_news = false;
	writer->posted = 0;
	writer->booked = 0;
}

/* The most that it may hold. */
static size_t writer_bytes(const struct snapshot_writer *writer)
{
	const struct member *to = writer->to;

	return writer->type == WIRE_SNAPSHOT ? path_snapshot_bytes(&to->path, to->settings.down)
					     : path_reliable_bytes(&to->path);
}

void snapshot_writer_open(struct snapshot_writer *writer)
{
	uint64_t time_us = (uint64_t)writer->time_us;

	if (writer->is_open)
		return;
	writer->builder =
		writer->type == WIRE_SNAPSHOT
			? states_snapshot_begin(writer->bytes, writer_bytes(writer),
						writer->to->snapshot_number, time_us)
			: states_keyframe_begin(writer->bytes, writer_bytes(writer), time_us);
	writer->is_open = true;
}

void fanout_set_path(const struct outbox *outbox, const struct member *to)
{
	if (outbox->set_message_bytes)
		outbox->set_message_bytes(outbox->context, to->peer,
					  path_snapshot_bytes(&to->path, WIRE_UNSEQUENCED));
}

static bool send_message(struct snapshot_writer *writer, enum wire_channel channel,
			 enum wire_mode mode)
{
	struct member *to = writer->to;
	const size_t size = states_finish(&writer->builder);
	bool is_path_new = false, is_taken;

	if (writer->type == WIRE_SNAPSHOT) {
		is_path_new =
			path_spend(&to->path, to->snapshot_number, size, mode, writer->now_ns);
		congestion_spend(&to->congestion, to->snapshot_number, size, writer->now_ns);
	} else {
		congestion_charge(&to->congestion, size);
	}
	writer->posted++;
	is_taken = writer->outbox->send(writer->outbox->context, to->peer, channel, mode,
					writer->bytes, size);
	/* This one is as long as it is. */
	if (is_path_new)
		fanout_set_path(writer->outbox, to);
	return is_taken;
}

void snapshot_writer_send(struct snapshot_writer *writer)
{
	struct accounting *accounting = writer->room->accounting;
	bool is_taken;

	if (!writer->is_open)
		return;
	writer->is_open = false;
	if (writer->is_news)
		membership_notify(writer->outbox, writer->to);
	writer->is_news = false;
	if (writer->type == WIRE_KEYFRAME) {
		is_taken = send_message(writer, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE);
		accounting->keyframes_out += is_taken;
	} else {
		is_taken = send_message(writer, WIRE_CHANNEL_STATE, writer->to->settings.down);
		writer->to->snapshot_number++;
		accounting->snapshots_out += is_taken;
	}
	accounting->pending -= writer->booked;
	accounting_end(accounting, is_taken ? ACCOUNTING_DELIVERED : ACCOUNTING_NOT_TAKEN,
		       writer->booked);
	writer->booked = 0;
}

/* Nothing repeats it where it is ignored. */
bool snapshot_writer_must_be_known(const struct snapshot_writer *writer)
{
	return writer->type == WIRE_KEYFRAME || writer->room->config->settle_s <= 0;
}

void snapshot_writer_add(struct snapshot_writer *writer, const struct fanout_item *item,
			 uint16_t skipped, bool is_booked)
{
	for (int tries = 0; tries < 2; tries++) {
		snapshot_writer_open(writer);
		if (states_add_tail(&writer->builder, item->owner->id, item->index, skipped,
				    &item->tail)) {
			writer->booked += is_booked;
			if (snapshot_writer_must_be_known(writer) &&
			    !membership_knows(writer->to, item->owner))
				writer->is_news = true;
			return;
		}
		/* One size for all but the last, which leave as one message (UDP_SEGMENT). */
		if (writer->type == WIRE_SNAPSHOT && writer->to->settings.down != WIRE_RELIABLE)
			states_fill(&writer->builder, writer_bytes(writer));
		snapshot_writer_send(writer);
	}
}

static void encode_item(struct fanout_item *item, const struct member *owner, uint16_t index,
			int64_t time_us)
{
	struct states_record record;

	room_record(owner, index, time_us, &record);
	item->owner = owner;
	item->index = index;
	item->skipped = record.skipped;
	states_tail_encode(&item->tail, &record);
}

static void encode_update(struct fanout_item *item, const struct no_coalesce_update *update,
			  int64_t time_us)
{
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

/* Encodes an entity's state behind the others, where there is space. */
static void add_item(struct fanout *fanout, const struct member *owner, uint16_t index,
		     int64_t time_us)
{
	owner->entities[index].slot = (uint16_t)fanout->count;
	encode_item(&fanout->items[fanout->count++], owner, index, time_us);
}

/* The entity's encoded state, or NULL while there is none. */
const struct fanout_item *fanout_find_item(const struct fanout *fanout, const struct member *owner,
					   uint16_t index)
{
	size_t slot = owner->entities[index].slot;
	const struct fanout_item *item = &fanout->items[slot];

	return slot < fanout->count && item->owner == owner && item->index == index ? item : NULL;
}

/* The same, encoded if it is not yet. Valid until the next one is asked for. */
const struct fanout_item *fanout_need_item(struct fanout *fanout, const struct member *owner,
					   uint16_t index, int64_t time_us)
{
	const struct fanout_item *item = fanout_find_item(fanout, owner, index);

	if (item)
		return item;
	if (fanout->count < FANOUT_ITEMS) {
		add_item(fanout, owner, index, time_us);
		return &fanout->items[fanout->count - 1];
	}
	encode_item(&fanout->spare, owner, index, time_us);
	return &fanout->spare;
}

/* Those who hear of everything. */

/* Sends the encoded items to one member, record by record, as far as it hears of their owners. */
static void send_items(const struct fanout *fanout, struct snapshot_writer *writer)
{
	for (size_t i = 0; i < fanout->count; i++)
		if (room_hears(writer->to, fanout->items[i].owner))
			snapshot_writer_add(writer, &fanout->items[i], fanout->items[i].skipped,
					    writer->type == WIRE_SNAPSHOT);
	snapshot_writer_send(writer);
}

/* Sends the encoded items to all who have no view, as messages of this type. */
static void send_all(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		     enum wire_type type, int64_t now_ns)
{
	const bool is_batch =
		type == WIRE_SNAPSHOT && encoded_batch_write(fanout, room_clock_us(room, now_ns));
	struct snapshot_writer writer;

	for (size_t i = 0; i < room->member_count; i++) {
		if (room->members[i]->has_view || !join_state_hears(room->members[i]->join_state))
			continue;
		snapshot_writer_init(&writer, outbox, room, room->members[i], type, now_ns);
		if (is_batch && !snapshot_writer_must_be_known(&writer))
			encoded_batch_send(fanout, &writer);
		else
			send_items(fanout, &writer);
	}
}

static void flush_every(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			int64_t now_ns)
{
	int64_t time_us = room_clock_us(room, now_ns);

	for (size_t i = 0; i < room->no_coalesce.count; i++) {
		if (fanout->count == FANOUT_ITEMS) {
			send_all(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
			fanout->count = 0;
		}
		encode_update(&fanout->items[fanout->count++], &room->no_coalesce.updates[i],
			      time_us);
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
			if (fanout->count == FANOUT_ITEMS) {
				send_all(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
				fanout->count = 0;
			}
			add_item(fanout, owner, owner->dirty[j], time_us);
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
	fanout->count = 0;
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
	return room->member_count > FANOUT_AT_ONCE_MEMBERS ? FANOUT_KEYFRAME_ITEMS : FANOUT_ITEMS;
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
		if (due_ns > now_ns || fanout->count == most) {
			next_ns = due_ns < next_ns ? due_ns : next_ns;
			continue;
		}
		add_item(fanout, owner, (uint16_t)index, room_clock_us(room, now_ns));
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
	fanout->count = 0;
	room->keyframe_due_ns =
		settle_again_ns(room, collect_settled(fanout, room, settle_ns, now_ns), now_ns);
	/* What is dirty was passed over, and is due a settle time after it came. */
	if (room->unkeyframed_count > 0 && room->keyframe_due_ns == INT64_MAX)
		room->keyframe_due_ns = now_ns + settle_ns;
	if (fanout->count == 0)
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

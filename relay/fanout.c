#include "relay/fanout.h"

/* When. */

int64_t fanout_due_ns(const struct room *room)
{
	double tick_hz = room->config->tick_hz;
	int64_t period_ns, since_phase_ns;

	if (room->dirty_count == 0)
		return INT64_MAX;
	if (tick_hz <= 0)
		return room->dirty_since_ns;
	period_ns = (int64_t)(1e9 / tick_hz);
	since_phase_ns = room->dirty_since_ns - room->phase_ns;
	return room->phase_ns + (since_phase_ns / period_ns + 1) * period_ns;
}

/* A member's datagram while it is being filled: a SNAPSHOT or a KEYFRAME. */
struct letter {
	const struct outbox *outbox;
	struct room *room;
	struct member *to;
	enum wire_type type;
	int64_t time_us;
	bool is_open;
	struct states_builder builder;
	uint8_t bytes[WIRE_MESSAGE_MAX_BYTES];
};

static void open_letter(struct letter *letter)
{
	uint64_t time_us = (uint64_t)letter->time_us;

	letter->builder =
		letter->type == WIRE_SNAPSHOT
			? states_snapshot_begin(letter->bytes, sizeof(letter->bytes),
						letter->to->snapshot_number, time_us)
			: states_keyframe_begin(letter->bytes, sizeof(letter->bytes), time_us);
	letter->is_open = true;
}

static bool send_letter(struct letter *letter, enum wire_channel channel, enum wire_mode mode)
{
	return letter->outbox->send(letter->outbox->context, letter->to->peer, channel, mode,
				    letter->bytes, states_finish(&letter->builder));
}

/* Only SNAPSHOTs settle accounts: what a KEYFRAME repeats was owed, and counted, before. */
static void post(struct letter *letter)
{
	struct ledger *ledger = letter->room->ledger;
	uint64_t records;
	bool is_taken;

	if (!letter->is_open)
		return;
	letter->is_open = false;
	records = letter->builder.count;
	if (letter->type == WIRE_KEYFRAME) {
		ledger->keyframes_out += send_letter(letter, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE);
		return;
	}
	is_taken = send_letter(letter, WIRE_CHANNEL_STATE, letter->to->settings.down);
	letter->to->snapshot_number++;
	ledger->snapshots_out += is_taken;
	ledger->pending -= records;
	ledger_end(ledger, is_taken ? LEDGER_DELIVERED : LEDGER_NOT_TAKEN, records);
}

static void write_item(struct letter *letter, const struct fanout_item *item)
{
	for (int tries = 0; tries < 2; tries++) {
		if (!letter->is_open)
			open_letter(letter);
		if (states_add_tail(&letter->builder, item->owner->id, item->index, item->skipped,
				    &item->tail))
			return;
		/* One size for all but the last, which leave as one message (UDP_SEGMENT). */
		if (letter->type == WIRE_SNAPSHOT && letter->to->settings.down != WIRE_RELIABLE)
			states_fill(&letter->builder, WIRE_MESSAGE_MAX_BYTES);
		post(letter);
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

/* Sends the encoded items to one member, as far as it hears of their owners. */
static void send_items(const struct fanout *fanout, struct letter *letter)
{
	for (size_t i = 0; i < fanout->count; i++)
		if (room_hears(letter->to, fanout->items[i].owner))
			write_item(letter, &fanout->items[i]);
	post(letter);
}

/* Sends the encoded items to all, as messages of this type, and forgets them. */
static void send_all(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		     enum wire_type type, int64_t time_us)
{
	for (size_t i = 0; i < room->member_count; i++) {
		struct letter letter;

		letter.outbox = outbox;
		letter.room = room;
		letter.to = room->members[i];
		letter.type = type;
		letter.time_us = time_us;
		letter.is_open = false;
		send_items(fanout, &letter);
	}
	fanout->count = 0;
}

void fanout_flush(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		  int64_t now_ns)
{
	int64_t time_us = room_clock_us(room, now_ns);

	if (room->dirty_count == 0)
		return;
	fanout->count = 0;
	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *owner = room->members[i];

		for (size_t j = 0; j < owner->dirty_count; j++) {
			if (fanout->count == FANOUT_ITEMS)
				send_all(fanout, outbox, room, WIRE_SNAPSHOT, time_us);
			encode_item(&fanout->items[fanout->count++], owner, owner->dirty[j],
				    time_us);
		}
	}
	send_all(fanout, outbox, room, WIRE_SNAPSHOT, time_us);
	room_clear_dirty(room);
}

/* Keyframes. */

void fanout_picture(const struct outbox *outbox, struct room *room, struct member *to,
		    int64_t now_ns)
{
	struct letter letter = { .outbox = outbox, .room = room, .to = to, .type = WIRE_KEYFRAME };

	letter.time_us = room_clock_us(room, now_ns);
	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *owner = room->members[i];

		for (size_t index = 0; index < owner->entity_capacity; index++) {
			struct fanout_item item;

			if (!owner->entities[index].exists || !room_hears(to, owner))
				continue;
			encode_item(&item, owner, (uint16_t)index, letter.time_us);
			item.skipped = 0;
			write_item(&letter, &item);
		}
	}
	if (!letter.is_open)
		open_letter(&letter);
	states_mark_last(&letter.builder);
	post(&letter);
}

/*
 * Encodes what has been quiet for `settle_ns`, as far as there is space, and marks it. Returns when
 * the next will have been: at once when there was no space for all.
 */
static int64_t collect_settled(struct fanout *fanout, struct room *room, int64_t settle_ns,
			       int64_t now_ns)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[i];

		for (size_t index = 0; index < owner->entity_capacity; index++) {
			struct entity *entity = &owner->entities[index];
			int64_t due_ns = entity->changed_ns + settle_ns;

			if (!entity->exists || entity->is_settled || entity->is_dirty)
				continue;
			if (due_ns > now_ns || fanout->count == FANOUT_ITEMS) {
				next_ns = due_ns < next_ns ? due_ns : next_ns;
				continue;
			}
			encode_item(&fanout->items[fanout->count], owner, (uint16_t)index,
				    room_clock_us(room, now_ns));
			fanout->items[fanout->count++].skipped = 0;
			room_settle(room, entity);
		}
	}
	return next_ns;
}

void fanout_settle(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		   int64_t now_ns)
{
	int64_t settle_ns = (int64_t)(room->config->settle_s * 1e9);

	fanout->count = 0;
	room->settle_due_ns = collect_settled(fanout, room, settle_ns, now_ns);
	/* What is dirty was passed over, and is due a settle time after it came. */
	if (room->unsettled_count > 0 && room->settle_due_ns == INT64_MAX)
		room->settle_due_ns = now_ns + settle_ns;
	/* To everyone: who has the states for certain, by reliable snapshots, learns that they
	 * rest. */
	if (fanout->count > 0)
		send_all(fanout, outbox, room, WIRE_KEYFRAME, room_clock_us(room, now_ns));
}

/* Messages for all. */

size_t fanout_tell(const struct outbox *outbox, const struct room *room,
		   const struct member *except, enum wire_channel channel, enum wire_mode mode,
		   const void *data, size_t size)
{
	size_t taken = 0;

	for (size_t i = 0; i < room->member_count; i++)
		if (room->members[i] != except)
			taken += outbox->send(outbox->context, room->members[i]->peer, channel,
					      mode, data, size);
	return taken;
}

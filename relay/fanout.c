#include "relay/fanout.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	/* What a message takes besides its records: type, number, time, and ENet's. */
	LETTER_BYTES = 24,
	/* So many bytes of records a message holds at the least, if there are as many. */
	LETTER_LEAST_BYTES = WIRE_MESSAGE_MAX_BYTES - LETTER_BYTES - STATES_HEAD_MAX_BYTES -
			     STATES_TAIL_MAX_BYTES,
	/* A record without its payload, at the most. */
	RECORD_BYTES = STATES_HEAD_MAX_BYTES + STATES_TAIL_MAX_BYTES - WIRE_PAYLOAD_MAX_BYTES,
	PARTING_ENTRIES = 64,
};

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
	int64_t now_ns, time_us;
	bool is_open;
	uint64_t booked; /* records that settle accounts: not those that repeat */
	struct states_builder builder;
	uint8_t bytes[WIRE_MESSAGE_MAX_BYTES];
};

static void address(struct letter *letter, const struct outbox *outbox, struct room *room,
		    struct member *to, enum wire_type type, int64_t now_ns)
{
	letter->outbox = outbox;
	letter->room = room;
	letter->to = to;
	letter->type = type;
	letter->now_ns = now_ns;
	letter->time_us = room_clock_us(room, now_ns);
	letter->is_open = false;
	letter->booked = 0;
}

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
	size_t size = states_finish(&letter->builder);

	budget_spend(&letter->to->budget, letter->to->snapshot_number, size + FANOUT_HEADER_BYTES,
		     letter->now_ns);
	return letter->outbox->send(letter->outbox->context, letter->to->peer, channel, mode,
				    letter->bytes, size);
}

static void post(struct letter *letter)
{
	struct ledger *ledger = letter->room->ledger;
	bool is_taken;

	if (!letter->is_open)
		return;
	letter->is_open = false;
	if (letter->type == WIRE_KEYFRAME) {
		is_taken = send_letter(letter, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE);
		ledger->keyframes_out += is_taken;
	} else {
		is_taken = send_letter(letter, WIRE_CHANNEL_STATE, letter->to->settings.down);
		letter->to->snapshot_number++;
		ledger->snapshots_out += is_taken;
	}
	ledger->pending -= letter->booked;
	ledger_end(ledger, is_taken ? LEDGER_DELIVERED : LEDGER_NOT_TAKEN, letter->booked);
	letter->booked = 0;
}

static void write_item(struct letter *letter, const struct fanout_item *item, uint16_t skipped,
		       bool is_booked)
{
	for (int tries = 0; tries < 2; tries++) {
		if (!letter->is_open)
			open_letter(letter);
		if (states_add_tail(&letter->builder, item->owner->id, item->index, skipped,
				    &item->tail)) {
			letter->booked += is_booked;
			return;
		}
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

static void encode_update(struct fanout_item *item, const struct every_update *update,
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
static const struct fanout_item *find_item(const struct fanout *fanout, const struct member *owner,
					   uint16_t index)
{
	size_t slot = owner->entities[index].slot;
	const struct fanout_item *item = &fanout->items[slot];

	return slot < fanout->count && item->owner == owner && item->index == index ? item : NULL;
}

/* The same, encoded if it is not yet. Valid until the next one is asked for. */
static const struct fanout_item *need_item(struct fanout *fanout, const struct member *owner,
					   uint16_t index, int64_t time_us)
{
	const struct fanout_item *item = find_item(fanout, owner, index);

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

/* Sends the encoded items to one member, as far as it hears of their owners. */
static void send_items(const struct fanout *fanout, struct letter *letter)
{
	for (size_t i = 0; i < fanout->count; i++)
		if (room_hears(letter->to, fanout->items[i].owner))
			write_item(letter, &fanout->items[i], fanout->items[i].skipped,
				   letter->type == WIRE_SNAPSHOT);
	post(letter);
}

/* Sends the encoded items to all who have no picture, as messages of this type. */
static void send_all(const struct fanout *fanout, const struct outbox *outbox, struct room *room,
		     enum wire_type type, int64_t now_ns)
{
	struct letter letter;

	for (size_t i = 0; i < room->member_count; i++) {
		if (room->members[i]->is_pictured)
			continue;
		address(&letter, outbox, room, room->members[i], type, now_ns);
		send_items(fanout, &letter);
	}
}

static void flush_every(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			int64_t now_ns)
{
	int64_t time_us = room_clock_us(room, now_ns);

	for (size_t i = 0; i < room->every.count; i++) {
		if (fanout->count == FANOUT_ITEMS) {
			send_all(fanout, outbox, room, WIRE_SNAPSHOT, now_ns);
			fanout->count = 0;
		}
		encode_update(&fanout->items[fanout->count++], &room->every.updates[i], time_us);
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

		if (member->is_pictured)
			continue;
		room->ledger->pending -= superseded;
		ledger_end(room->ledger, LEDGER_SUPERSEDED, superseded);
	}
}

/* Those who have a picture. */

/* What was told of entities that went out of a member's sight. */
struct parting {
	const struct outbox *outbox;
	struct member *to;
	int64_t now_ns;
	struct wire_gone gones[PARTING_ENTRIES];
	size_t count;
};

static void tell_gones(struct parting *parting)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	size_t size, told = 0, taken;

	while (told < parting->count) {
		size = wire_gone_encode(message, sizeof(message), &parting->gones[told],
					parting->count - told, &taken);
		budget_spend(&parting->to->budget, parting->to->snapshot_number,
			     size + FANOUT_HEADER_BYTES, parting->now_ns);
		parting->outbox->send(parting->outbox->context, parting->to->peer,
				      WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, message, size);
		told += taken;
	}
	parting->count = 0;
}

/*
 * The GONE carries the newest seq that the relay has, so that no straggler of those sent before
 * brings the entity back; a KEYFRAME will, when it comes into sight again.
 */
static void part(void *context, const struct picture_entry *entry)
{
	struct parting *parting = context;
	const struct entity *entity = picture_entity(entry);
	struct ledger *ledger = parting->to->room->ledger;

	picture_end(entry, ledger);
	ledger->left++;
	if (!entity || entry->is_new || entry->owner == parting->to)
		return;
	if (parting->count == PARTING_ENTRIES)
		tell_gones(parting);
	parting->gones[parting->count++] = (struct wire_gone){ .member = entry->owner->id,
							       .index = entry->index,
							       .seq = entity->seq };
}

/* Has members look who is near, if it is time to; otherwise it will be. */
static bool look(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		 int64_t now_ns)
{
	struct parting parting = { .outbox = outbox, .now_ns = now_ns };
	size_t first = 0;

	while (first < room->member_count && !interest_is_partial(room->members[first]))
		first++;
	if (first == room->member_count)
		return false;
	if (now_ns - room->look_ns < ROOM_LOOK_MS * NS_PER_MS) {
		/* The next flush may come before, and save the datagrams. */
		room_tend_by(room, room->look_ns + 2 * ROOM_LOOK_MS * NS_PER_MS);
		return false;
	}
	if (interest_gather(room) != 0)
		return false;
	room->look_ns = now_ns;
	for (size_t i = first; i < room->member_count; i++) {
		parting.to = room->members[i];
		if (!interest_is_partial(parting.to))
			continue;
		interest_look(parting.to, fanout->found, part, &parting);
		tell_gones(&parting);
	}
	return true;
}

/* Whether a pass may speak of the entry. What is dirty waits for the flush, which books it. */
static bool is_in_turn(const struct picture_entry *entry, bool is_flush)
{
	return picture_is_due(entry) &&
	       (is_flush || !entry->owner->entities[entry->index].is_dirty);
}

/*
 * What enters goes reliably, in order with the GONEs; so does what rests, as nothing would repeat
 * it.
 */
static bool goes_by_keyframe(const struct picture_entry *entry)
{
	return entry->is_new || entry->owner->entities[entry->index].is_settled;
}

/* What records of so many bytes take in datagrams, at the most. */
static size_t bytes_of_letters(const size_t record_bytes[2])
{
	size_t bytes = record_bytes[0] + record_bytes[1];

	for (int i = 0; i < 2; i++)
		bytes += LETTER_BYTES *
			 ((record_bytes[i] + LETTER_LEAST_BYTES - 1) / LETTER_LEAST_BYTES);
	return bytes;
}

/* Chooses what a pass says: all that is due, or else what comes first. */
static void choose(struct fanout *fanout, struct member *to, bool is_flush, int64_t now_ns)
{
	struct picture *picture = &to->picture;
	int64_t time_us = room_clock_us(to->room, now_ns);
	size_t budget = budget_bytes(&to->budget, now_ns), bytes[2] = { 0 };
	struct picture_entry *entry;

	if (budget > FANOUT_PASS_MESSAGES * WIRE_MESSAGE_MAX_BYTES)
		budget = FANOUT_PASS_MESSAGES * WIRE_MESSAGE_MAX_BYTES;
	for (size_t i = 0; i < picture->count; i++) {
		entry = &picture->entries[i];
		entry->is_chosen = is_in_turn(entry, is_flush);
		if (!entry->is_chosen)
			continue;
		entry->bytes = STATES_HEAD_MAX_BYTES +
			       need_item(fanout, entry->owner, entry->index, time_us)->tail.size;
		bytes[goes_by_keyframe(entry)] += entry->bytes;
	}
	picture->is_behind = bytes_of_letters(bytes) > budget;
	if (!picture->is_behind)
		return;
	picture_rank(picture, to->place, is_flush);
	for (size_t i = 0; i < picture->count; i++)
		picture->entries[i].is_chosen = false;
	bytes[0] = bytes[1] = 0;
	while ((entry = picture_next(picture)) != NULL) {
		bytes[goes_by_keyframe(entry)] += entry->bytes;
		if (bytes_of_letters(bytes) > budget)
			break;
		entry->is_chosen = true;
	}
}

/* One that hears of everything, and has been told all, needs no picture. */
static void put_away(struct member *member)
{
	struct picture *picture = &member->picture;

	if (interest_is_partial(member))
		return;
	for (size_t i = 0; i < picture->count; i++)
		if (picture_is_due(&picture->entries[i]))
			return;
	picture->count = 0;
	member->is_pictured = false;
}

/* A pass over a member's picture. */
static void serve(struct fanout *fanout, const struct outbox *outbox, struct member *to,
		  bool is_flush, int64_t now_ns)
{
	struct picture *picture = &to->picture;
	struct letter snapshot, keyframe;

	picture->pass++;
	choose(fanout, to, is_flush, now_ns);
	address(&snapshot, outbox, to->room, to, WIRE_SNAPSHOT, now_ns);
	address(&keyframe, outbox, to->room, to, WIRE_KEYFRAME, now_ns);
	for (size_t i = 0; i < picture->count; i++) {
		struct picture_entry *entry = &picture->entries[i];

		if (!entry->is_chosen)
			continue;
		write_item(goes_by_keyframe(entry) ? &keyframe : &snapshot,
			   need_item(fanout, entry->owner, entry->index, snapshot.time_us),
			   picture_skipped(entry), entry->waits);
		to->room->ledger->entered += entry->is_new;
		picture_sent(picture, entry);
	}
	post(&keyframe);
	post(&snapshot);
	if (picture->is_behind)
		room_tend_by(to->room, now_ns + FANOUT_RETRY_MS * NS_PER_MS);
	put_away(to);
}

/* Notes what has settled; true when it concerns the picture. */
static bool mark_settled(const struct fanout *fanout, struct picture *picture)
{
	bool is_any = false;

	for (size_t i = 0; i < picture->count; i++) {
		struct picture_entry *entry = &picture->entries[i];

		if (!find_item(fanout, entry->owner, entry->index))
			continue;
		entry->rests = true;
		is_any = true;
	}
	return is_any;
}

/* The flush. */

/* More than what is dirty takes, in datagrams, at the most. */
static size_t bytes_of_dirty(const struct room *room)
{
	size_t bytes = 0;

	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *owner = room->members[i];

		for (size_t j = 0; j < owner->dirty_count; j++)
			bytes += RECORD_BYTES + owner->entities[owner->dirty[j]].payload_bytes;
	}
	return bytes + LETTER_BYTES * (bytes / LETTER_LEAST_BYTES + 1);
}

/* Gives a picture to those whose budget is short; true when some are left without. */
static bool divide_members(struct room *room, int64_t now_ns)
{
	size_t bytes = bytes_of_dirty(room);
	bool is_any_left = false;

	for (size_t i = 0; i < room->member_count; i++) {
		struct member *member = room->members[i];

		if (!member->is_pictured && budget_bytes(&member->budget, now_ns) < bytes)
			member->is_pictured = picture_fill(&member->picture, member, false) == 0;
		else if (member->is_pictured && !interest_is_partial(member))
			picture_fill(&member->picture, member, false);
		is_any_left |= !member->is_pictured;
	}
	return is_any_left;
}

void fanout_flush(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		  int64_t now_ns)
{
	if (room->dirty_count == 0)
		return;
	fanout->count = 0;
	if (room->config->every) {
		flush_every(fanout, outbox, room, now_ns);
	} else {
		if (divide_members(room, now_ns))
			flush_dirty(fanout, outbox, room, now_ns);
		book_superseded(room);
		look(fanout, outbox, room, now_ns);
		for (size_t i = 0; i < room->member_count; i++) {
			struct member *member = room->members[i];

			if (!member->is_pictured)
				continue;
			picture_book(&member->picture, room->ledger, room_owed(room, member));
			serve(fanout, outbox, member, true, now_ns);
		}
	}
	room_clear_dirty(room);
}

void fanout_tend(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		 int64_t now_ns)
{
	bool have_looked;

	room->tend_due_ns = INT64_MAX;
	fanout->count = 0;
	have_looked = look(fanout, outbox, room, now_ns);
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *member = room->members[i];

		if (member->is_pictured && (have_looked || member->picture.is_behind))
			serve(fanout, outbox, member, false, now_ns);
	}
}

/* Keyframes. */

/* All that a newcomer sees is in its picture, if it has one. */
static void write_picture(struct fanout *fanout, struct letter *letter)
{
	struct picture *picture = &letter->to->picture;

	for (size_t i = 0; i < picture->count; i++) {
		struct picture_entry *entry = &picture->entries[i];

		write_item(letter, need_item(fanout, entry->owner, entry->index, letter->time_us),
			   0, false);
		picture_sent(picture, entry);
		letter->room->ledger->entered++;
	}
}

static void write_room(struct fanout *fanout, struct letter *letter)
{
	const struct room *room = letter->room;

	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *owner = room->members[i];

		for (size_t index = 0; index < owner->entity_capacity; index++) {
			if (!owner->entities[index].exists || !room_hears(letter->to, owner))
				continue;
			encode_item(&fanout->spare, owner, (uint16_t)index, letter->time_us);
			write_item(letter, &fanout->spare, 0, false);
		}
	}
}

void fanout_picture(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		    struct member *to, int64_t now_ns)
{
	struct letter letter;

	fanout->count = 0;
	address(&letter, outbox, room, to, WIRE_KEYFRAME, now_ns);
	if (to->is_pictured) {
		struct parting parting = { .outbox = outbox, .to = to, .now_ns = now_ns };

		if (interest_gather(room) == 0)
			interest_look(to, fanout->found, part, &parting);
		write_picture(fanout, &letter);
	} else {
		write_room(fanout, &letter);
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
			add_item(fanout, owner, (uint16_t)index, room_clock_us(room, now_ns));
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
	if (fanout->count == 0)
		return;
	/* To everyone: who has the states for certain, by reliable snapshots, learns that they
	 * rest. */
	send_all(fanout, outbox, room, WIRE_KEYFRAME, now_ns);
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *member = room->members[i];

		if (member->is_pictured && mark_settled(fanout, &member->picture))
			serve(fanout, outbox, member, false, now_ns);
	}
}

/* Messages for all. */

void fanout_gone(const struct outbox *outbox, struct room *room, const struct wire_gone *gone)
{
	const struct member *owner = room_find_member(room, gone->member);
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	size_t size = wire_gone_encode(message, sizeof(message), gone, 1, NULL);

	for (size_t i = 0; i < room->member_count; i++) {
		struct member *to = room->members[i];
		const struct picture_entry *entry = picture_find(&to->picture, owner, gone->index);
		bool is_known = entry ? !entry->is_new : !to->is_pictured;

		picture_remove(&to->picture, owner, gone->index, room->ledger);
		if (is_known && room_hears(to, owner))
			outbox->send(outbox->context, to->peer, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE,
				     message, size);
	}
	/* Another one may be among the nearest now. */
	room_tend_by(room, room->look_ns + ROOM_LOOK_MS * NS_PER_MS);
}

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

#include "relay/room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	ID_ROTATION_LEAST = 127, /* ids up to here take one byte on the wire */
	FIRST_CAPACITY = 4,
};

struct room *room_create(const struct config *config, struct ledger *ledger, struct wire_bytes name,
			 int64_t now_ns)
{
	struct room *room = calloc(1, sizeof(*room));

	if (!room)
		return NULL;
	memcpy(room->name, name.data, name.size);
	room->config = config;
	room->ledger = ledger;
	room->created_ns = now_ns;
	room->next_id = 1;
	room->settle_due_ns = INT64_MAX;
	room->tend_due_ns = INT64_MAX;
	room->look_ns = INT64_MIN / 2;
	return room;
}

void room_destroy(struct room *room)
{
	if (!room)
		return;
	neighbours_fini(&room->neighbours);
	every_fini(&room->every);
	free(room->members);
	free(room);
}

bool room_is_named(const struct room *room, struct wire_bytes name)
{
	return strlen(room->name) == name.size && memcmp(room->name, name.data, name.size) == 0;
}

int64_t room_clock_us(const struct room *room, int64_t now_ns)
{
	return (now_ns - room->created_ns) / 1000;
}

/* Members. */

/* Where `id` stands, or would stand, in the order of ids. */
static size_t position_of(const struct room *room, uint32_t id)
{
	size_t low = 0, high = room->member_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (room->members[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct member *room_find_member(const struct room *room, uint32_t id)
{
	size_t at = position_of(room, id);

	return at < room->member_count && room->members[at]->id == id ? room->members[at] : NULL;
}

/*
 * Ids go round, so that one just freed comes back last, and a straggling datagram of a member who
 * left is not taken for its successor's. The round is twice the room's limit, so a free one always
 * exists.
 */
static uint32_t take_id(struct room *room)
{
	uint32_t round = 2 * room->config->members;
	uint32_t id = room->next_id;

	if (round < ID_ROTATION_LEAST)
		round = ID_ROTATION_LEAST;
	while (room_find_member(room, id))
		id = id % round + 1;
	room->next_id = id % round + 1;
	return id;
}

static bool make_place(struct room *room)
{
	size_t capacity = room->member_capacity ? 2 * room->member_capacity : FIRST_CAPACITY;
	struct member **members;

	if (room->member_count < room->member_capacity)
		return true;
	members = realloc(room->members, capacity * sizeof(members[0]));
	if (!members)
		return false;
	room->members = members;
	room->member_capacity = capacity;
	return true;
}

struct member *room_add_member(struct room *room, struct wire_bytes name,
			       const struct wire_settings *settings, void *peer)
{
	struct member *member;
	size_t at;

	if (!make_place(room))
		return NULL;
	member = calloc(1, sizeof(*member));
	if (!member)
		return NULL;
	member->id = take_id(room);
	member->room = room;
	member->peer = peer;
	member->settings = *settings;
	member->echo_asked = settings->echo;
	member->is_pictured = settings->interest != WIRE_ALL;
	memcpy(member->name, name.data, name.size);
	at = position_of(room, member->id);
	memmove(&room->members[at + 1], &room->members[at],
		(room->member_count - at) * sizeof(room->members[0]));
	room->members[at] = member;
	room->member_count++;
	return member;
}

void room_remove_member(struct room *room, struct member *member)
{
	size_t at = position_of(room, member->id);

	/* The points of its entities go with it. */
	neighbours_begin(&room->neighbours, 0);
	picture_clear(&member->picture, room->ledger);
	picture_fini(&member->picture);
	for (size_t i = 0; i < room->member_count; i++)
		picture_remove_owner(&room->members[i]->picture, member, room->ledger);
	if (member->entity_count > 0)
		room_tend_by(room, room->look_ns + ROOM_LOOK_MS * INT64_C(1000000));
	for (size_t i = 0; i < member->entity_capacity; i++)
		if (member->entities[i].exists && !member->entities[i].is_settled)
			room->unsettled_count--;
	room->entity_count -= member->entity_count;
	room->member_count--;
	memmove(&room->members[at], &room->members[at + 1],
		(room->member_count - at) * sizeof(room->members[0]));
	free(member->entities);
	free(member->dirty);
	free(member);
}

size_t room_receivers(const struct room *room, const struct member *owner)
{
	return room->member_count - (owner->settings.echo ? 0 : 1);
}

bool room_hears(const struct member *member, const struct member *owner)
{
	return member != owner || owner->settings.echo;
}

/* States. */

static bool reserve_entities(struct member *owner, size_t index, size_t limit)
{
	size_t capacity = owner->entity_capacity ? owner->entity_capacity : 1;
	struct entity *entities;
	uint16_t *dirty;

	if (index < owner->entity_capacity)
		return true;
	while (capacity <= index)
		capacity *= 2;
	if (capacity > limit)
		capacity = limit;
	dirty = realloc(owner->dirty, capacity * sizeof(dirty[0]));
	if (!dirty)
		return false;
	owner->dirty = dirty;
	entities = realloc(owner->entities, capacity * sizeof(entities[0]));
	if (!entities)
		return false;
	memset(&entities[owner->entity_capacity], 0,
	       (capacity - owner->entity_capacity) * sizeof(entities[0]));
	owner->entities = entities;
	owner->entity_capacity = capacity;
	return true;
}

static void mark_dirty(struct room *room, struct member *owner, struct entity *entity,
		       uint16_t index, int64_t now_ns)
{
	if (room->dirty_count == 0)
		room->dirty_since_ns = now_ns;
	room->dirty_count++;
	owner->dirty[owner->dirty_count++] = index;
	entity->is_dirty = true;
}

/* The entity's newest state is another one now. */
static void replace_state(struct room *room, struct entity *entity,
			  const struct states_record *record, int64_t origin_us, int64_t now_ns)
{
	if (entity->is_settled || !entity->exists)
		room->unsettled_count++;
	if (room->settle_due_ns == INT64_MAX && room->config->settle_s > 0)
		room->settle_due_ns = now_ns + (int64_t)(room->config->settle_s * 1e9);
	entity->is_settled = false;
	entity->is_known = true;
	entity->seq = record->seq;
	entity->origin_us = origin_us;
	entity->changed_ns = now_ns;
	memcpy(entity->position, record->position, sizeof(entity->position));
	entity->payload_bytes = (uint8_t)record->payload.size;
	if (record->payload.size > 0)
		memcpy(entity->payload, record->payload.data, record->payload.size);
}

/* When a state was so, on the room's clock: not in the future, and not before the room. */
static int64_t origin_of(const struct states_message *message, const struct states_record *record,
			 int64_t clock_us)
{
	int64_t time_us = message->time_us > 0 ? (int64_t)message->time_us : clock_us;
	int64_t origin_us = time_us - (int64_t)record->age_us;

	if (origin_us > clock_us)
		origin_us = clock_us;
	return origin_us > 0 ? origin_us : 0;
}

static void take_state(struct room *room, struct member *owner,
		       const struct states_message *message, const struct states_record *record,
		       int64_t now_ns)
{
	struct ledger *ledger = room->ledger;
	uint64_t receivers = room_receivers(room, owner);
	struct entity *entity;

	entity = record->index < owner->entity_capacity ? &owner->entities[record->index] : NULL;
	if (entity && entity->exists && record->seq == entity->seq) {
		ledger->repeats_in++;
		return;
	}
	ledger->due += receivers;
	if (!entity || (entity->is_known && !wire_seq_is_newer(record->seq, entity->seq))) {
		ledger_end(ledger, entity ? LEDGER_STALE : LEDGER_OVER_LIMIT, receivers);
		return;
	}
	ledger->pending += receivers;
	if (!entity->is_dirty)
		mark_dirty(room, owner, entity, record->index, now_ns);
	entity->taken++;
	entity->fresh++;
	owner->fresh++;
	room->fresh++;
	replace_state(room, entity, record, origin_of(message, record, room_clock_us(room, now_ns)),
		      now_ns);
	if (room->config->every && !every_push(&room->every, owner, record->index, entity)) {
		/* Not to be relayed; the flush says so of the others. */
		ledger->pending -= receivers;
		ledger_end(ledger, LEDGER_QUEUE_FULL, receivers);
	}
	if (!entity->exists) {
		entity->exists = true;
		owner->entity_count++;
		room->entity_count++;
	}
}

int room_take_states(struct room *room, struct member *owner, struct states_message *message,
		     int64_t now_ns)
{
	struct states_record record;
	int result = 0;

	while (states_next(message, &record)) {
		room->ledger->updates_in++;
		if (record.index < room->config->entities &&
		    record.payload.size <= room->config->payload_bytes) {
			if (!reserve_entities(owner, record.index, room->config->entities))
				result = -ENOMEM;
			take_state(room, owner, message, &record, now_ns);
		} else {
			uint64_t receivers = room_receivers(room, owner);

			room->ledger->due += receivers;
			ledger_end(room->ledger, LEDGER_OVER_LIMIT, receivers);
		}
	}
	return result;
}

bool room_take_gone(struct room *room, struct member *owner, const struct wire_gone *gone)
{
	struct entity *entity;

	if (gone->index >= room->config->entities ||
	    !reserve_entities(owner, gone->index, room->config->entities))
		return false;
	entity = &owner->entities[gone->index];
	if (entity->is_known && wire_seq_is_newer(entity->seq, gone->seq))
		return false;
	/* Its last state may still be on its way: what is known of it is that it is gone. */
	entity->is_known = true;
	entity->seq = gone->seq;
	if (!entity->exists)
		return false;
	if (!entity->is_settled)
		room->unsettled_count--;
	entity->exists = false;
	entity->is_settled = false;
	owner->entity_count--;
	room->entity_count--;
	return true;
}

void room_settle(struct room *room, struct entity *entity)
{
	if (entity->exists && !entity->is_settled)
		room->unsettled_count--;
	entity->is_settled = true;
}

static void want_service(struct room *room, struct member *member)
{
	if (!member->is_pictured)
		return;
	member->picture.is_behind = true;
	room_tend_by(room, room->look_ns + ROOM_LOOK_MS * INT64_C(1000000));
}

/*
 * Nothing is dirty, so that nobody's account depends on it. Own entities come as new, but with
 * `every`, where nobody has a picture.
 */
static void set_echo(struct room *room, struct member *member)
{
	bool is_new = member->echo_asked && !member->settings.echo && !room->config->every;

	if (is_new && !member->is_pictured)
		member->is_pictured = picture_fill(&member->picture, member, false) == 0;
	member->settings.echo = member->echo_asked;
	if (!member->settings.echo)
		picture_remove_owner(&member->picture, member, room->ledger);
	else if (is_new && member->settings.interest == WIRE_ALL)
		picture_fill(&member->picture, member, true);
	want_service(room, member);
}

void room_set(struct room *room, struct member *member, const struct wire_settings *settings)
{
	bool has_echo = member->settings.echo;

	/* One that heard of everything was told of everything. */
	if (!member->is_pictured && settings->interest != WIRE_ALL &&
	    picture_fill(&member->picture, member, false) != 0)
		return;
	member->is_pictured = member->is_pictured || settings->interest != WIRE_ALL;
	/* Of what it was not, it must be: as new, for it may have been told that they are gone. */
	if (member->settings.interest != WIRE_ALL && settings->interest == WIRE_ALL)
		picture_fill(&member->picture, member, true);
	member->settings = *settings;
	member->settings.echo = has_echo;
	member->echo_asked = settings->echo;
	want_service(room, member);
	if (room->dirty_count == 0 && member->echo_asked != has_echo)
		set_echo(room, member);
}

void room_tend_by(struct room *room, int64_t time_ns)
{
	if (time_ns < room->tend_due_ns)
		room->tend_due_ns = time_ns;
}

uint64_t room_owed(const struct room *room, const struct member *member)
{
	return room->fresh - (room_hears(member, member) ? 0 : member->fresh);
}

void room_clear_dirty(struct room *room)
{
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[i];

		for (size_t j = 0; j < owner->dirty_count; j++) {
			owner->entities[owner->dirty[j]].is_dirty = false;
			owner->entities[owner->dirty[j]].fresh = 0;
		}
		owner->dirty_count = 0;
		owner->fresh = 0;
	}
	room->dirty_count = 0;
	room->fresh = 0;
	room->every.count = 0;
	for (size_t i = 0; i < room->member_count; i++)
		if (room->members[i]->echo_asked != room->members[i]->settings.echo)
			set_echo(room, room->members[i]);
}

void room_record(const struct member *owner, uint16_t index, int64_t time_us,
		 struct states_record *record)
{
	const struct entity *entity = &owner->entities[index];
	int64_t age_us = time_us - entity->origin_us;

	*record = (struct states_record){
		.member = owner->id,
		.index = index,
		.seq = entity->seq,
		.skipped = entity->fresh > UINT16_MAX ? UINT16_MAX
			   : entity->fresh > 0        ? (uint16_t)(entity->fresh - 1)
						      : 0,
		.age_us = age_us > 0 ? (uint64_t)age_us : 0,
		.payload = { .data = entity->payload, .size = entity->payload_bytes },
	};
	memcpy(record->position, entity->position, sizeof(record->position));
}

/* The states that a room's members have, and which of these wait for the flush. */
#include "relay/room/room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
		       uint16_t index, int64_t arrived_ns)
{
	if (room->dirty_count == 0)
		room->dirty_since_ns = arrived_ns;
	room->dirty_count++;
	owner->dirty[owner->dirty_count++] = index;
	entity->is_dirty = true;
}

static void replace_state(struct room *room, struct entity *entity,
			  const struct states_record *record, int64_t origin_us, int64_t now_ns)
{
	if (entity->is_keyframed || !entity->exists)
		room->unkeyframed_count++;
	if (room->keyframe_due_ns == INT64_MAX && room->config->settle_s > 0)
		room->keyframe_due_ns = now_ns + (int64_t)(room->config->settle_s * 1e9);
	entity->is_keyframed = false;
	entity->is_known = true;
	entity->seq = record->seq;
	entity->origin_us = origin_us;
	entity->changed_ns = now_ns;
	memcpy(entity->position, record->position, sizeof(entity->position));
	entity->payload_bytes = (uint8_t)record->payload.size;
	if (record->payload.size > 0)
		memcpy(entity->payload, record->payload.data, record->payload.size);
}

/* When a state was true, on the room's clock: neither in the future nor before the room. */
static int64_t origin_of(const struct states_message *message, const struct states_record *record,
			 int64_t clock_us)
{
	int64_t time_us = message->time_us > 0 ? (int64_t)message->time_us : clock_us;
	int64_t origin_us = time_us - (int64_t)record->age_us;

	if (origin_us > clock_us)
		origin_us = clock_us;
	return origin_us > 0 ? origin_us : 0;
}

/* With `every`: queues the newest state. False: the queue is full. */
static bool queue_update(struct room *room, const struct member *owner, uint16_t index,
			 struct entity *entity)
{
	struct no_coalesce_update update = {
		.owner = owner,
		.index = index,
		.seq = entity->seq,
		.skipped = entity->unrelayed,
		.origin_us = entity->origin_us,
		.payload_bytes = entity->payload_bytes,
	};
	bool is_queued;

	memcpy(update.position, entity->position, sizeof(update.position));
	memcpy(update.payload, entity->payload, entity->payload_bytes);
	is_queued = no_coalesce_push(&room->no_coalesce, &update);
	if (is_queued)
		entity->unrelayed = 0;
	else if (entity->unrelayed < UINT16_MAX)
		entity->unrelayed++;
	return is_queued;
}

/* The entity goes on: nobody was told yet that it is gone. */
static void cancel_end(struct member *owner, struct entity *entity)
{
	owner->going_count -= entity->is_going;
	entity->is_going = false;
}

static void receive_state(struct room *room, struct member *owner,
			  const struct states_message *message, const struct states_record *record,
			  int64_t arrived_ns, int64_t now_ns)
{
	struct accounting *accounting = room->accounting;
	uint64_t receivers = room_receivers(room, owner);
	struct entity *entity;

	entity = record->index < owner->entity_capacity ? &owner->entities[record->index] : NULL;
	if (entity && entity->exists && record->seq == entity->seq) {
		accounting->repeats_in++;
		return;
	}
	accounting_due(accounting, receivers);
	if (!entity || (entity->is_known && !wire_seq_is_newer(record->seq, entity->seq))) {
		uplink_count(&owner->uplink, 0);
		accounting_end(accounting, entity ? ACCOUNTING_STALE : ACCOUNTING_OVER_LIMIT,
			       receivers);
		return;
	}
	cancel_end(owner, entity);
	uplink_count(&owner->uplink, entity->is_known ? (uint16_t)(record->seq - entity->seq) : 1);
	if (!entity->is_dirty)
		mark_dirty(room, owner, entity, record->index, arrived_ns);
	entity->accepted++;
	entity->fresh++;
	owner->fresh++;
	room->fresh++;
	replace_state(room, entity, record,
		      origin_of(message, record, room_clock_us(room, arrived_ns)), now_ns);
	uplink_renew(&owner->uplink, &accounting->ages, entity->origin_us,
		     room_clock_us(room, now_ns));
	if (room->config->every && !queue_update(room, owner, record->index, entity)) {
		accounting_end(accounting, ACCOUNTING_QUEUE_FULL, receivers);
	}
	if (!entity->exists) {
		entity->exists = true;
		owner->entity_count++;
		room->entity_count++;
	}
}

int room_receive_states(struct room *room, struct member *owner, struct states_message *message,
			int64_t arrived_ns, int64_t now_ns)
{
	struct states_record record;
	int result = 0;

	while (states_next(message, &record)) {
		room->accounting->updates_in++;
		if (record.index < room->config->entities &&
		    record.payload.size <= room->config->payload_bytes) {
			if (!reserve_entities(owner, record.index, room->config->entities))
				result = -ENOMEM;
			receive_state(room, owner, message, &record, arrived_ns, now_ns);
		} else {
			uint64_t receivers = room_receivers(room, owner);

			accounting_due(room->accounting, receivers);
			accounting_end(room->accounting, ACCOUNTING_OVER_LIMIT, receivers);
		}
	}
	return result;
}

void room_settle_ages(struct member *member, int64_t now_ns)
{
	const struct room *room = member->room;

	uplink_settle(&member->uplink, &room->accounting->ages, room_clock_us(room, now_ns));
}

/* Takes a state of an entity that ends out of the next flush. */
static void drop_dirty(struct room *room, struct member *owner, uint16_t index)
{
	struct entity *entity = &owner->entities[index];
	size_t at = 0;

	if (!entity->is_dirty)
		return;
	accounting_end(room->accounting, ACCOUNTING_SUPERSEDED,
		       room_receivers(room, owner) * entity->fresh);
	room->fresh -= entity->fresh;
	owner->fresh -= entity->fresh;
	entity->fresh = 0;
	entity->is_dirty = false;
	while (owner->dirty[at] != index)
		at++;
	owner->dirty[at] = owner->dirty[--owner->dirty_count];
	if (--room->dirty_count == 0)
		room_clear_dirty(room);
}

/* The end waits until a budget allows the others to be told. The state is not repeated any more. */
static void hold_end(struct room *room, struct member *owner, struct entity *entity,
		     enum budget_finding finding)
{
	room->accounting->gones_held[finding]++;
	owner->going_count += !entity->is_going;
	entity->is_going = true;
	room_mark_keyframed(room, entity);
}

static void end_entity(struct room *room, struct member *owner, struct entity *entity)
{
	cancel_end(owner, entity);
	if (!entity->is_keyframed)
		room->unkeyframed_count--;
	entity->exists = false;
	entity->is_keyframed = false;
	owner->entity_count--;
	room->entity_count--;
}

bool room_receive_gone(struct room *room, struct member *owner, const struct wire_gone *gone,
		       int64_t now_ns)
{
	enum budget_finding finding;
	struct entity *entity;

	if (gone->index >= room->config->entities ||
	    !reserve_entities(owner, gone->index, room->config->entities))
		return false;
	entity = &owner->entities[gone->index];
	if (entity->is_known && wire_seq_is_newer(entity->seq, gone->seq))
		return false;
	drop_dirty(room, owner, gone->index);
	/* Its last state may still be on its way. */
	entity->is_known = true;
	entity->seq = gone->seq;
	if (!entity->exists)
		return false;
	finding = room_check_budget(owner, now_ns);
	if (finding != BUDGET_LEFT) {
		hold_end(room, owner, entity, finding);
		return false;
	}
	end_entity(room, owner, entity);
	return true;
}

bool room_next_gone(struct room *room, struct member *owner, struct wire_gone *gone, int64_t now_ns)
{
	uint16_t index = 0;

	if (owner->going_count == 0 || room_check_budget(owner, now_ns) != BUDGET_LEFT)
		return false;
	while (!owner->entities[index].is_going)
		index++;
	*gone = (struct wire_gone){ .member = owner->id,
				    .index = index,
				    .seq = owner->entities[index].seq };
	end_entity(room, owner, &owner->entities[index]);
	return true;
}

void room_mark_keyframed(struct room *room, struct entity *entity)
{
	if (entity->exists && !entity->is_keyframed)
		room->unkeyframed_count--;
	entity->is_keyframed = true;
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

#include "relay/room/every.h"

#include <stdlib.h>
#include <string.h>

#include "relay/room/room.h"

enum {
	FIRST_CAPACITY = 64,
};

void every_fini(struct every *every)
{
	free(every->updates);
	*every = (struct every){ 0 };
}

static bool make_place(struct every *every)
{
	size_t capacity = every->capacity ? 2 * every->capacity : FIRST_CAPACITY;
	struct every_update *updates;

	if (every->count < every->capacity)
		return true;
	if (every->count >= EVERY_MAX)
		return false;
	updates = realloc(every->updates, capacity * sizeof(updates[0]));
	if (!updates)
		return false;
	every->updates = updates;
	every->capacity = capacity;
	return true;
}

bool every_push(struct every *every, const struct member *owner, uint16_t index,
		struct entity *entity)
{
	struct every_update *update;

	if (!make_place(every)) {
		if (entity->unrelayed < UINT16_MAX)
			entity->unrelayed++;
		return false;
	}
	update = &every->updates[every->count++];
	*update = (struct every_update){
		.owner = owner,
		.index = index,
		.seq = entity->seq,
		.skipped = entity->unrelayed,
		.origin_us = entity->origin_us,
		.payload_bytes = entity->payload_bytes,
	};
	memcpy(update->position, entity->position, sizeof(update->position));
	memcpy(update->payload, entity->payload, entity->payload_bytes);
	entity->unrelayed = 0;
	return true;
}

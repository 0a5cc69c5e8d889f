#include "client/lib/roster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void roster_clear(struct roster *roster)
{
	for (size_t i = 0; i < roster->count; i++)
		free(roster->members[i].entities);
	free(roster->members);
	*roster = (struct roster){ 0 };
}

/* The index of the first member with this id or a larger one. */
static size_t member_place(const struct roster *roster, uint32_t id)
{
	size_t low = 0, high = roster->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (roster->members[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t entity_place(const struct roster_member *member, unsigned index)
{
	size_t low = 0, high = member->count;

	/* Indices mostly count up from 0 without a hole. */
	if (index < member->count && member->entities[index].index == index)
		return index;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (member->entities[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Makes room for one more element of `size` bytes. False when there is no memory. */
static bool grow(void **elements, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = *capacity > 0 ? *capacity * 2 : 4;
	void *grown;

	if (count < *capacity)
		return true;
	grown = realloc(*elements, wanted * size);
	if (!grown)
		return false;
	*elements = grown;
	*capacity = wanted;
	return true;
}

struct roster_member *roster_member(const struct roster *roster, uint32_t id)
{
	size_t place = member_place(roster, id);

	return place < roster->count && roster->members[place].id == id ? &roster->members[place]
									: NULL;
}

bool roster_rename(struct roster *roster, uint32_t id, struct wire_bytes name)
{
	struct roster_member *member = roster_member(roster, id);

	if (!member)
		return false;
	if (name.size > WIRE_NAME_MAX_BYTES)
		name.size = WIRE_NAME_MAX_BYTES;
	memset(member->name, 0, sizeof(member->name));
	memcpy(member->name, name.data, name.size);
	return true;
}

int roster_add(struct roster *roster, uint32_t id, struct wire_bytes name, size_t limit)
{
	size_t place = member_place(roster, id);
	void *members = roster->members;
	struct roster_member *member;

	if (roster_member(roster, id))
		return -EEXIST;
	if (roster->count >= limit || roster->count >= ROSTER_MEMBERS_MAX)
		return -ENOSPC;
	if (!grow(&members, &roster->capacity, roster->count, sizeof(*member)))
		return -ENOMEM;
	roster->members = members;
	member = &roster->members[place];
	memmove(member + 1, member, (roster->count - place) * sizeof(*member));
	*member = (struct roster_member){ .id = id };
	roster->count++;
	roster_rename(roster, id, name);
	return 0;
}

bool roster_remove(struct roster *roster, uint32_t id)
{
	struct roster_member *member = roster_member(roster, id);
	size_t behind;

	if (!member)
		return false;
	behind = roster->count - (size_t)(member - roster->members) - 1;
	roster->entity_count -= member->count;
	free(member->entities);
	memmove(member, member + 1, behind * sizeof(*member));
	roster->count--;
	return true;
}

struct roster_entity *roster_entity(const struct roster_member *member, unsigned index)
{
	size_t place = entity_place(member, index);

	return place < member->count && member->entities[place].index == index
		       ? &member->entities[place]
		       : NULL;
}

struct roster_entity *roster_find_or_add(struct roster *roster, struct roster_member *member,
					 unsigned index)
{
	struct roster_entity *entity = roster_entity(member, index);
	void *entities = member->entities;
	size_t place;

	if (entity)
		return entity;
	if (roster->entity_count >= ROSTER_ENTITIES_MAX ||
	    !grow(&entities, &member->capacity, member->count, sizeof(*entity)))
		return NULL;
	member->entities = entities;
	place = entity_place(member, index);
	entity = &member->entities[place];
	memmove(entity + 1, entity, (member->count - place) * sizeof(*entity));
	*entity = (struct roster_entity){ .index = (uint16_t)index };
	member->count++;
	roster->entity_count++;
	return entity;
}

bool roster_is_shown(const struct roster_entity *entity)
{
	return !entity->is_gone && entity->track.count > 0;
}

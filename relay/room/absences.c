#include "relay/room/absences.h"

#include <stdlib.h>
#include <string.h>

#include "relay/room/room.h"

enum {
	FIRST_CAPACITY = 16,
};

void absences_fini(struct absences *absences)
{
	free(absences->list);
	*absences = (struct absences){ 0 };
}

bool absences_reserve(struct absences *absences)
{
	const size_t capacity = absences->capacity ? 2 * absences->capacity : FIRST_CAPACITY;
	struct absence *list;

	if (absences->count < absences->capacity)
		return true;
	list = realloc(absences->list, capacity * sizeof(list[0]));
	if (!list)
		return false;
	absences->list = list;
	absences->capacity = capacity;
	return true;
}

void absences_add(struct absences *absences, const struct absence *absence)
{
	absences->list[absences->count++] = *absence;
}

void absences_remove(struct absences *absences, const struct member *member)
{
	size_t at = 0;

	while (at < absences->count && absences->list[at].member != member)
		at++;
	if (at == absences->count)
		return;
	absences->count--;
	memmove(&absences->list[at], &absences->list[at + 1],
		(absences->count - at) * sizeof(absences->list[0]));
}

const struct absence *absences_first(const struct absences *absences)
{
	return absences->count > 0 ? &absences->list[0] : NULL;
}

/* The grace may have changed since some were added. */
const struct absence *absences_over(const struct absences *absences, int64_t now_ns)
{
	for (size_t i = 0; i < absences->count; i++)
		if (absences->list[i].until_ns <= now_ns)
			return &absences->list[i];
	return NULL;
}

const struct absence *absences_of_room(const struct absences *absences, const struct room *room)
{
	for (size_t i = 0; i < absences->count; i++)
		if (absences->list[i].member->room == room)
			return &absences->list[i];
	return NULL;
}

const struct absence *absences_of_network(const struct absences *absences, uint64_t network,
					  size_t limit)
{
	const struct absence *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < absences->count; i++) {
		if (absences->list[i].network != network)
			continue;
		if (!first)
			first = &absences->list[i];
		count++;
	}
	return count > 0 && count >= limit ? first : NULL;
}

const struct absence *absences_of_empty_room(const struct absences *absences)
{
	for (size_t i = 0; i < absences->count; i++) {
		const struct room *room = absences->list[i].member->room;

		if (room->joining.in[JOIN_ABSENT] == room->member_count)
			return &absences->list[i];
	}
	return NULL;
}

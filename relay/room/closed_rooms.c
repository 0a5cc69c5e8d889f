#include "relay/room/closed_rooms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void closed_rooms_fini(struct closed_rooms *rooms)
{
	free(rooms->list);
	*rooms = (struct closed_rooms){ 0 };
}

static struct closed_room *find(const struct closed_rooms *rooms, struct wire_bytes name)
{
	for (size_t i = 0; i < rooms->count; i++)
		if (strlen(rooms->list[i].name) == name.size &&
		    memcmp(rooms->list[i].name, name.data, name.size) == 0)
			return &rooms->list[i];
	return NULL;
}

const struct closed_room *closed_rooms_find(const struct closed_rooms *rooms,
					    struct wire_bytes name)
{
	return find(rooms, name);
}

int closed_rooms_add(struct closed_rooms *rooms, struct wire_bytes name, const char *why)
{
	struct closed_room *room = find(rooms, name);

	if (!room && rooms->count == CLOSED_ROOMS_MAX)
		return -ENOSPC;
	if (!rooms->list)
		rooms->list = calloc(CLOSED_ROOMS_MAX, sizeof(rooms->list[0]));
	if (!rooms->list)
		return -ENOMEM;
	if (!room) {
		room = &rooms->list[rooms->count++];
		*room = (struct closed_room){ .name = "" };
		memcpy(room->name, name.data, name.size);
	}
	snprintf(room->why, sizeof(room->why), "%s", why);
	return 0;
}

bool closed_rooms_remove(struct closed_rooms *rooms, struct wire_bytes name)
{
	struct closed_room *room = find(rooms, name);

	if (!room)
		return false;
	rooms->count--;
	memmove(room, room + 1, (size_t)(rooms->list + rooms->count - room) * sizeof(*room));
	return true;
}

void closed_room_text(const struct closed_room *room, char text[static WIRE_TEXT_MAX_BYTES + 1])
{
	snprintf(text, WIRE_TEXT_MAX_BYTES + 1,
		 "an operator has closed the room%s%s; join another, or come back when it is open",
		 *room->why ? ": " : "", room->why);
}

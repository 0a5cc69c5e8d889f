#include "relay/room/rooms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "relay/log/log.h"

int rooms_init(struct rooms *rooms, size_t capacity)
{
	*rooms = (struct rooms){ .list = calloc(capacity, sizeof(rooms->list[0])) };
	return rooms->list ? 0 : -ENOMEM;
}

void rooms_fini(struct rooms *rooms)
{
	free(rooms->list);
	*rooms = (struct rooms){ 0 };
}

/* Below 0: the room's name comes before this one; 0: that is its name. */
static int compare(const struct room *room, struct wire_bytes name)
{
	const size_t size = strlen(room->name);
	const int order = memcmp(room->name, name.data, size < name.size ? size : name.size);

	if (order != 0 || size == name.size)
		return order;
	return size < name.size ? -1 : 1;
}

/* Where the room of this name stands, or would stand. */
static size_t position(const struct rooms *rooms, struct wire_bytes name)
{
	size_t low = 0, high = rooms->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare(rooms->list[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct room *rooms_find(const struct rooms *rooms, struct wire_bytes name)
{
	const size_t at = position(rooms, name);

	return at < rooms->count && compare(rooms->list[at], name) == 0 ? rooms->list[at] : NULL;
}

struct room *rooms_add(struct rooms *rooms, const struct config *config,
		       struct accounting *accounting, struct wire_bytes name, int64_t now_ns)
{
	struct room *room = room_create(config, accounting, name, now_ns);
	const size_t at = position(rooms, name);

	if (!room)
		return NULL;
	memmove(&rooms->list[at + 1], &rooms->list[at],
		(rooms->count - at) * sizeof(rooms->list[0]));
	rooms->list[at] = room;
	rooms->count++;
	accounting->rooms++;
	log_client(LOG_ROOM_OPENS, "room \"%s\" opens", room->name);
	return room;
}

void rooms_remove(struct rooms *rooms, struct room *room)
{
	const size_t at = position(rooms, (struct wire_bytes){ .data = (const uint8_t *)room->name,
							       .size = strlen(room->name) });

	rooms->count--;
	memmove(&rooms->list[at], &rooms->list[at + 1],
		(rooms->count - at) * sizeof(rooms->list[0]));
	log_client(LOG_ROOM_CLOSES, "room \"%s\" closes", room->name);
	room_destroy(room);
}

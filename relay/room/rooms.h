/*
 * rooms: the registry of a server's rooms. A room is made by the first who asks for it, and gone
 * after the last member.
 */
#ifndef STARLING_RELAY_ROOM_ROOMS_H
#define STARLING_RELAY_ROOM_ROOMS_H

#include "relay/room/room.h"

/* {0} holds none and has a place for none. */
struct rooms {
	struct room **list; /* in order of name */
	size_t count;
};

/* Makes places for `capacity` rooms. -ENOMEM. */
int rooms_init(struct rooms *rooms, size_t capacity);

/* Every room must have been removed. */
void rooms_fini(struct rooms *rooms);

/* NULL when there is none. */
struct room *rooms_find(const struct rooms *rooms, struct wire_bytes name);

/*
 * Makes a room; the caller found that there is none of this name, and a place for one. NULL when
 * there is no memory.
 */
struct room *rooms_add(struct rooms *rooms, const struct config *config,
		       struct accounting *accounting, struct wire_bytes name, int64_t now_ns);

/* Destroys a room in which nobody is. */
void rooms_remove(struct rooms *rooms, struct room *room);

#endif

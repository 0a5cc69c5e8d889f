/*
 * closed_rooms: the names of the rooms that an operator has closed, for as long as the relay runs.
 */
#ifndef STARLING_RELAY_ROOM_CLOSED_ROOMS_H
#define STARLING_RELAY_ROOM_CLOSED_ROOMS_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/wire/wire.h"

enum {
	CLOSED_ROOMS_MAX = 256,
	CLOSED_ROOMS_WHY_MAX_BYTES = 100,
};

struct closed_room {
	char name[WIRE_NAME_MAX_BYTES + 1];
	char why[CLOSED_ROOMS_WHY_MAX_BYTES + 1]; /* printable text; "": nobody said */
};

/* {0} holds none. */
struct closed_rooms {
	struct closed_room *list; /* in the order in which they were closed */
	size_t count;
};

void closed_rooms_fini(struct closed_rooms *rooms);

/* Closes a room, or gives a closed one another reason. 0; -ENOSPC: CLOSED_ROOMS_MAX are; -ENOMEM.
 */
int closed_rooms_add(struct closed_rooms *rooms, struct wire_bytes name, const char *why);

/* False: it is not closed. */
bool closed_rooms_remove(struct closed_rooms *rooms, struct wire_bytes name);

/* NULL: it is not closed. */
const struct closed_room *closed_rooms_find(const struct closed_rooms *rooms,
					    struct wire_bytes name);

/* The sentence for its members, and for those who want to join it. */
void closed_room_text(const struct closed_room *room, char text[static WIRE_TEXT_MAX_BYTES + 1]);

#endif

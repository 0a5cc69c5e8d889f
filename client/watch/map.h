/*
 * map: a room drawn on the screen: a header line, the entities as letters at their positions, a
 * footer line.
 */
#ifndef STARLING_CLIENT_WATCH_MAP_H
#define STARLING_CLIENT_WATCH_MAP_H

#include "client/watch/viewport.h"
#include "client/watch/room_monitor.h"
#include "client/lib/starling.h"

#define MAP_DELAY_S 0.1 /* entities are drawn where they were this long ago */

struct map {
	struct viewport viewport; /* the part shown; grows with the entities seen */
};

/* Draws everything. `header` and `footer` are printable, and cut to the width. */
void map_draw(struct map *map, const struct room_monitor *monitor, const struct starling *session,
	      const char *header, const char *footer);

#endif

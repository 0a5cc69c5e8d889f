/*
 * map: a room drawn on the terminal that screen_open took over: a line of figures, the entities as
 * letters where they are, a line of words.
 */
#ifndef STARLING_CLIENT_WATCH_MAP_H
#define STARLING_CLIENT_WATCH_MAP_H

#include "client/watch/viewport.h"
#include "client/watch/room_monitor.h"
#include "client/lib/starling.h"

#define MAP_DELAY_S 0.1 /* things are drawn as they were this long ago, between two states */

struct map {
	struct viewport viewport; /* what is shown; grows with what is seen */
};

/*
 * Draws everything anew; only what differs is sent to the terminal. `header` and `footer` are
 * printable, and cut to the width.
 */
void map_draw(struct map *map, const struct room_monitor *monitor, const struct starling *session,
	      const char *header, const char *footer);

#endif

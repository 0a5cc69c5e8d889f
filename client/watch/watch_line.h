/*
 * watch_line: what `watch` prints: a line a second, plain or JSON, and the summary at the end.
 */
#ifndef STARLING_CLIENT_WATCH_WATCH_LINE_H
#define STARLING_CLIENT_WATCH_WATCH_LINE_H

#include <stdbool.h>

#include "client/watch/room_monitor.h"

enum {
	WATCH_LINE_BYTES = 256,
};

/* The second that ends now, in words, without a line end. `t_s` is since the room was whole. */
void watch_line_text(char line[WATCH_LINE_BYTES], const struct room_monitor *monitor, double t_s);

/* The same for the map's first line, the most wanted first. */
void watch_line_header(char line[WATCH_LINE_BYTES], const struct room_monitor *monitor,
		       const char *room);

/*
 * The same as one JSON object and a line end on stdout; with all positions if wanted. 0, or
 * -ENOMEM.
 */
int watch_line_json(const struct room_monitor *monitor, const char *room, double t_s,
		    bool with_entities);

/* The summary: a heading and one table row, or one JSON object. 0, or -ENOMEM. */
int watch_line_summary(const struct room_monitor *monitor, double t_s, bool as_json);

#endif

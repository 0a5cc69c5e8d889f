/* watch_line: the output of `watch`: a line a second, plain or JSON, and the summary at the end. */
#ifndef STARLING_CLIENT_WATCH_WATCH_LINE_H
#define STARLING_CLIENT_WATCH_WATCH_LINE_H

#include <stdbool.h>
#include <stdio.h>

#include "client/watch/room_monitor.h"

enum {
	WATCH_LINE_BYTES = 256,
};

/* Formats the second that ends now, without a line end. `t_s` counts from the complete room. */
void watch_line_text(char line[WATCH_LINE_BYTES], const struct room_monitor *monitor, double t_s);

/* Formats that second for the map's header, the most wanted first. */
void watch_line_header(char line[WATCH_LINE_BYTES], const struct room_monitor *monitor,
		       const char *room);

/* Prints that second as one JSON object and a line end; with all positions if wanted. 0, or
 * -ENOMEM. */
int watch_line_json(FILE *out, const struct room_monitor *monitor, const char *room, double t_s,
		    bool with_entities);

/* Prints the summary: a heading and one table row, or one JSON object. 0, or -ENOMEM. */
int watch_line_summary(const struct room_monitor *monitor, double t_s, bool as_json);

#endif

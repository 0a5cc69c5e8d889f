/*
 * view_model: the game's picture of one moment, as plain data. play fills it, play_screen draws it;
 * neither knows more of the other.
 */
#ifndef STARLING_CLIENT_PLAY_VIEW_MODEL_H
#define STARLING_CLIENT_PLAY_VIEW_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/payload_format.h"

enum {
	VIEW_MODEL_DOTS_MAX = 1024,
	VIEW_MODEL_MARKS_MAX = 1024,
	VIEW_MODEL_ROWS_MAX = 32, /* of the table of players */
	VIEW_MODEL_LINES_MAX = 8, /* of the newest events */
	VIEW_MODEL_LINE_BYTES = 256,
};

/* One entity on the field. */
struct view_model_dot {
	double x, y; /* metres */
	enum payload_kind kind;
	uint32_t member;
	const char *name; /* NULL: none to show */
	bool is_self, is_it;
	bool is_stale; /* no state came for a while */
};

/* Marks on the field that are no entity. */
enum view_model_mark_kind {
	VIEW_MODEL_TRAIL, /* an entity was there a moment ago */
	VIEW_MODEL_GHOST, /* the position by now, extrapolated; of oneself: the one that the relay
			     knows */
	VIEW_MODEL_SEED,
};

struct view_model_mark {
	double x, y;
	enum view_model_mark_kind kind;
	uint32_t member; /* whose; 0: nobody's */
};

/* One line of the table. Numbers that are not known are negative. */
struct view_model_row {
	const char *name;
	const char *mode; /* "" when not known */
	long points;
	double age_ms, loss_percent;
	uint32_t member;
	bool is_self, is_it;
};

struct view_model {
	const char *room;
	const char *banner; /* NULL: none */
	const char *state;  /* one sentence about oneself: IT, immune, running */
	bool is_self_it;

	struct view_model_dot dots[VIEW_MODEL_DOTS_MAX];
	size_t dot_count;
	struct view_model_mark marks[VIEW_MODEL_MARKS_MAX];
	size_t mark_count;
	struct view_model_row rows[VIEW_MODEL_ROWS_MAX];
	size_t row_count;

	size_t bot_count, replayed_count;
	double bot_age_ms; /* the mean of both; negative: none */

	double rtt_ms, clock_error_ms; /* negative: not known */
	const char *mode_up, *mode_down;
	double in_hz, out_hz; /* datagrams a second */

	char lines[VIEW_MODEL_LINES_MAX][VIEW_MODEL_LINE_BYTES]; /* the newest last */
	size_t line_count;
	const char *chat_line; /* the chat line being typed; NULL: none */
};

/* Adds a line of the newest events; the oldest is dropped. */
__attribute__((format(printf, 2, 3))) void view_model_add_line(struct view_model *model,
							       const char *format, ...);

#endif

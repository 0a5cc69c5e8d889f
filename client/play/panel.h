/* panel: the table beside the field, and the lines below it. */
#ifndef STARLING_CLIENT_PLAY_PANEL_H
#define STARLING_CLIENT_PLAY_PANEL_H

#include "client/play/view_model.h"

enum {
	PANEL_COLUMNS = 37, /* with one empty column to its left */
	PANEL_LINES = 5,    /* the newest lines, and the line for chat or keys */
};

/* Draws the table and the numbers from `column` on, in the first `rows` rows. */
void panel_draw(const struct view_model *model, int column, int rows);

/* Draws the lines below, from `row` on, over `columns`. */
void panel_draw_lines(const struct view_model *model, int row, int columns);

#endif

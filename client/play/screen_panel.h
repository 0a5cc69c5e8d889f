/* screen_panel: what stands beside and below the field. */
#ifndef STARLING_CLIENT_PLAY_SCREEN_PANEL_H
#define STARLING_CLIENT_PLAY_SCREEN_PANEL_H

#include "client/play/view_model.h"

enum {
	SCREEN_PANEL_COLUMNS = 37, /* with one empty column to its left */
	SCREEN_LINES = 5,          /* what happened lately, and the line for chat or keys */
};

/* Draws the table and the numbers from `column` on, in the first `rows` rows. */
void screen_panel(const struct view_model *model, int column, int rows);

/* Draws the lines below, from `row` on, over `columns`. */
void screen_lines(const struct view_model *model, int row, int columns);

#endif

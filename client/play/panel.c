#include "client/play/panel.h"

#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "client/terminal/screen_text.h"

enum {
	WIDTH = PANEL_COLUMNS - 1,
	TABLE_ROW = 3,
	FOOT_ROWS = 6, /* bots, own numbers */
	NAME_WIDTH = 10,
	CELL_BYTES = 16,
	AGE_CELLS = 5,
	AGE_CELL_MS = 50, /* entities are drawn 100 ms late anyway */
};

/* A number for a narrow column, or "-" when it is not known. */
static const char *number(char text[static CELL_BYTES], double value, const char *unit)
{
	if (value < 0)
		snprintf(text, CELL_BYTES, "-");
	else if (value > 9999)
		snprintf(text, CELL_BYTES, ">9999");
	else
		snprintf(text, CELL_BYTES, "%.0f%s", value, unit);
	return text;
}

/* A bar for an age, the longer the older: quicker to see than a number. */
static void draw_age(double age_ms, int at, int column)
{
	static const char full[] = "#####";
	const int cells = age_ms < 0 ? 0 : (int)fmin(AGE_CELLS, 1 + age_ms / AGE_CELL_MS);
	const attr_t attributes = screen_attribute(cells < 3   ? SCREEN_GREEN
						   : cells < 5 ? SCREEN_YELLOW
							       : SCREEN_RED);

	attron(attributes);
	screen_put(at, column, cells, full);
	attroff(attributes);
}

static void draw_row(const struct view_model_row *row, int at, int column)
{
	char age[CELL_BYTES], loss[CELL_BYTES];
	attr_t attributes = screen_attribute(screen_colour_of(row->member));

	if (row->is_it)
		attributes = A_REVERSE | screen_attribute(SCREEN_RED);
	if (row->is_self || row->is_it)
		attributes |= A_BOLD;
	attron(attributes);
	screen_put(at, column, NAME_WIDTH, row->name);
	attroff(attributes);
	if (row->points >= 0)
		screen_print(at, column + NAME_WIDTH, 5, "%5ld", row->points);
	screen_print(at, column + NAME_WIDTH + 5, WIDTH - NAME_WIDTH - 5, "%5s      %4s %.5s",
		     number(age, row->age_ms, ""), number(loss, row->loss_percent, "%"), row->mode);
	draw_age(row->age_ms, at, column + NAME_WIDTH + 5 + 5 + 1);
}

static void draw_table(const struct view_model *model, int column, int rows)
{
	int room = rows - FOOT_ROWS - TABLE_ROW;

	attron(A_DIM);
	screen_print(TABLE_ROW - 1, column, WIDTH, "%-*s%5s%11s%4s %s", NAME_WIDTH, "player",
		     "score", "age in ms ", "loss", "mode");
	attroff(A_DIM);
	for (int i = 0; i < room && (size_t)i < model->row_count; i++)
		draw_row(&model->rows[i], TABLE_ROW + i, column);
	if (model->row_count > (size_t)room && room > 0)
		screen_print(TABLE_ROW + room, column, WIDTH, "and %zu more",
			     model->row_count - (size_t)room);
}

/* A span in milliseconds with enough digits to tell. */
static const char *span(char text[static CELL_BYTES], double ms)
{
	if (ms < 0)
		snprintf(text, CELL_BYTES, "-");
	else
		snprintf(text, CELL_BYTES, ms < 10 ? "%.2f ms" : "%.0f ms", ms);
	return text;
}

static void draw_numbers(const struct view_model *model, int row, int column)
{
	char one[CELL_BYTES], two[CELL_BYTES];

	if (model->bot_count + model->replayed_count > 0) {
		screen_print(row, column, WIDTH - AGE_CELLS, "bots %zu, replayed %zu, age %s",
			     model->bot_count, model->replayed_count, span(one, model->bot_age_ms));
		draw_age(model->bot_age_ms, row, column + WIDTH - AGE_CELLS);
	}
	screen_print(row + 1, column, WIDTH, "RTT %s, clock +-%s", span(one, model->rtt_ms),
		     span(two, model->clock_error_ms));
	if (strcmp(model->mode_up, model->mode_down) == 0)
		screen_print(row + 2, column, WIDTH, "mode %s", model->mode_up);
	else
		screen_print(row + 2, column, WIDTH, "mode %s up, %s down", model->mode_up,
			     model->mode_down);
	screen_print(row + 3, column, WIDTH, "datagrams %.0f/s in, %.0f/s out", model->in_hz,
		     model->out_hz);
}

void panel_draw(const struct view_model *model, int column, int rows)
{
	attr_t attributes = A_BOLD;

	attron(A_BOLD);
	screen_print(0, column, WIDTH, "starling tag, room %s", model->room);
	attroff(A_BOLD);
	if (model->is_self_it)
		attributes |= screen_attribute(SCREEN_RED) | A_REVERSE;
	attron(attributes);
	screen_put(1, column, WIDTH, model->state);
	attroff(attributes);
	draw_table(model, column, rows);
	draw_numbers(model, rows - FOOT_ROWS + 1, column);
}

void panel_draw_lines(const struct view_model *model, int row, int columns)
{
	size_t room = PANEL_LINES - 1;
	size_t first = model->line_count > room ? model->line_count - room : 0;

	for (size_t i = first; i < model->line_count; i++)
		screen_put(row + (int)(i - first), 1, columns - 2, model->lines[i]);
	row += PANEL_LINES - 1;
	if (model->chat_line) {
		int used = screen_put(row, 1, columns - 2, "say: ");

		used += screen_put(row, 1 + used, columns - 4 - used,
				   screen_tail(model->chat_line, columns - 4 - used));
		attron(A_REVERSE);
		screen_put(row, 1 + used, 1, " ");
		attroff(A_REVERSE);
		return;
	}
	attron(A_DIM);
	screen_put(row, 1, columns - 2,
		   "arrows or WASD move, space stops, m mode, Enter chat, q quit");
	attroff(A_DIM);
}

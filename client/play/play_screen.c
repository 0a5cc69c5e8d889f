#include "client/play/play_screen.h"

#include <curses.h>

#include "client/play/arena.h"
#include "client/play/panel.h"
#include "client/terminal/screen.h"
#include "client/terminal/screen_text.h"

enum {
	LABEL_WIDTH = 8, /* of a name on the field */
	COLUMNS_MIN = 64,
	ROWS_MIN = 18,
};

/* The field's frame; the panel stands to its right, the lines below. */
struct frame {
	int rows, columns;
};

static void draw_frame(const struct frame *frame)
{
	attron(A_DIM);
	mvhline(0, 1, ACS_HLINE, frame->columns - 2);
	mvhline(frame->rows - 1, 1, ACS_HLINE, frame->columns - 2);
	mvvline(1, 0, ACS_VLINE, frame->rows - 2);
	mvvline(1, frame->columns - 1, ACS_VLINE, frame->rows - 2);
	mvaddch(0, 0, ACS_ULCORNER);
	mvaddch(0, frame->columns - 1, ACS_URCORNER);
	mvaddch(frame->rows - 1, 0, ACS_LLCORNER);
	mvaddch(frame->rows - 1, frame->columns - 1, ACS_LRCORNER);
	attroff(A_DIM);
}

static const char *glyph(const struct view_model_dot *dot)
{
	if (dot->is_self)
		return "@";
	switch (dot->kind) {
	case PAYLOAD_PLAYER:
		return "O";
	case PAYLOAD_BOT:
		return "v";
	case PAYLOAD_REPLAYED:
		return "o";
	default:
		return ".";
	}
}

static attr_t dot_attributes(const struct view_model_dot *dot)
{
	bool is_person = dot->kind == PAYLOAD_PLAYER || dot->is_self;
	attr_t attributes = is_person ? A_BOLD : A_NORMAL;

	if (dot->is_it)
		return A_BOLD | A_REVERSE | screen_attribute(SCREEN_RED);
	if (dot->is_stale)
		attributes = A_DIM;
	if (is_person)
		attributes |= screen_attribute(screen_colour_of(dot->member));
	return attributes;
}

/* Marks lie under the dots. */
static void draw_mark(const struct frame *frame, const struct view_model_mark *mark)
{
	static const char *const glyphs[] = {
		[VIEW_MODEL_TRAIL] = ".", [VIEW_MODEL_GHOST] = "+", [VIEW_MODEL_SEED] = "*"
	};
	attr_t attributes = mark->kind == VIEW_MODEL_SEED
				    ? A_BOLD | screen_attribute(SCREEN_YELLOW)
				    : A_DIM | screen_attribute(screen_colour_of(mark->member));
	int row, column;

	arena_cell(mark->x, mark->y, frame->columns - 2, frame->rows - 2, &column, &row);
	attron(attributes);
	screen_put(row + 1, column + 1, 1, glyphs[mark->kind]);
	attroff(attributes);
}

static void draw_dot(const struct frame *frame, const struct view_model_dot *dot)
{
	attr_t attributes = dot_attributes(dot);
	int row, column, room;

	arena_cell(dot->x, dot->y, frame->columns - 2, frame->rows - 2, &column, &row);
	row++;
	column++;
	attron(attributes);
	screen_put(row, column, 1, glyph(dot));
	attroff(attributes);
	room = frame->columns - 1 - (column + 2);
	if (!dot->name || room <= 0)
		return;
	attributes &= ~(attr_t)A_REVERSE;
	attron(attributes);
	screen_put(row, column + 2, room < LABEL_WIDTH ? room : LABEL_WIDTH, dot->name);
	attroff(attributes);
}

/* Draws bots, then people over them, then oneself. */
static void draw_field(const struct frame *frame, const struct view_model *model)
{
	for (enum view_model_mark_kind kind = VIEW_MODEL_TRAIL; kind <= VIEW_MODEL_SEED; kind++)
		for (size_t i = 0; i < model->mark_count; i++)
			if (model->marks[i].kind == kind)
				draw_mark(frame, &model->marks[i]);
	for (int layer = 0; layer < 3; layer++) {
		for (size_t i = 0; i < model->dot_count; i++) {
			const struct view_model_dot *dot = &model->dots[i];
			int its = dot->is_self ? 2 : dot->kind == PAYLOAD_PLAYER ? 1 : 0;

			if (its == layer)
				draw_dot(frame, dot);
		}
	}
}

static void draw_banner(const struct frame *frame, const char *text)
{
	attr_t attributes = A_BOLD | A_REVERSE | screen_attribute(SCREEN_RED);

	attron(attributes);
	screen_print(frame->rows / 2, 2, frame->columns - 4, " %s ", text);
	attroff(attributes);
}

void play_screen_draw(const struct view_model *model)
{
	int rows, columns;
	struct frame frame;

	getmaxyx(stdscr, rows, columns);
	erase();
	if (rows < ROWS_MIN || columns < COLUMNS_MIN) {
		screen_print(0, 0, columns, "Too small: needs %d by %d,", COLUMNS_MIN, ROWS_MIN);
		screen_print(1, 0, columns, "has %d by %d. q quits.", columns, rows);
		screen_show();
		return;
	}
	frame = (struct frame){ .rows = rows - PANEL_LINES, .columns = columns - PANEL_COLUMNS };
	draw_frame(&frame);
	draw_field(&frame, model);
	if (model->banner)
		draw_banner(&frame, model->banner);
	panel_draw(model, frame.columns + 1, frame.rows);
	panel_draw_lines(model, frame.rows, columns);
	screen_show();
}

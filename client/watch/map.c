#include "client/watch/map.h"

#include <curses.h>

#include "client/payload_format.h"
#include "client/terminal/screen.h"
#include "client/terminal/screen_text.h"

enum {
	LETTERS = 26,
	SPAN_COLUMNS = 16, /* room for "123 x 456 m" */
};

/* Letters and colours follow the identity, so an entity keeps its own. */
static unsigned identity_of(const struct starling_entity *entity)
{
	return entity->member + entity->index;
}

static unsigned look_of(const struct starling_entity *entity, enum starling_motion motion)
{
	unsigned look = screen_attribute(screen_colour_of(identity_of(entity)));

	if (payload_kind_of(entity->payload, entity->payload_bytes) == PAYLOAD_PLAYER)
		look |= A_BOLD | A_REVERSE;
	if (motion == STARLING_FROZEN)
		look |= A_DIM;
	return look;
}

/* People are capitals by their name, all others small letters by their number. */
static char letter_of(const struct room_monitor *monitor, const struct starling_entity *entity)
{
	if (payload_kind_of(entity->payload, entity->payload_bytes) == PAYLOAD_PLAYER) {
		char first = room_monitor_name(monitor, entity->member)[0];

		if (first >= 'a' && first <= 'z')
			return (char)(first - 'a' + 'A');
		return first > ' ' && first <= '~' ? first : '@';
	}
	return (char)('a' + identity_of(entity) % LETTERS);
}

static void draw_entities(struct map *map, const struct room_monitor *monitor,
			  const struct starling *session, int columns, int rows)
{
	struct viewport_map fitted;
	int column, row;

	for (size_t i = 0; i < monitor->entity_count; i++)
		viewport_include(&map->viewport, monitor->entities[i].x, monitor->entities[i].y);
	fitted = viewport_fit(&map->viewport, columns, rows);
	for (size_t i = 0; i < monitor->entity_count; i++) {
		const struct starling_entity *entity = &monitor->entities[i];
		struct starling_sample sample;

		if (!starling_sample(session, entity->member, entity->index, MAP_DELAY_S,
				     &sample) ||
		    !viewport_cell(&fitted, sample.x, sample.y, &column, &row))
			continue;
		attrset((int)look_of(entity, sample.motion));
		mvaddch(row + 1, column, (chtype)letter_of(monitor, entity));
	}
	attrset(A_NORMAL);
}

static void draw_line(int row, int columns, const char *text, unsigned look)
{
	attrset((int)look);
	mvhline(row, 0, ' ', columns);
	screen_put(row, 0, columns, text);
	attrset(A_NORMAL);
}

static void draw_span(const struct map *map, int row, int columns)
{
	const struct viewport *viewport = &map->viewport;

	if (viewport->is_set && columns > 2 * SPAN_COLUMNS)
		screen_print(row, columns - SPAN_COLUMNS, SPAN_COLUMNS, " %.0f x %.0f m",
			     viewport->right - viewport->left, viewport->top - viewport->bottom);
}

void map_draw(struct map *map, const struct room_monitor *monitor, const struct starling *session,
	      const char *header, const char *footer)
{
	int rows, columns;

	getmaxyx(stdscr, rows, columns);
	erase();
	if (rows > 2)
		draw_entities(map, monitor, session, columns, rows - 2);
	draw_line(0, columns, header, A_REVERSE);
	if (rows > 1) {
		draw_line(rows - 1, columns, footer, A_NORMAL);
		draw_span(map, rows - 1, columns);
	}
	screen_show();
}

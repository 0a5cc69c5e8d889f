#include "client/watch/viewport.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sides grow by this share of the span, and the first viewport is this wide. */
static const double step_share = 0.25;
static const double first_m = 4;
static const double cell_aspect = 2; /* height of a character cell by its width */

static bool next_number(const char **text, double *number, char end)
{
	char *after;

	/* strtod alone would also take blanks, hexadecimal, "nan" and "inf". */
	if (strspn(*text, "0123456789.eE+-") == 0 || strpbrk(*text, "xX") != NULL)
		return false;
	*number = strtod(*text, &after);
	if (after == *text || *after != end || !isfinite(*number))
		return false;
	*text = after + (end != '\0');
	return true;
}

bool viewport_parse(struct viewport *viewport, const char *text)
{
	double x0, y0, x1, y1;

	if (!next_number(&text, &x0, ',') || !next_number(&text, &y0, ',') ||
	    !next_number(&text, &x1, ',') || !next_number(&text, &y1, '\0') || x0 == x1 || y0 == y1)
		return false;
	*viewport = (struct viewport){ .left = fmin(x0, x1),
				       .right = fmax(x0, x1),
				       .bottom = fmin(y0, y1),
				       .top = fmax(y0, y1),
				       .is_set = true,
				       .is_fixed = true };
	return true;
}

static void include(double *low, double *high, double at)
{
	double step = step_share * (*high - *low);

	/* Whole steps, as many as it takes: a far point must not cost a loop over them. */
	if (at < *low)
		*low -= step * ceil((*low - at) / step);
	if (at > *high)
		*high += step * ceil((at - *high) / step);
}

void viewport_include(struct viewport *viewport, double x, double y)
{
	if (viewport->is_fixed || !isfinite(x) || !isfinite(y))
		return;
	if (!viewport->is_set)
		*viewport = (struct viewport){ .left = x - first_m / 2,
					       .right = x + first_m / 2,
					       .bottom = y - first_m / 2,
					       .top = y + first_m / 2,
					       .is_set = true };
	include(&viewport->left, &viewport->right, x);
	include(&viewport->bottom, &viewport->top, y);
}

struct viewport_map viewport_fit(const struct viewport *viewport, int columns, int rows)
{
	struct viewport_map map = { .columns = columns < 1 ? 1 : columns,
				    .rows = rows < 1 ? 1 : rows };
	double by_width = (viewport->right - viewport->left) / map.columns;
	double by_height = (viewport->top - viewport->bottom) / map.rows / cell_aspect;

	map.metres_per_column = fmax(by_width, by_height);
	if (!(map.metres_per_column > 0))
		map.metres_per_column = 1;
	map.metres_per_row = map.metres_per_column * cell_aspect;
	map.left = (viewport->left + viewport->right - map.columns * map.metres_per_column) / 2;
	map.top = (viewport->bottom + viewport->top + map.rows * map.metres_per_row) / 2;
	return map;
}

bool viewport_cell(const struct viewport_map *map, double x, double y, int *column, int *row)
{
	double across = floor((x - map->left) / map->metres_per_column);
	double down = floor((map->top - y) / map->metres_per_row);

	/* A point on the far edge belongs to the last cell. */
	if (across == map->columns)
		across--;
	if (down == map->rows)
		down--;
	if (!(across >= 0 && across < map->columns && down >= 0 && down < map->rows))
		return false;
	*column = (int)across;
	*row = (int)down;
	return true;
}

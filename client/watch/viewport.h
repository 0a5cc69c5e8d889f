/*
 * viewport: the part of the plane that a map shows, and the cell of a point on it. A viewport only
 * grows, and by whole steps, so that the map stands still while entities move.
 */
#ifndef STARLING_CLIENT_WATCH_VIEWPORT_H
#define STARLING_CLIENT_WATCH_VIEWPORT_H

#include <stdbool.h>

/* Metres. {0} is empty. */
struct viewport {
	double left, right, bottom, top;
	bool is_set;
	bool is_fixed; /* never grows */
};

/*
 * Reads "X0,Y0,X1,Y1" in metres, two opposite corners, as a fixed viewport. False when they are not
 * four finite numbers, or enclose no area.
 */
bool viewport_parse(struct viewport *viewport, const char *text);

/* Grows to include a point, with a margin; points that are not finite are left out. */
void viewport_include(struct viewport *viewport, double x, double y);

/* A map of columns x rows character cells. */
struct viewport_map {
	double metres_per_column, metres_per_row;
	double left, top; /* metres, of the map's corner */
	int columns, rows;
};

/*
 * Fits the viewport into cells that are twice as high as wide, so that a circle looks round. Rows
 * run downwards, y upwards. Sizes below 1 count as 1.
 */
struct viewport_map viewport_fit(const struct viewport *viewport, int columns, int rows);

/* The cell of a point; false when it is not on the map. */
bool viewport_cell(const struct viewport_map *map, double x, double y, int *column, int *row);

#endif

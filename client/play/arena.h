/*
 * arena: a player's movement in the bounded field of the game. Pure: the caller passes the time
 * that has passed.
 */
#ifndef STARLING_CLIENT_PLAY_ARENA_H
#define STARLING_CLIENT_PLAY_ARENA_H

#include "client/payload_format.h"

/* A keyboard gives headings, not held keys: a heading lasts until the next one. */
enum arena_heading {
	ARENA_STOP = 0,
	ARENA_LEFT,
	ARENA_RIGHT,
	ARENA_UP,
	ARENA_DOWN,
};

#define ARENA_SPEED_MPS    12.0 /* nine seconds along the field */
#define ARENA_IT_SPEED_MPS 13.2 /* IT runs a little faster, or nobody is ever caught */
#define ARENA_INERTIA_S    0.18 /* time to reach 63 % of a new velocity */
#define ARENA_MARGIN_M     0.5  /* from the edge of the field, half a body */

struct arena_mover {
	double x, y;   /* metres, inside the field */
	double vx, vy; /* metres a second */
	enum arena_heading heading;
};

/* Puts a mover in the middle half of the field, at a place that `draw`, any number, decides. */
void arena_place(struct arena_mover *mover, uint64_t draw);

/* Moves on by `seconds` (at most a quarter of a second) at up to `speed_mps`. */
void arena_step(struct arena_mover *mover, double speed_mps, double seconds);

/* Whether it moves; not when it only pushes against an edge. */
bool arena_is_moving(const struct arena_mover *mover);

/* Metres between two places. */
double arena_distance_m(double ax, double ay, double bx, double by);

/*
 * The cell of a place on a map of `columns` by `rows` (both at least 1), row 0 at the top. A place
 * outside the field, or not a number, is moved to its edge.
 */
void arena_cell(double x, double y, int columns, int rows, int *column, int *row);

#endif

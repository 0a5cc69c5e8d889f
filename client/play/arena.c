#include "client/play/arena.h"

#include <math.h>

#include "proto/net/random.h"

#define MOVING_MPS 1.0  /* slower is at rest */
#define STEP_MAX_S 0.25 /* a program that was stopped must not jump across the field */

/* A fraction from 0 to below 1 out of 32 bits. */
static double fraction(uint64_t bits)
{
	return (double)(bits & UINT32_MAX) / ((double)UINT32_MAX + 1);
}

void arena_place(struct arena_mover *mover, uint64_t draw)
{
	uint64_t bits = random_at(draw, 0);

	*mover = (struct arena_mover){
		.x = PAYLOAD_ARENA_WIDTH_M * (0.25 + 0.5 * fraction(bits)),
		.y = PAYLOAD_ARENA_HEIGHT_M * (0.25 + 0.5 * fraction(bits >> 32)),
	};
}

/* Moves one coordinate; at an edge it stays there and its velocity is gone. */
static void advance(double *at, double *velocity, double size, double seconds)
{
	*at += *velocity * seconds;
	if (*at < ARENA_MARGIN_M) {
		*at = ARENA_MARGIN_M;
		*velocity = 0;
	}
	if (*at > size - ARENA_MARGIN_M) {
		*at = size - ARENA_MARGIN_M;
		*velocity = 0;
	}
}

void arena_step(struct arena_mover *mover, double speed_mps, double seconds)
{
	static const int directions[][2] = {
		[ARENA_STOP] = { 0, 0 }, [ARENA_LEFT] = { -1, 0 }, [ARENA_RIGHT] = { 1, 0 },
		[ARENA_UP] = { 0, 1 },   [ARENA_DOWN] = { 0, -1 },
	};
	const int *wanted = directions[mover->heading];
	double share;

	if (!(seconds > 0))
		return;
	if (seconds > STEP_MAX_S)
		seconds = STEP_MAX_S;
	share = 1 - exp(-seconds / ARENA_INERTIA_S);
	mover->vx += (wanted[0] * speed_mps - mover->vx) * share;
	mover->vy += (wanted[1] * speed_mps - mover->vy) * share;
	advance(&mover->x, &mover->vx, PAYLOAD_ARENA_WIDTH_M, seconds);
	advance(&mover->y, &mover->vy, PAYLOAD_ARENA_HEIGHT_M, seconds);
}

bool arena_is_moving(const struct arena_mover *mover)
{
	return hypot(mover->vx, mover->vy) >= MOVING_MPS;
}

double arena_distance_m(double ax, double ay, double bx, double by)
{
	return hypot(ax - bx, ay - by);
}

/* The cell of `at` among `cells` over `size`. */
static int cell(double at, double size, int cells)
{
	double place = at / size * cells;

	if (!(place > 0))
		return 0;
	if (place >= cells)
		return cells - 1;
	return (int)place;
}

void arena_cell(double x, double y, int columns, int rows, int *column, int *row)
{
	*column = cell(x, PAYLOAD_ARENA_WIDTH_M, columns);
	*row = rows - 1 - cell(y, PAYLOAD_ARENA_HEIGHT_M, rows);
}

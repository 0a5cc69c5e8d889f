#include "bench/sim/movement.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Everyone to their first rows: going through the rows from the last makes the first one stay. */
static void begin_round(struct movement *movement)
{
	const struct trace *trace = movement->trace;

	for (size_t i = trace->row_count; i-- > 0;) {
		const struct trace_row *row = &trace->rows[i];

		if (row->rank < movement->count)
			movement->places[row->rank] = (struct movement_place){ row->x, row->y };
	}
	movement->next = 0;
}

static void take_rows(struct movement *movement)
{
	const struct trace *trace = movement->trace;

	while (movement->next < trace->row_count &&
	       trace->rows[movement->next].t_s - trace->rows[0].t_s <= movement->round_s) {
		const struct trace_row *row = &trace->rows[movement->next++];

		if (row->rank < movement->count)
			movement->places[row->rank] = (struct movement_place){ row->x, row->y };
	}
}

int movement_init(struct movement *movement, size_t count, const struct trace *trace, uint64_t seed)
{
	int result = 0;

	*movement = (struct movement){ .count = count, .trace = trace };
	if (!trace) {
		result = flock_init(&movement->flock, count, 100, 60, seed);
	} else {
		movement->places = calloc(count, sizeof(movement->places[0]));
		result = movement->places ? 0 : -ENOMEM;
	}
	if (result < 0)
		*movement = (struct movement){ 0 };
	else if (trace)
		begin_round(movement);
	return result;
}

void movement_fini(struct movement *movement)
{
	flock_fini(&movement->flock);
	free(movement->places);
	*movement = (struct movement){ 0 };
}

void movement_step(struct movement *movement, double dt_s)
{
	const struct trace *trace = movement->trace;

	if (!trace) {
		flock_step(&movement->flock, dt_s);
		return;
	}
	movement->round_s += dt_s;
	if (movement->round_s >= trace->period_s) {
		movement->round_s = fmod(movement->round_s, trace->period_s);
		begin_round(movement);
	}
	take_rows(movement);
}

struct movement_place movement_place(const struct movement *movement, size_t index)
{
	if (movement->trace)
		return movement->places[index];
	return (struct movement_place){ movement->flock.birds[index].x,
					movement->flock.birds[index].y };
}

int32_t movement_grains(double metres, unsigned grain_um)
{
	const double grains = metres * 1e6 / grain_um;

	return (int32_t)lround(fmax(fmin(grains, INT32_MAX), INT32_MIN));
}

#include "bench/sim/movement.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Everyone to their first rows: going through the rows from the last makes the first one stay. */
static void begin_round(struct movement *motion)
{
	const struct trace *trace = motion->trace;

	for (size_t i = trace->row_count; i-- > 0;) {
		const struct trace_row *row = &trace->rows[i];

		if (row->rank < motion->count)
			motion->places[row->rank] = (struct movement_place){ row->x, row->y };
	}
	motion->next = 0;
}

static void take_rows(struct movement *motion)
{
	const struct trace *trace = motion->trace;

	while (motion->next < trace->row_count &&
	       trace->rows[motion->next].t_s - trace->rows[0].t_s <= motion->round_s) {
		const struct trace_row *row = &trace->rows[motion->next++];

		if (row->rank < motion->count)
			motion->places[row->rank] = (struct movement_place){ row->x, row->y };
	}
}

int movement_init(struct movement *motion, size_t count, const struct trace *trace, uint64_t seed)
{
	int result = 0;

	*motion = (struct movement){ .count = count, .trace = trace };
	if (!trace) {
		result = flock_init(&motion->flock, count, 100, 60, seed);
	} else {
		motion->places = calloc(count, sizeof(motion->places[0]));
		result = motion->places ? 0 : -ENOMEM;
	}
	if (result < 0)
		*motion = (struct movement){ 0 };
	else if (trace)
		begin_round(motion);
	return result;
}

void movement_fini(struct movement *motion)
{
	flock_fini(&motion->flock);
	free(motion->places);
	*motion = (struct movement){ 0 };
}

void movement_step(struct movement *motion, double dt_s)
{
	const struct trace *trace = motion->trace;

	if (!trace) {
		flock_step(&motion->flock, dt_s);
		return;
	}
	motion->round_s += dt_s;
	if (motion->round_s >= trace->period_s) {
		motion->round_s = fmod(motion->round_s, trace->period_s);
		begin_round(motion);
	}
	take_rows(motion);
}

struct movement_place movement_place(const struct movement *motion, size_t index)
{
	if (motion->trace)
		return motion->places[index];
	return (struct movement_place){ motion->flock.birds[index].x,
					motion->flock.birds[index].y };
}

int32_t movement_grains(double metres, unsigned grain_um)
{
	const double grains = metres * 1e6 / grain_um;

	return (int32_t)lround(fmax(fmin(grains, INT32_MAX), INT32_MIN));
}

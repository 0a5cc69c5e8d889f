/*
 * movement: where the members of a trial's room are: birds of a seeded flock, or what a trace
 * recorded, one id each in ascending order, round after round, each as long as the trace's period.
 *
 * Where things are decides how many bytes a position takes, and nothing else in a trial. A trace
 * gives x and y; before an id's first row it stands there, after its last it stays.
 */
#ifndef STARLING_BENCH_MOVEMENT_H
#define STARLING_BENCH_MOVEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "client/bots/flock.h"
#include "client/replay/trace.h"

struct movement {
	size_t count;
	const struct trace *trace; /* NULL: the flock flies */
	struct flock flock;
	double round_s; /* since the trace's round began */
	size_t next;    /* row */
	struct movement_place {
		double x, y; /* metres */
	} * places;
};

/*
 * `count` things (at least 1). `trace`, if not NULL, is borrowed and must have as many ids. 0 or
 * -ENOMEM, and it is then empty.
 */
int movement_init(struct movement *movement, size_t count, const struct trace *trace,
		  uint64_t seed);

/* Accepts one that is all zero. */
void movement_fini(struct movement *movement);

/* Lets `dt_s` pass. */
void movement_step(struct movement *movement, double dt_s);

/* Where thing `index` is. */
struct movement_place movement_place(const struct movement *movement, size_t index);

/* A place along an axis in grains of a micrometre each so many; at the edge of 32 bits for what is
 * beyond. */
int32_t movement_grains(double metres, unsigned grain_um);

#endif

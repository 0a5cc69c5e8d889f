/*
 * motion: where the members of a trial's room are: birds of a seeded flock, or what a trace
 * recorded, one id each in ascending order, round after round, each as long as the trace's period.
 *
 * Where things are decides how many bytes a position takes, and nothing else in a trial. Of a trace
 * x and y are taken; before an id's first row it stands there, after its last it stays.
 */
#ifndef STARLING_BENCH_MOTION_H
#define STARLING_BENCH_MOTION_H

#include <stddef.h>
#include <stdint.h>

#include "client/bots/flock.h"
#include "client/replay/trace.h"

struct motion {
	size_t count;
	const struct trace *trace; /* NULL: the flock flies */
	struct flock flock;
	double round_s; /* since the trace's round began */
	size_t next;    /* row */
	struct motion_place {
		double x, y; /* metres */
	} * places;
};

/*
 * `count` things (at least 1). `trace`, if not NULL, is borrowed and must have as many ids. 0 or
 * -ENOMEM, and it is then empty.
 */
int motion_init(struct motion *motion, size_t count, const struct trace *trace, uint64_t seed);

/* Accepts one that is all zero. */
void motion_fini(struct motion *motion);

/* Lets `dt_s` pass. */
void motion_step(struct motion *motion, double dt_s);

/* Where thing `index` is. */
struct motion_place motion_place(const struct motion *motion, size_t index);

#endif

/*
 * spread: one figure over several repetitions: median, smallest and largest. Figures of different
 * repetitions are never averaged.
 */
#ifndef STARLING_BENCH_SPREAD_H
#define STARLING_BENCH_SPREAD_H

#include <stddef.h>

enum {
	SPREAD_MAX = 64, /* repetitions */
};

struct spread {
	double median, min, max; /* NAN when there was no figure */
};

/* The spread of `count` values, at most SPREAD_MAX. Those that are not finite do not count. */
struct spread spread_of(const double *values, size_t count);

#endif

/*
 * instrument: the instrument's own error, as figures of a row that was measured on real sockets.
 */
#ifndef STARLING_BENCH_INSTRUMENT_H
#define STARLING_BENCH_INSTRUMENT_H

#include <stddef.h>

#include "bench/load/generator.h"
#include "bench/measure/clock_step.h"
#include "bench/result/result.h"

/*
 * How much of the delay at p99 is the bench's own, at most, in us: its sends' lateness at p99, one
 * step of the clock at either end, the histogram's error, and the cut to whole microseconds. As if
 * the latest sends were those of the updates that took longest.
 */
double instrument_own_p99_us(const struct clock_step *clock, const struct generator_result *load);

/* Adds the figures of all repetitions; at most SPREAD_MAX of them. */
void instrument_add(struct result_row *row, const struct clock_step *clock,
		    const struct generator_result *const *loads, size_t count);

#endif

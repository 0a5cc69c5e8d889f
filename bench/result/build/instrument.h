/*
 * instrument: the instrument's own error, as figures of a row that was measured on real sockets.
 */
#ifndef STARLING_BENCH_INSTRUMENT_H
#define STARLING_BENCH_INSTRUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/load/generator.h"
#include "bench/measure/clock_step.h"
#include "bench/result/result.h"

/* One repetition's figures of it; times that are not known are -1. */
struct instrument_run {
	int64_t delay_p99_us;
	int64_t late_p50_us, late_p99_us, late_max_us; /* of the sends */
	int64_t line_late_p99_us;                      /* of what makes the links; 0: none does */
	int64_t call_p50_ns, call_p99_ns;              /* that a send took */
	uint64_t own_drops;
	/* An update has come when it is read, by the process that sends, and not when the kernel
	 * had it: that is taken to be as late as a send. */
	bool is_read_late;
};

struct instrument_run instrument_run_of(const struct generator_result *load);

/*
 * How much of the delay at p99 is the bench's own, at most, in us: the lateness of its sends and
 * its links at p99, one step of the clock at either end, the histogram's error, and the cut to
 * whole microseconds. As if the latest sends were those of the updates that took longest. NAN: no
 * delay.
 */
double instrument_own_p99_us(const struct clock_step *clock, const struct instrument_run *run);

/* Adds the figures of all repetitions; at most SPREAD_MAX of them. */
void instrument_add(struct result_row *row, const struct clock_step *clock,
		    const struct instrument_run *runs, size_t count);

#endif

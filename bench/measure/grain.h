/*
 * grain: what the bench's own instruments cannot tell apart: its clock, and its histograms.
 */
#ifndef STARLING_BENCH_GRAIN_H
#define STARLING_BENCH_GRAIN_H

#include <stdint.h>

struct grain {
	double clock_resolution_ns; /* that the clock claims */
	double clock_least_step_ns; /* smallest difference that was seen between two readings */
	double clock_read_ns;       /* that a reading takes, on average */
	double hist_error;          /* hist.h: largest, relative, of its quantiles; 0 to 1 */
};

/* Measures them; takes some tens of milliseconds. Fields are NAN where memory was lacking. */
void grain_measure(struct grain *grain, uint64_t seed);

#endif

/*
 * clock_step: which spans the bench's clock (CLOCK_MONOTONIC) can tell apart.
 */
#ifndef STARLING_BENCH_CLOCK_STEP_H
#define STARLING_BENCH_CLOCK_STEP_H

struct clock_step {
	double resolution_ns; /* that the clock claims */
	double least_ns;      /* smallest difference between two readings; NAN: there was none */
	double read_ns;       /* that a reading takes, on average */
};

/* Takes some milliseconds. */
struct clock_step clock_step_measure(void);

#endif

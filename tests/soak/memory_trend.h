/*
 * memory_trend: how fast a figure grows over a long run, by the Theil-Sen estimator: the median of
 * the slopes through all pairs of samples (Sen, "Estimates of the regression coefficient based on
 * Kendall's tau", 1968). A few samples far off, as of a second in which a process was stopped,
 * change nothing.
 */
#ifndef STARLING_TESTS_SOAK_MEMORY_TREND_H
#define STARLING_TESTS_SOAK_MEMORY_TREND_H

#include <stddef.h>

enum {
	MEMORY_TREND_MAX = 1024, /* samples; more are not taken */
};

/* All zero is an empty one. */
struct memory_trend {
	double at_s[MEMORY_TREND_MAX], bytes[MEMORY_TREND_MAX];
	size_t count;
};

/* Times must rise. */
void memory_trend_add(struct memory_trend *trend, double at_s, double bytes);

/* Bytes a second, from the first `skip` samples on; 0 with fewer than two. Takes memory for the
 * time of the call, and ends the program when there is none. */
double memory_trend_slope(const struct memory_trend *trend, size_t skip);

#endif

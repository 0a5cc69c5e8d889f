/*
 * delays: how often each delay occurred, one count for each microsecond up to DELAYS_LIMIT_US, so
 * that quantiles are exact to the microsecond and memory does not grow with the run.
 */
#ifndef STARLING_BENCH_DELAYS_H
#define STARLING_BENCH_DELAYS_H

#include <stdint.h>

enum {
	DELAYS_LIMIT_US = 1 << 22, /* 4.2 s; what is longer is counted as the longest */
};

struct delays {
	uint32_t *counts; /* DELAYS_LIMIT_US of them */
	uint64_t total;
	int64_t max_us;
};

/* 0 or -ENOMEM. */
int delays_init(struct delays *delays);
void delays_fini(struct delays *delays);

/* A negative delay (clocks are the same, so: none) counts as 0. */
void delays_add(struct delays *delays, int64_t delay_us);

/*
 * The smallest delay that `share` (0 to 1) of all do not exceed, by nearest rank; the largest of
 * all when that is above the limit; -1 when there is none.
 */
int64_t delays_quantile_us(const struct delays *delays, double share);

#endif

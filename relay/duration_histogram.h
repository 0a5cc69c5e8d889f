/* duration_histogram: how often something took how long, in buckets of twice the one before. */
#ifndef STARLING_RELAY_DURATION_HISTOGRAM_H
#define STARLING_RELAY_DURATION_HISTOGRAM_H

#include <stdint.h>

enum {
	DURATION_BUCKETS = 18, /* the last has no upper bound */
	DURATION_LEAST_NS = 8000,
};

/* {0} has seen nothing. */
struct duration_histogram {
	uint64_t counts[DURATION_BUCKETS];
	uint64_t sum_ns;
};

/* The upper bound of a bucket that has one, included. */
static inline int64_t duration_bound_ns(unsigned bucket)
{
	return (int64_t)DURATION_LEAST_NS << bucket;
}

/* Less than 0 counts as 0. */
static inline void duration_note(struct duration_histogram *histogram, int64_t took_ns)
{
	unsigned bucket = 0;

	if (took_ns < 0)
		took_ns = 0;
	while (bucket < DURATION_BUCKETS - 1 && duration_bound_ns(bucket) < took_ns)
		bucket++;
	histogram->counts[bucket]++;
	histogram->sum_ns += (uint64_t)took_ns;
}

#endif

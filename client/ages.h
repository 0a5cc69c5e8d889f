/*
 * ages: a histogram of spans from which percentiles are read, small and of known error.
 *
 * Buckets are linear within each doubling, 64 to a doubling, so a percentile is at most 0.8 % (half
 * a bucket's width) from the exact one; spans below 128 us are exact to the microsecond. The
 * largest span is kept exactly. 18 kB, no allocation; {0} is empty.
 */
#ifndef STARLING_CLIENT_AGES_H
#define STARLING_CLIENT_AGES_H

#include <stddef.h>
#include <stdint.h>

enum {
	AGES_STEP_BITS = 6,   /* 64 buckets to a doubling */
	AGES_VALUE_BITS = 40, /* spans up to 2^40 us, 12 days; longer ones count as that */
	AGES_BUCKETS = (AGES_VALUE_BITS - AGES_STEP_BITS + 1) << AGES_STEP_BITS,
};

struct ages {
	uint64_t buckets[AGES_BUCKETS];
	uint64_t count;
	double max_s;
};

/* Counts one span. Negative ones (a clock's error) count as 0. */
void ages_add(struct ages *ages, double span_s);

/*
 * The span that `percent` (0 to 100) of those counted do not exceed, in seconds; negative when none
 * was counted.
 */
double ages_percentile(const struct ages *ages, double percent);

/* The largest span that was counted; negative when none was. */
double ages_max(const struct ages *ages);

/* Empties it. */
void ages_reset(struct ages *ages);

#endif

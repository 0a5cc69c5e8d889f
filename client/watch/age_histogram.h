/*
 * age_histogram: a small histogram of ages, for percentiles of known error.
 *
 * Buckets are linear within each doubling, 64 to a doubling, so a percentile is at most 0.8 % (half
 * a bucket's width) from the exact one; ages below 128 us are exact to the microsecond. The largest
 * age is exact. No allocation; {0} is empty.
 */
#ifndef STARLING_CLIENT_WATCH_AGE_HISTOGRAM_H
#define STARLING_CLIENT_WATCH_AGE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum {
	AGE_HISTOGRAM_STEP_BITS = 6,   /* 64 buckets to a doubling */
	AGE_HISTOGRAM_VALUE_BITS = 40, /* ages up to 2^40 us, 12 days; longer ones count as that */
	AGE_HISTOGRAM_BUCKETS = (AGE_HISTOGRAM_VALUE_BITS - AGE_HISTOGRAM_STEP_BITS + 1)
				<< AGE_HISTOGRAM_STEP_BITS,
};

struct age_histogram {
	uint64_t buckets[AGE_HISTOGRAM_BUCKETS];
	uint64_t count;
	double max_s;
};

/* Counts one age; a negative one (a clock's error) as 0. */
void age_histogram_add(struct age_histogram *histogram, double age_s);

/*
 * The age that `percent` (0 to 100) of the counted ones do not exceed, in seconds; negative when
 * none was counted.
 */
double age_histogram_percentile(const struct age_histogram *histogram, double percent);

/* The largest age, in seconds; negative when none was counted. */
double age_histogram_max(const struct age_histogram *histogram);

/* Empties it. */
void age_histogram_reset(struct age_histogram *histogram);

#endif

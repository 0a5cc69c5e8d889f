/*
 * ages: a histogram of spans from which percentiles are read, small and of known error.
 *
 * Buckets are linear within each doubling, 64 to a doubling, so a percentile is at most 0.8 % (half
 * a bucket's width) from the exact one; spans below 128 us are exact to the microsecond. The
 * largest span is kept exactly. 18 kB, no allocation; {0} is empty.
 */
#ifndef STARLING_CLIENT_WATCH_AGE_HISTOGRAM_H
#define STARLING_CLIENT_WATCH_AGE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum {
	AGE_HISTOGRAM_STEP_BITS = 6,   /* 64 buckets to a doubling */
	AGE_HISTOGRAM_VALUE_BITS = 40, /* spans up to 2^40 us, 12 days; longer ones count as that */
	AGE_HISTOGRAM_BUCKETS = (AGE_HISTOGRAM_VALUE_BITS - AGE_HISTOGRAM_STEP_BITS + 1)
				<< AGE_HISTOGRAM_STEP_BITS,
};

struct age_histogram {
	uint64_t buckets[AGE_HISTOGRAM_BUCKETS];
	uint64_t count;
	double max_s;
};

/* Counts one span. Negative ones (a clock's error) count as 0. */
void age_histogram_add(struct age_histogram *histogram, double span_s);

/*
 * The span that `percent` (0 to 100) of those counted do not exceed, in seconds; negative when none
 * was counted.
 */
double age_histogram_percentile(const struct age_histogram *histogram, double percent);

/* The largest span that was counted; negative when none was. */
double age_histogram_max(const struct age_histogram *histogram);

/* Empties it. */
void age_histogram_reset(struct age_histogram *histogram);

#endif

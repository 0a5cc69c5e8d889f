/*
 * hist: a histogram of spans in which every value is known to 0.1 %, in fixed memory.
 *
 * Values are nanoseconds, from 0 to HIST_MAX_NS (1,000 s), in the fine buckets of log_buckets.h. A
 * value is reported as the largest of its bucket, so what is reported is never below the true
 * value, and above it by less than
 *
 *	1/1024 = 0.098 % of it	(0 below HIST_EXACT_NS)
 *
 * HdrHistogram with 3 significant digits and a least value of 1 ns says as much.
 *
 * Recording allocates nothing and cannot fail; what is out of range is counted. A struct hist is
 * about 250 KiB, too large for most stacks; {0} is an empty one. One thread at a time.
 */
#ifndef STARLING_BENCH_HIST_H
#define STARLING_BENCH_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/measure/log_buckets.h"

#define HIST_MAX_NS INT64_C(1000000000000)

enum {
	HIST_STEPS = 1 << LOG_BUCKETS_FINE, /* buckets of a doubling */
	HIST_EXACT_NS = 2 * HIST_STEPS,     /* values below it have a bucket each */
	HIST_BUCKETS = LOG_BUCKETS_COUNT(LOG_BUCKETS_FINE),
};

struct hist {
	uint64_t count;         /* in range; all that is said below is of these only */
	uint64_t below, above;  /* out of range: negative; more than HIST_MAX_NS */
	int64_t min_ns, max_ns; /* exact; ask by hist_max_ns */
	uint64_t counts[HIST_BUCKETS];
};

/* Counts one value. False when it is out of range and was counted as that. */
static inline bool hist_record(struct hist *hist, int64_t value_ns);

/*
 * The value that the share (0 to 1) of all values does not exceed, by nearest rank: of N values in
 * ascending order the one numbered ceil(share N), from 1 on; 0 asks for the first. This is the
 * inverse of the empirical distribution (type 1 of Hyndman and Fan, 1996): no interpolation, so
 * each answer is a value that occurred, known to the error above. The first and the last are exact.
 * A product within 4e-16 (relative) above a whole number is that number, as 0.07 * 100 is meant
 * to be 7. -1 when there is none.
 */
int64_t hist_quantile_ns(const struct hist *hist, double share);

/* Exact; -1 when there is none. */
int64_t hist_max_ns(const struct hist *hist);

/*
 * How a value is recorded, here so that it can be inline: it is done for each of millions of
 * deliveries a second.
 */

static inline bool hist_record(struct hist *hist, int64_t value_ns)
{
	if (value_ns < 0 || value_ns > HIST_MAX_NS) {
		hist->below += value_ns < 0;
		hist->above += value_ns >= 0;
		return false;
	}
	if (hist->count == 0 || value_ns < hist->min_ns)
		hist->min_ns = value_ns;
	if (hist->count == 0 || value_ns > hist->max_ns)
		hist->max_ns = value_ns;
	hist->counts[log_buckets_of(LOG_BUCKETS_FINE, value_ns)]++;
	hist->count++;
	return true;
}

#endif

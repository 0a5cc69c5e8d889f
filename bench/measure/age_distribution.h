/*
 * age_distribution: the distribution over time of any number of ages, in fixed memory.
 *
 * An age grows by a second a second and falls when something newer comes (METRICS.md, "Age"). Each
 * span in which it grows, from age a to age b, spends as long at every age between, so
 *
 *	time spent below x = x begun(x) - x ended(x) - sum of begins below x + sum of ends below x
 *
 * where begun(x) and ended(x) are how many spans begin and end below x. Log-linear buckets keep
 * these counts and sums: a span costs two of them and no memory. As the sums are kept, the time
 * spent below a bucket's edge is exact, and a quantile is in the bucket in which the exact one is:
 * wrong by less than 1 / 2^step_bits of itself. All is counted in whole nanoseconds, so results are
 * equal on every machine.
 */
#ifndef STARLING_BENCH_AGE_DISTRIBUTION_H
#define STARLING_BENCH_AGE_DISTRIBUTION_H

#include <stddef.h>
#include <stdint.h>

#include "bench/measure/log_buckets.h"

/* The spans that begin in a bucket less those that end in it: count, and sum of places in it. */
struct age_bucket {
	int64_t count, offsets_ns;
};

struct age_distribution {
	unsigned step_bits;
	struct age_bucket *buckets;
	uint64_t count; /* spans */
	int64_t max_ns; /* the largest age at any moment, exact; -1: none */
};

/* `step_bits`: of log_buckets.h. 0 or -ENOMEM; it is then empty. */
int age_distribution_init(struct age_distribution *ages, unsigned step_bits);
/* Accepts one that is all zero. */
void age_distribution_fini(struct age_distribution *ages);

/* Makes it empty again; accepts one that is all zero. */
void age_distribution_reset(struct age_distribution *ages);

/*
 * An empty one over zeroed memory of the caller's, which may be shared between processes; it is not
 * for age_distribution_fini.
 */
void age_distribution_over(struct age_distribution *ages, unsigned step_bits,
			   struct age_bucket *buckets);

/* Adds all spans of `from`, which has as many step_bits: as if added to `into`. */
void age_distribution_merge(struct age_distribution *into, const struct age_distribution *from);

/* An age grew from `from_ns` to `to_ns`; nothing where it did not. A negative age counts as 0. */
static inline void age_distribution_add(struct age_distribution *ages, int64_t from_ns,
					int64_t to_ns);

/* The age that is not exceeded for `share` (0 to 1) of the time; -1 when there is none. */
int64_t age_distribution_quantile_ns(const struct age_distribution *ages, double share);

/* Share of the time, 0 to 1, in which the age was above `above_ns`; 0 where there is no time. */
double age_distribution_share_above(const struct age_distribution *ages, int64_t above_ns);

/*
 * How a span is counted, here so that it can be inline: one is added for each of millions of
 * deliveries a second.
 */

/* An age out of range counts as the nearest in range. */
static inline int64_t age_distribution_in_range(int64_t ns)
{
	const int64_t most_ns = (INT64_C(1) << LOG_BUCKETS_VALUE_BITS) - 1;
	const int64_t positive_ns = ns > 0 ? ns : 0;

	return positive_ns < most_ns ? positive_ns : most_ns;
}

static inline void age_distribution_count(struct age_distribution *ages, int64_t value_ns,
					  int64_t count)
{
	const int64_t ns = age_distribution_in_range(value_ns);
	const unsigned shift = log_buckets_shift(ages->step_bits, ns);
	const size_t at = ((size_t)shift << ages->step_bits) + (size_t)(ns >> shift);

	ages->buckets[at].count += count;
	ages->buckets[at].offsets_ns += count * (ns & ((INT64_C(1) << shift) - 1));
}

static inline void age_distribution_add(struct age_distribution *ages, int64_t from_ns,
					int64_t to_ns)
{
	if (to_ns <= from_ns)
		return;
	age_distribution_count(ages, from_ns, 1);
	age_distribution_count(ages, to_ns, -1);
	ages->count++;
	if (to_ns > ages->max_ns)
		ages->max_ns = to_ns;
}

#endif

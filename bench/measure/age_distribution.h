/*
 * age_distribution: the distribution over time of any number of ages, in fixed memory.
 *
 * An age grows by a second a second and falls when something newer comes; each tooth, from age a to
 * age b, spends the same time at every age between (METRICS.md, "Age"). age.h keeps every tooth and
 * is exact to the microsecond; this counts where teeth begin and where they end in log-linear
 * buckets, which is all that the quantile needs:
 *
 *	time spent at most at x = sum over teeth of (min(x, b) - a), where x > a
 *
 * so a tooth costs two counts and no memory, and millions a second can be taken. Each begin and end
 * is known to 1 / 2^(step_bits + 1) of itself, and so is a quantile.
 */
#ifndef STARLING_BENCH_AGE_DISTRIBUTION_H
#define STARLING_BENCH_AGE_DISTRIBUTION_H

#include <stddef.h>
#include <stdint.h>

enum {
	AGE_DISTRIBUTION_FINE_BITS = 10,  /* 0.05 %, 480 KiB */
	AGE_DISTRIBUTION_COARSE_BITS = 5, /* 1.6 %, 19 KiB: one for each receiver */
	AGE_DISTRIBUTION_VALUE_BITS =
		40, /* ages below 2^40 ns, 18 minutes; older ones count as that old */
	/* Begins, or ends, at AGE_DISTRIBUTION_FINE_BITS. */
	AGE_DISTRIBUTION_FINE_BUCKETS =
		(AGE_DISTRIBUTION_VALUE_BITS - AGE_DISTRIBUTION_FINE_BITS + 1)
		<< AGE_DISTRIBUTION_FINE_BITS,
	AGE_DISTRIBUTION_COARSE_BUCKETS =
		(AGE_DISTRIBUTION_VALUE_BITS - AGE_DISTRIBUTION_COARSE_BITS + 1)
		<< AGE_DISTRIBUTION_COARSE_BITS,
	AGE_DISTRIBUTION_NESTED =
		1 << AGE_DISTRIBUTION_FINE_BITS, /* so many ns, and the fine bucket of as many */
};

struct age_distribution {
	unsigned step_bits;
	uint64_t *begins, *ends; /* by bucket */
	uint64_t count;          /* teeth */
	int64_t max_ns;          /* the largest age at any moment, exact */
};

/* `step_bits`: 1 to AGE_DISTRIBUTION_FINE_BITS. 0 or -ENOMEM; it is then empty. */
int age_distribution_init(struct age_distribution *sawtooth, unsigned step_bits);
/* Accepts one that is all zero. */
void age_distribution_fini(struct age_distribution *sawtooth);

/* Makes it empty again; accepts one that is all zero. */
void age_distribution_reset(struct age_distribution *sawtooth);

/*
 * The same over zeroed memory of the caller's (as many counts as there are buckets, twice), which
 * may be shared between processes; it is empty then, and age_distribution_fini is not for it.
 */
void age_distribution_over(struct age_distribution *sawtooth, unsigned step_bits, uint64_t *counts);

/* Adds all teeth of `from`, which has the same step_bits: as if taken by `into`. */
void age_distribution_merge(struct age_distribution *into, const struct age_distribution *from);

/* One tooth. Those that do not grow are left out; a negative age counts as 0. */
static inline void age_distribution_add(struct age_distribution *sawtooth, int64_t from_ns,
					int64_t to_ns);

/* Its two halves, for who knows them at different times: each begin is to have its end. */
static inline void age_distribution_begin(struct age_distribution *sawtooth, int64_t from_ns);
static inline void age_distribution_end(struct age_distribution *sawtooth, int64_t to_ns);

/* So often a tooth begins at an age in `bucket`, and one ends that is `step_ns` older. */
void age_distribution_add_notches(struct age_distribution *sawtooth, size_t bucket, uint64_t count,
				  int64_t step_ns);

/* The age that is not exceeded for `share` (0 to 1) of the time; -1 when there is none. */
int64_t age_distribution_quantile_ns(const struct age_distribution *sawtooth, double share);

/*
 * How a tooth is counted, here so that it can be inline: a tooth is added for each of millions of
 * deliveries a second, and to two of these, which can share most of the work: who knows the fine
 * bucket has the coarse one for two instructions.
 */

/*
 * Below 2^(step_bits + 1) a value has its own; above, its top step_bits + 1 bits choose. Of a
 * number of steps that the compiler knows it takes half as much.
 */
static inline size_t age_distribution_bucket_of(unsigned step_bits, int64_t value_ns)
{
	const int64_t most_ns = (INT64_C(1) << AGE_DISTRIBUTION_VALUE_BITS) - 1;
	const int64_t positive_ns = value_ns > 0 ? value_ns : 0;
	const int64_t ns = positive_ns < most_ns ? positive_ns : most_ns;
	const unsigned top_bit = 63 - (unsigned)__builtin_clzll((uint64_t)ns | 1);
	const unsigned shift = top_bit > step_bits ? top_bit - step_bits : 0;

	return ((size_t)shift << step_bits) + (size_t)(ns >> shift);
}

static inline size_t age_distribution_bucket(const struct age_distribution *sawtooth,
					     int64_t value_ns)
{
	return age_distribution_bucket_of(sawtooth->step_bits, value_ns);
}

/*
 * The bucket at AGE_DISTRIBUTION_COARSE_BITS of what is in `bucket` at AGE_DISTRIBUTION_FINE_BITS,
 * from AGE_DISTRIBUTION_NESTED on: there a coarse bucket is 32 fine ones in a row.
 */
static inline size_t age_distribution_coarse(size_t bucket)
{
	const unsigned bits = AGE_DISTRIBUTION_FINE_BITS - AGE_DISTRIBUTION_COARSE_BITS;

	return (bucket >> bits) + ((size_t)bits << AGE_DISTRIBUTION_COARSE_BITS);
}

static inline void age_distribution_begin(struct age_distribution *sawtooth, int64_t from_ns)
{
	sawtooth->begins[age_distribution_bucket(sawtooth, from_ns)]++;
}

static inline void age_distribution_end(struct age_distribution *sawtooth, int64_t to_ns)
{
	sawtooth->ends[age_distribution_bucket(sawtooth, to_ns)]++;
	sawtooth->count++;
	if (to_ns > sawtooth->max_ns)
		sawtooth->max_ns = to_ns;
}

static inline void age_distribution_add(struct age_distribution *sawtooth, int64_t from_ns,
					int64_t to_ns)
{
	if (to_ns <= from_ns)
		return;
	age_distribution_begin(sawtooth, from_ns);
	age_distribution_end(sawtooth, to_ns);
}

#endif

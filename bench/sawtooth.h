/*
 * sawtooth: the distribution over time of any number of ages, in fixed memory.
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
#ifndef STARLING_BENCH_SAWTOOTH_H
#define STARLING_BENCH_SAWTOOTH_H

#include <stddef.h>
#include <stdint.h>

enum {
	SAWTOOTH_FINE_BITS = 10,  /* 0.05 %, 480 KiB */
	SAWTOOTH_COARSE_BITS = 5, /* 1.6 %, 19 KiB: one for each receiver */
	SAWTOOTH_VALUE_BITS = 40, /* ages below 2^40 ns, 18 minutes; older ones count as that old */
};

struct sawtooth {
	unsigned step_bits;
	uint64_t *begins, *ends; /* by bucket */
	uint64_t count;          /* teeth */
	int64_t max_ns;          /* the largest age at any moment, exact */
};

/* `step_bits`: 1 to SAWTOOTH_FINE_BITS. 0 or -ENOMEM; it is then empty. */
int sawtooth_init(struct sawtooth *sawtooth, unsigned step_bits);
/* Accepts one that is all zero. */
void sawtooth_fini(struct sawtooth *sawtooth);

/* One tooth. Those that do not grow are left out; a negative age counts as 0. */
void sawtooth_add(struct sawtooth *sawtooth, int64_t from_ns, int64_t to_ns);

/* The age that is not exceeded for `share` (0 to 1) of the time; -1 when there is none. */
int64_t sawtooth_quantile_ns(const struct sawtooth *sawtooth, double share);

#endif

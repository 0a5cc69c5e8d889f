/*
 * log_buckets: the log-linear buckets in which times are counted (HdrHistogram has the very same).
 *
 * Times are nanoseconds from 0 to 2^40 - 1, 18 minutes. With `bits`, each of the 2^(bits + 1) least
 * ones has a bucket of its own; above, each doubling has 2^bits buckets of equal width. So a bucket
 * is at most 1 / 2^bits of the least time in it.
 */
#ifndef STARLING_BENCH_LOG_BUCKETS_H
#define STARLING_BENCH_LOG_BUCKETS_H

#include <stddef.h>
#include <stdint.h>

enum {
	LOG_BUCKETS_VALUE_BITS = 40,
	LOG_BUCKETS_FINE = 10,  /* bits: buckets of 0.1 % */
	LOG_BUCKETS_COARSE = 5, /* of 3 %: for each of many receivers */
};

/* How many there are. */
#define LOG_BUCKETS_COUNT(bits) ((size_t)(LOG_BUCKETS_VALUE_BITS - (bits) + 1) << (bits))

/*
 * How far a time is shifted for its bucket: its top bits + 1 bits choose, or all it has. Inline as
 * all of these, as millions of times a second are counted; with bits that the compiler knows it
 * takes half as much.
 */
static inline unsigned log_buckets_shift(unsigned bits, int64_t ns)
{
	const unsigned top_bit = 63 - (unsigned)__builtin_clzll((uint64_t)ns | 1);

	return top_bit > bits ? top_bit - bits : 0;
}

/* The bucket of a time in range. */
static inline size_t log_buckets_of(unsigned bits, int64_t ns)
{
	const unsigned shift = log_buckets_shift(bits, ns);

	return ((size_t)shift << bits) + (size_t)(ns >> shift);
}

/* How many times a bucket is for, and the least of them. */
static inline int64_t log_buckets_width_ns(unsigned bits, size_t bucket)
{
	return INT64_C(1) << (bucket < (size_t)2 << bits ? 0 : (bucket >> bits) - 1);
}

static inline int64_t log_buckets_low_ns(unsigned bits, size_t bucket)
{
	const size_t shift = bucket < (size_t)2 << bits ? 0 : (bucket >> bits) - 1;

	return (int64_t)(bucket - (shift << bits)) << shift;
}

#endif

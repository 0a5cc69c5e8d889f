#include "client/ages.h"

#include <math.h>
#include <string.h>

enum {
	STEPS = 1 << AGES_STEP_BITS,
};

static const uint64_t value_max = (UINT64_C(1) << AGES_VALUE_BITS) - 1;

/* Values below STEPS have a bucket each; above, the top AGES_STEP_BITS + 1 bits choose. */
static size_t bucket_of(uint64_t value)
{
	unsigned shift = 0;

	while (value >> shift >= 2 * STEPS)
		shift++;
	if (value < STEPS)
		return (size_t)value;
	return ((size_t)shift << AGES_STEP_BITS) + (size_t)(value >> shift);
}

/* The middle of a bucket, in microseconds. */
static double middle_us(size_t bucket)
{
	unsigned shift;

	if (bucket < 2 * STEPS)
		return (double)bucket;
	shift = (unsigned)(bucket >> AGES_STEP_BITS) - 1;
	bucket -= (size_t)shift << AGES_STEP_BITS;
	return ((double)bucket + 0.5) * (double)(UINT64_C(1) << shift);
}

void ages_add(struct ages *ages, double span_s)
{
	double us;

	if (!(span_s > 0))
		span_s = 0;
	us = round(span_s * 1e6);
	ages->buckets[bucket_of(us < (double)value_max ? (uint64_t)us : value_max)]++;
	if (ages->count++ == 0 || span_s > ages->max_s)
		ages->max_s = span_s;
}

double ages_percentile(const struct ages *ages, double percent)
{
	uint64_t rank, seen = 0;

	if (ages->count == 0)
		return -1;
	rank = (uint64_t)ceil(percent / 100 * (double)ages->count);
	if (rank == 0)
		rank = 1;
	for (size_t bucket = 0; bucket < AGES_BUCKETS; bucket++) {
		seen += ages->buckets[bucket];
		if (seen >= rank) {
			double span_s = middle_us(bucket) / 1e6;

			/* The middle of the last bucket may lie above all that it holds. */
			return span_s < ages->max_s ? span_s : ages->max_s;
		}
	}
	return ages->max_s;
}

double ages_max(const struct ages *ages)
{
	return ages->count > 0 ? ages->max_s : -1;
}

void ages_reset(struct ages *ages)
{
	memset(ages, 0, sizeof(*ages));
}

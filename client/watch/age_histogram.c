#include "client/watch/age_histogram.h"

#include <math.h>
#include <string.h>

enum {
	STEPS = 1 << AGE_HISTOGRAM_STEP_BITS,
};

static const uint64_t value_max = (UINT64_C(1) << AGE_HISTOGRAM_VALUE_BITS) - 1;

/* Values below STEPS have a bucket each; above, the top AGE_HISTOGRAM_STEP_BITS + 1 bits choose. */
static size_t bucket_of(uint64_t value)
{
	unsigned shift = 0;

	while (value >> shift >= 2 * STEPS)
		shift++;
	if (value < STEPS)
		return (size_t)value;
	return ((size_t)shift << AGE_HISTOGRAM_STEP_BITS) + (size_t)(value >> shift);
}

/* The middle of a bucket, in microseconds. */
static double middle_us(size_t bucket)
{
	unsigned shift;

	if (bucket < 2 * STEPS)
		return (double)bucket;
	shift = (unsigned)(bucket >> AGE_HISTOGRAM_STEP_BITS) - 1;
	bucket -= (size_t)shift << AGE_HISTOGRAM_STEP_BITS;
	return ((double)bucket + 0.5) * (double)(UINT64_C(1) << shift);
}

void age_histogram_add(struct age_histogram *histogram, double age_s)
{
	double us;

	if (!(age_s > 0))
		age_s = 0;
	us = round(age_s * 1e6);
	histogram->buckets[bucket_of(us < (double)value_max ? (uint64_t)us : value_max)]++;
	if (histogram->count++ == 0 || age_s > histogram->max_s)
		histogram->max_s = age_s;
}

double age_histogram_percentile(const struct age_histogram *histogram, double percent)
{
	uint64_t rank, seen = 0;

	if (histogram->count == 0)
		return -1;
	rank = (uint64_t)ceil(percent / 100 * (double)histogram->count);
	if (rank == 0)
		rank = 1;
	for (size_t bucket = 0; bucket < AGE_HISTOGRAM_BUCKETS; bucket++) {
		seen += histogram->buckets[bucket];
		if (seen >= rank) {
			double age_s = middle_us(bucket) / 1e6;

			/* The middle of the last bucket may exceed all values in it. */
			return age_s < histogram->max_s ? age_s : histogram->max_s;
		}
	}
	return histogram->max_s;
}

double age_histogram_max(const struct age_histogram *histogram)
{
	return histogram->count > 0 ? histogram->max_s : -1;
}

void age_histogram_reset(struct age_histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
}

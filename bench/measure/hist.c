#include "bench/measure/hist.h"

#include <float.h>
#include <math.h>
#include <string.h>

_Static_assert(HIST_MAX_NS >> LOG_BUCKETS_VALUE_BITS == 0, "the largest value has a bucket");

/* The number of the wanted value, from 1 on. A share that is not a number asks for the first. */
static uint64_t rank_of(const struct hist *hist, double share)
{
	double rank = ceil(share * (double)hist->count * (1 - 2 * DBL_EPSILON));

	if (!(rank > 1))
		return 1;
	return rank < (double)hist->count ? (uint64_t)rank : hist->count;
}

/* The largest value of a bucket: as which all in it are reported. */
static int64_t bucket_high_ns(size_t bucket)
{
	return log_buckets_low_ns(LOG_BUCKETS_FINE, bucket) +
	       log_buckets_width_ns(LOG_BUCKETS_FINE, bucket) - 1;
}

int64_t hist_quantile_ns(const struct hist *hist, double share)
{
	uint64_t rank = rank_of(hist, share), seen = 0;

	if (hist->count == 0)
		return -1;
	if (rank == 1)
		return hist->min_ns;
	for (size_t i = log_buckets_of(LOG_BUCKETS_FINE, hist->min_ns);
	     i < HIST_BUCKETS && rank < hist->count; i++) {
		seen += hist->counts[i];
		if (seen >= rank) {
			const int64_t high_ns = bucket_high_ns(i);

			return high_ns < hist->max_ns ? high_ns : hist->max_ns;
		}
	}
	return hist->max_ns;
}

int64_t hist_max_ns(const struct hist *hist)
{
	return hist->count > 0 ? hist->max_ns : -1;
}

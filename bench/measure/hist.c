#include "bench/measure/hist.h"

#include <float.h>
#include <math.h>
#include <string.h>

_Static_assert(HIST_MAX_NS >> LOG_BUCKETS_VALUE_BITS == 0, "the largest value has a bucket");

void hist_merge(struct hist *into, const struct hist *from)
{
	into->below += from->below;
	into->above += from->above;
	if (from->count == 0)
		return;
	if (into->count == 0 || from->min_ns < into->min_ns)
		into->min_ns = from->min_ns;
	if (into->count == 0 || from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	into->count += from->count;
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		into->counts[i] += from->counts[i];
}

void hist_reset(struct hist *hist)
{
	memset(hist, 0, sizeof(*hist));
}

/* The number of the wanted value, from 1 on. A share that is not a number asks for the first. */
static uint64_t rank_of(const struct hist *hist, double share)
{
	double rank = ceil(share * (double)hist->count * (1 - 2 * DBL_EPSILON));

	if (!(rank > 1))
		return 1;
	return rank < (double)hist->count ? (uint64_t)rank : hist->count;
}

int64_t hist_bucket_high_ns(size_t bucket)
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
			const int64_t high_ns = hist_bucket_high_ns(i);

			return high_ns < hist->max_ns ? high_ns : hist->max_ns;
		}
	}
	return hist->max_ns;
}

int64_t hist_min_ns(const struct hist *hist)
{
	return hist->count > 0 ? hist->min_ns : -1;
}

int64_t hist_max_ns(const struct hist *hist)
{
	return hist->count > 0 ? hist->max_ns : -1;
}

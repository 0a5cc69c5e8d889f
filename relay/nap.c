#include "relay/nap.h"

#define NS_PER_MS INT64_C(1000000)

void nap_count(struct nap *nap, uint64_t datagrams, int64_t now_ns)
{
	const uint64_t came = datagrams - nap->datagrams;

	if (nap->counted_ns > 0 && now_ns > nap->counted_ns)
		nap->batch_ns =
			(now_ns - nap->counted_ns) / (int64_t)(came > 0 ? came : 1) * NAP_DATAGRAMS;
	nap->counted_ns = now_ns;
	nap->datagrams = datagrams;
}

int64_t nap_longest_ns(const struct nap *nap, bool is_ticking)
{
	const int64_t least_ns = NAP_LEAST_MS * NS_PER_MS;
	const int64_t most_ns = (is_ticking ? NAP_TICK_MS : NAP_AUTO_MS) * NS_PER_MS;

	if (nap->batch_ns < least_ns)
		return least_ns;
	return nap->batch_ns < most_ns ? nap->batch_ns : most_ns;
}

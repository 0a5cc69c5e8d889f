#include "relay/schedule/coalescing.h"

#define NS_PER_MS INT64_C(1000000)

void coalescing_count(struct coalescing *coalescing, uint64_t datagrams, int64_t now_ns)
{
	const uint64_t came = datagrams - coalescing->datagrams;

	if (coalescing->counted_ns > 0 && now_ns > coalescing->counted_ns)
		coalescing->batch_ns = (now_ns - coalescing->counted_ns) /
				       (int64_t)(came > 0 ? came : 1) * COALESCING_DATAGRAMS;
	coalescing->counted_ns = now_ns;
	coalescing->datagrams = datagrams;
}

int64_t coalescing_longest_ns(const struct coalescing *coalescing, bool is_ticking)
{
	const int64_t least_ns = COALESCING_LEAST_MS * NS_PER_MS;
	const int64_t most_ns = (is_ticking ? COALESCING_TICK_MS : COALESCING_AUTO_MS) * NS_PER_MS;

	if (coalescing->batch_ns < least_ns)
		return least_ns;
	return coalescing->batch_ns < most_ns ? coalescing->batch_ns : most_ns;
}

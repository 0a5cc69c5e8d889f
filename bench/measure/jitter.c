#include "bench/measure/jitter.h"

#include <math.h>

static const double gain = 1 / 16.0;

void jitter_take(struct jitter *jitter, int64_t transit_ns)
{
	if (jitter->count++ > 0)
		jitter->estimate_ns += gain * (fabs((double)(transit_ns - jitter->transit_ns)) -
					       jitter->estimate_ns);
	jitter->transit_ns = transit_ns;
}

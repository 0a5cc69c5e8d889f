#include "bench/measure/spread.h"

#include <math.h>

struct spread spread_of(const double *values, size_t count)
{
	double sorted[SPREAD_MAX];
	size_t used = 0;

	for (size_t i = 0; i < count && used < SPREAD_MAX; i++) {
		size_t at = used;

		if (!isfinite(values[i]))
			continue;
		for (; at > 0 && sorted[at - 1] > values[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = values[i];
		used++;
	}
	if (used == 0)
		return (struct spread){ NAN, NAN, NAN };
	return (struct spread){ (sorted[(used - 1) / 2] + sorted[used / 2]) / 2, sorted[0],
				sorted[used - 1] };
}

#include "tests/soak/memory_trend.h"

#include <stdlib.h>

void memory_trend_add(struct memory_trend *trend, double at_s, double bytes)
{
	if (trend->count == MEMORY_TREND_MAX)
		return;
	trend->at_s[trend->count] = at_s;
	trend->bytes[trend->count++] = bytes;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double memory_trend_slope(const struct memory_trend *trend, size_t skip)
{
	const size_t samples = trend->count > skip ? trend->count - skip : 0;
	const double *at_s = trend->at_s + skip, *bytes = trend->bytes + skip;
	double *slopes, median;
	size_t count = 0;

	if (samples < 2)
		return 0;
	slopes = malloc(samples * (samples - 1) / 2 * sizeof(*slopes));
	if (!slopes)
		abort();
	for (size_t i = 0; i < samples; i++)
		for (size_t j = i + 1; j < samples; j++)
			slopes[count++] = (bytes[j] - bytes[i]) / (at_s[j] - at_s[i]);
	qsort(slopes, count, sizeof(*slopes), by_value);
	median = count % 2 ? slopes[count / 2] : (slopes[count / 2 - 1] + slopes[count / 2]) / 2;
	free(slopes);
	return median;
}

#include "bench/measure/grain.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "bench/measure/hist.h"
#include "proto/net/random.h"

enum {
	READINGS = 200000,
	VALUES = 100000,
};

static const double shares[] = { 0, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };

enum {
	SHARES = sizeof(shares) / sizeof(shares[0]),
};

static int64_t clock_ns(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void measure_clock(struct grain *grain)
{
	struct timespec resolution = { 0 };
	const int64_t start_ns = clock_ns();
	int64_t last_ns = start_ns, least_ns = INT64_MAX;

	for (unsigned i = 0; i < READINGS; i++) {
		const int64_t time_ns = clock_ns();

		if (time_ns > last_ns && time_ns - last_ns < least_ns)
			least_ns = time_ns - last_ns;
		last_ns = time_ns;
	}
	clock_getres(CLOCK_MONOTONIC, &resolution);
	grain->clock_resolution_ns = (double)resolution.tv_nsec + 1e9 * (double)resolution.tv_sec;
	grain->clock_least_step_ns = least_ns < INT64_MAX ? (double)least_ns : NAN;
	grain->clock_read_ns = (double)(last_ns - start_ns) / READINGS;
}

static int compare(const void *a, const void *b)
{
	const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/* Sorted, evenly in the logarithm from 1 us to `most_ns`. */
static void draw(int64_t values[static VALUES], uint64_t seed, double most_ns)
{
	struct random random = random_init(seed);

	for (unsigned i = 0; i < VALUES; i++)
		values[i] = (int64_t)(1e3 * pow(most_ns / 1e3,
						(double)(random_u64(&random) >> 11) * 0x1p-53));
	qsort(values, VALUES, sizeof(values[0]), compare);
}

/* By nearest rank. */
static int64_t exact(const int64_t values[static VALUES], double share)
{
	const double rank = fmax(1, ceil(share * VALUES - 1e-6));

	return values[(size_t)rank - 1];
}

static double hist_error(const int64_t values[static VALUES])
{
	struct hist *hist = calloc(1, sizeof(*hist));
	double worst = hist ? 0 : NAN;

	for (unsigned i = 0; hist && i < VALUES; i++)
		hist_record(hist, values[i]);
	for (unsigned i = 0; hist && i < SHARES; i++) {
		const double right = (double)exact(values, shares[i]);

		worst = fmax(worst,
			     fabs((double)hist_quantile_ns(hist, shares[i]) - right) / right);
	}
	free(hist);
	return worst;
}

void grain_measure(struct grain *grain, uint64_t seed)
{
	int64_t *values = calloc(VALUES, sizeof(*values));

	*grain = (struct grain){ .hist_error = NAN };
	measure_clock(grain);
	if (!values)
		return;
	draw(values, seed, (double)HIST_MAX_NS);
	grain->hist_error = hist_error(values);
	free(values);
}

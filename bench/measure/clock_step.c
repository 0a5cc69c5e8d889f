#include "bench/measure/clock_step.h"

#include <math.h>
#include <stdint.h>
#include <time.h>

enum {
	READINGS = 200000,
};

static int64_t clock_ns(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

struct clock_step clock_step_measure(void)
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
	return (struct clock_step){
		.resolution_ns = (double)resolution.tv_nsec + 1e9 * (double)resolution.tv_sec,
		.least_ns = least_ns < INT64_MAX ? (double)least_ns : NAN,
		.read_ns = (double)(last_ns - start_ns) / READINGS,
	};
}

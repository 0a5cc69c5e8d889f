#include "bench/delays.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

int delays_init(struct delays *delays)
{
	*delays = (struct delays){ .counts = calloc(DELAYS_LIMIT_US, sizeof(*delays->counts)),
				   .max_us = -1 };
	return delays->counts ? 0 : -ENOMEM;
}

void delays_fini(struct delays *delays)
{
	free(delays->counts);
	*delays = (struct delays){ 0 };
}

void delays_add(struct delays *delays, int64_t delay_us)
{
	if (delay_us < 0)
		delay_us = 0;
	if (delay_us > delays->max_us)
		delays->max_us = delay_us;
	delays->total++;
	if (delay_us < DELAYS_LIMIT_US)
		delays->counts[delay_us]++;
}

int64_t delays_quantile_us(const struct delays *delays, double share)
{
	/* A share such as 0.07 of 100 must not become the rank 8 by rounding. */
	const double rank = fmax(1, ceil(share * (double)delays->total - 1e-6));
	uint64_t seen = 0;

	for (int64_t us = 0; us <= delays->max_us && us < DELAYS_LIMIT_US; us++) {
		seen += delays->counts[us];
		if ((double)seen >= rank)
			return us;
	}
	return delays->max_us;
}

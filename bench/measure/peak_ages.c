#include "bench/measure/peak_ages.h"

#include <errno.h>
#include <stdlib.h>

int peak_ages_init(struct peak_ages *peaks, unsigned receivers)
{
	*peaks = (struct peak_ages){ .receivers = receivers };
	peaks->receiver_delays = calloc((size_t)receivers * LOG_BUCKETS_COUNT(LOG_BUCKETS_COARSE),
					sizeof(*peaks->receiver_delays));
	peaks->receiver_ages = calloc(receivers, sizeof(*peaks->receiver_ages));
	if (!peaks->receiver_delays || !peaks->receiver_ages ||
	    age_distribution_init(&peaks->ages, LOG_BUCKETS_FINE) < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < receivers; i++)
		if (age_distribution_init(&peaks->receiver_ages[i], LOG_BUCKETS_COARSE) < 0)
			return -ENOMEM;
	return 0;
}

void peak_ages_fini(struct peak_ages *peaks)
{
	for (unsigned i = 0; peaks->receiver_ages && i < peaks->receivers; i++)
		age_distribution_fini(&peaks->receiver_ages[i]);
	age_distribution_fini(&peaks->ages);
	free(peaks->receiver_ages);
	free(peaks->receiver_delays);
	peaks->receiver_ages = NULL;
	peaks->receiver_delays = NULL;
}

void peak_ages_add(struct peak_ages *peaks, unsigned receiver, int64_t from_ns, int64_t to_ns)
{
	age_distribution_add(&peaks->ages, from_ns, to_ns);
	age_distribution_add(&peaks->receiver_ages[receiver], from_ns, to_ns);
}

void peak_ages_begin(struct peak_ages *peaks, unsigned receiver, int64_t from_ns)
{
	age_distribution_begin(&peaks->ages, from_ns);
	age_distribution_begin(&peaks->receiver_ages[receiver], from_ns);
}

void peak_ages_end(struct peak_ages *peaks, unsigned receiver, int64_t to_ns)
{
	age_distribution_end(&peaks->ages, to_ns);
	age_distribution_end(&peaks->receiver_ages[receiver], to_ns);
}

static void settle_receiver(struct peak_ages *peaks, unsigned receiver, int64_t step_ns)
{
	uint32_t *counts =
		&peaks->receiver_delays[(size_t)receiver * LOG_BUCKETS_COUNT(LOG_BUCKETS_COARSE)];

	for (size_t i = 0; i < LOG_BUCKETS_COUNT(LOG_BUCKETS_COARSE); i++)
		age_distribution_add_peaks(&peaks->receiver_ages[receiver], i, counts[i], step_ns);
}

void peak_ages_settle(struct peak_ages *peaks, int64_t step_ns)
{
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		age_distribution_add_peaks(&peaks->ages, i, peaks->delays.counts[i], step_ns);
	for (unsigned i = 0; i < peaks->receivers; i++)
		settle_receiver(peaks, i, step_ns);
}

#include "bench/measure/notches.h"

#include <errno.h>
#include <stdlib.h>

_Static_assert((int)HIST_STEP_BITS == (int)AGE_DISTRIBUTION_FINE_BITS &&
		       (int)HIST_BUCKETS == (int)AGE_DISTRIBUTION_FINE_BUCKETS,
	       "what a histogram counts, the ages count in the same bucket");

int notches_init(struct notches *notches, unsigned receivers)
{
	*notches = (struct notches){ .receivers = receivers };
	notches->receiver_delays = calloc((size_t)receivers * AGE_DISTRIBUTION_COARSE_BUCKETS,
					  sizeof(*notches->receiver_delays));
	notches->receiver_ages = calloc(receivers, sizeof(*notches->receiver_ages));
	if (!notches->receiver_delays || !notches->receiver_ages ||
	    age_distribution_init(&notches->ages, AGE_DISTRIBUTION_FINE_BITS) < 0)
		return -ENOMEM;
	for (unsigned i = 0; i < receivers; i++)
		if (age_distribution_init(&notches->receiver_ages[i],
					  AGE_DISTRIBUTION_COARSE_BITS) < 0)
			return -ENOMEM;
	return 0;
}

void notches_fini(struct notches *notches)
{
	for (unsigned i = 0; notches->receiver_ages && i < notches->receivers; i++)
		age_distribution_fini(&notches->receiver_ages[i]);
	age_distribution_fini(&notches->ages);
	free(notches->receiver_ages);
	free(notches->receiver_delays);
	notches->receiver_ages = NULL;
	notches->receiver_delays = NULL;
}

void notches_add(struct notches *notches, unsigned receiver, int64_t from_ns, int64_t to_ns)
{
	age_distribution_add(&notches->ages, from_ns, to_ns);
	age_distribution_add(&notches->receiver_ages[receiver], from_ns, to_ns);
}

void notches_begin(struct notches *notches, unsigned receiver, int64_t from_ns)
{
	age_distribution_begin(&notches->ages, from_ns);
	age_distribution_begin(&notches->receiver_ages[receiver], from_ns);
}

void notches_end(struct notches *notches, unsigned receiver, int64_t to_ns)
{
	age_distribution_end(&notches->ages, to_ns);
	age_distribution_end(&notches->receiver_ages[receiver], to_ns);
}

static void settle_receiver(struct notches *notches, unsigned receiver, int64_t step_ns)
{
	uint32_t *counts =
		&notches->receiver_delays[(size_t)receiver * AGE_DISTRIBUTION_COARSE_BUCKETS];

	for (size_t i = 0; i < AGE_DISTRIBUTION_COARSE_BUCKETS; i++)
		age_distribution_add_notches(&notches->receiver_ages[receiver], i, counts[i],
					     step_ns);
}

void notches_settle(struct notches *notches, int64_t step_ns)
{
	for (size_t i = 0; i < HIST_BUCKETS; i++)
		age_distribution_add_notches(&notches->ages, i, notches->delays.counts[i], step_ns);
	for (unsigned i = 0; i < notches->receivers; i++)
		settle_receiver(notches, i, step_ns);
}

#include "bench/netns/live_shared.h"

#include <sys/mman.h>

#include "bench/load/generator.h"

static size_t updates_max(const struct trial_config *config)
{
	return (size_t)((GENERATOR_WARM_UP_S + config->seconds) * config->rate_hz) + 2;
}

static size_t bytes_of(const struct trial_config *config)
{
	return sizeof(struct live_shared) + updates_max(config) * sizeof(struct age_update);
}

struct live_shared *live_shared_open(const struct trial_config *config)
{
	struct live_shared *shared = mmap(NULL, bytes_of(config), PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return NULL;
	/* Processes that are forked have it at the same place. */
	age_distribution_over(&shared->ages, LOG_BUCKETS_FINE, shared->age_buckets);
	shared->config = *config;
	shared->config.delays = config->delays ? &shared->delays : NULL;
	shared->config.ages = config->ages ? &shared->ages : NULL;
	shared->sink = (struct sink_trial){ .config = &shared->config,
					    .result = &shared->result,
					    .start_ns = &shared->links.start_ns,
					    .datagrams = &shared->links.datagrams,
					    .bytes = &shared->links.bytes,
					    .updates = shared->updates,
					    .updates_max = updates_max(config),
					    .update_count = &shared->update_count };
	return shared;
}

void live_shared_close(struct live_shared *shared)
{
	if (shared)
		munmap(shared, bytes_of(&shared->config));
}

int live_shared_take(const struct live_shared *shared, const struct trial_config *config)
{
	int status = 0;

	if (config->delays)
		hist_merge(config->delays, &shared->delays);
	if (config->ages)
		age_distribution_merge(config->ages, &shared->ages);
	for (size_t i = 0; config->track && i < shared->update_count && status == 0; i++)
		status = age_track_take(config->track, shared->updates[i].now_us,
					shared->updates[i].origin_us);
	return status;
}

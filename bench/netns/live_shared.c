#include "bench/netns/live_shared.h"

#include <string.h>
#include <sys/mman.h>

#include "bench/netns/trial_live.h"

static size_t sights_max(const struct trial_config *config)
{
	return (size_t)((TRIAL_LIVE_WARM_UP_S + config->seconds) * config->rate_hz) + 2;
}

static size_t bytes_of(const struct trial_config *config)
{
	return sizeof(struct live_shared) + sights_max(config) * sizeof(struct age_sight);
}

struct live_shared *live_shared_open(const struct trial_config *config)
{
	struct live_shared *shared = mmap(NULL, bytes_of(config), PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		return NULL;
	/* Processes that are forked have it at the same place. */
	age_distribution_over(&shared->ages, AGE_DISTRIBUTION_FINE_BITS, shared->age_buckets);
	return shared;
}

void live_shared_close(struct live_shared *shared, const struct trial_config *config)
{
	if (shared)
		munmap(shared, bytes_of(config));
}

static void leave_track(struct live_shared *shared, const struct age_track *track, size_t capacity)
{
	shared->sight_count = track->count < capacity ? track->count : capacity;
	if (shared->sight_count > 0)
		memcpy(shared->sights, track->sights,
		       shared->sight_count * sizeof(track->sights[0]));
}

void live_shared_play(struct live_shared *shared, const struct trial_config *config,
		      const struct trial_place *place)
{
	struct trial_config here = *config;
	struct age_track track = { 0 };
	char error[TRIAL_ERROR_BYTES];

	here.place = place;
	here.track = config->track ? &track : NULL;
	here.delays = config->delays ? &shared->delays : NULL;
	here.ages = config->ages ? &shared->ages : NULL;
	if (!trial_run(&here, &shared->result, error) && shared->error[0] == '\0')
		memcpy(shared->error, error, sizeof(error));
	leave_track(shared, &track, sights_max(config));
	age_track_fini(&track);
	shared->is_done = shared->error[0] == '\0';
}

int live_shared_take(const struct live_shared *shared, const struct trial_config *config)
{
	int status = 0;

	if (config->delays)
		hist_merge(config->delays, &shared->delays);
	if (config->ages)
		age_distribution_merge(config->ages, &shared->ages);
	for (size_t i = 0; config->track && i < shared->sight_count && status == 0; i++)
		status = age_track_take(config->track, shared->sights[i].now_us,
					shared->sights[i].origin_us);
	return status;
}

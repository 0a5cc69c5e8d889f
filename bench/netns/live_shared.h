/*
 * live_shared: the memory that the processes of one live run share: what the members' process finds
 * goes there, and the bench collects it when that has ended.
 */
#ifndef STARLING_BENCH_LIVE_SHARED_H
#define STARLING_BENCH_LIVE_SHARED_H

#include "bench/load/sink_trial.h"
#include "bench/measure/age_distribution.h"
#include "bench/netns/link_emulator.h"
#include "bench/sim/trial.h"

struct live_shared {
	struct link_emulator_shared links;
	struct trial_result result;
	struct sink_trial sink;     /* which leaves its results here; */
	struct trial_config config; /* its configuration */
	struct hist delays;
	struct age_distribution ages; /* over age_buckets */
	struct age_bucket age_buckets[LOG_BUCKETS_COUNT(LOG_BUCKETS_FINE)];
	size_t update_count;
	struct age_update updates[]; /* room for one of each update of a member */
};

/* To be made before the processes are; `config` must outlive it. NULL with errno. */
struct live_shared *live_shared_open(const struct trial_config *config);
/* NULL is allowed. */
void live_shared_close(struct live_shared *shared);

/* Adds what was left to the config's delays, ages and track. 0 or -ENOMEM. */
int live_shared_take(const struct live_shared *shared, const struct trial_config *config);

#endif

/*
 * live_shared: what the processes of one live run share: the members' process leaves there what it
 * found, and the bench collects it when that has ended.
 */
#ifndef STARLING_BENCH_LIVE_SHARED_H
#define STARLING_BENCH_LIVE_SHARED_H

#include "bench/netns/link_emulator.h"
#include "bench/measure/age_distribution.h"
#include "bench/sim/trial.h"
#include "bench/sim/trial_internal.h"

struct live_shared {
	struct link_emulator_shared links;
	struct trial_result result;
	bool is_done;
	char error[TRIAL_ERROR_BYTES];
	/* What goes beyond a result: of the config's delays, ages, track, where they are wanted. */
	struct hist delays;
	struct age_distribution ages; /* over age_buckets */
	struct age_bucket age_buckets[AGE_DISTRIBUTION_FINE_BUCKETS];
	size_t sight_count;
	struct age_sight sights[]; /* room for one of each update of a member */
};

/* To be made before the processes are. NULL with errno. */
struct live_shared *live_shared_open(const struct trial_config *config);
/* NULL is allowed. */
void live_shared_close(struct live_shared *shared, const struct trial_config *config);

/*
 * In the members' process: runs the trial at this place. What it finds, or why it could not, is
 * then in `shared`.
 */
void live_shared_play(struct live_shared *shared, const struct trial_config *config,
		      const struct trial_place *place);

/* In the bench: adds what was left to the config's delays, ages and track. 0 or -ENOMEM. */
int live_shared_take(const struct live_shared *shared, const struct trial_config *config);

#endif

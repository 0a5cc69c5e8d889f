/*
 * sink_trial: the sink of `contrast`: it keeps what became of every update at every member, and
 * gives the same figures as a simulated trial (trial_figures.h).
 */
#ifndef STARLING_BENCH_SINK_TRIAL_H
#define STARLING_BENCH_SINK_TRIAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/load/sink.h"
#include "bench/measure/age_track.h"
#include "bench/sim/trial.h"

/* The generator's sink_context; results may be in memory that it shares with others. */
struct sink_trial {
	const struct trial_config *config;
	struct trial_result *result; /* but for what the links did */
	/* Set before the first update is sent: from when on the links are the same for all. */
	_Atomic int64_t *start_ns;
	const _Atomic uint64_t *datagrams, *bytes; /* that entered the links so far */
	/* The ways for config->track, at most so many. */
	struct age_update *updates;
	size_t updates_max, *update_count;
};

extern const struct sink sink_trial;

#endif

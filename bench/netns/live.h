/*
 * live: one trial on real sockets, in real time: its relay and its members in two network
 * namespaces, and the link between these, each in a process of its own. All of them are ended by
 * their pids, and die with this one.
 */
#ifndef STARLING_BENCH_LIVE_H
#define STARLING_BENCH_LIVE_H

#include <stdbool.h>

#include "bench/servers/run.h"
#include "bench/sim/trial.h"

enum {
	LIVE_ERROR_BYTES = TARGET_ERROR_BYTES,
};

/*
 * Runs it on this ground, which takes about live_seconds. This process is in a new network
 * namespace afterwards. 0, or -1 with a sentence in `error`; none of its processes is left in
 * either case.
 */
int live_run(const struct run_ground *ground, const struct trial_config *config,
	     struct trial_result *result, char error[static LIVE_ERROR_BYTES]);

/* How long a trial takes in the usual case. */
double live_seconds(const struct trial_config *config);

#endif

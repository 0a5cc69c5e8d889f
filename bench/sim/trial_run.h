/*
 * trial_run: a trial on the simulated network. Everything is exact: the time is virtual, each
 * member publishes on its due times, and whoever receives a state knows which update it is.
 */
#ifndef STARLING_BENCH_TRIAL_RUN_H
#define STARLING_BENCH_TRIAL_RUN_H

#include <stdbool.h>

#include "bench/sim/trial.h"

/*
 * Runs it on the simulated network, as fast as it goes. What the config borrows must outlive the
 * call only. False when it could not be run, or is over: `error` says why, and `result` is of no
 * use.
 */
bool trial_run(const struct trial_config *config, struct trial_result *result,
	       char error[TRIAL_ERROR_BYTES]);

#endif

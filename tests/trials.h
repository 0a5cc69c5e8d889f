/*
 * trials: trials of contrast (bench/trial.h) on the simulated network, for cmocka tests: a trial
 * that cannot be run fails the test.
 */
#ifndef STARLING_TESTS_TRIALS_H
#define STARLING_TESTS_TRIALS_H

#include <stdint.h>

#include "bench/trial.h"

enum {
	TRIALS_MEMBERS = 4,
};

/*
 * TRIALS_MEMBERS, at 20 Hz for 20 s, with an event a second, three states in each of the redundant
 * datagrams, and no tick. `line` is in the text form of impair.h.
 */
struct trial_config trials_config(enum trial_carrier carrier, const char *line, uint64_t seed);

struct trial_result trials_run(const struct trial_config *config);

/* Both. */
struct trial_result trials_of(enum trial_carrier carrier, const char *line, uint64_t seed);

/* Of all updates that were due, from 0 to 1. */
double trials_lost_share(const struct trial_result *result);

/* Fails the test unless `value` is from `least` to `most`, both included; NAN is not. */
void trials_expect_between(double value, double least, double most);

#endif

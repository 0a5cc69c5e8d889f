/*
 * trial_place: where a trial on real sockets takes place: what its members are to reach, and what
 * is between (link_emulator.h).
 */
#ifndef STARLING_BENCH_TRIAL_PLACE_H
#define STARLING_BENCH_TRIAL_PLACE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>

#include "bench/netns/link_emulator.h"

struct trial_place {
	struct sockaddr_in to; /* the relay */
	pid_t relay;           /* ours; it reports on SIGUSR1 */
	struct link_emulator_shared *shared;
	char *error; /* of 256 bytes, empty; says why the trial went wrong on its way */
};

#endif

/*
 * trial: one room on the simulated network, one way of carrying its updates, one kind of line; and
 * what became of the updates. Everything is exact: the time is virtual, each member publishes on
 * its due times, and whoever receives a state knows which update it is.
 *
 * Trials with the same seed and line draw the same luck for the n-th datagram of each line,
 * whatever the carrier.
 */
#ifndef STARLING_BENCH_TRIAL_H
#define STARLING_BENCH_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/age.h"
#include "proto/net/impair.h"

enum {
	TRIAL_MEMBERS_MAX = 64,
	TRIAL_STALL_MS = 250,
};

enum trial_carrier {
	TRIAL_UNSEQUENCED,
	TRIAL_SEQUENCED,
	TRIAL_RELIABLE,
	TRIAL_SHARED, /* sequenced, on one channel with the reliable events */
	TRIAL_CARRIER_COUNT,
};

const char *trial_carrier_text(enum trial_carrier carrier);

struct trial_config {
	uint64_t seed;
	enum trial_carrier carrier;
	size_t members;          /* 2 to TRIAL_MEMBERS_MAX, each with one entity */
	double rate_hz;          /* updates of each */
	double event_hz;         /* reliable events of each, to the others */
	double tick_hz;          /* of the relay's flushes; 0: at once */
	double seconds;          /* measured; after a warm-up that is left out */
	struct impair_spec line; /* each member's, each way */
};

struct trial_result {
	/* Of all pairs of a member and another's updates, while it was measured. */
	uint64_t due;       /* published, times receivers */
	uint64_t delivered; /* came, late ones too */
	uint64_t late;      /* of these: after a newer one, and so of no use */
	uint64_t lost;      /* never came */
	uint64_t skipped;   /* never sent on: the relay had a newer one by then */
	uint64_t events_due, events_delivered;
	int64_t age_p50_us, age_p95_us, age_p99_us, age_max_us, longest_stall_us;
	uint64_t stalls;
	uint64_t datagrams, bytes; /* on all lines, each way; bytes of UDP payload */
	uint64_t digest;           /* of every datagram */
	double simulated_s;        /* warm-up too */
};

/* False when it could not be run: `error` says why. */
bool trial_run(const struct trial_config *config, struct trial_result *result, char error[256]);

#endif

/*
 * hostile: a process with hostile members (villain.h) for a relay that this bench has started on
 * loopback; what it sends is bounded in count, in rate and in time.
 *
 * Each kind that a relay must bear comes in turn: floods of states, floods of random bytes, reading
 * nothing, reports of nonsense, other settings with each message, positions at the ends of the
 * coordinates.
 */
#ifndef STARLING_BENCH_HOSTILE_H
#define STARLING_BENCH_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench/servers/villain.h"

enum {
	HOSTILE_MAX = 64, /* members */
	HOSTILE_ERROR_BYTES = 160,
	HOSTILE_KINDS = 6,
	HOSTILE_PEERS_EACH =
		4, /* that a relay must have room for: with those it has not yet missed */
};

struct hostile_config {
	uint16_t port; /* of the relay, on 127.0.0.1 */
	unsigned count, rooms;
	bool is_quiet;  /* they are none: VILLAIN_QUIET, for what so many members cost anyway */
	double seconds; /* after which it ends by itself */
	uint64_t seed;
	int cpu;        /* that it runs on; negative: anywhere */
	bool gives_way; /* to what else runs there: the generator */
};

/* In memory shared with the process, which counts here as it goes. */
struct hostile_result {
	unsigned members; /* of `count`, those that were let in at least once */
	uint64_t said;    /* messages */
	uint64_t welcomes;
	int64_t ran_ns;
	char error[HOSTILE_ERROR_BYTES]; /* "": none */
};

/* What kind the n-th member is of. */
enum villain_kind hostile_kind(unsigned n);

/* Messages that so many say in a second, but for the kind that is sent away again and again. */
double hostile_rate_hz(unsigned count, bool is_quiet);

/* Whether they said at least half of that, over the whole time: else they had no processor. */
bool hostile_was_busy(const struct hostile_result *result, unsigned count, bool is_quiet);

/* Messages that were said in a second of ran_ns; 0 when it did not run. */
double hostile_said_hz(const struct hostile_result *result);

/*
 * Starts the process; it dies with this one. `result` is shared memory. Its id, or a negative errno
 * value.
 */
pid_t hostile_start(const struct hostile_config *config, struct hostile_result *result);

/* Ends it, and waits until it has said goodbye; for a second at most. Accepts what hostile_start
 * returned for an error, and 0. */
void hostile_stop(pid_t pid);

#endif

/*
 * nap: for how long what comes in may be left in the kernel's queue while no flush could use it. It
 * then comes in with others, in one turn: a turn costs much the same for one datagram as for fifty.
 *
 * As long as a batch takes to come in, by how many came lately, so that the queue of a relay that
 * was granted no more than the system's default holds several times as many. Bounded, because what
 * is not a state waits with the rest: events and what ENet acknowledges, but not the clock's
 * questions, which are answered by when they arrived. At a fixed rhythm that is a tick at most,
 * which whoever chose the rhythm has to reckon with anyway; with the self-clocked flush, that sends
 * at once where it can, it is little, but more than a crowd of some dozens rests: each of its rests
 * would be two naps otherwise, and a turn between them a tenth of what its relay costs.
 *
 * Rules on the caller's clock, in nanoseconds. A struct that is all zero has counted nothing yet.
 */
#ifndef STARLING_RELAY_SCHEDULE_COALESCING_H
#define STARLING_RELAY_SCHEDULE_COALESCING_H

#include <stdbool.h>
#include <stdint.h>

enum {
	COALESCING_DATAGRAMS = 64,
	COALESCING_LEAST_MS = 2, /* and before anything was counted */
	COALESCING_AUTO_MS = 4,  /* at most, with the self-clocked flush */
	COALESCING_TICK_MS = 20, /* at most, at a fixed rhythm */
};

struct coalescing {
	int64_t counted_ns; /* when the datagrams were counted last */
	uint64_t datagrams; /* so many had come then, in all */
	int64_t batch_ns;   /* a batch's worth took so long to come; 0: not known */
};

/* `datagrams` have come in so far. Call it now and then: the rate is that between two calls. */
void coalescing_count(struct coalescing *coalescing, uint64_t datagrams, int64_t now_ns);

/* How long a nap may be; `is_ticking`: at a fixed rhythm. */
int64_t coalescing_longest_ns(const struct coalescing *coalescing, bool is_ticking);

#endif

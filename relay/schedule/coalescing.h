/*
 * coalescing: how long input may be left in the kernel's queue while no flush could use it. It then
 * comes in with other input, in one turn: a turn costs much the same for one datagram as for fifty.
 *
 * That is as long as a batch takes to come in, by how many came lately, so that the system's
 * default queue holds several times as many. It is bounded, because events and what ENet
 * acknowledges wait with the states. (The clock's questions do not suffer: they are answered by
 * when they arrived.) At a fixed rhythm the bound is a tick or less, which whoever chose the rhythm
 * has to reckon with anyway. The self-clocked flush sends at once where it can, so its bound is
 * small; yet it is longer than the rest of a crowd of some dozens, as each rest would be cut in two
 * otherwise, with a turn between that brings nothing.
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

/* How long input may rest; `is_ticking`: at a fixed rhythm. */
int64_t coalescing_longest_ns(const struct coalescing *coalescing, bool is_ticking);

#endif

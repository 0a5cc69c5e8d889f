/*
 * reorder: which arrivals of a stream were reordered, and how far (RFC 4737).
 *
 * An arrival is reordered if its number is below the next expected, which is one more than the
 * greatest so far: type-P-reordered. Its extent is how many arrivals it came after the earliest one
 * that has a greater number: with arrivals counted by i, i - j for the least j < i whose number is
 * greater.
 *
 * Duplicates, and what comes RECEIVE_WINDOW_UPDATES or more behind the newest, are to be left out
 * by the caller. So no extent is above REORDER_EXTENT_MAX, as all that came in between differ and
 * lie within that distance on either side.
 */
#ifndef STARLING_BENCH_REORDER_H
#define STARLING_BENCH_REORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/measure/receive_window.h"

enum {
	REORDER_EXTENT_MAX = 2 * RECEIVE_WINDOW_UPDATES - 1,
};

/* All streams together; {0} is an empty one. */
struct reorder {
	uint64_t arrivals, reordered;
	uint64_t extents[REORDER_EXTENT_MAX + 1]; /* how many had which; none has 0 */
};

/* Where one stream stands; {0} is one of which nothing came. */
struct reorder_stream {
	uint32_t next;     /* expected; 0: nothing came yet */
	uint32_t arrivals; /* so far */
	/* By number % RECEIVE_WINDOW_UPDATES: an arrival in order, and which arrival it was. */
	uint32_t numbers[RECEIVE_WINDOW_UPDATES], places[RECEIVE_WINDOW_UPDATES];
};

/*
 * An update came, with a number below UINT32_MAX: its extent; 0 when it was in order. `reorder` is
 * NULL for one that is to count for the order of others only.
 */
unsigned reorder_take(struct reorder *reorder, struct reorder_stream *stream, uint32_t number);

/* Over the reordered ones, by nearest rank; 0 when there is none. `share` is 0 to 1. */
unsigned reorder_extent(const struct reorder *reorder, double share);

#endif

/*
 * flush_latency: how long the relay took lately to get out what it flushed in one turn. A snapshot
 * that is noted as sent when its turn begins may leave that much later: in an overload, or while
 * the machine stands still. To its receiver that is delay, and not the link's.
 *
 * Rules on the caller's clock, in nanoseconds. A struct that is all zero has seen nothing yet.
 */
#ifndef STARLING_RELAY_SCHEDULE_FLUSH_LATENCY_H
#define STARLING_RELAY_SCHEDULE_FLUSH_LATENCY_H

#include <stdint.h>

enum {
	/* Long enough for a member's report of late snapshots to have come. */
	FLUSH_LATENCY_SPAN_MS = 2000,
};

struct flush_latency {
	int64_t most_ns[2]; /* of the span before this one; of this one */
	int64_t span_ns;    /* when this one began */
};

/* A turn has taken so long, of which less than 0 counts as 0. */
void flush_latency_note(struct flush_latency *flush_latency, int64_t took_ns, int64_t now_ns);

/* The longest of one span at least, and of two at most. */
int64_t flush_latency_ns(const struct flush_latency *flush_latency, int64_t now_ns);

#endif

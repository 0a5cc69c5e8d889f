/*
 * trace_rate: the intervals between each id's rows, and their consequences: when the id leaves, how
 * long a round lasts, and whether rows come faster than a relay takes messages.
 *
 * Ids of one trace may report at their own rates and times, and in bursts. So each id is judged by
 * its own rows.
 */
#ifndef STARLING_CLIENT_REPLAY_TRACE_RATE_H
#define STARLING_CLIENT_REPLAY_TRACE_RATE_H

#include <stdbool.h>

#include "client/replay/trace.h"

/*
 * Fills in the intervals of the ids and the period of the trace (see trace.h). Reading a trace does
 * so. 0 or -ENOMEM.
 */
int trace_rate_find_intervals(struct trace *trace);

/* How a trace is published. */
struct trace_rate_playback {
	double speed;
	bool is_looping;
	bool is_one_client; /* rows of one time share messages, as many as fit; else each has its
			       own */
	uint32_t grain_um;
};

struct trace_rate_excess {
	size_t clients; /* that send more than the relay takes; with one for all, 1 at most */
	size_t rank;    /* of the id that needs the most; 0 with one client for all */
	/* Its messages within one second, its reports too: a relay that takes these drops none. */
	size_t most;
};

/*
 * Finds the clients whose messages a relay drops that takes `message_rate` a second from each, and
 * a second's worth at once (PROTOCOL.md, MESSAGE_RATE). A client's reports count. All coordinates
 * must fit the grain. 0 or -ENOMEM.
 */
int trace_rate_check(const struct trace *trace, const struct trace_rate_playback *play,
		     unsigned message_rate, struct trace_rate_excess *excess);

#endif

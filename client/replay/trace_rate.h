/*
 * rhythm: how often each id of a trace has a row, and what follows from that: when it leaves, how
 * long a round lasts, and whether its rows come faster than a relay takes messages.
 *
 * Ids of one trace may report at rates of their own, at times of their own, and in bursts. So each
 * id is judged by its own rows, never by those of its neighbours in the file.
 */
#ifndef STARLING_CLIENT_REPLAY_TRACE_RATE_H
#define STARLING_CLIENT_REPLAY_TRACE_RATE_H

#include <stdbool.h>

#include "client/replay/trace.h"

/*
 * Fills in the intervals of the ids and the period of the trace, as trace.h says what they are.
 * Reading a trace does so. 0 or -ENOMEM.
 */
int trace_rate_find_intervals(struct trace *trace);

/* How a trace is published. */
struct trace_rate_playback {
	double speed;
	bool is_looping;
	bool is_one_client; /* rows of one time share messages, as many as fit each; else none do */
	uint32_t grain_um;
};

struct trace_rate_excess {
	size_t clients; /* that say more than the relay takes; with one for all, 1 at most */
	size_t rank;    /* of the id that needs the most; 0 with one client for all */
	/* Its messages within one second, its reports among them: who takes these drops none. */
	size_t most;
};

/*
 * Finds whose messages a relay drops that takes `message_rate` a second from a client, and a
 * second's worth at once (PROTOCOL.md, MESSAGE_RATE). A client's reports count, too. All
 * coordinates must fit the grain. 0 or -ENOMEM.
 */
int trace_rate_check(const struct trace *trace, const struct trace_rate_playback *play,
		     unsigned message_rate, struct trace_rate_excess *excess);

#endif

/*
 * replay_schedule: the times of a trace's rows and of the joining and leaving of its ids, over any
 * number of rounds and at any speed. Times are seconds since the replay's start; there is no clock.
 */
#ifndef STARLING_CLIENT_REPLAY_REPLAY_SCHEDULE_H
#define STARLING_CLIENT_REPLAY_REPLAY_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/replay/trace.h"

/* The next row, join or leave. */
struct replay_schedule_cursor {
	size_t next;
	uint64_t round;
};

struct replay_schedule {
	const struct trace *trace;
	double speed;
	bool is_looping;
	double lead_s;                 /* an id joins this long before its first row */
	size_t *by_first, *by_leaving; /* ranks in order of first row and of leaving */
	struct replay_schedule_cursor rows, joins, leaves;
};

/* `trace` is borrowed. 0 or -ENOMEM. */
int replay_schedule_init(struct replay_schedule *schedule, const struct trace *trace, double speed,
			 bool is_looping, double lead_s);
void replay_schedule_fini(struct replay_schedule *schedule);

/*
 * When the next row is due, or the next id joins or leaves; infinite when there is none. An id
 * leaves when its next row would have been due, by its own interval. An id stays when it would be
 * back in less than `lead_s` and a second, or, without looping, when it is in the trace's last row.
 */
double replay_schedule_row_s(const struct replay_schedule *schedule);
double replay_schedule_join_s(const struct replay_schedule *schedule);
double replay_schedule_leave_s(const struct replay_schedule *schedule);

/* Pops the next row, or the rank of the id that joins or leaves. Only while its time is finite. */
const struct trace_row *replay_schedule_pop_row(struct replay_schedule *schedule);
size_t replay_schedule_pop_join(struct replay_schedule *schedule);
size_t replay_schedule_pop_leave(struct replay_schedule *schedule);

/* The most ids present at once, in real time. */
size_t replay_schedule_most(const struct replay_schedule *schedule);

#endif

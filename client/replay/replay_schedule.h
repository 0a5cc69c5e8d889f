/*
 * replay_schedule: when what is in a trace happens: rows, and the coming and going of ids, over any
 * number of rounds and at any speed. Time here is seconds since the replay's start; there is no
 * clock.
 */
#ifndef STARLING_CLIENT_REPLAY_REPLAY_SCHEDULE_H
#define STARLING_CLIENT_REPLAY_REPLAY_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/replay/trace.h"

/* Walks over one kind of thing, round by round. */
struct replay_schedule_cursor {
	size_t next;
	uint64_t round;
};

struct replay_schedule {
	const struct trace *trace;
	double speed;
	bool is_looping;
	double lead_s;                 /* an id comes this long before its first row */
	size_t *by_first, *by_leaving; /* ranks in order of first row and of leaving */
	struct replay_schedule_cursor rows, joins, leaves;
};

/* `trace` is borrowed. 0 or -ENOMEM. */
int replay_schedule_init(struct replay_schedule *schedule, const struct trace *trace, double speed,
			 bool is_looping, double lead_s);
void replay_schedule_fini(struct replay_schedule *schedule);

/*
 * When the next row is due, or the next id comes or goes; infinite when there is none any more. An
 * id goes when its next row would have been due, by its own interval. One that would be back in
 * less than `lead_s` and a second does not go, one that is in the trace's last row without looping
 * neither: it stays to the end.
 */
double replay_schedule_row_s(const struct replay_schedule *schedule);
double replay_schedule_join_s(const struct replay_schedule *schedule);
double replay_schedule_leave_s(const struct replay_schedule *schedule);

/* Takes the next one. Only while its time is finite. Both give the rank. */
const struct trace_row *replay_schedule_pop_row(struct replay_schedule *schedule);
size_t replay_schedule_pop_join(struct replay_schedule *schedule);
size_t replay_schedule_pop_leave(struct replay_schedule *schedule);

/* How many ids are there at once at most, in real time. */
size_t replay_schedule_most(const struct replay_schedule *schedule);

#endif

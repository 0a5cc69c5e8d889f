#include "client/replay/replay_schedule.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double back_soon_s = 1; /* for leaving and rejoining, besides the lead */

static int compare(double a, double b, size_t rank_a, size_t rank_b)
{
	if (a != b)
		return a < b ? -1 : 1;
	return rank_a < rank_b ? -1 : rank_a > rank_b;
}

static int compare_first(const void *a, const void *b, void *ids)
{
	const size_t rank_a = *(const size_t *)a, rank_b = *(const size_t *)b;
	const struct trace_id *id = ids;

	return compare(id[rank_a].first_s, id[rank_b].first_s, rank_a, rank_b);
}

static int compare_leaving(const void *a, const void *b, void *ids)
{
	const size_t rank_a = *(const size_t *)a, rank_b = *(const size_t *)b;
	const struct trace_id *id = ids;

	return compare(trace_leave_s(&id[rank_a]), trace_leave_s(&id[rank_b]), rank_a, rank_b);
}

static double start_s(const struct trace *trace)
{
	return trace->rows[0].t_s;
}

static double end_s(const struct trace *trace)
{
	return trace->rows[trace->row_count - 1].t_s;
}

int replay_schedule_init(struct replay_schedule *schedule, const struct trace *trace, double speed,
			 bool is_looping, double lead_s)
{
	size_t count = trace->id_count;

	memset(schedule, 0, sizeof(*schedule));
	schedule->by_first = calloc(count, sizeof(size_t));
	schedule->by_leaving = calloc(count, sizeof(size_t));
	if (schedule->by_first == NULL || schedule->by_leaving == NULL) {
		replay_schedule_fini(schedule);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		schedule->by_first[i] = schedule->by_leaving[i] = i;
	qsort_r(schedule->by_first, count, sizeof(size_t), compare_first, trace->ids);
	qsort_r(schedule->by_leaving, count, sizeof(size_t), compare_leaving, trace->ids);
	schedule->trace = trace;
	schedule->speed = speed;
	schedule->is_looping = is_looping;
	schedule->lead_s = lead_s;
	return 0;
}

void replay_schedule_fini(struct replay_schedule *schedule)
{
	free(schedule->by_first);
	free(schedule->by_leaving);
	memset(schedule, 0, sizeof(*schedule));
}

/* When time `t_s` of the trace is due, in the given round. */
static double due_s(const struct replay_schedule *schedule, uint64_t round, double t_s)
{
	double played_s =
		(double)round * schedule->trace->period_s + t_s - start_s(schedule->trace);

	return played_s / schedule->speed;
}

static bool is_over(const struct replay_schedule *schedule,
		    const struct replay_schedule_cursor *cursor)
{
	return cursor->round > 0 && !schedule->is_looping;
}

static void advance(struct replay_schedule_cursor *cursor, size_t count)
{
	if (++cursor->next == count) {
		cursor->next = 0;
		cursor->round++;
	}
}

double replay_schedule_row_s(const struct replay_schedule *schedule)
{
	const struct replay_schedule_cursor *rows = &schedule->rows;

	if (is_over(schedule, rows))
		return INFINITY;
	return due_s(schedule, rows->round, schedule->trace->rows[rows->next].t_s);
}

const struct trace_row *replay_schedule_pop_row(struct replay_schedule *schedule)
{
	const struct trace_row *row = &schedule->trace->rows[schedule->rows.next];

	advance(&schedule->rows, schedule->trace->row_count);
	return row;
}

/* Whether an id never leaves: it is soon back, or nothing follows it. */
static bool stays(const struct replay_schedule *schedule, const struct trace_id *id)
{
	double away_s = schedule->trace->period_s - (trace_leave_s(id) - id->first_s);

	if (!schedule->is_looping)
		return id->last_s >= end_s(schedule->trace);
	return away_s / schedule->speed < schedule->lead_s + back_soon_s;
}

/* Skips ids that never leave; they join once. */
static void skip_stayers(const struct replay_schedule *schedule,
			 struct replay_schedule_cursor *cursor, const size_t *order, bool is_going)
{
	const struct trace *trace = schedule->trace;

	/* One round finds whether there is any other. */
	for (size_t i = 0; i < trace->id_count && !is_over(schedule, cursor); i++) {
		bool is_skipped = (is_going || cursor->round > 0) &&
				  stays(schedule, &trace->ids[order[cursor->next]]);

		if (!is_skipped)
			return;
		advance(cursor, trace->id_count);
	}
}

/* After skip_stayers the cursor is at an id that stays only when all do. */
static bool is_idle(const struct replay_schedule *schedule,
		    const struct replay_schedule_cursor *cursor, size_t rank, bool is_going)
{
	return is_over(schedule, cursor) ||
	       ((is_going || cursor->round > 0) && stays(schedule, &schedule->trace->ids[rank]));
}

double replay_schedule_join_s(const struct replay_schedule *schedule)
{
	struct replay_schedule_cursor cursor = schedule->joins;
	size_t rank;

	skip_stayers(schedule, &cursor, schedule->by_first, false);
	rank = schedule->by_first[cursor.next];
	if (is_idle(schedule, &cursor, rank, false))
		return INFINITY;
	return due_s(schedule, cursor.round, schedule->trace->ids[rank].first_s) - schedule->lead_s;
}

size_t replay_schedule_pop_join(struct replay_schedule *schedule)
{
	size_t rank;

	skip_stayers(schedule, &schedule->joins, schedule->by_first, false);
	rank = schedule->by_first[schedule->joins.next];
	advance(&schedule->joins, schedule->trace->id_count);
	return rank;
}

double replay_schedule_leave_s(const struct replay_schedule *schedule)
{
	struct replay_schedule_cursor cursor = schedule->leaves;
	size_t rank;

	skip_stayers(schedule, &cursor, schedule->by_leaving, true);
	rank = schedule->by_leaving[cursor.next];
	if (is_idle(schedule, &cursor, rank, true))
		return INFINITY;
	return due_s(schedule, cursor.round, trace_leave_s(&schedule->trace->ids[rank]));
}

size_t replay_schedule_pop_leave(struct replay_schedule *schedule)
{
	size_t rank;

	skip_stayers(schedule, &schedule->leaves, schedule->by_leaving, true);
	rank = schedule->by_leaving[schedule->leaves.next];
	advance(&schedule->leaves, schedule->trace->id_count);
	return rank;
}

size_t replay_schedule_most(const struct replay_schedule *schedule)
{
	struct replay_schedule walk = *schedule;
	size_t most = 0, now = 0;

	/* A second round shows the ids that stay beside those that join. */
	while (walk.joins.round < 2 && isfinite(replay_schedule_join_s(&walk))) {
		while (replay_schedule_leave_s(&walk) < replay_schedule_join_s(&walk)) {
			replay_schedule_pop_leave(&walk);
			now--;
		}
		replay_schedule_pop_join(&walk);
		now++;
		if (now > most)
			most = now;
	}
	return most;
}

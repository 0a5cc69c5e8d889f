#include "client/replay/trace_rate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "proto/wire/states.h"

static const double unknown_s = 1; /* no id has a second row */

/* A client's reports take this share of the relay's rate, and so many a second at most. */
static const double report_share = 0.05;
static const double reports_hz_max = 10;

/* A loop repeats without end, so rounded times must not look like a slow overflow. */
static const double round_tolerance = 1.01;

static const double messages_max = 1e9; /* in a second: beyond any relay */

/* The times of all rows, those of one id together. */
struct times {
	double *at_s;
	size_t *from; /* by rank: its first time; and the end of all */
};

static void free_times(struct times *times)
{
	free(times->at_s);
	free(times->from);
}

static int gather(struct times *times, const struct trace *trace)
{
	times->at_s = malloc(trace->row_count * sizeof(times->at_s[0]));
	times->from = calloc(trace->id_count + 2, sizeof(times->from[0]));
	if (times->at_s == NULL || times->from == NULL) {
		free_times(times);
		return -ENOMEM;
	}
	/* Counts are stored two places ahead: filling moves each start to its place. */
	for (size_t i = 0; i < trace->row_count; i++)
		times->from[trace->rows[i].rank + 2]++;
	for (size_t rank = 2; rank <= trace->id_count; rank++)
		times->from[rank] += times->from[rank - 1];
	for (size_t i = 0; i < trace->row_count; i++)
		times->at_s[times->from[trace->rows[i].rank + 1]++] = trace->rows[i].t_s;
	return 0;
}

/* Intervals. */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The lower one of two in the middle, so that the interval exists. Sorts the values. */
static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(values[0]), compare);
	return values[(count - 1) / 2];
}

/* Overwrites the times; 0 for an id of one row. */
static double own_interval_s(double *at_s, size_t count)
{
	if (count < 2)
		return 0;
	for (size_t i = 0; i + 1 < count; i++)
		at_s[i] = at_s[i + 1] - at_s[i];
	return median(at_s, count - 1);
}

int trace_rate_find_intervals(struct trace *trace)
{
	struct times times;
	double usual_s, end_s = 0;
	size_t known = 0;

	if (gather(&times, trace) < 0)
		return -ENOMEM;
	for (size_t rank = 0; rank < trace->id_count; rank++) {
		size_t from = times.from[rank];
		double own_s = own_interval_s(times.at_s + from, times.from[rank + 1] - from);

		trace->ids[rank].interval_s = own_s;
		/* The times of the ids before are no longer needed, so their place is free. */
		if (own_s > 0)
			times.at_s[known++] = own_s;
	}
	usual_s = known > 0 ? median(times.at_s, known) : unknown_s;
	for (size_t rank = 0; rank < trace->id_count; rank++) {
		struct trace_id *id = &trace->ids[rank];

		if (id->interval_s == 0)
			id->interval_s = usual_s;
		if (trace_leave_s(id) > end_s)
			end_s = trace_leave_s(id);
	}
	trace->period_s = end_s - trace->rows[0].t_s;
	free_times(&times);
	return 0;
}

/* Rates. */

/* The times of one client's messages. */
struct message_times {
	const double *at_s;
	size_t count;
	double period_s; /* 0: once only */
};

static double message_at_s(const struct message_times *messages, size_t number)
{
	return messages->at_s[number % messages->count] +
	       messages->period_s * (double)(number / messages->count);
}

/* Two rounds show the seam between rounds. */
static size_t message_count(const struct message_times *messages)
{
	return messages->period_s > 0 ? 2 * messages->count : messages->count;
}

static size_t most_in_a_second(const struct message_times *messages, double speed)
{
	size_t most = 0, first = 0;

	for (size_t i = 0; i < message_count(messages); i++) {
		while (message_at_s(messages, i) - message_at_s(messages, first) >= speed)
			first++;
		if (i + 1 - first > most)
			most = i + 1 - first;
	}
	/* A second of many short rounds. */
	if (messages->period_s > 0 && messages->period_s < speed)
		most = (size_t)fmin(ceil((double)messages->count * speed / messages->period_s),
				    messages_max);
	return most;
}

static double reports_hz(unsigned message_rate)
{
	return fmin(reports_hz_max, report_share * message_rate);
}

/* Whether the relay's token bucket of a second's worth overflows. */
static bool is_over(const struct message_times *messages, double speed, unsigned message_rate)
{
	const double step_s = speed / (message_rate - reports_hz(message_rate));
	double due_s = 0;

	if (messages->period_s * round_tolerance < step_s * (double)messages->count &&
	    messages->period_s > 0)
		return true;
	for (size_t i = 0; i < message_count(messages); i++) {
		double now_s = message_at_s(messages, i);

		due_s = fmax(due_s, now_s);
		/* Half a step allows for rounded times. */
		if (due_s - now_s > speed - step_s / 2)
			return true;
		due_s += step_s;
	}
	return false;
}

static void note_excess(struct trace_rate_excess *excess, size_t rank,
			const struct message_times *messages, double speed, unsigned message_rate)
{
	size_t most;

	if (messages->count == 0 || !is_over(messages, speed, message_rate))
		return;
	most = most_in_a_second(messages, speed) + (size_t)ceil(reports_hz(message_rate));
	excess->clients++;
	if (most > excess->most) {
		excess->rank = rank;
		excess->most = most;
	}
}

static int32_t grains_of(double metres, uint32_t grain_um)
{
	return (int32_t)lround(metres * 1e6 / grain_um);
}

/*
 * Fills in the times of one client's messages, when rows of one time share as many as fit. Returns
 * their number.
 */
static size_t join_rows(double *at_s, const struct trace *trace, uint32_t grain_um)
{
	static const uint8_t kind;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	/* As in a replay: the room is some hours old, and a row leaves when it is due. */
	const uint64_t time_us = UINT64_C(1) << 34;
	struct states_builder builder = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < trace->row_count; i++) {
		const struct trace_row *row = &trace->rows[i];
		const struct states_record record = {
			.index = (uint16_t)row->rank,
			.age_us = 1000,
			.position = { grains_of(row->x, grain_um), grains_of(row->y, grain_um),
				      grains_of(row->z, grain_um) },
			.payload = { &kind, sizeof(kind) },
		};

		if (count > 0 && at_s[count - 1] == row->t_s && states_add(&builder, &record))
			continue;
		at_s[count++] = row->t_s;
		builder = states_state_begin(message, sizeof(message), time_us);
		states_add(&builder, &record);
	}
	return count;
}

int trace_rate_check(const struct trace *trace, const struct trace_rate_playback *play,
		     unsigned message_rate, struct trace_rate_excess *excess)
{
	struct message_times messages = { .period_s = play->is_looping ? trace->period_s : 0 };
	struct times times;

	*excess = (struct trace_rate_excess){ 0 };
	if (gather(&times, trace) < 0)
		return -ENOMEM;
	if (play->is_one_client) {
		messages.count = join_rows(times.at_s, trace, play->grain_um);
		messages.at_s = times.at_s;
		note_excess(excess, 0, &messages, play->speed, message_rate);
	}
	for (size_t rank = 0; rank < trace->id_count && !play->is_one_client; rank++) {
		messages.at_s = &times.at_s[times.from[rank]];
		messages.count = times.from[rank + 1] - times.from[rank];
		note_excess(excess, rank, &messages, play->speed, message_rate);
	}
	free_times(&times);
	return 0;
}

/*
 * trace: recorded movement in memory: rows in order of time, and the ids that they belong to.
 * trace_reader.h fills it.
 */
#ifndef STARLING_CLIENT_REPLAY_TRACE_H
#define STARLING_CLIENT_REPLAY_TRACE_H

#include <stddef.h>
#include <stdint.h>

enum {
	TRACE_ROWS_MAX = 2000000,
	TRACE_IDS_MAX = 4096, /* as many as one client can have entities */
	TRACE_ERROR_BYTES = 512,
};

struct trace_row {
	double t_s;
	double x, y, z; /* metres */
	uint32_t rank;  /* of its id; see trace_id */
};

/* One id. Its rank is its place among all ids of the trace in ascending order, from 0. */
struct trace_id {
	int64_t id;
	double first_s, last_s; /* t of its first and last row */
	/*
	 * The median of the spans between its rows. An id of one row has the median of the others'
	 * intervals; where no id has a second row, all have 1 s.
	 */
	double interval_s;
};

struct trace {
	struct trace_row *rows;
	size_t row_count;     /* at least 1 after a successful read */
	struct trace_id *ids; /* by rank */
	size_t id_count;
	/*
	 * The length of one round when the trace loops: from its first row to when the next row of
	 * each id would have been due, at the id's own interval.
	 */
	double period_s;
};

/*
 * Whether every coordinate fits into 32 bits in grains of `grain_um` micrometres. 0; or -ERANGE
 * with one sentence in `why`: the first coordinate that does not fit and its line in the file
 * `name`, and the grain that would do, after `remedy` ("pass").
 */
int trace_check_fit(const struct trace *trace, const char *name, unsigned grain_um,
		    const char *remedy, char why[TRACE_ERROR_BYTES]);

/* When an id leaves: when its next row would have been due. */
double trace_leave_s(const struct trace_id *id);

/* Frees the rows and ids. A zeroed trace is allowed. */
void trace_fini(struct trace *trace);

#endif

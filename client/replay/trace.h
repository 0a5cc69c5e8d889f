/*
 * trace: recorded movement, read from CSV: a header line "t,id,x,y,z", then one row a line, ordered
 * by t. t is in seconds, 0 to TRACE_SECONDS_MAX; id is an integer that fits 64 bits; x, y, z are
 * metres. One id has at most one row at one t. Lines end with LF or CRLF. A byte order mark is
 * skipped.
 *
 * When the first row's t is above TRACE_SECONDS_MAX, times are of the day: seconds since 1970, or
 * from TRACE_EPOCH_MS_LEAST on (which as seconds would be in the year 5138) milliseconds. The
 * trace's own begin with its first row then.
 *
 * The whole file is read, and found to be right, before anything is done with it.
 */
#ifndef STARLING_CLIENT_REPLAY_TRACE_H
#define STARLING_CLIENT_REPLAY_TRACE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	TRACE_ROWS_MAX = 2000000, /* 40 bytes each: 80 MB */
	TRACE_IDS_MAX = 4096,     /* as many as one client can have entities */
	TRACE_LINE_MAX_BYTES = 255,
	TRACE_SECONDS_MAX = 1000000,
	TRACE_ERROR_BYTES = 512,
};

#define TRACE_EPOCH_MS_LEAST 1e11
#define TRACE_EPOCH_MS_LIMIT 1e14

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
	 * Its own: the median of what lies between its rows. An id of one row has the median of the
	 * others' intervals; where no id has a second row, all have 1 s.
	 */
	double interval_s;
};

struct trace {
	struct trace_row *rows;
	size_t row_count;     /* at least 1 after a reading that went well */
	struct trace_id *ids; /* by rank */
	size_t id_count;
	/*
	 * Of a round, when the trace is played over and over: from its first row to when the next
	 * row of each id would have been due, at the id's own interval.
	 */
	double period_s;
};

/*
 * Reads a trace. 0, or with one sentence in `why`: -EINVAL for a line that is not as it must be, or
 * more of them than above ("NAME:LINE: expected t,id,x,y,z as numbers, got \"...\": ..."), -ENOMEM,
 * or what opening and reading the file said. The trace is then empty. End it with trace_fini.
 */
int trace_open(struct trace *trace, const char *path, char why[TRACE_ERROR_BYTES]);

/* The same from a stream, which stays the caller's; `name` stands for it in errors. */
int trace_read(struct trace *trace, FILE *file, const char *name, char why[TRACE_ERROR_BYTES]);

/*
 * Whether every coordinate can be said in grains of so many micrometres. 0; or -ERANGE with one
 * sentence in `why`: the first that cannot, where it stands in the file `name`, and after `remedy`,
 * which begins what to do ("pass"), the grain that would do.
 */
int trace_check_fit(const struct trace *trace, const char *name, unsigned grain_um,
		    const char *remedy, char why[TRACE_ERROR_BYTES]);

void trace_fini(struct trace *trace);

#endif

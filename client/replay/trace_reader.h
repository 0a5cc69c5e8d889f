/*
 * trace_reader: reads a trace from CSV: a header line "t,id,x,y,z", then one row a line, ordered by
 * t. t is in seconds, 0 to TRACE_READER_SECONDS_MAX; id is an integer of 64 bits; x, y, z are
 * metres. One id has at most one row at one t. Lines end with LF or CRLF. A byte order mark is
 * skipped.
 *
 * When the first row's t is above TRACE_READER_SECONDS_MAX, times are of the day: seconds since
 * 1970, or milliseconds from TRACE_READER_EPOCH_MS_LEAST on (which as seconds would be in the year
 * 5138). The trace's own time then begins with its first row.
 *
 * The whole file is read and checked before the trace is handed over.
 */
#ifndef STARLING_CLIENT_REPLAY_TRACE_READER_H
#define STARLING_CLIENT_REPLAY_TRACE_READER_H

#include <stdio.h>

#include "client/replay/trace.h"

enum {
	TRACE_READER_LINE_MAX_BYTES = 255,
	TRACE_READER_SECONDS_MAX = 1000000,
};

#define TRACE_READER_EPOCH_MS_LEAST 1e11
#define TRACE_READER_EPOCH_MS_LIMIT 1e14

/*
 * Reads the file at `path`. 0, or negative with one sentence in `why` and an empty trace: -EINVAL
 * for a malformed line ("NAME:LINE: expected t,id,x,y,z as numbers, got \"...\": ...") or too
 * many rows or ids, -ENOMEM, or the error of opening and reading the file. The caller ends the
 * trace with trace_fini.
 */
int trace_reader_open(struct trace *trace, const char *path, char why[TRACE_ERROR_BYTES]);

/* Reads a stream, which stays the caller's, likewise; `name` stands for it in errors. */
int trace_reader_read(struct trace *trace, FILE *file, const char *name,
		      char why[TRACE_ERROR_BYTES]);

#endif

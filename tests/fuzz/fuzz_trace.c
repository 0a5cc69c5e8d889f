/*
 * Any bytes as the CSV of a trace. Rows are in order of time, each id has its rank, its
 * first and its last row and an interval, and the grain that a refusal names does fit; what is
 * refused leaves nothing but one sentence.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/replay/trace_reader.h"
#include "proto/wire/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_sentence(const char *why)
{
	require(*why != '\0' && text_is_printable(why, strlen(why)));
}

static void check_ids(const struct trace *trace)
{
	for (size_t i = 0; i < trace->id_count; i++) {
		const struct trace_id *id = &trace->ids[i];

		require(i == 0 || trace->ids[i - 1].id < id->id);
		require(id->first_s <= id->last_s && isfinite(id->last_s));
		require(id->interval_s > 0 && isfinite(id->interval_s));
		require(trace_leave_s(id) <= trace->rows[0].t_s + trace->period_s + 1e-3);
	}
}

static void check_rows(const struct trace *trace)
{
	for (size_t i = 0; i < trace->row_count; i++) {
		const struct trace_row *row = &trace->rows[i];

		require(row->t_s >= 0 && row->rank < trace->id_count);
		require(i == 0 || trace->rows[i - 1].t_s <= row->t_s);
		require(row->t_s >= trace->ids[row->rank].first_s);
		require(row->t_s <= trace->ids[row->rank].last_s);
		require(isfinite(row->x) && isfinite(row->y) && isfinite(row->z));
	}
}

static void check_fit(const struct trace *trace)
{
	char why[TRACE_ERROR_BYTES], again[TRACE_ERROR_BYTES];
	const char *remedy;

	if (trace_check_fit(trace, "a", 1, "pass", why) == 0)
		return;
	check_sentence(why);
	remedy = strstr(why, "; pass --grain ");
	if (remedy)
		require(trace_check_fit(trace, "a", (unsigned)strtoul(remedy + 15, NULL, 10),
					"pass", again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* For reading only. */
	FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
	char why[TRACE_ERROR_BYTES];
	struct trace trace;

	if (!file)
		return 0;
	if (trace_reader_read(&trace, file, "a", why) == 0) {
		require(trace.row_count > 0 && trace.id_count > 0 && trace.period_s > 0);
		check_ids(&trace);
		check_rows(&trace);
		check_fit(&trace);
	} else {
		require(!trace.rows && !trace.ids);
		check_sentence(why);
	}
	trace_fini(&trace);
	fclose(file);
	return 0;
}

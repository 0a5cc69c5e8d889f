/*
 * table: figures of a result's rows for people, in lines of at most 100 columns: medians, with the
 * smallest and largest beside them where a column asks for it. Titles, units and meanings are those
 * of figures.h.
 */
#ifndef STARLING_BENCH_TABLE_H
#define STARLING_BENCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/result/result.h"
#include "bench/result/text/columns.h"

enum {
	TABLE_COLUMNS = 100,
};

/* Rows that make one table: those of a result from `first` up to, without, `end`. */
struct table_rows {
	const struct result *result;
	size_t first, end;
	const char *const *groups; /* labels that the table's heading says; NULL behind the last */
	bool shows_notes;          /* at the end of each row */
};

/*
 * A column is left out where no row has its figure. A table wider than 100 columns goes on in a
 * further block below. A row that is not valid is marked with "!".
 */
void table_print(const struct table_rows *rows, const struct column *columns, size_t count,
		 FILE *out);

/* A line for each of the columns that the result has: what it means. */
void table_explain(const struct result *result, const struct column *columns, size_t count,
		   FILE *out);

/* A column's head. */
const char *table_title(const struct column *column);
const char *table_unit(const struct column *column);

/* Median and range as the columns have it; NAN where there is none. */
struct spread table_spread(const struct result_row *row, const struct column *column);

/* Whether this is one of the groups' labels. */
bool table_is_group(const char *const *groups, const char *label);

#endif

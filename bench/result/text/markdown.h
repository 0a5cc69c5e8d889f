/*
 * markdown: a result as a table in Markdown, below the command that measured it.
 */
#ifndef STARLING_BENCH_MARKDOWN_H
#define STARLING_BENCH_MARKDOWN_H

#include <stddef.h>
#include <stdio.h>

#include "bench/result/figures.h"
#include "bench/result/result.h"

enum {
	MARKDOWN_COLUMNS_MAX = 160, /* all figures and more */
};

struct markdown_columns {
	const struct figure *figures[MARKDOWN_COLUMNS_MAX];
	size_t count;
};

/*
 * What was run, on what machine, the table, notes and reasons. `chosen` NULL: the command's main
 * figures. Labels that all rows share are left out, as are rows without any of the figures and
 * the steps of a search.
 */
void markdown_write(FILE *out, const struct result *result, const struct markdown_columns *chosen);

#endif

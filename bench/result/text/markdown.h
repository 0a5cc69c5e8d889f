/*
 * markdown: a result as a table in Markdown, below the command that measured it.
 */
#ifndef STARLING_BENCH_MARKDOWN_H
#define STARLING_BENCH_MARKDOWN_H

#include <stdio.h>

#include "bench/result/result.h"
#include "bench/result/text/columns.h"

/*
 * What was run, on what machine, the table, notes and reasons. `chosen` NULL: the columns that
 * the command has on the terminal. Labels that all rows share are left out, as are columns that no
 * row has, rows without any of them and the steps of a search.
 */
void markdown_write(FILE *out, const struct result *result, const struct columns *chosen);

#endif

/*
 * markdown: a result as a table in Markdown, below the command that measured it.
 */
#ifndef STARLING_BENCH_MARKDOWN_H
#define STARLING_BENCH_MARKDOWN_H

#include <stdio.h>

#include "bench/result/result.h"

/* What was run, on what machine, the table of the command's main figures, notes and reasons. */
void markdown_write(FILE *out, const struct result *result);

#endif

/*
 * print: a result for people: a table for each thing compared, what its columns mean, what it
 * shows, what is not valid, and what it was measured with. All of it is of the document.
 */
#ifndef STARLING_BENCH_PRINT_H
#define STARLING_BENCH_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/result/result.h"

/* Lines of at most 100 columns. `wants_more`: below each table, all other figures of its rows. */
void print_result(const struct result *result, bool wants_more, FILE *out);

/*
 * As CSV (RFC 4180, with LF): a record for each row and repetition, with the parameters, labels and
 * figures of the document; what could not be measured is empty. In each record `seed` is that of
 * its repetition.
 */
void print_csv(const struct result *result, FILE *out);

#endif

/*
 * table_cell: a figure, or its spread, as a column of a table has it: a blank, then the text to the
 * right.
 */
#ifndef STARLING_BENCH_TABLE_CELL_H
#define STARLING_BENCH_TABLE_CELL_H

#include "bench/measure/spread.h"

/*
 * To stdout; a dash for what is not finite. With fewer decimals where it would be wider than its
 * column, as 102.023 of three in one of six.
 */
void table_cell_print(double value, int width, int decimals);

/*
 * "90.1-101.7", in units of `unit`, to stdout; a dash where there is none. With fewer decimals
 * likewise.
 */
void table_cell_print_range(const struct spread *spread, double unit, int width, int decimals);

#endif

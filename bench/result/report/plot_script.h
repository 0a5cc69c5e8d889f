/*
 * plot_script: a plot in gnuplot's language. For plot.c only.
 */
#ifndef STARLING_BENCH_PLOT_SCRIPT_H
#define STARLING_BENCH_PLOT_SCRIPT_H

#include <stdio.h>

#include "bench/result/report/plot.h"

/* All but the terminal; the drawing goes to gnuplot's standard output. */
void plot_script_write(const struct plot *plot, FILE *out);

/*
 * A text as gnuplot takes it literally: in single quotes, in which nothing is substituted, without
 * control characters.
 */
void plot_script_text(const char *text, FILE *out);

#endif

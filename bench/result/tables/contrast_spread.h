/*
 * contrast_spread: what the repetitions of a contrast's row say together, figure by figure, by the
 * names that result files have (contrast_figures.c); and whether they tell two rows apart.
 */
#ifndef STARLING_BENCH_CONTRAST_SPREAD_H
#define STARLING_BENCH_CONTRAST_SPREAD_H

#include "bench/result/tables/contrast_rows.h"
#include "bench/measure/spread.h"

/* Of a figure; times that there were none of (-1) do not count. NAN: in no repetition. */
struct spread contrast_spread(const struct contrast_row *row, const char *figure);
double contrast_median(const struct contrast_row *row, const char *figure);

/* Of one figure as a share of another, in per cent, in each repetition. */
struct spread contrast_share(const struct contrast_row *row, const char *part, const char *whole);

/* Of an age or a delay, in milliseconds. */
struct spread contrast_ms(const struct contrast_row *row, const char *figure);

/* How one row's figure stands to another's. */
enum contrast_order {
	CONTRAST_SAME,    /* no two of their values differ by more than was asked */
	CONTRAST_LESS,    /* the one's median is less by more than that, and all its values are */
	CONTRAST_MORE,    /* likewise */
	CONTRAST_UNCLEAR, /* neither: the values lie among each other, or one has none */
};

/* Of single values, as with one repetition, it is never unclear. */
enum contrast_order contrast_order(struct spread one, struct spread other, double same);

#endif

/*
 * words: what a result shows, in sentences: one paragraph for each thing compared. A difference is
 * claimed only where the spreads do not overlap. For print.c.
 */
#ifndef STARLING_BENCH_WORDS_H
#define STARLING_BENCH_WORDS_H

#include <stdio.h>

#include "bench/measure/spread.h"
#include "bench/result/result.h"

/* How one figure stands to another. */
enum words_order {
	WORDS_SAME,    /* no two of their values differ by more than was asked */
	WORDS_LESS,    /* the one's median is less by more than that, and all its values are */
	WORDS_MORE,    /* likewise */
	WORDS_UNCLEAR, /* neither: the values lie among each other, or one has none */
};

/* With single values, as with one repetition, it is never unclear. */
enum words_order words_order(struct spread one, struct spread other, double same);

/* A line for each mode: how its updates travel. */
void words_contrast_modes(const struct result *result, FILE *out);

void words_contrast(const struct result *result, FILE *out);
/* The parts of each of these rows' age at the moment that is looked at. */
void words_why(const struct result *result, size_t first, size_t end, FILE *out);
void words_compare(const struct result *result, FILE *out);
/* The words behind a row of the table. */
void words_load_rows(const struct result *result, FILE *out);

/* One sentence for each search. */
void words_load(const struct result *result, FILE *out);
void words_self_test(const struct result *result, FILE *out);
/* How much of the delays is the bench's own; nothing of a simulated result. */
void words_instrument(const struct result *result, FILE *out);

#endif

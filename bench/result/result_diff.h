/*
 * result_diff: whether the figures of two results of one command differ by more than their spreads
 * allow.
 *
 * Simulated under equal parameters, all values have to be equal. Else each figure is tested:
 * whether its means differ by more than 5 % of the median before (machines change by so much from
 * one hour to the next) and than the spreads of both allow for, by Welch's t test (welch.h), with
 * the bound on its p-value by Holm's method (S. Holm, Scandinavian Journal of Statistics 6, 1979)
 * over all figures tested. So when nothing has changed, it happens in at most 5 % of all pairs that
 * any figure at all is outside, however the figures depend on each other, as far as the values of
 * repetitions are normal and independent. Counts are given at least the variance of chance, their
 * mean (Poisson). A figure without any spread, as it has one value before and one now, is outside
 * when the larger is over 4/3 of the smaller; this is a rule of thumb, and no part of the 5 %.
 *
 * Left out of it are the figures of the bench itself (its lateness, waits and drops, and what a
 * naive measurement would have read), and of a search the steps on its way, and what was measured
 * at the load that it found, where that is another load now.
 */
#ifndef STARLING_BENCH_RESULT_DIFF_H
#define STARLING_BENCH_RESULT_DIFF_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/result/result.h"

#define RESULT_DIFF_CHANCE 0.05      /* that any figure is outside, when nothing has changed */
#define RESULT_DIFF_MARGIN 0.05      /* of the median before */
#define RESULT_DIFF_RATIO  (4.0 / 3) /* of figures without spread */

/* A figure that both results have. */
struct result_diff_figure {
	const struct result_row *before, *now;
	const char *name;
	double p; /* NAN: without spread */
	bool is_outside;
};

struct result_diff {
	struct result_diff_figure *figures;
	size_t count;
	size_t inside, outside;
	size_t single;   /* of both, those without spread */
	size_t left_out; /* no part of it */
	size_t missing;  /* only one of the results has them */
	bool is_exact;   /* simulated under equal parameters: equal or not */
	bool is_valid;   /* so are both results, and there is something to compare */
	char why_not[RESULT_ERROR_BYTES]; /* it is not valid */
};

/* Borrows from both, until result_diff_fini. 0, or -ENOMEM; result_diff_fini in either case. */
int result_diff_reach(struct result_diff *verdict, const struct result *before,
		      const struct result *now);
void result_diff_fini(struct result_diff *verdict);

/* Valid, and nothing outside or missing. */
bool result_diff_agrees(const struct result_diff *verdict);

/* Whether a figure is of the bench itself. */
bool result_diff_is_own(const char *figure);

/* For people, in lines of at most 100 columns. */

/* The calls that measured them; and which versions, machines and parameters are not the same. */
void result_diff_print_origins(const struct result *before, const struct result *now, FILE *out);

/*
 * Both side by side: the figures of the command's table and those that are outside, or
 * (`wants_all`) each; and in words.
 */
void result_diff_print(const struct result_diff *verdict, bool wants_all, FILE *out);

#endif

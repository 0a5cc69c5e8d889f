/*
 * bound: what a relay has to keep to for a load to count as carried: a latency at a percentile, and
 * a share of loss. As text: terms with commas between,
 *
 *	age=50ms	age p99, of time (METRICS.md), at most so much
 *	p50=5ms p99=10ms p99.9=20ms	one-way delay at that percentile
 *	loss=0.1%	or a share from 0 to 1: loss=0.001
 *
 * A + before a time (age=+50ms) means: above the path's own, which is what two members alone have
 * at the same rate. A time has a unit, us, ms or s. Without a term of latency, age=+50ms is in
 * force; without loss, loss=0.1%.
 */
#ifndef STARLING_BENCH_BOUND_H
#define STARLING_BENCH_BOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/load/generator.h"

#define BOUND_DEFAULT "age=+50ms,loss=0.1%"

enum bound_figure {
	BOUND_AGE = 0,
	BOUND_P50 = 1,
	BOUND_P99 = 2,
	BOUND_P999 = 3,
	BOUND_FIGURES = 4,
};

enum {
	BOUND_TEXT_BYTES = 160,
};

struct bound_latency {
	bool is_set, is_above_path;
	double limit_us;
};

struct bound {
	struct bound_latency latencies[BOUND_FIGURES];
	double loss; /* 0 to 1 */
};

/* False: `must` has what is wrong and what is accepted. */
bool bound_parse(struct bound *bound, const char *text, char *must, size_t must_bytes);

/* The bound in words: "age p99 at most 50 ms above the path's own, and loss at most 0.1 %". */
void bound_describe(const struct bound *bound, char text[static BOUND_TEXT_BYTES]);

/* A figure of one run in us; NAN: it has none. */
double bound_figure_us(const struct generator_result *result, enum bound_figure figure);

/* Loss, 0 to 1, without what the relay skipped for a newer state; 1: nothing was delivered. */
double bound_loss(const struct generator_result *result);

/*
 * How much of the bound a run used: the largest of figure over limit; at most 1 when it was met.
 * `path_us`: the path's own figures.
 */
double bound_margin(const struct bound *bound, const struct generator_result *result,
		    const double path_us[static BOUND_FIGURES]);

#endif

/*
 * spans: any number of spans of time, all of them kept, for exact quantiles.
 *
 * The quantile is by nearest rank: the least span that at least this share of all spans does not
 * exceed. Nothing is interpolated, so each quantile is a span that was.
 */
#ifndef STARLING_BENCH_SPANS_H
#define STARLING_BENCH_SPANS_H

#include <stddef.h>
#include <stdint.h>

/* {0} is an empty one. */
struct spans {
	int64_t *us;
	size_t count, capacity;
};

void spans_fini(struct spans *spans);

/* 0 or -ENOMEM. */
int spans_add(struct spans *spans, int64_t span_us);

/* Sorts; more may be added afterwards, and then it must be sorted again. */
void spans_sort(struct spans *spans);

/* After spans_sort; `share` is 0 to 1. -1 when there is none. */
int64_t spans_quantile_us(const struct spans *spans, double share);

#endif

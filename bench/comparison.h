/*
 * comparison: what `compare` has measured, and its words, table and JSON.
 */
#ifndef STARLING_BENCH_COMPARISON_H
#define STARLING_BENCH_COMPARISON_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/bout.h"
#include "bench/contender.h"
#include "bench/generator.h"
#include "bench/spread.h"

/* One contender's repetitions. */
struct comparison_row {
	struct contender contender;
	struct bout_result bouts[SPREAD_MAX]; /* repetitions */
};

struct comparison {
	unsigned members, repeat;
	double rate_hz, seconds;
	uint64_t seed;
	bool is_pinned;    /* relay and generator on a processor each */
	unsigned finished; /* whole repetitions, of all contenders; the rest is left out */
	unsigned row_count;
	struct comparison_row rows[CONTENDER_MAX]; /* ratios are to the first */
};

/* Of one repetition; NAN when it cannot be had. */
double comparison_cpu_us(const struct generator_result *result); /* a delivered update */
double comparison_loss(const struct generator_result *result);   /* 0 to 1 */

/* Repetitions in which the generator was late, or had no room for what came. */
unsigned comparison_late(const struct comparison *comparison, const struct comparison_row *row);
unsigned comparison_dropped(const struct comparison *comparison, const struct comparison_row *row);

/* Every repetition that was asked for is there, and none of its checks failed. */
bool comparison_is_valid(const struct comparison *comparison);

/* To the standard output. */
void comparison_print(const struct comparison *comparison);
void comparison_print_json(const struct comparison *comparison);

#endif

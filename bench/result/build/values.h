/*
 * values: what was measured, by the names of figures.h, from one repetition after the other into a
 * row of a document.
 */
#ifndef STARLING_BENCH_RESULT_BUILD_VALUES_H
#define STARLING_BENCH_RESULT_BUILD_VALUES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/measure/spread.h"
#include "bench/result/result.h"

enum {
	VALUES_MAX = 128, /* figures */
};

struct value {
	const char *name;
	double value; /* NAN: it could not be measured */
};

/* {0} has no repetition yet. */
struct values {
	size_t count, repetitions;
	const char *names[VALUES_MAX];
	double values[VALUES_MAX][SPREAD_MAX];
};

/* One more repetition, of the same figures each time; beyond SPREAD_MAX it is left out. */
void values_take(struct values *values, const struct value *list, size_t count);
#define VALUES_TAKE(values, list) values_take(values, list, sizeof(list) / sizeof((list)[0]))

/* Forgets the repetitions and keeps the names: such figures have no value. */
void values_clear(struct values *values);

/* The figures, each with a value for each repetition. */
void values_add(const struct values *values, struct result_row *row);

/* NAN for a negative one, as those are that nobody knows. */
static inline double values_known(int64_t value)
{
	return value < 0 ? NAN : (double)value;
}

/* NAN over nothing. */
static inline double values_over(double value, double base)
{
	return base > 0 ? value / base : NAN;
}

#endif

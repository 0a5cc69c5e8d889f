/*
 * list: values with commas between, as flags take them: "16,64,256".
 */
#ifndef STARLING_BENCH_LIST_H
#define STARLING_BENCH_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/servers/target.h"

/*
 * Reads 1 to `capacity` numbers from `min` to `max`, both included. How many; 0 when the text is
 * another, or says one twice.
 */
size_t list_numbers(const char *text, double min, double max, double *values, size_t capacity);

/*
 * Reads 1 to `count` of `words`; values[i] is the place of the i-th among them. How many; 0 when
 * the text is another, or says one twice. `values` has room for `count`.
 */
size_t list_words(const char *text, const char *const *words, size_t count, size_t *values);

/*
 * How often our relay and the raw UDP fan-out flush: "auto", "60", or several in turn: "auto,60".
 * target.h says what each means.
 */
struct ticks {
	double hz[TARGET_TICKS_MAX]; /* TARGET_TICK_AUTO, 0 (at once), or 1 to 1000 */
	unsigned count;
};

/* The rule for the text. */
#define TICKS_MUST "1 to 4 words with commas between, each auto, 0 or a number from 1 to 1000"

/* False, and nothing changes, when the text is another. */
bool list_ticks(struct ticks *ticks, const char *text);

#endif

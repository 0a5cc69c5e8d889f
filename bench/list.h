/*
 * list: values with commas between, as flags take them: "16,64,256".
 */
#ifndef STARLING_BENCH_LIST_H
#define STARLING_BENCH_LIST_H

#include <stdbool.h>
#include <stddef.h>

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

#endif

/*
 * result: what a command measured, as a document: the file that --json prints, that `report` draws
 * and `diff` compares. bench/result.schema.json says the same as a JSON schema.
 *
 * A result is rows. A row's labels say what it is of (contender, members, mode); its figures are
 * what was measured, a value for each repetition, never averaged; its series are curves to draw.
 * What failed a check of the bench's own is not valid, and says why; its figures stand there all
 * the same.
 */
#ifndef STARLING_BENCH_RESULT_H
#define STARLING_BENCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/measure/spread.h"

enum {
	RESULT_VERSION = 1, /* of the file's form */
	RESULT_ERROR_BYTES = 512,
	RESULT_FILE_MAX_BYTES = 64 << 20,
	RESULT_SERIES_POINTS_MAX = 4096,
};

struct option_words;

struct result;     /* owns all of the below */
struct result_row; /* belongs to its result */

/*
 * A new one of `command` ("compare") called with these arguments, which measure the same again;
 * argv[0] is left out, and so are --config and --json. On the simulated
 * network a result depends on its arguments alone: then neither the time nor the machine is in it.
 * NULL: no memory. Where memory ends later, what is added is left out, and result_print says that
 * it failed.
 */
struct result *result_create(const char *command, int argc, char *const *argv, bool is_simulated);

/*
 * Puts the words of the file that --config named before the other arguments, which leave --config
 * out: a result names no file that measuring would need. NULL is allowed.
 */
void result_add_words(struct result *result, const struct option_words *words);

/* NULL is allowed. */
void result_destroy(struct result *result);

/* The parameters of the run as they were in force, defaults too. */
void result_parameter(struct result *result, const char *name, double value);
void result_parameter_text(struct result *result, const char *name, const char *text);

/* The parameter "seed". A text, with all of its digits, where a number of JSON would be rounded. */
void result_parameter_seed(struct result *result, uint64_t seed);

/* NULL: no memory; what is below takes such a row, and does nothing. */
struct result_row *result_add_row(struct result *result);

/* In the order in which they are given; together they name the row. */
void result_label(struct result_row *row, const char *name, const char *text);
void result_label_number(struct result_row *row, const char *name, double value);

/*
 * `unit`: "us", "1" (a share or a count), "B", "Hz"; NULL: that of the list of figures. `values`:
 * one for each repetition, SPREAD_MAX at most; what could not be measured is NAN, and null in the
 * file. Their median, least and greatest are put beside them.
 */
void result_figure(struct result_row *row, const char *name, const char *unit, const double *values,
		   size_t count);

/* A curve: `count` points (at most RESULT_SERIES_POINTS_MAX), x and y. */
void result_series(struct result_row *row, const char *name, const char *x_unit, const char *y_unit,
		   const double *x, const double *y, size_t count);

/* `row` NULL: the whole. May be said several times; a row's reason counts for the whole, too. */
void result_not_valid(struct result *result, struct result_row *row, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Said of a figure that stands, but wants a remark. */
void result_note(struct result_row *row, const char *text);

bool result_is_valid(const struct result *result);

/* The document, indented. 0; -ENOMEM, when something was left out for lack of memory, too; or what
 * the writing failed with, as a negative errno value. */
int result_print(const struct result *result, FILE *out);

/* Reading. */

/*
 * Reads and checks a file (of at most RESULT_FILE_MAX_BYTES; "-": the standard input), or a text
 * that is called `path` where it is wrong. To be destroyed. NULL with a sentence in `error` that
 * names the file, the place in it, what stands there and what was expected.
 */
struct result *result_read(const char *path, char error[static RESULT_ERROR_BYTES]);
struct result *result_read_text(const char *text, const char *path,
				char error[static RESULT_ERROR_BYTES]);

const char *result_command(const struct result *result);
/* The arguments it was called with, without argv[0]. */
size_t result_argument_count(const struct result *result);
const char *result_argument(const struct result *result, size_t n);

/* The version of starling-bench that measured, and when it began (2026-01-31T12:00:00Z, UTC); NULL
 * where it is not said: the time, of what was simulated. */
const char *result_program(const struct result *result);
const char *result_started(const struct result *result);

/* NULL when there is none; a number's or a text's own text, good until the next call. */
const char *result_parameter_value(const struct result *result, const char *name);
size_t result_parameter_count(const struct result *result);
const char *result_parameter_name(const struct result *result, size_t n);

/* A fact of the machine: "processor", "kernel", ...; NULL when there is none. */
const char *result_machine(const struct result *result, const char *name);

size_t result_reason_count(const struct result *result);
const char *result_reason(const struct result *result, size_t n);

size_t result_row_count(const struct result *result);
const struct result_row *result_row(const struct result *result, size_t n);

/* The labels' values with ", " between; or one of them, NULL when there is none. A number's text is
 * good until the next call. */
const char *result_row_name(const struct result_row *row, char *text, size_t capacity);
const char *result_row_label(const struct result_row *row, const char *name);
const char *result_label_name(const struct result_row *row, size_t n);
/* Whether two rows have the same value of a label, or both have none. */
bool result_rows_agree(const struct result_row *one, const struct result_row *other,
		       const char *label);
bool result_row_is_valid(const struct result_row *row);
size_t result_row_reason_count(const struct result_row *row);
const char *result_row_reason(const struct result_row *row, size_t n);
/* The first reason and how many more there are, as repetitions tend to share one; "" for none.
 * Returns `text`. */
const char *result_row_fault(const struct result_row *row, char text[static RESULT_ERROR_BYTES]);
size_t result_note_count(const struct result_row *row);
const char *result_note_text(const struct result_row *row, size_t n);

size_t result_figure_count(const struct result_row *row);
const char *result_figure_name(const struct result_row *row, size_t n);
const char *result_figure_unit(const struct result_row *row, const char *name);

/*
 * Up to `capacity` of the values, NAN for null; returns how many there are, 0 when there is no such
 * figure. The spread of them: NAN when there is none.
 */
size_t result_values(const struct result_row *row, const char *name, double *values,
		     size_t capacity);
struct spread result_spread(const struct result_row *row, const char *name);
double result_median(const struct result_row *row, const char *name);

/* One figure as a share of another, 0 to 1, in each repetition; 0 as a share of nothing. */
struct spread result_share(const struct result_row *row, const char *part, const char *whole);

#endif

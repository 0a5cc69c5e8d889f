/*
 * report_parts: what report.c puts together, one part for each kind of result.
 */
#ifndef STARLING_BENCH_REPORT_PARTS_H
#define STARLING_BENCH_REPORT_PARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/result/report/plot.h"
#include "bench/result/result.h"

struct report {
	FILE *out;
	bool is_markdown;
	const char *png_folder, *svg_folder; /* NULL: none */
	size_t plots;                        /* drawn so far */
	char error[PLOT_ERROR_BYTES];
};

/*
 * Draws the plot, if it has curves, names it plotN, and puts it on the page with its caption.
 * False with report->error.
 */
bool report_plot(struct report *report, struct plot *plot, const char *caption);

/* What a kind of result is shown by. */
struct report_part {
	const char *command;
	/* Puts its plots on the page; false with report->error. NULL: it has none. */
	bool (*draw)(struct report *report, const struct result *result);
	const char *const *figures; /* of the table; NULL ends them */
};
extern const struct report_part report_contrast, report_compare, report_load, report_self_test;

/* The rows as a table: labels, then the part's figures, those that any row has. */
void report_table(struct report *report, const struct result *result,
		  const struct report_part *part);

/* What was run, on what, and every figure. */
void report_facts(struct report *report, const struct result *result);

/* The same in Markdown: what was run, on what, the table. */
void report_markdown(struct report *report, const struct result *result,
		     const struct report_part *part);

/*
 * The different values of a label over the rows, in order; at most `capacity`. The texts are
 * copied.
 */
enum {
	REPORT_VALUE_BYTES = 96,
	REPORT_VALUES_MAX = 32,
};
size_t report_values(const struct result *result, const char *label,
		     char values[][REPORT_VALUE_BYTES], size_t capacity);

/* Whether the row's label has this value; NULL: any. */
bool report_row_is(const struct result_row *row, const char *label, const char *value);

/* Whether the row's figure "modelled" is not 0: not measured of the real thing. */
bool report_is_modelled(const struct result_row *row);

#endif

/*
 * report_line: what the plots of a contrast share: the rows of one line (a scenario), and which of
 * them is the best and the worst.
 */
#ifndef STARLING_BENCH_REPORT_LINE_H
#define STARLING_BENCH_REPORT_LINE_H

#include "bench/result/report/report_parts.h"

enum {
	REPORT_CAPTION_BYTES = 768,
};

/* As the row's mode is called in plots and sentences. */
void report_mode(const struct result_row *row, char mode[static REPORT_VALUE_BYTES]);

/* A figure's median; NAN when there is none. */
double report_median(const struct result_row *row, const char *figure);

/* Over all repetitions; NAN when there is no such count. */
double report_sum(const struct result_row *row, const char *count);

/*
 * The rows of this line with the smallest and the largest value of the figure, as `value_of` has
 * it; false: none has one. `is_shown` NULL: of all rows.
 */
bool report_extremes(const struct result *result, const char *scenario, const char *figure,
		     double (*value_of)(const struct result_row *row, const char *figure),
		     bool (*is_shown)(const struct result *result, const struct result_row *row),
		     const struct result_row **least, const struct result_row **most);

/* Adds a sentence with the number of repetitions, a %zu in `format`; nothing where there is one. */
void report_repetitions(const struct result *result, const char *scenario, const char *format,
			char caption[static REPORT_CAPTION_BYTES]);

/* Draws what became of the line's updates. False with report->error. */
bool report_fates(struct report *report, const struct result *result, const char *scenario);

#endif

/* What is shared by what a contrast's report draws. */
#include "bench/result/report/report_line.h"

#include <math.h>
#include <string.h>

enum {
	MODE_MAX_BYTES = 40,
};

void report_mode(const struct result_row *row, char mode[static REPORT_VALUE_BYTES])
{
	const char *text = result_row_label(row, "mode");

	snprintf(mode, REPORT_VALUE_BYTES, "%.*s%s", MODE_MAX_BYTES, text ? text : "?",
		 report_is_modelled(row) ? " (modelled)" : "");
}

double report_median(const struct result_row *row, const char *figure)
{
	return result_spread(row, figure).median;
}

double report_sum(const struct result_row *row, const char *count)
{
	double values[SPREAD_MAX], sum = 0;
	const size_t repeat = result_values(row, count, values, SPREAD_MAX);

	for (size_t i = 0; i < repeat && i < SPREAD_MAX; i++)
		sum += values[i];
	return repeat > 0 ? sum : NAN;
}

bool report_extremes(const struct result *result, const char *scenario, const char *figure,
		     double (*value_of)(const struct result_row *row, const char *figure),
		     bool (*is_shown)(const struct result *result, const struct result_row *row),
		     const struct result_row **least, const struct result_row **most)
{
	double low = INFINITY, high = -INFINITY;

	*least = *most = NULL;
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);
		const double value = value_of(row, figure);

		if (!report_row_is(row, "scenario", scenario) || !isfinite(value) ||
		    (is_shown && !is_shown(result, row)))
			continue;
		if (value < low) {
			low = value;
			*least = row;
		}
		if (value > high) {
			high = value;
			*most = row;
		}
	}
	return *least != NULL;
}

/* Repetitions of the line's rows; 1 when it was simulated. */
static size_t repetitions(const struct result *result, const char *scenario)
{
	size_t most = 1;

	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);
		const size_t count = report_row_is(row, "scenario", scenario)
					     ? result_values(row, "due", NULL, 0)
					     : 0;

		most = count > most ? count : most;
	}
	return most;
}

/* What a plot has of several repetitions: nothing where there is one. */
void report_repetitions(const struct result *result, const char *scenario, const char *format,
			char caption[static REPORT_CAPTION_BYTES])
{
	const size_t count = repetitions(result, scenario), used = strlen(caption);

	if (count > 1)
		snprintf(caption + used, REPORT_CAPTION_BYTES - used, format, count);
}

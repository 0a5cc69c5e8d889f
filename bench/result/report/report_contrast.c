/* A contrast: ages as curves, ages over time, and what became of the updates, line by line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/report/page.h"
#include "bench/result/report/report_line.h"

/* The values of a series for each mode of one line; owns the points. */
struct curves {
	struct plot plot;
	double *points[2 * PLOT_CURVES_MAX];
	size_t point_count;
};

static void free_curves(struct curves *curves)
{
	for (size_t i = 0; i < curves->point_count; i++)
		free(curves->points[i]);
}

static double *allot(struct curves *curves, size_t count)
{
	double *values = calloc(count > 0 ? count : 1, sizeof(*values));

	if (values)
		curves->points[curves->point_count++] = values;
	return values;
}

static void add_curve(struct curves *curves, const struct result_row *row, const char *series)
{
	const size_t count = result_points(row, series, NULL, NULL, 0);
	struct plot_curve *curve = &curves->plot.curves[curves->plot.curve_count];
	char mode[REPORT_VALUE_BYTES];
	double *x, *y;

	if (count == 0 || curves->plot.curve_count == PLOT_CURVES_MAX)
		return;
	x = allot(curves, count);
	y = x ? allot(curves, count) : NULL;
	if (!y)
		return;
	result_points(row, series, x, y, count);
	*curve = (struct plot_curve){ .x = x, .y = y, .count = count };
	report_mode(row, mode);
	snprintf(curve->name, sizeof(curve->name), "%s", mode);
	curves->plot.curve_count++;
}

/* The same in its ages, to a tenth. */
static bool is_like(const struct result_row *row, const struct result_row *other)
{
	return fabs(report_median(row, "age_p99_us") / report_median(other, "age_p99_us") - 1) <
	       0.1;
}

/* Over time, those that go as unsequenced does would only hide it. */
static bool is_shown(const struct result *result, const struct result_row *row)
{
	if (!report_row_is(row, "mode", "raw") && !report_row_is(row, "mode", "redundant") &&
	    !report_row_is(row, "mode", "throttled"))
		return true;
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *other = result_row(result, i);

		if (report_row_is(other, "mode", "unsequenced") &&
		    report_row_is(other, "scenario", result_row_label(row, "scenario")) &&
		    is_like(row, other))
			return false;
	}
	return true;
}

static void add_curves(struct curves *curves, const struct result *result, const char *scenario,
		       const char *series, bool is_time)
{
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		if (report_row_is(row, "scenario", scenario) && (!is_time || is_shown(result, row)))
			add_curve(curves, row, series);
	}
}

static double ms_of(const struct result_row *row, const char *figure)
{
	return report_median(row, figure) / 1e3;
}

/* Ages as a distribution. */

static void describe_ages(const struct result *result, const char *scenario,
			  char caption[static REPORT_CAPTION_BYTES])
{
	const struct result_row *least, *most;
	char best[REPORT_VALUE_BYTES], worst[REPORT_VALUE_BYTES];

	snprintf(caption, REPORT_CAPTION_BYTES,
		 "The share of time for which what a receiver knows of "
		 "another is at most so old.");
	if (!report_extremes(result, scenario, "age_p99_us", report_median, NULL, &least, &most))
		return;
	report_mode(least, best);
	report_mode(most, worst);
	if (least == most) {
		snprintf(caption + strlen(caption), REPORT_CAPTION_BYTES - strlen(caption),
			 " For 1 %% of the time it is older than %.0f ms, for half of the time "
			 "than %.0f ms.",
			 ms_of(least, "age_p99_us"), ms_of(least, "age_p50_us"));
		return;
	}
	snprintf(
		caption, REPORT_CAPTION_BYTES,
		"The share of time for which what a receiver knows of another is at most so old; "
		"further left is fresher. For 1 %% of the time it is older than %.0f ms with %s, the least of "
		"all, and older than %.0f ms with %s, the most; for half of the time, than %.0f and "
		"%.0f ms.",
		ms_of(least, "age_p99_us"), best, ms_of(most, "age_p99_us"), worst,
		ms_of(least, "age_p50_us"), ms_of(most, "age_p50_us"));
}

static bool plot_ages(struct report *report, const struct result *result, const char *scenario)
{
	struct curves *curves = calloc(1, sizeof(*curves));
	char caption[REPORT_CAPTION_BYTES];
	const struct result_row *least, *most;
	bool is_drawn;

	if (!curves) {
		snprintf(report->error, sizeof(report->error), "not enough memory");
		return false;
	}
	snprintf(curves->plot.title, PLOT_TEXT_BYTES, "age, %.80s", scenario);
	snprintf(curves->plot.x_label, PLOT_TEXT_BYTES, "age, ms");
	snprintf(curves->plot.y_label, PLOT_TEXT_BYTES, "share of time at most so old");
	curves->plot.y_max = 1;
	add_curves(curves, result, scenario, "age_cdf", false);
	/* Most of the curves are far left of the longest stall. */
	if (report_extremes(result, scenario, "age_p99_us", report_median, NULL, &least, &most))
		curves->plot.x_max = 1.25 * ms_of(most, "age_p99_us");
	describe_ages(result, scenario, caption);
	report_repetitions(
		result, scenario,
		" The curves are of all %zu repetitions together, the figures in this text medians.",
		caption);
	is_drawn = report_plot(report, &curves->plot, caption);
	free_curves(curves);
	free(curves);
	return is_drawn;
}

/* Ages over time. */

/* Where the curves begin, contrast_result.c says: what is reliable, or the first. */
static const struct result_row *centre(const struct result *result, const char *scenario)
{
	const struct result_row *first = NULL;

	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		if (!report_row_is(row, "scenario", scenario))
			continue;
		if (report_row_is(row, "mode", "reliable"))
			return row;
		if (!first)
			first = row;
	}
	return first;
}

/* Below this the line's ages rest on its delay, and nothing stood still. */
static const double stall_us = 1000;

/* Whether it repeats what was lost, so that what is behind waits. */
static bool is_reliable(const struct result_row *row)
{
	return report_row_is(row, "mode", "reliable") || report_row_is(row, "mode", "tcp") ||
	       report_row_is(row, "mode", "nodelay");
}

/* Of the line's stalls, where there were any. */
static void describe_stalls(const struct result *result, const char *scenario,
			    char caption[static REPORT_CAPTION_BYTES])
{
	const struct result_row *least, *most;
	char best[REPORT_VALUE_BYTES], worst[REPORT_VALUE_BYTES];
	const size_t used = strlen(caption);

	if (!report_extremes(result, scenario, "longest_stall_us", report_median, is_shown, &least,
			     &most))
		return;
	report_mode(least, best);
	report_mode(most, worst);
	if (report_median(most, "longest_stall_us") < stall_us)
		snprintf(caption + used, REPORT_CAPTION_BYTES - used,
			 " Nothing stalled with any of them.");
	else if (least == most)
		snprintf(caption + used, REPORT_CAPTION_BYTES - used,
			 " Longest stall of any pair: %.0f ms with %s.",
			 ms_of(most, "longest_stall_us"), worst);
	else
		snprintf(caption + used, REPORT_CAPTION_BYTES - used,
			 "%s Longest stall of any pair: %.0f ms with %s, %.0f ms with %s.",
			 is_reliable(most) ? " Where what is reliable waits for one lost datagram, "
					     "everything behind it waits, too (head-of-line "
					     "blocking), while the unreliable modes go on with the "
					     "next."
					   : "",
			 ms_of(most, "longest_stall_us"), worst, ms_of(least, "longest_stall_us"),
			 best);
}

static void describe_times(const struct result *result, const char *scenario,
			   char caption[static REPORT_CAPTION_BYTES])
{
	const struct result_row *row = centre(result, scenario);
	char mode[REPORT_VALUE_BYTES];

	snprintf(
		caption, REPORT_CAPTION_BYTES,
		"How old what one receiver knows of another is, from moment to moment: a line that "
		"climbs is waiting, and drops when something newer comes.");
	if (!row)
		return;
	report_mode(row, mode);
	snprintf(caption + strlen(caption), REPORT_CAPTION_BYTES - strlen(caption),
		 " Shown is the time around this pair's greatest age with %s.", mode);
	describe_stalls(result, scenario, caption);
}

static bool plot_times(struct report *report, const struct result *result, const char *scenario)
{
	struct curves *curves = calloc(1, sizeof(*curves));
	char caption[REPORT_CAPTION_BYTES];
	bool is_drawn;

	if (!curves) {
		snprintf(report->error, sizeof(report->error), "not enough memory");
		return false;
	}
	snprintf(curves->plot.title, PLOT_TEXT_BYTES, "age over time, %.80s", scenario);
	snprintf(curves->plot.x_label, PLOT_TEXT_BYTES, "time, s");
	snprintf(curves->plot.y_label, PLOT_TEXT_BYTES, "age, ms");
	add_curves(curves, result, scenario, "age_time", true);
	describe_times(result, scenario, caption);
	report_repetitions(result, scenario,
			   " The curves are of the first of %zu repetitions, the stalls medians.",
			   caption);
	is_drawn = report_plot(report, &curves->plot, caption);
	free_curves(curves);
	free(curves);
	return is_drawn;
}

static const char *const figures[] = { "age_p50_us",
				       "age_p99_us",
				       "longest_stall_us",
				       "delay_p99_us",
				       "delay_p999_us",
				       "delay_count",
				       "bytes_per_update",
				       "down_bytes_per_update",
				       "due",
				       "delivered",
				       "late",
				       "skipped",
				       "lost",
				       NULL };

static bool draw(struct report *report, const struct result *result)
{
	char scenarios[REPORT_VALUES_MAX][REPORT_VALUE_BYTES];
	const size_t count = report_values(result, "scenario", scenarios, REPORT_VALUES_MAX);

	for (size_t i = 0; i < count; i++) {
		if (!report->is_markdown)
			page_element(report->out, "h3", "%s", scenarios[i]);
		if (!plot_ages(report, result, scenarios[i]) ||
		    !plot_times(report, result, scenarios[i]) ||
		    !report_fates(report, result, scenarios[i]))
			return false;
	}
	return true;
}

const struct report_part report_contrast = { "contrast", draw, figures };

/* A contrast: ages as curves, ages over time, and what became of the updates, line by line. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/page.h"
#include "bench/report_parts.h"

enum {
	CAPTION_BYTES = 768,
	MODE_MAX_BYTES = 40,
};

/* As it is called in plots and sentences. */
static void mode_of(const struct result_row *row, char mode[static REPORT_VALUE_BYTES])
{
	const char *text = result_row_label(row, "mode");

	snprintf(mode, REPORT_VALUE_BYTES, "%.*s%s", MODE_MAX_BYTES, text ? text : "?",
		 report_is_modelled(row) ? " (modelled)" : "");
}

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
	mode_of(row, mode);
	snprintf(curve->name, sizeof(curve->name), "%s", mode);
	curves->plot.curve_count++;
}

/* Over time, those that go as unsequenced does would only hide it. */
static bool is_like_unsequenced(const struct result_row *row)
{
	return report_row_is(row, "mode", "raw") || report_row_is(row, "mode", "redundant") ||
	       report_row_is(row, "mode", "throttled");
}

static void add_curves(struct curves *curves, const struct result *result, const char *scenario,
		       const char *series, bool is_time)
{
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		if (report_row_is(row, "scenario", scenario) &&
		    !(is_time && is_like_unsequenced(row)))
			add_curve(curves, row, series);
	}
}

static double median_of(const struct result_row *row, const char *figure)
{
	return result_spread(row, figure).median;
}

/* Over all repetitions; NAN when there is no such count. */
static double sum_of(const struct result_row *row, const char *count)
{
	double values[SPREAD_MAX], sum = 0;
	const size_t repeat = result_values(row, count, values, SPREAD_MAX);

	for (size_t i = 0; i < repeat && i < SPREAD_MAX; i++)
		sum += values[i];
	return repeat > 0 ? sum : NAN;
}

/* The rows of this line with the smallest and the largest value of the figure; false: none. */
static bool extremes(const struct result *result, const char *scenario, const char *figure,
		     double (*value_of)(const struct result_row *row, const char *figure),
		     const struct result_row **least, const struct result_row **most)
{
	double low = INFINITY, high = -INFINITY;

	*least = *most = NULL;
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);
		const double value = value_of(row, figure);

		if (!report_row_is(row, "scenario", scenario) || !isfinite(value))
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

static double ms_of(const struct result_row *row, const char *figure)
{
	return median_of(row, figure) / 1e3;
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
static void add_of(const struct result *result, const char *scenario, const char *format,
		   char caption[static CAPTION_BYTES])
{
	const size_t count = repetitions(result, scenario), used = strlen(caption);

	if (count > 1)
		snprintf(caption + used, CAPTION_BYTES - used, format, count);
}

/* Ages as a distribution. */

static void describe_ages(const struct result *result, const char *scenario,
			  char caption[static CAPTION_BYTES])
{
	const struct result_row *least, *most;
	char best[REPORT_VALUE_BYTES], worst[REPORT_VALUE_BYTES];

	snprintf(caption, CAPTION_BYTES,
		 "The share of time for which what a receiver knows of "
		 "another is at most so old.");
	if (!extremes(result, scenario, "age_p99_us", median_of, &least, &most))
		return;
	mode_of(least, best);
	mode_of(most, worst);
	if (least == most) {
		snprintf(caption + strlen(caption), CAPTION_BYTES - strlen(caption),
			 " For 1 %% of the time it is older than %.0f ms, for half of the time "
			 "than %.0f ms.",
			 ms_of(least, "age_p99_us"), ms_of(least, "age_p50_us"));
		return;
	}
	snprintf(
		caption, CAPTION_BYTES,
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
	char caption[CAPTION_BYTES];
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
	if (extremes(result, scenario, "age_p99_us", median_of, &least, &most))
		curves->plot.x_max = 1.25 * ms_of(most, "age_p99_us");
	describe_ages(result, scenario, caption);
	add_of(result, scenario,
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
			    char caption[static CAPTION_BYTES])
{
	const struct result_row *least, *most;
	char best[REPORT_VALUE_BYTES], worst[REPORT_VALUE_BYTES];
	const size_t used = strlen(caption);

	if (!extremes(result, scenario, "longest_stall_us", median_of, &least, &most))
		return;
	mode_of(least, best);
	mode_of(most, worst);
	if (median_of(most, "longest_stall_us") < stall_us)
		snprintf(caption + used, CAPTION_BYTES - used,
			 " Nothing stalled with any of them.");
	else if (least == most)
		snprintf(caption + used, CAPTION_BYTES - used,
			 " Longest stall of any pair: %.0f ms with %s.",
			 ms_of(most, "longest_stall_us"), worst);
	else
		snprintf(caption + used, CAPTION_BYTES - used,
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
			   char caption[static CAPTION_BYTES])
{
	const struct result_row *row = centre(result, scenario);
	char mode[REPORT_VALUE_BYTES];

	snprintf(
		caption, CAPTION_BYTES,
		"How old what one receiver knows of another is, from moment to moment: a line that "
		"climbs is waiting, and drops when something newer comes.");
	if (!row)
		return;
	mode_of(row, mode);
	snprintf(caption + strlen(caption), CAPTION_BYTES - strlen(caption),
		 " Shown is the time around this pair's greatest age with %s.", mode);
	describe_stalls(result, scenario, caption);
}

static bool plot_times(struct report *report, const struct result *result, const char *scenario)
{
	struct curves *curves = calloc(1, sizeof(*curves));
	char caption[CAPTION_BYTES];
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
	add_of(result, scenario,
	       " The curves are of the first of %zu repetitions, the stalls medians.", caption);
	is_drawn = report_plot(report, &curves->plot, caption);
	free_curves(curves);
	free(curves);
	return is_drawn;
}

/* What became of the updates. */

struct fate {
	const char *name;
	/* Of the counts in the rows: what is added, and what is taken off. */
	const char *count, *less;
};

static const struct fate fates[] = {
	{ "newest when it came", "delivered", "late" },
	{ "late, of no use", "late", NULL },
	{ "superseded at the relay", "skipped", NULL },
	{ "lost", "lost", NULL },
};

/* The same, where it is known why the others did not come. */
static const struct fate fates_by_cause[] = {
	{ "newest when it came", "delivered", "late" },
	{ "late, of no use", "late", NULL },
	{ "superseded at the relay", "cause_superseded", NULL },
	{ "lost on the line up", "cause_line_up", NULL },
	{ "lost on the line down", "cause_line_down", NULL },
	{ "dropped as overtaken", "cause_overtaken", NULL },
	{ "not sent by ENet", "cause_unsent", NULL },
	{ "refused by the relay", "cause_refused", NULL },
	{ "no session", "cause_session", NULL },
	{ "under way at the end", "cause_under_way", NULL },
	{ "not known", "cause_unknown", NULL },
};

enum {
	FATES = sizeof(fates) / sizeof(fates[0]),
	FATES_BY_CAUSE = sizeof(fates_by_cause) / sizeof(fates_by_cause[0]),
	FATES_AT_LEAST = 2, /* parts that are drawn even where nothing ended so */
};

/* Of all repetitions together, so that the fates of what was due make up all of it. */
static double percent_of(const struct result_row *row, const struct fate *fate)
{
	const double due = sum_of(row, "due");
	double count = sum_of(row, fate->count);

	if (fate->less && isfinite(sum_of(row, fate->less)))
		count -= sum_of(row, fate->less);
	return isfinite(count) && due > 0 ? 100 * count / due : 0;
}

static void describe_fates(const struct result *result, const char *scenario,
			   char caption[static CAPTION_BYTES])
{
	const struct result_row *least, *most;
	char best[REPORT_VALUE_BYTES], worst[REPORT_VALUE_BYTES];

	snprintf(caption, CAPTION_BYTES, "What became of every update at every receiver.");
	if (!extremes(result, scenario, "lost", sum_of, &least, &most))
		return;
	mode_of(least, best);
	mode_of(most, worst);
	if (least == most) {
		snprintf(caption + strlen(caption), CAPTION_BYTES - strlen(caption),
			 " Of %.0f that were due, %.2f %% were lost, in every mode.",
			 sum_of(most, "due"), percent_of(most, &fates[3]));
		return;
	}
	snprintf(
		caption, CAPTION_BYTES,
		"What became of every update at every receiver. Of %.0f that were due, %.2f %% were "
		"lost with %s, the least, and %.2f %% with %s, the most. What is late came after "
		"something newer; what is superseded was never sent on, as the relay had something "
		"newer by then.",
		sum_of(most, "due"), percent_of(least, &fates[3]), best,
		percent_of(most, &fates[3]), worst);
}

static bool has_fates(const struct result_row *row, const char *scenario)
{
	return report_row_is(row, "scenario", scenario) &&
	       isfinite(result_spread(row, "due").median);
}

/* Whether all rows of this line say why; results of before, and live ones, do not. */
static bool has_causes(const struct result *result, const char *scenario)
{
	for (size_t i = 0; i < result_row_count(result); i++) {
		const struct result_row *row = result_row(result, i);

		if (has_fates(row, scenario) &&
		    !isfinite(result_spread(row, "cause_line_up").median))
			return false;
	}
	return true;
}

/* Adds a part to all bars; nothing if it has no height in any. */
static void add_fate(struct plot *plot, const struct result *result, const char *scenario,
		     const struct fate *fate, double heights[static PLOT_BARS_MAX])
{
	double sum = 0;
	size_t bar = 0;

	for (size_t i = 0; i < result_row_count(result) && bar < plot->bar_count; i++) {
		const struct result_row *row = result_row(result, i);

		if (!has_fates(row, scenario))
			continue;
		heights[bar] = percent_of(row, fate);
		sum += heights[bar++];
	}
	if (sum <= 0 && plot->curve_count >= FATES_AT_LEAST)
		return;
	plot->curves[plot->curve_count] = (struct plot_curve){ .y = heights, .count = bar };
	snprintf(plot->curves[plot->curve_count++].name, PLOT_TEXT_BYTES, "%s", fate->name);
}

static void add_bars(struct plot *plot, const struct result *result, const char *scenario)
{
	static double parts[FATES_BY_CAUSE][PLOT_BARS_MAX];
	const bool is_by_cause = has_causes(result, scenario);

	for (size_t i = 0; i < result_row_count(result) && plot->bar_count < PLOT_BARS_MAX; i++)
		if (has_fates(result_row(result, i), scenario))
			mode_of(result_row(result, i), plot->bars[plot->bar_count++]);
	for (size_t f = 0; f < (is_by_cause ? FATES_BY_CAUSE : FATES) && plot->bar_count > 0; f++)
		add_fate(plot, result, scenario, is_by_cause ? &fates_by_cause[f] : &fates[f],
			 parts[f]);
}

static bool plot_fates(struct report *report, const struct result *result, const char *scenario)
{
	struct plot *plot = calloc(1, sizeof(*plot));
	char caption[CAPTION_BYTES];
	bool is_drawn;

	if (!plot) {
		snprintf(report->error, sizeof(report->error), "not enough memory");
		return false;
	}
	snprintf(plot->title, PLOT_TEXT_BYTES, "what became of the updates, %.80s", scenario);
	snprintf(plot->y_label, PLOT_TEXT_BYTES, "%% of what was due");
	plot->y_max = 100;
	add_bars(plot, result, scenario);
	describe_fates(result, scenario, caption);
	add_of(result, scenario, " In %zu repetitions together.", caption);
	if (has_causes(result, scenario))
		snprintf(caption + strlen(caption), CAPTION_BYTES - strlen(caption),
			 " Each that did not come is under the one cause that ended it.");
	is_drawn = report_plot(report, plot, caption);
	free(plot);
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
		    !plot_fates(report, result, scenarios[i]))
			return false;
	}
	return true;
}

const struct report_part report_contrast = { "contrast", draw, figures };

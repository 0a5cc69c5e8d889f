/* What became of the updates of a line, mode by mode, as bars. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/report/report_line.h"

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
	const double due = report_sum(row, "due");
	double count = report_sum(row, fate->count);

	if (fate->less && isfinite(report_sum(row, fate->less)))
		count -= report_sum(row, fate->less);
	return isfinite(count) && due > 0 ? 100 * count / due : 0;
}

static void describe_fates(const struct result *result, const char *scenario,
			   char caption[static REPORT_CAPTION_BYTES])
{
	const struct result_row *least, *most;
	char best[REPORT_VALUE_BYTES], worst[REPORT_VALUE_BYTES];

	snprintf(caption, REPORT_CAPTION_BYTES, "What became of every update at every receiver.");
	if (!report_extremes(result, scenario, "lost", report_sum, NULL, &least, &most))
		return;
	report_mode(least, best);
	report_mode(most, worst);
	if (least == most) {
		snprintf(caption + strlen(caption), REPORT_CAPTION_BYTES - strlen(caption),
			 " Of %.0f that were due, %.2f %% were lost, in every mode.",
			 report_sum(most, "due"), percent_of(most, &fates[3]));
		return;
	}
	snprintf(
		caption, REPORT_CAPTION_BYTES,
		"What became of every update at every receiver. Of %.0f that were due, %.2f %% were "
		"lost with %s, the least, and %.2f %% with %s, the most. What is late came after "
		"something newer; what is superseded was never sent on, as the relay had something "
		"newer by then.",
		report_sum(most, "due"), percent_of(least, &fates[3]), best,
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
			report_mode(result_row(result, i), plot->bars[plot->bar_count++]);
	for (size_t f = 0; f < (is_by_cause ? FATES_BY_CAUSE : FATES) && plot->bar_count > 0; f++)
		add_fate(plot, result, scenario, is_by_cause ? &fates_by_cause[f] : &fates[f],
			 parts[f]);
}

bool report_fates(struct report *report, const struct result *result, const char *scenario)
{
	struct plot *plot = calloc(1, sizeof(*plot));
	char caption[REPORT_CAPTION_BYTES];
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
	report_repetitions(result, scenario, " In %zu repetitions together.", caption);
	if (has_causes(result, scenario))
		snprintf(caption + strlen(caption), REPORT_CAPTION_BYTES - strlen(caption),
			 " Each that did not come is under the one cause that ended it.");
	is_drawn = report_plot(report, plot, caption);
	free(plot);
	return is_drawn;
}

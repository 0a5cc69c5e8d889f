/* A comparison: what a delivered update costs each relay, against the members of the room. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/result/report/page.h"
#include "bench/result/report/report_parts.h"

enum {
	CAPTION_BYTES = 640,
};

/* One contender's points: x, y, low, high. */
struct line {
	double values[4][REPORT_VALUES_MAX];
	size_t count;
};

static int by_x(const void *a, const void *b)
{
	const double *one = a, *other = b;

	return (one[0] > other[0]) - (one[0] < other[0]);
}

/* The contender's figure at each number of members, for one rate and mode. */
static void gather(const struct result *result, const char *contender, const char *rate,
		   const char *mode, const char *figure, double scale, struct line *line)
{
	double points[REPORT_VALUES_MAX][4];

	line->count = 0;
	for (size_t i = 0; i < result_row_count(result) && line->count < REPORT_VALUES_MAX; i++) {
		const struct result_row *row = result_row(result, i);
		const struct spread spread = result_spread(row, figure);
		const char *members = result_row_label(row, "members");
		double *point = points[line->count];

		if (!members || !isfinite(spread.median) ||
		    !report_row_is(row, "contender", contender) ||
		    !report_row_is(row, "rate_hz", rate) || !report_row_is(row, "mode", mode))
			continue;
		members = result_row_label(row, "members");
		point[0] = strtod(members, NULL);
		point[1] = spread.median * scale;
		point[2] = spread.min * scale;
		point[3] = spread.max * scale;
		line->count++;
	}
	qsort(points, line->count, sizeof(points[0]), by_x);
	for (size_t i = 0; i < line->count; i++)
		for (size_t k = 0; k < 4; k++)
			line->values[k][i] = points[i][k];
}

struct subject {
	const char *figure, *title, *y_label;
	double scale;
	const char *sees;
};

static const struct subject subjects[] = {
	{ "cpu_us_per_update", "CPU for a delivered update", "us of the relay's CPU", 1,
	  "A datagram costs the kernel much the same whatever is in it, so a relay gets cheaper as "
	  "far as it puts more updates into one." },
	{ "delay_p99_us", "delay at p99", "ms from the due time", 1e-3,
	  "What is saved by waiting for more to send is paid for here; a relay whose core is full "
	  "has its queues in it, too." },
};

static double last_x(const struct plot_curve *curve)
{
	return curve->x[curve->count - 1];
}

static double last_y(const struct plot_curve *curve)
{
	return curve->y[curve->count - 1];
}

/* Whether any point has a shade about it. */
static bool has_spread(const struct plot *plot)
{
	for (size_t c = 0; c < plot->curve_count; c++)
		for (size_t i = 0; i < plot->curves[c].count; i++)
			if (plot->curves[c].low[i] < plot->curves[c].high[i])
				return true;
	return false;
}

static bool has_lines(const struct plot *plot)
{
	for (size_t c = 0; c < plot->curve_count; c++)
		if (plot->curves[c].count > 1)
			return true;
	return false;
}

static void describe(const struct subject *subject, const struct plot *plot,
		     char caption[static CAPTION_BYTES])
{
	const struct plot_curve *least = NULL, *most = NULL;

	for (size_t i = 0; i < plot->curve_count; i++) {
		const struct plot_curve *curve = &plot->curves[i];

		if (!least || last_y(curve) < last_y(least))
			least = curve;
		if (!most || last_y(curve) > last_y(most))
			most = curve;
	}
	snprintf(caption, CAPTION_BYTES, "%s", subject->sees);
	if (least)
		snprintf(caption + strlen(caption), CAPTION_BYTES - strlen(caption),
			 "%s %s has %.3g %s at %.0f members",
			 has_lines(plot) ? " At the right end:" : "", least->name, last_y(least),
			 subject->y_label, last_x(least));
	if (most != least)
		snprintf(caption + strlen(caption), CAPTION_BYTES - strlen(caption),
			 ", the least; %s has %.3g at %.0f, the most", most->name, last_y(most),
			 last_x(most));
	if (least)
		snprintf(caption + strlen(caption), CAPTION_BYTES - strlen(caption), ".%s",
			 !has_spread(plot) ? ""
			 : has_lines(plot) ? " The shades are the smallest and largest of the "
					     "repetitions."
					   : " The strokes are the smallest and largest of the "
					     "repetitions.");
}

/* One size of room is no curve: a bar for each contender says it. */
static void turn_into_bars(struct plot *plot, double bars[static 3][PLOT_CURVES_MAX])
{
	struct plot_curve part = { .y = bars[0], .low = bars[1], .high = bars[2] };

	for (size_t c = 0; c < plot->curve_count; c++) {
		const struct plot_curve *curve = &plot->curves[c];

		bars[0][c] = curve->y[0];
		bars[1][c] = curve->low[0];
		bars[2][c] = curve->high[0];
		snprintf(plot->bars[c], PLOT_TEXT_BYTES, "%s", curve->name);
	}
	plot->bar_count = part.count = plot->curve_count;
	snprintf(part.name, PLOT_TEXT_BYTES, "%.0f members", plot->curves[0].x[0]);
	plot->curves[0] = part;
	plot->curve_count = 1;
	plot->is_x_log = plot->is_y_log = false;
	plot->x_label[0] = '\0';
}

static void add_lines(struct plot *plot, const struct result *result, const struct subject *subject,
		      const char *rate, const char *mode)
{
	static struct line lines[PLOT_CURVES_MAX];
	char contenders[REPORT_VALUES_MAX][REPORT_VALUE_BYTES];
	const size_t count = report_values(result, "contender", contenders, PLOT_CURVES_MAX);

	for (size_t i = 0; i < count; i++) {
		struct plot_curve *curve = &plot->curves[plot->curve_count];
		struct line *line = &lines[plot->curve_count];

		gather(result, contenders[i], rate, mode, subject->figure, subject->scale, line);
		if (line->count == 0)
			continue;
		*curve = (struct plot_curve){ .x = line->values[0],
					      .y = line->values[1],
					      .low = line->values[2],
					      .high = line->values[3],
					      .count = line->count,
					      .has_marks = true };
		snprintf(curve->name, PLOT_TEXT_BYTES, "%s", contenders[i]);
		plot->curve_count++;
	}
}

static bool plot_subject(struct report *report, const struct result *result,
			 const struct subject *subject, const char *rate, const char *mode)
{
	double bars[3][PLOT_CURVES_MAX];
	char caption[CAPTION_BYTES];
	struct plot *plot = calloc(1, sizeof(*plot));
	bool is_drawn;

	if (!plot) {
		snprintf(report->error, sizeof(report->error), "not enough memory");
		return false;
	}
	snprintf(plot->title, PLOT_TEXT_BYTES, "%.60s, %.10s Hz%s%.20s", subject->title,
		 rate ? rate : "?", mode ? ", " : "", mode ? mode : "");
	snprintf(plot->x_label, PLOT_TEXT_BYTES, "members of the room");
	snprintf(plot->y_label, PLOT_TEXT_BYTES, "%s", subject->y_label);
	plot->is_x_log = plot->is_y_log = true;
	add_lines(plot, result, subject, rate, mode);
	describe(subject, plot, caption);
	if (plot->curve_count > 0 && !has_lines(plot))
		turn_into_bars(plot, bars);
	is_drawn = report_plot(report, plot, caption);
	free(plot);
	return is_drawn;
}

static const char *const figures[] = { "cpu_us_per_update",
				       "cpu_ratio",
				       "cpu_us_per_datagram",
				       "datagrams_per_update",
				       "bytes_per_update",
				       "delay_p50_us",
				       "delay_p99_us",
				       "delay_p999_us",
				       "p99_ratio",
				       "p99_ratio_quiet",
				       "delivered",
				       "skipped",
				       "loss",
				       "core_share",
				       "syscalls_per_datagram",
				       "allocations_per_update",
				       "age_p99_us",
				       "age_max_us",
				       "peak_bytes",
				       "hostile_messages_per_s",
				       "ledger_messages_rate_limited",
				       "ledger_reports_ignored",
				       "ledger_messages_slowed",
				       "ledger_parted_malformed",
				       NULL };

static bool draw(struct report *report, const struct result *result)
{
	char rates[REPORT_VALUES_MAX][REPORT_VALUE_BYTES];
	char modes[REPORT_VALUES_MAX][REPORT_VALUE_BYTES];
	const size_t rate_count = report_values(result, "rate_hz", rates, REPORT_VALUES_MAX);
	const size_t mode_count = report_values(result, "mode", modes, REPORT_VALUES_MAX);

	for (size_t s = 0; s < sizeof(subjects) / sizeof(subjects[0]); s++)
		for (size_t r = 0; r < (rate_count ? rate_count : 1); r++)
			for (size_t m = 0; m < (mode_count ? mode_count : 1); m++)
				if (!plot_subject(report, result, &subjects[s],
						  rate_count ? rates[r] : NULL,
						  mode_count ? modes[m] : NULL))
					return false;
	return true;
}

const struct report_part report_compare = { "compare", draw, figures };

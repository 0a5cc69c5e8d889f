/* A contrast as a result: its rows with their figures, and the curves that a report draws. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench/bursts.h"
#include "bench/contrast_rows.h"
#include "bench/live.h"

enum {
	/* Of the age over time: a little before the longest wait, and how it goes on. */
	BEFORE_S = 2,
	AFTER_S = 1,
	POINTS_MAX = 1024,
};

static const int64_t us_per_s = 1000000;

static const char *line_name(const struct contrast *contrast, size_t line)
{
	return contrast->lines[line].scenario ? contrast->lines[line].scenario->name
					      : contrast->lines[line].text;
}

static void add_parameters(struct result *result, const struct contrast *contrast)
{
	const struct trial_config *trial = &contrast->trial;

	result_parameter(result, "seed", (double)trial->seed);
	result_parameter(result, "members", (double)trial->members);
	result_parameter(result, "rate_hz", trial->rate_hz);
	result_parameter(result, "event_hz", trial->event_hz);
	result_parameter(result, "tick_hz", trial->tick_hz);
	result_parameter(result, "seconds", trial->seconds);
	result_parameter(result, "redundancy", (double)trial->redundancy);
	result_parameter(result, "payload_bytes", (double)trial->payload_bytes);
	result_parameter_text(result, "network",
			      !contrast->is_live         ? "simulated"
			      : contrast->has_namespaces ? "network namespaces"
							 : "proxies on 127.0.0.1");
	result_parameter_text(result, "motion",
			      contrast->trace_path ? contrast->trace_path : "flock");
	result_parameter_text(result, "strict", contrast->is_strict ? "yes" : "no");
	result_parameter(result, "stall_bound_ms", TRIAL_STALL_MS);
	result_parameter(result, "noticeable_delta", BURSTS_DELTA);
	for (size_t line = 0; line < contrast->line_count; line++) {
		char name[32];

		snprintf(name, sizeof(name), "line_%zu", line + 1);
		result_parameter_text(result, name, contrast->lines[line].text);
	}
}

/* Curves. */

static void add_cdf(struct result_row *row, const struct trial_result *trial)
{
	double x[TRIAL_CDF_POINTS], y[TRIAL_CDF_POINTS];

	for (size_t i = 0; i < TRIAL_CDF_POINTS; i++) {
		x[i] = (double)trial->age_cdf_us[i] / 1e3;
		y[i] = trial_cdf_share(i);
	}
	if (trial->age_cdf_us[0] >= 0)
		result_series(row, "age_cdf", "ms", "1", x, y, TRIAL_CDF_POINTS);
}

/*
 * When the line's curves begin: before the longest wait of what is reliable, where head-of-line
 * blocking is seen; without it, of the first carrier.
 */
static int64_t begin_us(const struct contrast *contrast, size_t line)
{
	const struct age_track *tracks = &contrast->tracks[line * contrast->carrier_count];
	size_t of = 0;
	int64_t age_us, begin;

	for (size_t i = 0; i < contrast->carrier_count; i++)
		if (contrast->carriers[i] == TRIAL_RELIABLE)
			of = i;
	begin = age_track_peak(&tracks[of], &age_us) - age_us - BEFORE_S * us_per_s;
	return begin > 0 ? begin : 0;
}

static void add_time(struct result_row *row, const struct contrast *contrast, size_t line,
		     size_t carrier)
{
	const struct age_track *tracks = &contrast->tracks[line * contrast->carrier_count];
	const int64_t from_us = begin_us(contrast, line);
	const int64_t measured_us = (int64_t)(contrast->trial.seconds * 1e6);
	double x[POINTS_MAX], y[POINTS_MAX];
	int64_t end_us = 0, age_us;
	size_t count;

	for (size_t i = 0; i < contrast->carrier_count; i++) {
		const int64_t peak_us = age_track_peak(&tracks[i], &age_us);

		/* As far as the longest wait of what began it. */
		if (contrast->carriers[i] == TRIAL_RELIABLE || end_us == 0)
			end_us = peak_us;
	}
	end_us += AFTER_S * us_per_s;
	if (end_us > measured_us)
		end_us = measured_us;
	count = age_track_curve(&tracks[carrier], from_us, end_us, x, y, POINTS_MAX);
	if (count > 0)
		result_series(row, "age_time", "s", "ms", x, y, count);
}

/* Rows. */

static void add_checks(struct result_row *row, const struct trial_result *trial)
{
	struct contrast_figure checks[CONTRAST_CHECKS];

	contrast_collect_checks(trial, checks);
	for (size_t i = 0; i < CONTRAST_CHECKS; i++)
		result_figure(row, checks[i].name, checks[i].unit, &checks[i].value, 1);
	if (trial->check.is_modelled)
		result_note(row, CONTRAST_MODELLED_TEXT);
}

static void add_digest(struct result_row *row, const struct trial_result *trial)
{
	char digest[32];

	snprintf(digest, sizeof(digest), "digest %016" PRIx64, trial->digest);
	result_note(row, digest);
}

static void judge(struct result *result, struct result_row *row, const struct contrast *contrast,
		  const struct trial_result *trial)
{
	char fault[LIVE_ERROR_BYTES];

	if (!live_is_valid(&trial->check)) {
		live_describe_fault(&trial->check, fault);
		result_not_valid(result, row, "%s", fault);
	}
	if (contrast_is_short(trial) && contrast->is_strict)
		result_not_valid(result, row, "%s", CONTRAST_SHORT_TEXT);
	else if (contrast_is_short(trial))
		result_note(row, CONTRAST_SHORT_TEXT);
}

static void add_row(struct result *result, const struct contrast *contrast, size_t line,
		    size_t carrier)
{
	const struct trial_result *trial = contrast_row(contrast, line, carrier);
	struct contrast_figure figures[CONTRAST_FIGURES];
	struct result_row *row = result_add_row(result);

	if (!row)
		return;
	result_label(row, "scenario", line_name(contrast, line));
	result_label(row, "mode", trial_carrier_text(contrast->carriers[carrier]));
	contrast_collect(trial, figures);
	for (size_t i = 0; i < CONTRAST_FIGURES; i++)
		if (!contrast->is_live || strcmp(figures[i].name, "simulated_s") != 0)
			result_figure(row, figures[i].name, figures[i].unit, &figures[i].value, 1);
	if (contrast->is_live)
		add_checks(row, trial);
	else
		add_digest(row, trial);
	judge(result, row, contrast, trial);
	add_cdf(row, trial);
	add_time(row, contrast, line, carrier);
}

struct result *contrast_result(const struct contrast *contrast, int argc, char *const *argv)
{
	struct result *result = result_create("contrast", argc, argv, !contrast->is_live);
	const size_t all = contrast->line_count * contrast->carrier_count;

	if (!result)
		return NULL;
	add_parameters(result, contrast);
	for (size_t line = 0; line < contrast->line_count; line++)
		for (size_t i = 0; i < contrast->carrier_count; i++)
			if (contrast_is_done(contrast, line, i))
				add_row(result, contrast, line, i);
	if (contrast->done < all)
		result_not_valid(result, NULL, "stopped after %zu of %zu rows", contrast->done,
				 all);
	return result;
}

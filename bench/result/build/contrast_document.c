/* A contrast as a result: its rows with their figures, and the curves that a report draws. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/measure/bursts.h"
#include "bench/result/build/contrast.h"
#include "bench/load/generator.h"

enum {
	/* The age over time: a little before the longest wait, and how it goes on. */
	BEFORE_S = 2,
	AFTER_S = 1,
	POINTS_MAX = 1024,
};

static const int64_t us_per_s = 1000000;

static const char *link_name(const struct contrast *contrast, size_t link)
{
	return contrast->links[link].scenario ? contrast->links[link].scenario->name
					      : contrast->links[link].text;
}

/* A simulated contrast that has one repetition says nothing of it. */
static void add_repetitions(struct result *result, const struct contrast *contrast)
{
	char seeds[64];

	if (!contrast->is_live && contrast->repeat == 1)
		return;
	snprintf(seeds, sizeof(seeds), "%" PRIu64 " to %" PRIu64, contrast->seed,
		 contrast->seed + contrast->repeat - 1);
	result_parameter(result, "repeat", contrast->repeat);
	result_parameter_text(result, "seeds", seeds);
	if (contrast->is_live) {
		result_parameter(result, "warm_up_s", GENERATOR_WARM_UP_S);
		result_parameter(result, "again", contrast->again);
	}
}

static void add_starts(struct result *result, const struct contrast *contrast)
{
	for (size_t i = 0; i < contrast->carrier_count; i++) {
		const struct contrast_starts starts =
			contrast_starts(contrast, contrast->carriers[i]);

		if (contrast->carriers[i] != TRIAL_SEQUENCED)
			continue;
		result_parameter(result, "sequence_start_up", starts.up);
		result_parameter(result, "sequence_start_down", starts.down);
	}
}

static void add_parameters(struct result *result, const struct contrast *contrast)
{
	const struct trial_config *trial = &contrast->trial;

	result_parameter_seed(result, contrast->seed);
	result_parameter(result, "members", (double)trial->members);
	result_parameter(result, "rate_hz", trial->rate_hz);
	result_parameter(result, "event_hz", trial->event_hz);
	result_parameter(result, "tick_hz", trial->tick_hz);
	result_parameter(result, "seconds", trial->seconds);
	result_parameter(result, "redundancy", (double)trial->redundancy);
	result_parameter(result, "payload_bytes", (double)trial->payload_bytes);
	result_parameter(result, "grain_um", trial->grain_um);
	add_repetitions(result, contrast);
	add_starts(result, contrast);
	result_parameter_text(result, "network",
			      contrast->is_live ? "network namespaces" : "simulated");
	result_parameter_text(result, "motion",
			      contrast->trace_path ? contrast->trace_path : "flock");
	result_parameter_text(result, "strict", contrast->is_strict ? "yes" : "no");
	result_parameter(result, "stall_bound_ms", TRIAL_STALL_MS);
	result_parameter(result, "noticeable_delta", BURSTS_DELTA);
	for (size_t link = 0; link < contrast->link_count; link++) {
		const struct scenario *scenario = contrast->links[link].scenario;
		char name[32];

		snprintf(name, sizeof(name), "reason_%zu", link + 1);
		if (scenario)
			result_parameter_text(result, name, scenario->reason);
		snprintf(name, sizeof(name), "line_%zu", link + 1);
		result_parameter_text(result, name, contrast->links[link].text);
		snprintf(name, sizeof(name), "budget_%zu", link + 1);
		result_parameter_text(result, name,
				      trial_learns_budget(&contrast->links[link].spec) ? "learned"
										       : "fixed");
	}
}

/* Curves. */

/* Ages of several repetitions together: percentiles are not averaged. */
static void add_cdf(struct result_row *out, const struct contrast_row *row)
{
	double x[TRIAL_CDF_POINTS], y[TRIAL_CDF_POINTS];

	for (size_t i = 0; i < TRIAL_CDF_POINTS; i++) {
		const double ns =
			(double)age_distribution_quantile_ns(&row->ages, trial_cdf_share(i));

		x[i] = floor(ns / 1e3) / 1e3;
		y[i] = trial_cdf_share(i);
	}
	if (row->ages.count > 0)
		result_series(out, "age_cdf", "ms", "1", x, y, TRIAL_CDF_POINTS);
}

/*
 * When the link's curves begin: before the longest wait of what is reliable, where head-of-line
 * blocking is seen; without it, of the first carrier.
 */
static int64_t begin_us(const struct contrast *contrast, size_t link)
{
	size_t of = 0;
	int64_t age_us, begin;

	for (size_t i = 0; i < contrast->carrier_count; i++)
		if (contrast->carriers[i] == TRIAL_RELIABLE)
			of = i;
	begin = age_track_peak(&contrast_row(contrast, link, of)->track, &age_us) - age_us -
		BEFORE_S * us_per_s;
	return begin > 0 ? begin : 0;
}

static void add_time(struct result_row *row, const struct contrast *contrast, size_t link,
		     size_t carrier)
{
	const int64_t from_us = begin_us(contrast, link);
	const int64_t measured_us = (int64_t)(contrast->trial.seconds * 1e6);
	double x[POINTS_MAX], y[POINTS_MAX];
	int64_t end_us = 0, age_us;
	size_t count;

	for (size_t i = 0; i < contrast->carrier_count; i++) {
		const int64_t peak_us =
			age_track_peak(&contrast_row(contrast, link, i)->track, &age_us);

		/* As far as the longest wait of what began it. */
		if (contrast->carriers[i] == TRIAL_RELIABLE || end_us == 0)
			end_us = peak_us;
	}
	end_us += AFTER_S * us_per_s;
	if (end_us > measured_us)
		end_us = measured_us;
	count = age_track_curve(&contrast_row(contrast, link, carrier)->track, from_us, end_us, x,
				y, POINTS_MAX);
	if (count > 0)
		result_series(row, "age_time", "s", "ms", x, y, count);
}

/* Rows. */

/* The only one of a row needs no number. */
static void judge_repetition(struct result *result, struct result_row *out,
			     const struct contrast *contrast, const struct contrast_row *row,
			     unsigned n)
{
	const struct trial_result *trial = &row->results[n];
	char fault[CONTRAST_FAULT_BYTES], which[32] = "", digest[64];

	if (contrast->repeat > 1)
		snprintf(which, sizeof(which), "repetition %u: ", n + 1);
	if (!contrast->is_live) {
		snprintf(digest, sizeof(digest), "%sdigest %016" PRIx64, which, trial->digest);
		result_note(out, digest);
	}
	if (!contrast_is_valid(trial)) {
		contrast_describe_fault(contrast, trial, fault);
		result_not_valid(result, out, "%s%s", which, fault);
	}
}

static void add_row(struct result *result, const struct contrast *contrast, size_t link,
		    size_t carrier)
{
	const struct contrast_row *row = contrast_row(contrast, link, carrier);
	struct result_row *out = result_add_row(result);
	char again[RETRY_TEXT_BYTES];

	if (!out)
		return;
	result_label(out, "scenario", link_name(contrast, link));
	result_label(out, "mode", trial_carrier_text(contrast->carriers[carrier]));
	contrast_add_figures(out, row);
	if (row->retries.count > 0)
		result_note(out, retry_text(&row->retries, again));
	if (row->count < contrast->repeat)
		result_not_valid(result, out, "only %u of %u repetitions were finished", row->count,
				 contrast->repeat);
	for (unsigned n = 0; n < row->count; n++)
		judge_repetition(result, out, contrast, row, n);
	add_cdf(out, row);
	add_time(out, contrast, link, carrier);
}

struct result *contrast_result(const struct contrast *contrast, int argc, char *const *argv)
{
	struct result *result = result_create("contrast", argc, argv, !contrast->is_live);
	const size_t runs = contrast_runs(contrast);

	if (!result)
		return NULL;
	add_parameters(result, contrast);
	for (size_t link = 0; link < contrast->link_count; link++)
		for (size_t i = 0; i < contrast->carrier_count; i++)
			if (contrast_is_done(contrast, link, i))
				add_row(result, contrast, link, i);
	if (contrast->done < runs)
		result_not_valid(result, NULL, "stopped after %zu of %zu %s", contrast->done, runs,
				 contrast->repeat > 1 ? "runs" : "rows");
	return result;
}

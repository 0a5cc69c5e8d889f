#include "relay/status/metrics.h"

#include <inttypes.h>

#include "proto/cli/version.h"
#include "relay/status/counters.h"

#define PREFIX "starling_"

static void write_head(FILE *out, const char *metric, const char *type, const char *help)
{
	fprintf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", metric, help, metric,
		type);
}

/* Counters. */

static void write_value(FILE *out, const struct counter *counter, uint64_t value)
{
	if (counter->unit > 0)
		fprintf(out, " %.6f\n", (double)value * counter->unit);
	else
		fprintf(out, " %" PRIu64 "\n", value);
}

static void write_counter(FILE *out, const struct counter *counter, const struct counts *counts)
{
	unsigned number = counter->first;

	do {
		fprintf(out, PREFIX "%s", counter->metric);
		if (counter->series)
			fprintf(out, "{%s=\"%s\"}", counter->label, counter->series(number));
		else if (counter->label)
			fprintf(out, "{%s}", counter->label);
		write_value(out, counter, counters_read(counter, counts, number));
	} while (++number < counter->next);
}

static void write_counters(FILE *out, const struct counts *counts)
{
	for (size_t i = 0; i < counters_count; i++) {
		const struct counter *counter = &counters[i];

		if (!counters_has(counter, counts))
			continue;
		if (counter->help)
			write_head(out, counter->metric, counter->is_gauge ? "gauge" : "counter",
				   counter->help);
		write_counter(out, counter, counts);
	}
}

/* Histograms. */

static void write_durations(FILE *out, const char *metric, const char *help,
			    const struct duration_histogram *histogram)
{
	uint64_t count = 0;

	write_head(out, metric, "histogram", help);
	for (unsigned i = 0; i < DURATION_BUCKETS; i++) {
		count += histogram->counts[i];
		if (i < DURATION_BUCKETS - 1)
			fprintf(out, PREFIX "%s_bucket{le=\"%g\"} %" PRIu64 "\n", metric,
				(double)duration_bound_ns(i) / 1e9, count);
	}
	fprintf(out, PREFIX "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", metric, count);
	fprintf(out, PREFIX "%s_sum %.9g\n" PREFIX "%s_count %" PRIu64 "\n", metric,
		(double)histogram->sum_ns / 1e9, metric, count);
}

/* Seconds stand where other histograms count observations. */
static void write_ages(FILE *out, const struct age_time *ages)
{
	static const char metric[] = "member_age_seconds";
	uint64_t us = 0;

	write_head(
		out, metric, "histogram",
		"For how many seconds members' newest states were how old at the relay: a bucket "
		"counts seconds and not observations.");
	for (unsigned i = 0; i < AGE_TIME_BUCKETS; i++) {
		us += ages->us[i];
		if (i < AGE_TIME_BUCKETS - 1)
			fprintf(out, PREFIX "%s_bucket{le=\"%g\"} %.6f\n", metric,
				(double)age_time_bounds_us[i] / 1e6, (double)us / 1e6);
	}
	fprintf(out, PREFIX "%s_bucket{le=\"+Inf\"} %.6f\n", metric, (double)us / 1e6);
	fprintf(out, PREFIX "%s_sum %.9g\n" PREFIX "%s_count %.6f\n", metric, ages->area, metric,
		(double)us / 1e6);
}

/* The relay's version and build. */

static void write_gauge(FILE *out, const char *metric, const char *help, double value)
{
	write_head(out, metric, "gauge", help);
	fprintf(out, PREFIX "%s %.9g\n", metric, value);
}

static void write_relay(FILE *out, const struct snapshot *snapshot)
{
	write_head(out, "build_info", "gauge", "1, with the version in the labels.");
	fprintf(out, PREFIX "build_info{version=\"%s\",protocol=\"%d\"} 1\n", VERSION_TEXT,
		WIRE_VERSION);
	write_gauge(out, "uptime_seconds", "Since the relay started.",
		    (double)snapshot->uptime_ns / 1e9);
	write_gauge(out, "ready", "1 while newcomers have a place.",
		    !snapshot->is_stopping && !snapshot->is_full);
	write_gauge(out, "peers_limit", "Connections that the relay takes at most.",
		    snapshot->config.clients);
}

void metrics_write(FILE *out, const struct snapshot *snapshot)
{
	const struct counts *counts = &snapshot->counts;

	write_relay(out, snapshot);
	write_counters(out, counts);
	write_durations(out, "flush_duration_seconds",
			"From the beginning of a turn's flushes until its last datagram was out.",
			&counts->flush);
	write_durations(out, "loop_lateness_seconds",
			"How much later than it was due a turn of the relay's loop began.",
			&counts->lateness);
	write_ages(out, &counts->accounting.ages);
}

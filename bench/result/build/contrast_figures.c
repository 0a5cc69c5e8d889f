#include "bench/result/build/contrast.h"

#include <math.h>
#include <string.h>

#include "bench/result/build/instrument.h"
#include "bench/result/build/values.h"

/* 0 over nothing. */
static double ratio(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

/* Head-of-line waits; where nothing tells them, they are not 0. */
static double wait(const struct trial_result *result, double value)
{
	return result->check.is_live && result->waits == 0 ? NAN : value;
}

static void take(struct values *values, const struct trial_result *result)
{
	const struct value all[] = {
		{ "due", (double)result->due },
		{ "delivered", (double)result->delivered },
		{ "late", (double)result->late },
		{ "lost", (double)result->lost },
		{ "skipped", (double)result->skipped },
		{ "duplicates", (double)result->duplicates },
		{ "throttled", (double)result->throttled },
		{ "events_due", (double)result->events_due },
		{ "events_delivered", (double)result->events_delivered },
		{ "delay_count", (double)result->delays },
		{ "delay_p50_us", (double)result->delay_p50_us },
		{ "delay_p99_us", (double)result->delay_p99_us },
		{ "delay_p999_us", (double)result->delay_p999_us },
		{ "rtt_count", (double)result->rtts },
		{ "rtt_p50_us", (double)result->rtt_p50_us },
		{ "rtt_p99_us", (double)result->rtt_p99_us },
		{ "rtt_max_us", (double)result->rtt_max_us },
		{ "age_p50_us", (double)result->age_p50_us },
		{ "age_p95_us", (double)result->age_p95_us },
		{ "age_p99_us", (double)result->age_p99_us },
		{ "age_max_us", (double)result->age_max_us },
		{ "stalls", (double)result->stalls },
		{ "longest_stall_us", (double)result->longest_stall_us },
		{ "datagrams", (double)result->datagrams },
		{ "bytes", (double)result->bytes },
		{ "up_entered", (double)result->up.entered },
		{ "up_lost", (double)(result->up.lost + result->up.lost_blackout) },
		{ "up_lost_queue", (double)result->up.lost_queue },
		{ "down_entered", (double)result->down.entered },
		{ "down_lost", (double)(result->down.lost + result->down.lost_blackout) },
		{ "down_lost_queue", (double)result->down.lost_queue },
		{ "rejoins", (double)result->rejoins },
		{ "channels", (double)result->channels },
		{ "channels_round", (double)result->channels_round },
		{ "channel_packets", (double)result->channel_packets },
		{ "simulated_s", result->simulated_s },
		{ "age_above_50ms", result->age_above[0] },
		{ "age_above_100ms", result->age_above[1] },
		{ "age_above_250ms", result->age_above[2] },
		{ "worst_age_p99_us", (double)result->worst_age_p99_us },
		{ "worst_age_receiver", (double)result->worst_age_receiver },
		{ "worst_loss", result->worst_loss },
		{ "worst_loss_receiver", (double)result->worst_loss_receiver },
		{ "jitter_median_us", (double)result->jitter_median_us },
		{ "jitter_worst_us", (double)result->jitter_worst_us },
		{ "pdv_p50_us", (double)result->pdv_p50_us },
		{ "pdv_p99_us", (double)result->pdv_p99_us },
		{ "loss_periods", (double)result->loss_periods },
		{ "loss_period_mean", ratio(result->lost, result->loss_periods) },
		{ "loss_period_longest", (double)result->loss_longest },
		{ "loss_noticeable", (double)result->loss_noticeable },
		{ "reordered", (double)result->reordered },
		{ "reorder_extent_p99", (double)result->reorder_p99 },
		{ "reorder_extent_max", (double)result->reorder_max },
		{ "hol_count", wait(result, (double)result->waits) },
		{ "hol_waited", wait(result, (double)result->waited) },
		{ "hol_p50_us", wait(result, (double)result->wait_p50_us) },
		{ "hol_p99_us", wait(result, (double)result->wait_p99_us) },
		{ "hol_max_us", wait(result, (double)result->wait_max_us) },
		{ "bytes_per_update", ratio(result->bytes, result->delivered) },
		{ "down_bytes_per_update",
		  result->check.is_live ? NAN : ratio(result->down_bytes, result->delivered) },
		{ "datagrams_per_update", ratio(result->datagrams, result->delivered) },
	};

	enum {
		ALL = sizeof(all) / sizeof(all[0]),
	};
	struct value list[ALL + LOSS_CAUSES_COUNT];
	size_t count = 0;

	for (size_t i = 0; i < ALL; i++)
		if (!result->check.is_live || strcmp(all[i].name, "simulated_s") != 0)
			list[count++] = (struct value){ all[i].name,
							all[i].value < 0 ? NAN : all[i].value };
	/* On real sockets nobody sees where each one ended. */
	for (size_t i = 0; i < LOSS_CAUSES_COUNT; i++)
		list[count++] =
			(struct value){ loss_causes_text((enum loss_causes_cause)i),
					result->check.is_live ? NAN : (double)result->causes[i] };
	values_take(values, list, count);
}

/* The ages in parts. */
static void take_why(struct values *values, const struct trial_why *why)
{
#define PARTS(figure)                                                                              \
	{                                                                                          \
		figure "_sender_us", figure "_up_us", figure "_relay_us", figure "_queue_us",      \
			figure "_down_us", figure "_repeat_us", figure "_behind_us",               \
			figure "_next_us", figure "_overdue_us", figure "_unknown_us"              \
	}
	static const char *const mean_names[AGE_PARTS] = PARTS("why");
	static const char *const moment_names[AGE_PARTS] = PARTS("moment");
	const struct age_why_moment *moment = &why->moment;
	struct value list[2 * AGE_PARTS + 5];
	size_t count = 0;
	double mean_ns = 0;

	for (int part = 0; part < AGE_PARTS; part++) {
		mean_ns += why->mean_ns[part];
		list[count++] = (struct value){ mean_names[part], why->mean_ns[part] / 1e3 };
		list[count++] =
			(struct value){ moment_names[part],
					moment->age_ns < 0 ? NAN
							   : (double)moment->parts_ns[part] / 1e3 };
	}
	list[count++] = (struct value){ "why_age_us", mean_ns / 1e3 };
	list[count++] = (struct value){ "moment_age_us",
					moment->age_ns < 0 ? NAN : (double)moment->age_ns / 1e3 };
	list[count++] = (struct value){ "moment_at_s", (double)moment->at_ns / 1e9 };
	list[count++] = (struct value){ "moment_receiver", (double)moment->receiver };
	list[count++] = (struct value){ "moment_sender", (double)moment->sender };
	values_take(values, list, count);
}

/* How well it was measured, on real sockets. */
static void take_checks(struct values *values, const struct run_validity *validity)
{
	const struct value all[] = {
		{ "send_late_p99_us", values_known(validity->late_p99_us) },
		{ "line_late_p99_us", values_known(validity->links_late_p99_us) },
		{ "members_wait_share", validity->generator_wait_share },
		{ "relay_wait_share", validity->relay_wait_share },
		{ "steal_share", validity->steal_share },
		{ "clock_step_us", values_known(validity->clock_step_us) },
	};

	VALUES_TAKE(values, all);
}

static struct instrument_run run_of(const struct trial_result *result)
{
	const struct trial_check *check = &result->check;

	return (struct instrument_run){ .delay_p99_us = result->delay_p99_us,
					.late_p50_us = check->late_p50_us,
					.late_p99_us = check->validity.late_p99_us,
					.late_max_us = check->late_max_us,
					.line_late_p99_us = check->validity.links_late_p99_us,
					.call_p50_ns = check->call_p50_ns,
					.call_p99_ns = check->call_p99_ns,
					.own_drops = check->validity.own_drops,
					.is_read_late = true };
}

static void add_instrument(struct result_row *out, const struct contrast_row *row)
{
	const struct clock_step clock = clock_step_measure();
	struct instrument_run runs[SPREAD_MAX];

	for (unsigned n = 0; n < row->count; n++)
		runs[n] = run_of(&row->results[n]);
	instrument_add(out, &clock, runs, row->count);
}

void contrast_add_figures(struct result_row *out, const struct contrast_row *row)
{
	struct values values = { 0 }, whys = { 0 }, checks = { 0 };

	for (unsigned n = 0; n < row->count; n++) {
		take(&values, &row->results[n]);
		if (row->results[n].why.is_known)
			take_why(&whys, &row->results[n].why);
		if (row->results[n].check.is_live)
			take_checks(&checks, &row->results[n].check.validity);
	}
	values_add(&values, out);
	values_add(&whys, out);
	values_add(&checks, out);
	if (row->count > 0 && row->results[0].check.is_live)
		add_instrument(out, row);
}

#include "bench/result/tables/contrast_rows.h"

#include <math.h>

/* Of what waited at the head of a line; where nothing tells it, it is not 0. */
static double wait(const struct trial_result *result, double value)
{
	return result->check.is_live && result->waits == 0 ? NAN : value;
}

void contrast_collect(const struct trial_result *result,
		      struct contrast_figure figures[CONTRAST_FIGURES])
{
	const struct contrast_figure all[] = {
		{ "due", "1", (double)result->due },
		{ "delivered", "1", (double)result->delivered },
		{ "late", "1", (double)result->late },
		{ "lost", "1", (double)result->lost },
		{ "skipped", "1", (double)result->skipped },
		{ "duplicates", "1", (double)result->duplicates },
		{ "throttled", "1", (double)result->throttled },
		{ "events_due", "1", (double)result->events_due },
		{ "events_delivered", "1", (double)result->events_delivered },
		{ "delay_count", "1", (double)result->delays },
		{ "delay_p50_us", "us", (double)result->delay_p50_us },
		{ "delay_p99_us", "us", (double)result->delay_p99_us },
		{ "delay_p999_us", "us", (double)result->delay_p999_us },
		{ "rtt_count", "1", (double)result->rtts },
		{ "rtt_p50_us", "us", (double)result->rtt_p50_us },
		{ "rtt_p99_us", "us", (double)result->rtt_p99_us },
		{ "rtt_max_us", "us", (double)result->rtt_max_us },
		{ "age_p50_us", "us", (double)result->age_p50_us },
		{ "age_p95_us", "us", (double)result->age_p95_us },
		{ "age_p99_us", "us", (double)result->age_p99_us },
		{ "age_max_us", "us", (double)result->age_max_us },
		{ "stalls", "1", (double)result->stalls },
		{ "longest_stall_us", "us", (double)result->longest_stall_us },
		{ "datagrams", "1", (double)result->datagrams },
		{ "bytes", "B", (double)result->bytes },
		{ "up_entered", "1", (double)result->up.entered },
		{ "up_lost", "1", (double)(result->up.lost + result->up.lost_blackout) },
		{ "up_lost_queue", "1", (double)result->up.lost_queue },
		{ "down_entered", "1", (double)result->down.entered },
		{ "down_lost", "1", (double)(result->down.lost + result->down.lost_blackout) },
		{ "down_lost_queue", "1", (double)result->down.lost_queue },
		{ "rejoins", "1", (double)result->rejoins },
		{ "channels", "1", (double)result->channels },
		{ "channels_round", "1", (double)result->channels_round },
		{ "channel_packets", "1", (double)result->channel_packets },
		{ "simulated_s", "s", result->check.is_live ? NAN : result->simulated_s },
		{ "age_above_50ms", "1", result->age_above[0] },
		{ "age_above_100ms", "1", result->age_above[1] },
		{ "age_above_250ms", "1", result->age_above[2] },
		{ "worst_age_p99_us", "us", (double)result->worst_age_p99_us },
		{ "worst_age_receiver", "1", (double)result->worst_age_receiver },
		{ "worst_loss", "1", result->worst_loss },
		{ "worst_loss_receiver", "1", (double)result->worst_loss_receiver },
		{ "jitter_median_us", "us", (double)result->jitter_median_us },
		{ "jitter_worst_us", "us", (double)result->jitter_worst_us },
		{ "pdv_p50_us", "us", (double)result->pdv_p50_us },
		{ "pdv_p99_us", "us", (double)result->pdv_p99_us },
		{ "loss_periods", "1", (double)result->loss_periods },
		{ "loss_period_mean", "1", contrast_burst_mean(result) },
		{ "loss_period_longest", "1", (double)result->loss_longest },
		{ "loss_noticeable", "1", (double)result->loss_noticeable },
		{ "reordered", "1", (double)result->reordered },
		{ "reorder_extent_p99", "1", (double)result->reorder_p99 },
		{ "reorder_extent_max", "1", (double)result->reorder_max },
		{ "hol_count", "1", wait(result, (double)result->waits) },
		{ "hol_waited", "1", wait(result, (double)result->waited) },
		{ "hol_p50_us", "us", wait(result, (double)result->wait_p50_us) },
		{ "hol_p99_us", "us", wait(result, (double)result->wait_p99_us) },
		{ "hol_max_us", "us", wait(result, (double)result->wait_max_us) },
		{ "useful_bytes", "B", (double)result->useful_bytes },
		{ "bytes_per_update", "B", contrast_bytes_an_update(result) },
		{ "down_bytes_per_update", "B", contrast_down_bytes_an_update(result) },
		{ "bytes_per_useful_byte", "1", contrast_bytes_a_useful_byte(result) },
		{ "datagrams_per_update", "1", contrast_datagrams_an_update(result) },
	};

	_Static_assert(sizeof(all) / sizeof(all[0]) == CONTRAST_BASE_FIGURES,
		       "each figure has its place");

	for (size_t i = 0; i < CONTRAST_BASE_FIGURES; i++) {
		figures[i] = all[i];
		/* Over several repetitions, -1 would go into the spread. */
		if (result->check.is_live && figures[i].value < 0)
			figures[i].value = NAN;
	}
	/* On real sockets nobody sees where each one ended. */
	for (size_t i = 0; i < LOSS_CAUSES_COUNT; i++)
		figures[CONTRAST_BASE_FIGURES + i] = (struct contrast_figure){
			loss_causes_text((enum loss_causes_cause)i), "1",
			result->check.is_live ? NAN : (double)result->causes[i]
		};
}

void contrast_collect_checks(const struct trial_result *result,
			     struct contrast_figure figures[CONTRAST_CHECKS])
{
	const struct run_validity *conduct = &result->check.conduct;
	const struct contrast_figure all[CONTRAST_CHECKS] = {
		{ "send_late_p99_us", "us", (double)conduct->late_p99_us },
		{ "line_late_p99_us", "us", (double)conduct->lines_late_p99_us },
		{ "own_drops", "1", (double)conduct->own_drops },
		{ "members_wait_share", "1", conduct->generator_wait_share },
		{ "relay_wait_share", "1", conduct->relay_wait_share },
		{ "steal_share", "1", conduct->steal_share },
		{ "clock_step_us", "us", (double)conduct->clock_step_us },
	};

	for (size_t i = 0; i < CONTRAST_CHECKS; i++)
		figures[i] = all[i];
}

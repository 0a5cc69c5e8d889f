#include "bench/contrast_rows.h"

#include <math.h>

#include "bench/live.h"

const struct trial_result *contrast_row(const struct contrast *contrast, size_t line,
					size_t carrier)
{
	return &contrast->results[line * contrast->carrier_count + carrier];
}

const struct trial_result *contrast_find(const struct contrast *contrast, size_t line,
					 enum trial_carrier carrier)
{
	for (size_t i = 0; i < contrast->carrier_count; i++)
		if (contrast->carriers[i] == carrier && contrast_is_done(contrast, line, i))
			return contrast_row(contrast, line, i);
	return NULL;
}

void contrast_choose(struct contrast *contrast, size_t line, size_t carrier)
{
	struct trial_config *trial = &contrast->trial;

	trial->carrier = contrast->carriers[carrier];
	trial->line = contrast->lines[line].spec;
	if (contrast->wants_tracks)
		trial->track = &contrast->tracks[line * contrast->carrier_count + carrier];
	if (trial->delays)
		hist_reset(trial->delays);
}

bool contrast_is_done(const struct contrast *contrast, size_t line, size_t carrier)
{
	return line * contrast->carrier_count + carrier < contrast->done;
}

bool contrast_is_short(const struct trial_result *result)
{
	return result->channel_packets > 0 && result->channel_packets < TRIAL_SEQUENCED_PERIOD;
}

bool contrast_is_valid(const struct contrast *contrast, const struct trial_result *result)
{
	return (!contrast->is_strict || !contrast_is_short(result)) &&
	       live_is_valid(&result->check);
}

bool contrast_are_all_valid(const struct contrast *contrast)
{
	for (size_t line = 0; line < contrast->line_count; line++)
		for (size_t i = 0; i < contrast->carrier_count; i++)
			if (contrast_is_done(contrast, line, i) &&
			    !contrast_is_valid(contrast, contrast_row(contrast, line, i)))
				return false;
	return true;
}

double contrast_percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static double ratio(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

double contrast_bytes_an_update(const struct trial_result *result)
{
	return ratio(result->bytes, result->delivered);
}

double contrast_bytes_a_useful_byte(const struct trial_result *result)
{
	return ratio(result->bytes, result->useful_bytes);
}

double contrast_down_bytes_an_update(const struct trial_result *result)
{
	return result->check.is_live ? NAN : ratio(result->down_bytes, result->delivered);
}

double contrast_datagrams_an_update(const struct trial_result *result)
{
	return ratio(result->datagrams, result->delivered);
}

double contrast_burst_mean(const struct trial_result *result)
{
	return ratio(result->lost, result->loss_periods);
}

#include "bench/contrast_rows.h"

#include <math.h>
#include <stdlib.h>
static bool open_row(const struct contrast *contrast, struct contrast_row *row)
{
	row->results = calloc(contrast->repeat, sizeof(*row->results));
	if (contrast->hist_folder)
		row->delays = calloc(1, sizeof(*row->delays));
	if (!row->results || (contrast->hist_folder && !row->delays))
		return false;
	/* Of one repetition they are known exactly: age_cdf_us. */
	return !contrast->wants_curves || contrast->repeat == 1 ||
	       sawtooth_init(&row->ages, SAWTOOTH_FINE_BITS) == 0;
}

bool contrast_open(struct contrast *contrast)
{
	for (size_t i = 0; i < contrast->line_count * contrast->carrier_count; i++)
		if (!open_row(contrast, &contrast->rows[i]))
			return false;
	return true;
}

void contrast_close(struct contrast *contrast)
{
	for (size_t i = 0; i < CONTRAST_ROWS_MAX; i++) {
		struct contrast_row *row = &contrast->rows[i];

		free(row->results);
		free(row->delays);
		age_track_fini(&row->track);
		sawtooth_fini(&row->ages);
		*row = (struct contrast_row){ 0 };
	}
}

size_t contrast_runs(const struct contrast *contrast)
{
	return contrast->line_count * contrast->carrier_count * contrast->repeat;
}

struct contrast_turn contrast_turn(const struct contrast *contrast, size_t n)
{
	const size_t round = n / contrast->carrier_count;

	return (struct contrast_turn){ .line = round / contrast->repeat,
				       .repetition = (unsigned)(round % contrast->repeat),
				       .carrier = n % contrast->carrier_count };
}

const struct contrast_row *contrast_row(const struct contrast *contrast, size_t line,
					size_t carrier)
{
	return &contrast->rows[line * contrast->carrier_count + carrier];
}

const struct contrast_row *contrast_find(const struct contrast *contrast, size_t line,
					 enum trial_carrier carrier)
{
	for (size_t i = 0; i < contrast->carrier_count; i++)
		if (contrast->carriers[i] == carrier && contrast_is_done(contrast, line, i))
			return contrast_row(contrast, line, i);
	return NULL;
}

struct trial_result *contrast_choose(struct contrast *contrast, size_t line, size_t carrier)
{
	struct contrast_row *row = &contrast->rows[line * contrast->carrier_count + carrier];
	struct trial_config *trial = &contrast->trial;

	trial->carrier = contrast->carriers[carrier];
	trial->line = contrast->lines[line].spec;
	trial->seed = contrast->seed + row->count;
	trial->sequence_up = contrast_starts(contrast, trial->carrier).up;
	trial->sequence_down = contrast_starts(contrast, trial->carrier).down;
	trial->track = contrast->wants_curves && row->count == 0 ? &row->track : NULL;
	trial->ages = row->ages.begins ? &row->ages : NULL;
	trial->delays = row->delays;
	return &row->results[row->count];
}

bool contrast_keep(struct contrast *contrast, size_t line, size_t carrier)
{
	contrast->rows[line * contrast->carrier_count + carrier].count++;
	contrast->done++;
	return contrast_save_delays(contrast, line, carrier);
}

bool contrast_is_done(const struct contrast *contrast, size_t line, size_t carrier)
{
	return contrast_row(contrast, line, carrier)->count > 0;
}

double contrast_percent(double part, double whole)
{
	return whole > 0 ? 100.0 * part / whole : 0;
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

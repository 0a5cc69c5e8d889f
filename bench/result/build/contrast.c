#include "bench/result/build/contrast.h"

#include <stdlib.h>

static bool open_sums(const struct contrast *contrast, struct age_distribution *ages)
{
	return !contrast->wants_curves || age_distribution_init(ages, LOG_BUCKETS_FINE) == 0;
}

static bool open_row(const struct contrast *contrast, struct contrast_row *row)
{
	row->results = calloc(contrast->repeat, sizeof(*row->results));
	return row->results && open_sums(contrast, &row->ages);
}

bool contrast_open(struct contrast *contrast)
{
	if (!open_sums(contrast, &contrast->attempt.ages))
		return false;
	for (size_t i = 0; i < contrast->link_count * contrast->carrier_count; i++)
		if (!open_row(contrast, &contrast->rows[i]))
			return false;
	return true;
}

void contrast_close(struct contrast *contrast)
{
	for (size_t i = 0; i < CONTRAST_ROWS_MAX; i++) {
		struct contrast_row *row = &contrast->rows[i];

		free(row->results);
		age_track_fini(&row->track);
		age_distribution_fini(&row->ages);
		*row = (struct contrast_row){ 0 };
	}
	age_track_fini(&contrast->attempt.track);
	age_distribution_fini(&contrast->attempt.ages);
	contrast->attempt = (struct contrast_attempt){ 0 };
}

size_t contrast_runs(const struct contrast *contrast)
{
	return contrast->link_count * contrast->carrier_count * contrast->repeat;
}

struct contrast_turn contrast_turn(const struct contrast *contrast, size_t n)
{
	const size_t round = n / contrast->carrier_count;

	return (struct contrast_turn){ .link = round / contrast->repeat,
				       .repetition = (unsigned)(round % contrast->repeat),
				       .carrier = n % contrast->carrier_count };
}

const struct contrast_row *contrast_row(const struct contrast *contrast, size_t link,
					size_t carrier)
{
	return &contrast->rows[link * contrast->carrier_count + carrier];
}

static struct contrast_row *row_of(struct contrast *contrast, size_t link, size_t carrier)
{
	return &contrast->rows[link * contrast->carrier_count + carrier];
}

/* Nothing of one that was set aside stays. */
static void begin_attempt(struct contrast *contrast, const struct contrast_row *row)
{
	struct contrast_attempt *attempt = &contrast->attempt;
	struct trial_config *trial = &contrast->trial;

	age_track_fini(&attempt->track);
	age_distribution_reset(&attempt->ages);
	trial->track = contrast->wants_curves && row->count == 0 ? &attempt->track : NULL;
	trial->ages = attempt->ages.buckets ? &attempt->ages : NULL;
}

struct trial_result *contrast_choose(struct contrast *contrast, size_t link, size_t carrier)
{
	struct contrast_row *row = row_of(contrast, link, carrier);
	struct trial_config *trial = &contrast->trial;

	trial->carrier = contrast->carriers[carrier];
	trial->line = contrast->links[link].spec;
	trial->seed = contrast->seed + row->count;
	trial->sequence_up = contrast_starts(contrast, trial->carrier).up;
	trial->sequence_down = contrast_starts(contrast, trial->carrier).down;
	begin_attempt(contrast, row);
	return &row->results[row->count];
}

bool contrast_sets_aside(struct contrast *contrast, size_t link, size_t carrier)
{
	struct contrast_row *row = row_of(contrast, link, carrier);

	return retry_takes(&row->retries, contrast->again,
			   &row->results[row->count].check.validity);
}

void contrast_keep(struct contrast *contrast, size_t link, size_t carrier)
{
	struct contrast_row *row = row_of(contrast, link, carrier);
	struct contrast_attempt *attempt = &contrast->attempt;

	if (contrast->trial.track) {
		row->track = attempt->track;
		attempt->track = (struct age_track){ 0 };
	}
	if (row->ages.buckets)
		age_distribution_merge(&row->ages, &attempt->ages);
	row->count++;
	contrast->done++;
}

bool contrast_is_done(const struct contrast *contrast, size_t link, size_t carrier)
{
	return contrast_row(contrast, link, carrier)->count > 0;
}

#include "bench/measure/age_track.h"

#include <errno.h>
#include <stdlib.h>

enum {
	CAPACITY_FIRST = 256,
};

void age_track_fini(struct age_track *track)
{
	free(track->updates);
	*track = (struct age_track){ 0 };
}

int age_track_take(struct age_track *track, int64_t now_us, int64_t origin_us)
{
	if (track->count == track->capacity) {
		const size_t capacity = track->capacity ? 2 * track->capacity : CAPACITY_FIRST;
		struct age_update *grown = realloc(track->updates, capacity * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		track->updates = grown;
		track->capacity = capacity;
	}
	track->updates[track->count++] = (struct age_update){ now_us, origin_us };
	return 0;
}

int64_t age_track_peak(const struct age_track *track, int64_t *age_us)
{
	int64_t at_us = 0;

	*age_us = 0;
	for (size_t i = 1; i < track->count; i++) {
		const int64_t peak_us = track->updates[i].now_us - track->updates[i - 1].origin_us;

		if (peak_us > *age_us) {
			*age_us = peak_us;
			at_us = track->updates[i].now_us;
		}
	}
	return at_us;
}

/* Points of a curve, as far as there is room. */
struct curve {
	int64_t from_us;
	double *x, *y;
	size_t count, capacity;
};

static void add_point(struct curve *curve, int64_t at_us, int64_t origin_us)
{
	if (curve->count == curve->capacity)
		return;
	curve->x[curve->count] = (double)(at_us - curve->from_us) / 1e6;
	curve->y[curve->count++] = (double)(at_us - origin_us) / 1e3;
}

size_t age_track_curve(const struct age_track *track, int64_t from_us, int64_t to_us, double *x,
		       double *y, size_t capacity)
{
	struct curve curve = { .from_us = from_us, .x = x, .y = y, .capacity = capacity };
	const struct age_update *known = NULL;

	for (size_t i = 0; i < track->count && track->updates[i].now_us <= to_us; i++) {
		const struct age_update *update = &track->updates[i];

		if (update->now_us >= from_us) {
			if (known && curve.count == 0)
				add_point(&curve, from_us, known->origin_us);
			/* Up to the last moment of what was known before, and down to what has
			 * come. */
			if (known)
				add_point(&curve, update->now_us, known->origin_us);
			add_point(&curve, update->now_us, update->origin_us);
		}
		known = update;
	}
	/* One that waits all the while is seen to wait. */
	if (known && curve.count == 0)
		add_point(&curve, from_us, known->origin_us);
	if (known)
		add_point(&curve, to_us, known->origin_us);
	return curve.count;
}

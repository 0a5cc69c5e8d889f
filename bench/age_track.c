#include "bench/age_track.h"

#include <errno.h>
#include <stdlib.h>

enum {
	CAPACITY_FIRST = 256,
};

void age_track_fini(struct age_track *track)
{
	free(track->sights);
	*track = (struct age_track){ 0 };
}

int age_track_take(struct age_track *track, int64_t now_us, int64_t origin_us)
{
	if (track->count == track->capacity) {
		const size_t capacity = track->capacity ? 2 * track->capacity : CAPACITY_FIRST;
		struct age_sight *grown = realloc(track->sights, capacity * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		track->sights = grown;
		track->capacity = capacity;
	}
	track->sights[track->count++] = (struct age_sight){ now_us, origin_us };
	return 0;
}

int64_t age_track_peak(const struct age_track *track, int64_t *age_us)
{
	int64_t at_us = 0;

	*age_us = 0;
	for (size_t i = 1; i < track->count; i++) {
		const int64_t peak_us = track->sights[i].now_us - track->sights[i - 1].origin_us;

		if (peak_us > *age_us) {
			*age_us = peak_us;
			at_us = track->sights[i].now_us;
		}
	}
	return at_us;
}

size_t age_track_curve(const struct age_track *track, int64_t from_us, int64_t to_us, double *x,
		       double *y, size_t capacity)
{
	size_t count = 0;

	for (size_t i = 1; i < track->count && count + 2 <= capacity; i++) {
		const struct age_sight *sight = &track->sights[i];

		if (sight->now_us < from_us || sight->now_us > to_us)
			continue;
		/* Up to the last moment of what was known before, and down to what has come. */
		x[count] = x[count + 1] = (double)(sight->now_us - from_us) / 1e6;
		y[count] = (double)(sight->now_us - track->sights[i - 1].origin_us) / 1e3;
		y[count + 1] = (double)(sight->now_us - sight->origin_us) / 1e3;
		count += 2;
	}
	return count;
}

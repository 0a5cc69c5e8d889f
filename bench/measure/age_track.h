/*
 * age_track: what one receiver got of one entity, in order, to draw its age over time.
 */
#ifndef STARLING_BENCH_AGE_TRACK_H
#define STARLING_BENCH_AGE_TRACK_H

#include <stddef.h>
#include <stdint.h>

/* A newer state came. */
struct age_update {
	int64_t now_us, origin_us;
};

/* {0} is an empty one. */
struct age_track {
	struct age_update *updates;
	size_t count, capacity;
};

/* Makes it an empty one. */
void age_track_fini(struct age_track *track);

/* `now_us` is never before that of the last call. 0 or -ENOMEM. */
int age_track_take(struct age_track *track, int64_t now_us, int64_t origin_us);

/*
 * Where the age was at its largest: the time of the longest wait's end, and that age. 0 and 0 when
 * fewer than two states came.
 */
int64_t age_track_peak(const struct age_track *track, int64_t *age_us);

/*
 * The curve's corners in a span of time, and where it enters and leaves the span (it enters with
 * the first state of all, if that is later), at most `capacity` points: x in seconds from
 * `from_us`, y in milliseconds. Returns how many there are; 0 when nothing had come by `to_us`,
 * until when the entity is to have been watched.
 */
size_t age_track_curve(const struct age_track *track, int64_t from_us, int64_t to_us, double *x,
		       double *y, size_t capacity);

#endif

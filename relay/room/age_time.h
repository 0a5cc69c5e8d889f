/*
 * age_time: for how long something was how old. An age grows with the time until a newer state
 * comes, so a stall counts for as long as it lasts. Rules only: the caller tells the ages.
 */
#ifndef STARLING_RELAY_ROOM_AGE_TIME_H
#define STARLING_RELAY_ROOM_AGE_TIME_H

#include <stdint.h>

enum {
	AGE_TIME_BUCKETS = 16, /* the last has no upper bound */
};

/* The upper bounds of the others, in microseconds. */
extern const int64_t age_time_bounds_us[AGE_TIME_BUCKETS - 1];

/* {0} is no time. */
struct age_time {
	uint64_t us[AGE_TIME_BUCKETS]; /* spent with an age in each */
	double area;                   /* the sum of age times time, in seconds squared */
};

/* An age that grew from `from_us` to `to_us`, which took as long. */
void age_time_add(struct age_time *time, int64_t from_us, int64_t to_us);

/* Adds another's time. */
void age_time_merge(struct age_time *time, const struct age_time *other);

uint64_t age_time_total_us(const struct age_time *time);

/*
 * The age that was not exceeded for this share of the time (0 to 1), evenly spread within a bucket;
 * of the last bucket its lower bound. -1: there was no time.
 */
int64_t age_time_quantile_us(const struct age_time *time, double share);

#endif

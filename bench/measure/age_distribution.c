#include "bench/measure/age_distribution.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void age_distribution_over(struct age_distribution *ages, unsigned step_bits,
			   struct age_bucket *buckets)
{
	*ages = (struct age_distribution){ .step_bits = step_bits,
					   .buckets = buckets,
					   .max_ns = -1 };
}

int age_distribution_init(struct age_distribution *ages, unsigned step_bits)
{
	age_distribution_over(ages, step_bits,
			      calloc(LOG_BUCKETS_COUNT(step_bits), sizeof(*ages->buckets)));
	return ages->buckets ? 0 : -ENOMEM;
}

void age_distribution_fini(struct age_distribution *ages)
{
	free(ages->buckets);
	*ages = (struct age_distribution){ 0 };
}

void age_distribution_reset(struct age_distribution *ages)
{
	if (ages->buckets)
		memset(ages->buckets, 0,
		       LOG_BUCKETS_COUNT(ages->step_bits) * sizeof(*ages->buckets));
	ages->count = 0;
	ages->max_ns = -1;
}

void age_distribution_merge(struct age_distribution *into, const struct age_distribution *from)
{
	for (size_t i = 0; i < LOG_BUCKETS_COUNT(into->step_bits); i++) {
		into->buckets[i].count += from->buckets[i].count;
		into->buckets[i].offsets_ns += from->buckets[i].offsets_ns;
	}
	into->count += from->count;
	into->max_ns = from->max_ns > into->max_ns ? from->max_ns : into->max_ns;
}

/* A walk over the buckets, from the youngest age on: one that has spans at any of its ages. */
struct segment {
	size_t bucket;
	int64_t low_ns, width_ns;
	int64_t depth, depth_after; /* spans that pass its lower edge, its upper edge */
	int64_t knee_ns;            /* where in it the depth changes; -1: all over it */
	int64_t spent_ns;           /* at ages in it */
};

/*
 * Spans begin and end anywhere in the bucket; if all of them did so at their mean place, as long
 * would be spent in it. Where some begin and some end, there may be no such place.
 */
static int64_t knee_ns(const struct age_bucket *bucket, int64_t width_ns)
{
	int64_t at_ns;

	if (bucket->offsets_ns == 0)
		return 0;
	if (bucket->count == 0 || (bucket->offsets_ns < 0) != (bucket->count < 0))
		return -1;
	at_ns = bucket->offsets_ns / bucket->count;
	return at_ns < width_ns ? at_ns : -1;
}

/* To the next segment after `bucket` of the same walk; false after the last. */
static bool next_segment(const struct age_distribution *ages, struct segment *segment)
{
	const size_t count = ages->buckets ? LOG_BUCKETS_COUNT(ages->step_bits) : 0;

	segment->depth = segment->depth_after;
	while (segment->bucket < count) {
		const size_t at = segment->bucket++;
		const struct age_bucket *bucket = &ages->buckets[at];

		if (segment->depth == 0 && bucket->count == 0 && bucket->offsets_ns == 0)
			continue;
		segment->low_ns = log_buckets_low_ns(ages->step_bits, at);
		segment->width_ns = log_buckets_width_ns(ages->step_bits, at);
		segment->depth_after = segment->depth + bucket->count;
		segment->knee_ns = knee_ns(bucket, segment->width_ns);
		segment->spent_ns = segment->depth_after * segment->width_ns - bucket->offsets_ns;
		return true;
	}
	return false;
}

/* How far into the segment one is when so much time is spent. */
static int64_t place_ns(const struct segment *segment, int64_t spent_ns)
{
	const int64_t before_ns = segment->depth * segment->knee_ns;

	if (segment->knee_ns < 0)
		return (int64_t)((double)segment->width_ns *
				 ((double)spent_ns / (double)segment->spent_ns));
	if (spent_ns < before_ns)
		return spent_ns / segment->depth;
	if (segment->depth_after == 0)
		return segment->knee_ns;
	return segment->knee_ns + (spent_ns - before_ns) / segment->depth_after;
}

/* Time spent in the segment up to that place. */
static int64_t spent_to_ns(const struct segment *segment, int64_t to_ns)
{
	if (to_ns >= segment->width_ns)
		return segment->spent_ns;
	if (segment->knee_ns < 0)
		return (int64_t)((double)segment->spent_ns *
				 ((double)to_ns / (double)segment->width_ns));
	if (to_ns < segment->knee_ns)
		return segment->depth * to_ns;
	return segment->depth * segment->knee_ns +
	       segment->depth_after * (to_ns - segment->knee_ns);
}

/* Time spent at ages below `age_ns`. */
static int64_t spent_below_ns(const struct age_distribution *ages, int64_t age_ns)
{
	struct segment segment = { 0 };
	int64_t sum_ns = 0;

	while (next_segment(ages, &segment) && segment.low_ns < age_ns)
		sum_ns += spent_to_ns(&segment, age_ns - segment.low_ns);
	return sum_ns;
}

int64_t age_distribution_quantile_ns(const struct age_distribution *ages, double share)
{
	const int64_t wanted_ns = (int64_t)(share * (double)spent_below_ns(ages, INT64_MAX));
	struct segment segment = { 0 };
	int64_t passed_ns = 0;

	while (share < 1 && next_segment(ages, &segment)) {
		if (segment.spent_ns > 0 && passed_ns + segment.spent_ns >= wanted_ns)
			return segment.low_ns + place_ns(&segment, wanted_ns - passed_ns);
		passed_ns += segment.spent_ns;
	}
	return ages->count > 0 ? ages->max_ns : -1;
}

double age_distribution_share_above(const struct age_distribution *ages, int64_t above_ns)
{
	const int64_t total_ns = spent_below_ns(ages, INT64_MAX);
	const int64_t above = total_ns - spent_below_ns(ages, above_ns);

	return total_ns > 0 ? (double)above / (double)total_ns : 0;
}

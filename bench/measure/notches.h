/*
 * notches: the distributions over time of what many receivers have in sight: the ages of all, and
 * of each receiver.
 *
 * A notch is where one tooth of a sawtooth (age_distribution.h) ends and the next one begins, since
 * the next update came. Updates are due one step after the other, so the age that ends there is the
 * one that begins, which is the update's delay, and a step. One count of the delay says all three.
 * It is turned into teeth when all have been taken: millions a second come to thousands of
 * receivers, whose counts are in no cache. What is no such notch - a sender's first and last tooth,
 * those around a gap - is counted as what it is.
 */
#ifndef STARLING_BENCH_NOTCHES_H
#define STARLING_BENCH_NOTCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/measure/hist.h"
#include "bench/measure/age_distribution.h"

struct notches {
	unsigned receivers;
	struct hist delays;           /* of the updates at notches */
	uint32_t *receiver_delays;    /* the same of each receiver in turn, in coarse buckets */
	struct age_distribution ages; /* without the notches, until they are settled */
	struct age_distribution *receiver_ages; /* the same, coarse */
};

/* 0 or -ENOMEM; to be freed by notches_fini in both cases. */
int notches_init(struct notches *notches, unsigned receivers);
/* Accepts one that is all zero. */
void notches_fini(struct notches *notches);

/* A tooth of a receiver's, as age_distribution_add. */
void notches_add(struct notches *notches, unsigned receiver, int64_t from_ns, int64_t to_ns);

/* One that ends, or one that begins, at a notch. */
void notches_begin(struct notches *notches, unsigned receiver, int64_t from_ns);
void notches_end(struct notches *notches, unsigned receiver, int64_t to_ns);

/*
 * An update came with this delay, one step after the one before, whose age was `age_ns` then. False
 * when the delay is out of range, and nothing was counted. At most 2^32 - 1 of a receiver's.
 */
static inline bool notches_take(struct notches *notches, unsigned receiver, int64_t delay_ns,
				int64_t age_ns);

/* Where that will count for the receiver, to be brought into the cache; NULL: nowhere. */
static inline const uint32_t *notches_place(const struct notches *notches, unsigned receiver,
					    int64_t delay_ns);

/* Once, when all have been taken: from then on the ages are whole. */
void notches_settle(struct notches *notches, int64_t step_ns);

/*
 * What is done for each delivery, here so that it can be inline.
 */

static inline bool notches_is_in_range(int64_t delay_ns)
{
	return delay_ns >= AGE_DISTRIBUTION_NESTED && delay_ns <= HIST_MAX_NS;
}

static inline uint32_t *notches_of(const struct notches *notches, unsigned receiver, size_t bucket)
{
	const size_t row = (size_t)receiver * AGE_DISTRIBUTION_COARSE_BUCKETS;

	return &notches->receiver_delays[row + age_distribution_coarse(bucket)];
}

static inline bool notches_take(struct notches *notches, unsigned receiver, int64_t delay_ns,
				int64_t age_ns)
{
	size_t bucket;

	if (!notches_is_in_range(delay_ns))
		return false;
	bucket = hist_bucket(delay_ns);
	hist_count(&notches->delays, bucket, delay_ns);
	(*notches_of(notches, receiver, bucket))++;
	if (age_ns > notches->ages.max_ns)
		notches->ages.max_ns = age_ns;
	return true;
}

static inline const uint32_t *notches_place(const struct notches *notches, unsigned receiver,
					    int64_t delay_ns)
{
	if (!notches_is_in_range(delay_ns))
		return NULL;
	return notches_of(notches, receiver, hist_bucket(delay_ns));
}

#endif

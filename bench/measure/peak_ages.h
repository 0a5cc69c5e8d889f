/*
 * peak_ages: the distributions over time of the ages at many receivers: of all, and of each
 * receiver.
 *
 * An age peaks as the next update comes: there one span of its growth ends and the next one begins
 * (age_distribution.h). Updates are due one step after the other, so the age after the peak is the
 * update's delay, and the peak is the delay and a step. One count of the delay stands for both.
 * Counts become spans when all updates have come: thousands of receivers hear millions of updates a
 * second, and their counts are in no cache. All other spans - a sender's first and last one, those
 * around a gap - are counted as they are.
 */
#ifndef STARLING_BENCH_PEAK_AGES_H
#define STARLING_BENCH_PEAK_AGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/measure/hist.h"
#include "bench/measure/age_distribution.h"

struct peak_ages {
	unsigned receivers;
	struct hist delays;           /* of the updates after peaks */
	uint32_t *receiver_delays;    /* the same of each receiver in turn, in coarse buckets */
	struct age_distribution ages; /* without the peaks, until they are settled */
	struct age_distribution *receiver_ages; /* the same, coarse */
};

/* 0 or -ENOMEM; to be freed by peak_ages_fini in both cases. */
int peak_ages_init(struct peak_ages *peaks, unsigned receivers);
/* Accepts one that is all zero. */
void peak_ages_fini(struct peak_ages *peaks);

/* A span of a receiver's, as age_distribution_add. */
void peak_ages_add(struct peak_ages *peaks, unsigned receiver, int64_t from_ns, int64_t to_ns);

/* One that ends, or one that begins, at a peak. */
void peak_ages_begin(struct peak_ages *peaks, unsigned receiver, int64_t from_ns);
void peak_ages_end(struct peak_ages *peaks, unsigned receiver, int64_t to_ns);

/*
 * An update came with this delay, one step after the one before, whose age was `age_ns` then. False
 * when the delay is out of range, and nothing was counted. At most 2^32 - 1 of a receiver's.
 */
static inline bool peak_ages_take(struct peak_ages *peaks, unsigned receiver, int64_t delay_ns,
				  int64_t age_ns);

/* Where that will count for the receiver, to be brought into the cache; NULL: nowhere. */
static inline const uint32_t *peak_ages_place(const struct peak_ages *peaks, unsigned receiver,
					      int64_t delay_ns);

/* Once, when all have been taken: from then on the ages are whole. */
void peak_ages_settle(struct peak_ages *peaks, int64_t step_ns);

/*
 * The work for each delivery, here so that it can be inline.
 */

static inline bool peak_ages_is_in_range(int64_t delay_ns)
{
	return delay_ns >= LOG_BUCKETS_NESTED && delay_ns <= HIST_MAX_NS;
}

static inline uint32_t *peak_ages_of(const struct peak_ages *peaks, unsigned receiver,
				     size_t bucket)
{
	const size_t row = (size_t)receiver * LOG_BUCKETS_COUNT(LOG_BUCKETS_COARSE);

	return &peaks->receiver_delays[row + log_buckets_coarse(bucket)];
}

static inline bool peak_ages_take(struct peak_ages *peaks, unsigned receiver, int64_t delay_ns,
				  int64_t age_ns)
{
	size_t bucket;

	if (!peak_ages_is_in_range(delay_ns))
		return false;
	bucket = log_buckets_of(LOG_BUCKETS_FINE, delay_ns);
	hist_count(&peaks->delays, bucket, delay_ns);
	(*peak_ages_of(peaks, receiver, bucket))++;
	if (age_ns > peaks->ages.max_ns)
		peaks->ages.max_ns = age_ns;
	return true;
}

static inline const uint32_t *peak_ages_place(const struct peak_ages *peaks, unsigned receiver,
					      int64_t delay_ns)
{
	if (!peak_ages_is_in_range(delay_ns))
		return NULL;
	return peak_ages_of(peaks, receiver, log_buckets_of(LOG_BUCKETS_FINE, delay_ns));
}

#endif

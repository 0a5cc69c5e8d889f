#include "bench/measure/delivery_log.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum receipts_fate {
	LOST = 0, /* until something else is known */
	DELIVERED,
	LATE,
	SKIPPED,
	REPAIRED,
};

static struct delivery_log_stream *stream_at(const struct delivery_log *receipts, size_t receiver,
					     size_t sender)
{
	return &receipts->streams[receiver * receipts->members + sender];
}

int delivery_log_init(struct delivery_log *receipts, size_t members, uint32_t numbers)
{
	const size_t count = members * members;

	*receipts = (struct delivery_log){ .members = members, .numbers = numbers };
	receipts->streams = calloc(count, sizeof(receipts->streams[0]));
	receipts->fates = calloc(count, numbers);
	receipts->delays = calloc(1, sizeof(*receipts->delays));
	receipts->pdvs = calloc(1, sizeof(*receipts->pdvs));
	receipts->waits = calloc(1, sizeof(*receipts->waits));
	if (!receipts->streams || !receipts->fates || !receipts->delays || !receipts->pdvs ||
	    !receipts->waits) {
		delivery_log_fini(receipts);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		receipts->streams[i].fates = receipts->fates + i * numbers;
	return 0;
}

void delivery_log_fini(struct delivery_log *receipts)
{
	free(receipts->streams);
	free(receipts->fates);
	free(receipts->delays);
	free(receipts->pdvs);
	free(receipts->waits);
	pdv_fini(&receipts->pdv);
	*receipts = (struct delivery_log){ 0 };
}

/* Taking. */

static enum delivery_log_news repair(struct delivery_log_stream *stream, uint32_t number)
{
	uint8_t *fate = &stream->fates[number];

	if (*fate != LOST && *fate != SKIPPED)
		return DELIVERY_LOG_DUPLICATE;
	*fate = REPAIRED;
	return DELIVERY_LOG_REPAIRED;
}

static enum delivery_log_news sort_in(struct delivery_log_stream *stream, uint32_t number)
{
	uint8_t *fate = &stream->fates[number];
	bool is_newest = number >= stream->next;

	if (*fate == DELIVERED || *fate == LATE)
		return DELIVERY_LOG_DUPLICATE;
	if (!is_newest && stream->next - 1 - number >= REORDER_WINDOW)
		return DELIVERY_LOG_ANCIENT;
	*fate = is_newest ? DELIVERED : LATE;
	if (is_newest)
		stream->next = number + 1;
	return is_newest ? DELIVERY_LOG_NEWEST : DELIVERY_LOG_LATE;
}

static int measure(struct delivery_log *receipts, struct delivery_log_stream *stream,
		   const struct delivery_log_arrival *arrival, bool is_newest)
{
	const int64_t delay_ns = arrival->now_ns - arrival->due_ns;

	jitter_take(&stream->jitter, delay_ns);
	if (arrival->arrived_ns >= 0) {
		const int64_t wait_ns = arrival->now_ns - arrival->arrived_ns;

		hist_record(receipts->waits, wait_ns);
		receipts->waited += wait_ns > 0;
	}
	if (!is_newest)
		return 0;
	hist_record(receipts->delays, delay_ns);
	return pdv_take(&receipts->pdv, (uint32_t)(stream - receipts->streams), delay_ns);
}

int delivery_log_take(struct delivery_log *receipts, const struct delivery_log_arrival *arrival,
		      enum delivery_log_news *news)
{
	struct delivery_log_stream *stream;

	if (arrival->receiver >= receipts->members || arrival->sender >= receipts->members ||
	    arrival->number >= receipts->numbers)
		return -EINVAL;
	stream = stream_at(receipts, arrival->receiver, arrival->sender);
	if (arrival->is_repeat) {
		*news = repair(stream, arrival->number);
		return 0;
	}
	*news = sort_in(stream, arrival->number);
	if (*news == DELIVERY_LOG_DUPLICATE)
		receipts->duplicates += arrival->is_measured;
	if (*news == DELIVERY_LOG_DUPLICATE || *news == DELIVERY_LOG_ANCIENT)
		return 0;
	reorder_take(arrival->is_measured ? &receipts->reorder : NULL, &stream->order,
		     arrival->number);
	return arrival->is_measured
		       ? measure(receipts, stream, arrival, *news == DELIVERY_LOG_NEWEST)
		       : 0;
}

void delivery_log_skip(struct delivery_log *receipts, size_t receiver, size_t sender,
		       uint32_t number, uint32_t count)
{
	struct delivery_log_stream *stream;

	if (receiver >= receipts->members || sender >= receipts->members ||
	    number >= receipts->numbers)
		return;
	stream = stream_at(receipts, receiver, sender);
	for (uint32_t back = 1; back <= count && back <= number; back++)
		if (stream->fates[number - back] == LOST)
			stream->fates[number - back] = SKIPPED;
}

/* At the end. */

void delivery_log_count(struct delivery_log *receipts, size_t receiver, size_t sender,
			uint32_t from, uint32_t to, struct delivery_log_sums *sums)
{
	const struct delivery_log_stream *stream = stream_at(receipts, receiver, sender);
	struct bursts_stream pattern = { 0 };

	for (uint32_t i = from; i < to && i < receipts->numbers; i++) {
		const enum receipts_fate fate = (enum receipts_fate)stream->fates[i];

		sums->due++;
		sums->delivered += delivery_log_has(receipts, receiver, sender, i);
		sums->late += fate == LATE;
		sums->skipped += fate == SKIPPED;
		sums->lost += fate == LOST;
		if (fate != SKIPPED)
			bursts_take(&receipts->bursts, &pattern, fate == LOST);
	}
}

bool delivery_log_has(const struct delivery_log *receipts, size_t receiver, size_t sender,
		      uint32_t number)
{
	const enum receipts_fate fate =
		(enum receipts_fate)stream_at(receipts, receiver, sender)->fates[number];

	return fate == DELIVERED || fate == LATE || fate == REPAIRED;
}

bool delivery_log_has_newer(const struct delivery_log *receipts, size_t receiver, size_t sender,
			    uint32_t number)
{
	return stream_at(receipts, receiver, sender)->next > number + 1;
}

int delivery_log_finish(struct delivery_log *receipts)
{
	return pdv_finish(&receipts->pdv, receipts->members * receipts->members, receipts->pdvs);
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

int delivery_log_jitter(const struct delivery_log *receipts, int64_t *median_ns, int64_t *worst_ns)
{
	const size_t all = receipts->members * receipts->members;
	double *estimates = malloc((all + 1) * sizeof(estimates[0]));
	size_t count = 0;

	if (!estimates)
		return -ENOMEM;
	for (size_t i = 0; i < all; i++)
		if (receipts->streams[i].jitter.count > 1)
			estimates[count++] = receipts->streams[i].jitter.estimate_ns;
	qsort(estimates, count, sizeof(estimates[0]), compare);
	*median_ns = count > 0 ? llround(estimates[(count - 1) / 2]) : -1;
	*worst_ns = count > 0 ? llround(estimates[count - 1]) : -1;
	free(estimates);
	return 0;
}

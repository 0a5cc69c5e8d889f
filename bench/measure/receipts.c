#include "bench/measure/receipts.h"

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

static struct receipts_stream *stream_at(const struct receipts *receipts, size_t receiver,
					 size_t sender)
{
	return &receipts->streams[receiver * receipts->members + sender];
}

int receipts_init(struct receipts *receipts, size_t members, uint32_t numbers)
{
	const size_t count = members * members;

	*receipts = (struct receipts){ .members = members, .numbers = numbers };
	receipts->streams = calloc(count, sizeof(receipts->streams[0]));
	receipts->fates = calloc(count, numbers);
	receipts->delays = calloc(1, sizeof(*receipts->delays));
	receipts->pdvs = calloc(1, sizeof(*receipts->pdvs));
	receipts->waits = calloc(1, sizeof(*receipts->waits));
	if (!receipts->streams || !receipts->fates || !receipts->delays || !receipts->pdvs ||
	    !receipts->waits) {
		receipts_fini(receipts);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		receipts->streams[i].fates = receipts->fates + i * numbers;
	return 0;
}

void receipts_fini(struct receipts *receipts)
{
	free(receipts->streams);
	free(receipts->fates);
	free(receipts->delays);
	free(receipts->pdvs);
	free(receipts->waits);
	pdv_fini(&receipts->pdv);
	*receipts = (struct receipts){ 0 };
}

/* Taking. */

static enum receipts_news repair(struct receipts_stream *stream, uint32_t number)
{
	uint8_t *fate = &stream->fates[number];

	if (*fate != LOST && *fate != SKIPPED)
		return RECEIPTS_DUPLICATE;
	*fate = REPAIRED;
	return RECEIPTS_REPAIRED;
}

static enum receipts_news sort_in(struct receipts_stream *stream, uint32_t number)
{
	uint8_t *fate = &stream->fates[number];
	bool is_newest = number >= stream->next;

	if (*fate == DELIVERED || *fate == LATE)
		return RECEIPTS_DUPLICATE;
	if (!is_newest && stream->next - 1 - number >= REORDER_WINDOW)
		return RECEIPTS_ANCIENT;
	*fate = is_newest ? DELIVERED : LATE;
	if (is_newest)
		stream->next = number + 1;
	return is_newest ? RECEIPTS_NEWEST : RECEIPTS_LATE;
}

static int measure(struct receipts *receipts, struct receipts_stream *stream,
		   const struct receipts_arrival *arrival, bool is_newest)
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

int receipts_take(struct receipts *receipts, const struct receipts_arrival *arrival,
		  enum receipts_news *news)
{
	struct receipts_stream *stream;

	if (arrival->receiver >= receipts->members || arrival->sender >= receipts->members ||
	    arrival->number >= receipts->numbers)
		return -EINVAL;
	stream = stream_at(receipts, arrival->receiver, arrival->sender);
	if (arrival->is_repeat) {
		*news = repair(stream, arrival->number);
		return 0;
	}
	*news = sort_in(stream, arrival->number);
	if (*news == RECEIPTS_DUPLICATE)
		receipts->duplicates += arrival->is_measured;
	if (*news == RECEIPTS_DUPLICATE || *news == RECEIPTS_ANCIENT)
		return 0;
	reorder_take(arrival->is_measured ? &receipts->reorder : NULL, &stream->order,
		     arrival->number);
	return arrival->is_measured ? measure(receipts, stream, arrival, *news == RECEIPTS_NEWEST)
				    : 0;
}

void receipts_skip(struct receipts *receipts, size_t receiver, size_t sender, uint32_t number,
		   uint32_t count)
{
	struct receipts_stream *stream;

	if (receiver >= receipts->members || sender >= receipts->members ||
	    number >= receipts->numbers)
		return;
	stream = stream_at(receipts, receiver, sender);
	for (uint32_t back = 1; back <= count && back <= number; back++)
		if (stream->fates[number - back] == LOST)
			stream->fates[number - back] = SKIPPED;
}

/* At the end. */

void receipts_count(struct receipts *receipts, size_t receiver, size_t sender, uint32_t from,
		    uint32_t to, struct receipts_sums *sums)
{
	const struct receipts_stream *stream = stream_at(receipts, receiver, sender);
	struct bursts_stream pattern = { 0 };

	for (uint32_t i = from; i < to && i < receipts->numbers; i++) {
		const enum receipts_fate fate = (enum receipts_fate)stream->fates[i];

		sums->due++;
		sums->delivered += receipts_has(receipts, receiver, sender, i);
		sums->late += fate == LATE;
		sums->skipped += fate == SKIPPED;
		sums->lost += fate == LOST;
		if (fate != SKIPPED)
			bursts_take(&receipts->bursts, &pattern, fate == LOST);
	}
}

bool receipts_has(const struct receipts *receipts, size_t receiver, size_t sender, uint32_t number)
{
	const enum receipts_fate fate =
		(enum receipts_fate)stream_at(receipts, receiver, sender)->fates[number];

	return fate == DELIVERED || fate == LATE || fate == REPAIRED;
}

bool receipts_has_newer(const struct receipts *receipts, size_t receiver, size_t sender,
			uint32_t number)
{
	return stream_at(receipts, receiver, sender)->next > number + 1;
}

int receipts_finish(struct receipts *receipts)
{
	return pdv_finish(&receipts->pdv, receipts->members * receipts->members, receipts->pdvs);
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

int receipts_jitter(const struct receipts *receipts, int64_t *median_ns, int64_t *worst_ns)
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

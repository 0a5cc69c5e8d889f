#include "bench/measure/delivery_log.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum fate {
	LOST = 0, /* until something else is known */
	DELIVERED,
	LATE,
	SKIPPED,
	REPAIRED,
};

static struct delivery_log_stream *stream_at(const struct delivery_log *log, size_t receiver,
					     size_t sender)
{
	return &log->streams[receiver * log->members + sender];
}

int delivery_log_init(struct delivery_log *log, size_t members, uint32_t numbers)
{
	const size_t count = members * members;

	*log = (struct delivery_log){ .members = members, .numbers = numbers };
	log->streams = calloc(count, sizeof(log->streams[0]));
	log->fates = calloc(count, numbers);
	log->delays = calloc(1, sizeof(*log->delays));
	log->pdvs = calloc(1, sizeof(*log->pdvs));
	log->waits = calloc(1, sizeof(*log->waits));
	if (!log->streams || !log->fates || !log->delays || !log->pdvs || !log->waits) {
		delivery_log_fini(log);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		log->streams[i].fates = log->fates + i * numbers;
	return 0;
}

void delivery_log_fini(struct delivery_log *log)
{
	free(log->streams);
	free(log->fates);
	free(log->delays);
	free(log->pdvs);
	free(log->waits);
	pdv_fini(&log->pdv);
	*log = (struct delivery_log){ 0 };
}

/* Taking. */

static enum receive_news repair(struct delivery_log_stream *stream, uint32_t number)
{
	uint8_t *fate = &stream->fates[number];

	if (*fate != LOST && *fate != SKIPPED)
		return RECEIVE_DUPLICATE;
	*fate = REPAIRED;
	return RECEIVE_REPAIRED;
}

static enum receive_news sort_in(struct delivery_log_stream *stream, uint32_t number)
{
	uint8_t *fate = &stream->fates[number];
	const bool was_here = *fate == DELIVERED || *fate == LATE;
	const enum receive_news news = receive_window_take(&stream->window, number);

	if (news == RECEIVE_NEWEST)
		*fate = DELIVERED;
	else if (news == RECEIVE_LATE)
		*fate = LATE;
	else if (was_here) /* the log knows also of those that the window has left behind */
		return RECEIVE_DUPLICATE;
	return news;
}

static int measure(struct delivery_log *log, struct delivery_log_stream *stream,
		   const struct delivery_log_arrival *arrival, bool is_newest)
{
	const int64_t delay_ns = arrival->now_ns - arrival->due_ns;

	jitter_take(&stream->jitter, delay_ns);
	if (arrival->arrived_ns >= 0) {
		const int64_t wait_ns = arrival->now_ns - arrival->arrived_ns;

		hist_record(log->waits, wait_ns);
		log->waited += wait_ns > 0;
	}
	if (!is_newest)
		return 0;
	hist_record(log->delays, delay_ns);
	return pdv_take(&log->pdv, (uint32_t)(stream - log->streams), delay_ns);
}

int delivery_log_take(struct delivery_log *log, const struct delivery_log_arrival *arrival,
		      enum receive_news *news)
{
	struct delivery_log_stream *stream;

	if (arrival->receiver >= log->members || arrival->sender >= log->members ||
	    arrival->number >= log->numbers)
		return -EINVAL;
	stream = stream_at(log, arrival->receiver, arrival->sender);
	if (arrival->is_repeat) {
		*news = repair(stream, arrival->number);
		return 0;
	}
	*news = sort_in(stream, arrival->number);
	if (*news == RECEIVE_DUPLICATE)
		log->duplicates += arrival->is_measured;
	if (*news == RECEIVE_DUPLICATE || *news == RECEIVE_ANCIENT)
		return 0;
	reorder_take(arrival->is_measured ? &log->reorder : NULL, &stream->order, arrival->number);
	return arrival->is_measured ? measure(log, stream, arrival, *news == RECEIVE_NEWEST) : 0;
}

void delivery_log_skip(struct delivery_log *log, size_t receiver, size_t sender, uint32_t number,
		       uint32_t count)
{
	struct delivery_log_stream *stream;

	if (receiver >= log->members || sender >= log->members || number >= log->numbers)
		return;
	stream = stream_at(log, receiver, sender);
	for (uint32_t back = 1; back <= count && back <= number; back++)
		if (stream->fates[number - back] == LOST)
			stream->fates[number - back] = SKIPPED;
}

/* At the end. */

void delivery_log_count(struct delivery_log *log, size_t receiver, size_t sender, uint32_t from,
			uint32_t to, struct delivery_log_sums *sums)
{
	const struct delivery_log_stream *stream = stream_at(log, receiver, sender);
	struct bursts_stream pattern = { 0 };

	for (uint32_t i = from; i < to && i < log->numbers; i++) {
		const enum fate fate = (enum fate)stream->fates[i];

		sums->due++;
		sums->delivered += delivery_log_has(log, receiver, sender, i);
		sums->late += fate == LATE;
		sums->skipped += fate == SKIPPED;
		sums->lost += fate == LOST;
		if (fate != SKIPPED)
			bursts_take(&log->bursts, &pattern, fate == LOST);
	}
}

bool delivery_log_has(const struct delivery_log *log, size_t receiver, size_t sender,
		      uint32_t number)
{
	const enum fate fate = (enum fate)stream_at(log, receiver, sender)->fates[number];

	return fate == DELIVERED || fate == LATE || fate == REPAIRED;
}

bool delivery_log_has_newer(const struct delivery_log *log, size_t receiver, size_t sender,
			    uint32_t number)
{
	return stream_at(log, receiver, sender)->window.next > number + 1;
}

int delivery_log_finish(struct delivery_log *log)
{
	return pdv_finish(&log->pdv, log->members * log->members, log->pdvs);
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

int delivery_log_jitter(const struct delivery_log *log, int64_t *median_ns, int64_t *worst_ns)
{
	const size_t all = log->members * log->members;
	double *estimates = malloc((all + 1) * sizeof(estimates[0]));
	size_t count = 0;

	if (!estimates)
		return -ENOMEM;
	for (size_t i = 0; i < all; i++)
		if (log->streams[i].jitter.count > 1)
			estimates[count++] = log->streams[i].jitter.estimate_ns;
	qsort(estimates, count, sizeof(estimates[0]), compare);
	*median_ns = count > 0 ? llround(estimates[(count - 1) / 2]) : -1;
	*worst_ns = count > 0 ? llround(estimates[count - 1]) : -1;
	free(estimates);
	return 0;
}

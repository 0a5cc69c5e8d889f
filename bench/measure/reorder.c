#include "bench/measure/reorder.h"

#include <math.h>

/*
 * The earliest arrival with a greater number was greater than all before it, so it was in order;
 * and of those in order that are greater it has the least number.
 */
static unsigned extent_of(const struct reorder_stream *stream, uint32_t number)
{
	for (uint32_t n = number + 1; n < stream->next; n++)
		if (stream->numbers[n % RECEIVE_WINDOW_UPDATES] == n)
			return stream->arrivals - stream->places[n % RECEIVE_WINDOW_UPDATES];
	return 0;
}

static void take_next(struct reorder_stream *stream, uint32_t number)
{
	stream->numbers[number % RECEIVE_WINDOW_UPDATES] = number;
	stream->places[number % RECEIVE_WINDOW_UPDATES] = stream->arrivals;
	stream->next = number + 1;
}

static void count(struct reorder *reorder, unsigned extent)
{
	reorder->arrivals++;
	if (extent > 0 && extent <= REORDER_EXTENT_MAX) {
		reorder->reordered++;
		reorder->extents[extent]++;
	}
}

unsigned reorder_take(struct reorder *reorder, struct reorder_stream *stream, uint32_t number)
{
	unsigned extent = 0;

	if (number < stream->next)
		extent = extent_of(stream, number);
	else
		take_next(stream, number);
	stream->arrivals++;
	if (reorder)
		count(reorder, extent);
	return extent;
}

unsigned reorder_extent(const struct reorder *reorder, double share)
{
	const uint64_t rank = (uint64_t)fmax(ceil(share * (double)reorder->reordered), 1);
	uint64_t seen = 0;

	for (unsigned extent = 1; extent <= REORDER_EXTENT_MAX; extent++) {
		seen += reorder->extents[extent];
		if (seen >= rank)
			return extent;
	}
	return 0;
}

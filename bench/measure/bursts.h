/*
 * bursts: the pattern of loss, in the words of RFC 3357.
 *
 * A loss period is a run of updates of one stream that were lost one after another; its length is
 * their number. The loss distance is how many updates a loss comes after the one before it: 1
 * inside a period. A loss is noticeable if that is at most BURSTS_DELTA, the RFC's loss
 * constraint; the first loss of a stream has no distance and is not.
 *
 * A stream's updates come in the order of their numbers. One that was superseded (the relay had a
 * newer state and did not send it) is left out, as if it had no number: it is neither lost nor does
 * it end a period. {0} is an empty one of either.
 */
#ifndef STARLING_BENCH_BURSTS_H
#define STARLING_BENCH_BURSTS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	BURSTS_DELTA = 5, /* updates: a quarter of a second at 20 a second */
};

/* All streams together. */
struct bursts {
	uint64_t lost;       /* which is the sum of all periods' lengths */
	uint64_t periods;    /* the RFC's loss period total */
	uint64_t longest;    /* the greatest of its loss period lengths */
	uint64_t noticeable; /* over `lost`, its loss noticeable rate */
};

/* Where one stream stands. */
struct bursts_stream {
	uint64_t distance; /* since the last loss; 0: there was none */
	uint64_t length;   /* of the period that goes on; 0: none does */
};

/* The stream's next update was received, or lost. */
void bursts_take(struct bursts *bursts, struct bursts_stream *stream, bool is_lost);

#endif

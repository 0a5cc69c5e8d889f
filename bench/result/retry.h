/*
 * retry: repetitions that others on the machine spoiled, which are set aside and measured again. So
 * many times at most, and for what its validity says alone, before any figure is looked at
 * (METRICS.md, "Measured again").
 */
#ifndef STARLING_BENCH_RETRY_H
#define STARLING_BENCH_RETRY_H

#include <stdbool.h>

#include "bench/measure/run_validity.h"

enum {
	RETRY_MAX = 100, /* to be asked for */
	RETRY_TEXT_BYTES = 640,
};

/* One row's. */
struct retry {
	unsigned count;                            /* repetitions that were set aside */
	unsigned faults[RUN_VALIDITY_FAULT_COUNT]; /* of these, how many had which fault */
};

/*
 * Whether the repetition that had this validity is to be measured again: it was spoiled, and fewer
 * than `most` were before. Counts it.
 */
bool retry_takes(struct retry *retry, unsigned most, const struct run_validity *validity);

/* How many there were, and for what: a sentence without its stop; "" for none. Returns `text`. */
const char *retry_text(const struct retry *retry, char text[static RETRY_TEXT_BYTES]);

#endif

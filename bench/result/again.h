/*
 * again: repetitions that others on the machine spoiled, which are set aside and measured again. So
 * many times at most, and for what the conduct says alone, before any figure is looked at
 * (METRICS.md, "Measured again").
 */
#ifndef STARLING_BENCH_AGAIN_H
#define STARLING_BENCH_AGAIN_H

#include <stdbool.h>

#include "bench/measure/conduct.h"

enum {
	AGAIN_MAX = 100, /* to be asked for */
	AGAIN_TEXT_BYTES = 640,
};

/* One row's. */
struct again {
	unsigned count;                       /* repetitions that were set aside */
	unsigned faults[CONDUCT_FAULT_COUNT]; /* of these, how many had which fault */
};

/*
 * Whether the repetition that had this conduct is to be measured again: it was spoiled, and fewer
 * than `most` were before. Counts it.
 */
bool again_takes(struct again *again, unsigned most, const struct conduct *conduct);

/* How many there were, and for what: a sentence without its stop; "" for none. Returns `text`. */
const char *again_text(const struct again *again, char text[static AGAIN_TEXT_BYTES]);

#endif

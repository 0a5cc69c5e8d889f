/*
 * ticks: how often our relay and the raw UDP fan-out flush, as --tick takes it: "auto", "60", or
 * several in turn: "auto,60". The contender (contender.h) says what each means.
 */
#ifndef STARLING_BENCH_TICKS_H
#define STARLING_BENCH_TICKS_H

#include <stdbool.h>

#include "bench/servers/contender.h"

struct ticks {
	double hz[CONTENDER_TICKS_MAX]; /* CONTENDER_TICK_AUTO, 0 (at once), or 1 to 1000 */
	unsigned count;
};

/* What the text has to be. */
#define TICKS_MUST "1 to 4 words with commas between, each auto, 0 or a number from 1 to 1000"

/* False, and nothing changes, when the text is another. */
bool ticks_read(struct ticks *ticks, const char *text);

#endif

/*
 * contrast_live: a contrast on real sockets: its rows one after the other, so that none disturbs
 * another, and what is to be said of them beside the figures.
 */
#ifndef STARLING_BENCH_CONTRAST_LIVE_H
#define STARLING_BENCH_CONTRAST_LIVE_H

#include "bench/result/build/contrast.h"

/* How long to measure where nothing was said: enough to see the links' last change. */
double contrast_live_seconds(const struct contrast *contrast);

/*
 * Measures row after row, counting them in `done`. `folder` is where the relays' programs are;
 * NULL: as programs.h says. False when it ended before the last, with the reason said on stderr.
 */
bool contrast_run_live(struct contrast *contrast, const char *folder);

#endif

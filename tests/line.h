/*
 * line: a stream of datagrams over an impairment (proto/net/impair.h), and what became of each.
 */
#ifndef STARLING_TESTS_LINE_H
#define STARLING_TESTS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/impair.h"

#define MS INT64_C(1000000)

enum {
	LINE_RUN_MAX = 400000,
	LINE_PAYLOAD_BYTES = 972, /* with the headers: 1,000 bytes */
	LINE_START_MS = 1000,
};

/* What became of the datagrams of the last run. */
struct outcome {
	int64_t sent_ns, arrives_ns, copy_ns;
	bool has_passed, is_doubled;
};

extern struct outcome outcomes[LINE_RUN_MAX];
extern size_t outcome_count;
extern struct impair_stats line_stats;

/*
 * Sends `count` datagrams of `size` bytes: `interval_ns` apart or, when that is below 0, at random
 * times so far apart on average. A text that cannot be read fails the test.
 */
void line_run(const char *text, uint64_t seed, size_t count, int64_t interval_ns, size_t size);

/* The delay of one that passed. */
double line_delay_ms(const struct outcome *outcome);

/*
 * Whether `hits` out of `trials` fits a share, within five standard deviations. `spread` is by how
 * much the variance exceeds that of independent ones.
 */
bool line_fits_share(double hits, double trials, double share, double spread);

#endif

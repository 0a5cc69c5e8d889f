/*
 * repeat: whether new figures are consistent with those of a result that was measured before.
 *
 * A figure is consistent when the two spans of its values, from the smallest to the largest of the
 * repetitions, overlap once each is widened by a quarter of its own length to either side, as few
 * repetitions do not show the whole spread; figures of a simulated result have to be equal. This
 * is a rule of thumb and not a test of significance: it says "about as before" or "look at this".
 */
#ifndef STARLING_BENCH_REPEAT_H
#define STARLING_BENCH_REPEAT_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/result.h"

/* What was found, by figure. */
struct repeat_verdict {
	size_t consistent, differing;
	size_t missing; /* rows or figures that only one of the two has */
};

/*
 * Compares and writes a readable table: each figure that differs with both spans, then a sentence.
 */
struct repeat_verdict repeat_compare(const struct result *before, const struct result *now,
				     FILE *out);

#endif

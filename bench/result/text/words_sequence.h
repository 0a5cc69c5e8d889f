/* words_sequence: whether each sequenced channel of a contrast passed ENet's last number. */
#ifndef STARLING_BENCH_RESULT_TEXT_WORDS_SEQUENCE_H
#define STARLING_BENCH_RESULT_TEXT_WORDS_SEQUENCE_H

#include <stdio.h>

#include "bench/result/result.h"

/* Says that the packet which ENet sends reliably is rarer in play, or not in all figures. */
void words_sequence(const struct result *result, FILE *out);

#endif

/*
 * compare_largest: how much each relay carries at the size of a case, by the search that `load` is
 * (load.h): the highest rate of its members that keeps to a bound.
 */
#ifndef STARLING_BENCH_COMPARE_LARGEST_H
#define STARLING_BENCH_COMPARE_LARGEST_H

#include "bench/load/bound.h"
#include "bench/servers/run.h"
#include "bench/result/build/compare.h"

/*
 * Fills in row->largest. 0; or -1 with a sentence in `error`: the relay could not be started or
 * went away, or the ground is over.
 */
int compare_largest(const struct run_ground *ground, const struct comparison_case *kase,
		    struct comparison_row *row, const struct bound *bound,
		    char error[static TARGET_ERROR_BYTES]);

#endif

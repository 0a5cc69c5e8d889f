/*
 * compare_options: what `compare` is asked to do, by its command line.
 */
#ifndef STARLING_BENCH_COMPARE_OPTIONS_H
#define STARLING_BENCH_COMPARE_OPTIONS_H

#include "bench/result/build/compare.h"
#include "bench/options/list.h"
#include "client/options.h"

struct compare_options {
	struct options shared;
	const char *only, *programs; /* NULL: all; beside this program */
	unsigned repeat;
	unsigned again; /* times that one may be measured again, for each target of a case */
	size_t member_count, rate_count, mode_count;
	double members[COMPARISON_SIZES_MAX], rates_hz[COMPARISON_SIZES_MAX];
	bool is_reliable[COMPARISON_MODES_MAX];
	struct ticks ticks;
	double max_delay_ms;          /* of ours at TARGET_TICK_AUTO; 0: as it is by itself */
	struct generator_config load; /* what all cases share */
};

/* Prints what there is to say. 0 to go on, -1 to return options->shared.exit_status. */
int compare_options_parse(struct compare_options *options, int argc, char **argv);

#endif

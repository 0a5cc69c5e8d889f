/*
 * contrast_options: what `contrast` is asked to do, by its command line.
 */
#ifndef STARLING_BENCH_CONTRAST_OPTIONS_H
#define STARLING_BENCH_CONTRAST_OPTIONS_H

#include "bench/result/build/contrast.h"
#include "client/options.h"

struct contrast_options {
	struct options shared;
	const char *impair, *scenarios, *modes, *trace, *programs; /* NULL: not said */
	unsigned members, repeat;                                  /* 0: not said */
	unsigned redundancy, payload_bytes, grain_um, again;
	double rate_hz, event_hz, tick_hz, seconds; /* seconds 0: not said */
	bool is_simulated, is_live;
	bool wants_list, wants_csv, wants_more, wants_why, is_strict;
};

/* Prints what there is to say. 0 to go on, -1 to return options->shared.exit_status. */
int contrast_options_parse(struct contrast_options *options, int argc, char **argv);

/*
 * Fills in the links, the carriers and all else that is to be run, but for the trace and the
 * members, and opens nothing. 0, or the exit status, with the reason said.
 */
int contrast_options_apply(const struct contrast_options *options, struct contrast *contrast);

#endif

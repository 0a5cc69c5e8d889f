/*
 * load_options: what `load` is asked to do, by its command line.
 */
#ifndef STARLING_BENCH_LOAD_OPTIONS_H
#define STARLING_BENCH_LOAD_OPTIONS_H

#include "bench/options/load_relay.h"
#include "bench/search/load_search.h"
#include "bench/options/list.h"
#include "client/options.h"

enum {
	LOAD_SENT_PER_S_MAX = 200000, /* updates of all members, to a relay that runs already */
};

struct load_options {
	struct options shared;
	struct load_config config; /* what all searches have in common */
	const char *targets, *programs;
	unsigned members, max_members;
	double max_rate_hz; /* 0: it was not said */
	struct ticks ticks;
	double max_delay_ms;
	struct load_relay relay;

	/* Made by load_options_apply: a search of each target. */
	unsigned count;
	struct load_config configs[LOAD_TURNS_MAX];
};

/* Prints what there is to say. 0 to go on, -1 to return options->shared.exit_status. */
int load_options_parse(struct load_options *options, int argc, char **argv);

/*
 * Fills in the searches, each from `config`, whose ground, progress and context the caller has set.
 * 0, or the exit status with the sentence said.
 */
int load_options_apply(struct load_options *options);

#endif

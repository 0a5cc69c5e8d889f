/*
 * proxy_options: the flags of `starling-bench proxy`.
 */
#ifndef STARLING_BENCH_PROXY_OPTIONS_H
#define STARLING_BENCH_PROXY_OPTIONS_H

#include "client/options.h"
#include "proto/net/endpoint.h"

/* {0} before the reading. */
struct proxy_options {
	struct options shared;
	struct endpoint listen, to;
	double seconds; /* 0: until a signal */
};

/* 0; or -1: the program is done, with shared.exit_status, and all is said. */
int proxy_options_read(struct proxy_options *options, int argc, char **argv);

#endif

/*
 * impairment_options: the link models of --impair-in and --impair-out, as the process's net, from
 * before the first session is opened until after the last is closed.
 */
#ifndef STARLING_CLIENT_SESSIONS_IMPAIRMENT_OPTIONS_H
#define STARLING_CLIENT_SESSIONS_IMPAIRMENT_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "client/options.h"
#include "proto/net/link/impaired_net.h"

/* {0}: no impairment. */
struct impairment {
	struct impaired_net *impaired;
};

/* Impairs the net, if the options ask for it. 0 or -ENOMEM. */
int impairment_begin(struct impairment *impairment, const struct options *options);

/* Whether the net is impaired; then `*stats` counts the impairment of all sessions so far. */
bool impairment_stats(const struct impairment *impairment, struct impaired_net_stats *stats);

/* Prints the impairment, if there is any: one line for each direction, after `program`. */
void impairment_print(const struct impairment *impairment, const char *program, FILE *out);

/* Restores the net. All sessions must be closed. */
void impairment_end(struct impairment *impairment);

#endif

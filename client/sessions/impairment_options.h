/*
 * impairment: the bad lines that a subcommand's --impair-in and --impair-out ask for: the process's
 * net, from before the first session is opened until after the last is closed.
 */
#ifndef STARLING_CLIENT_SESSIONS_IMPAIRMENT_OPTIONS_H
#define STARLING_CLIENT_SESSIONS_IMPAIRMENT_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "client/options.h"
#include "proto/net/impaired_net.h"

/* All zero: the lines are left as they are. */
struct impairment {
	struct impaired_net *impaired;
};

/* Does nothing when the options ask for nothing. 0 or -ENOMEM. */
int impairment_begin(struct impairment *impairment, const struct options *options);

/* Whether there is any, and what it did to all sessions so far. */
bool impairment_stats(const struct impairment *impairment, struct impaired_net_stats *stats);

/* Tells people what it did, if there is any: one line for each direction, after `program`. */
void impairment_print(const struct impairment *impairment, const char *program, FILE *out);

/* All sessions must be closed. */
void impairment_end(struct impairment *impairment);

#endif

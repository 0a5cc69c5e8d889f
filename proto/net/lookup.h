/*
 * lookup: net_resolve (resolve.h) without its wait, which is many seconds where no name server
 * answers.
 *
 * The system's resolver only knows to block, so a lookup is a thread of its own that ends with its
 * answer. It takes no signals, and shares only the lookup with its caller; the one of the two that
 * comes last frees it, so neither waits for the other. A lookup that is under way across a fork has
 * no answer in the child. Where time is simulated (a net without `thread_cpu_ns`) there is no
 * thread: a wait takes no time there, and the order of events must be the same in each run.
 *
 * {0} is a lookup that is not under way. One thread at a time uses it.
 */
#ifndef STARLING_PROTO_NET_LOOKUP_H
#define STARLING_PROTO_NET_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"

enum {
	LOOKUP_ADDRESSES_MAX = 8, /* of those that a name has */
};

struct lookup {
	struct lookup_answer *answer; /* NULL: not under way */
};

/*
 * Begins, unless one is under way already or `name` is an address, which needs no lookup. Best
 * effort: without memory or a thread none is under way, and the caller tries again later.
 */
void lookup_start(struct lookup *lookup, const char *name, uint16_t port);

bool lookup_is_under_way(const struct lookup *lookup);

/*
 * Ends a lookup that has its answer, and copies the answer. Returns how many addresses; 0: none is
 * known, or there is no answer yet.
 */
size_t lookup_take(struct lookup *lookup,
		   struct net_address addresses[static LOOKUP_ADDRESSES_MAX]);

/* Forgets it. */
void lookup_drop(struct lookup *lookup);

#endif

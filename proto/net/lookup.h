/*
 * lookup: a host's name looked up while its caller goes on: what net_resolve (resolve.h) gives,
 * without the wait, which is many seconds where no name server answers.
 *
 * The system's resolver only knows to block, so a lookup is a thread of its own that ends with its
 * answer. It takes no signals, and shares nothing with its caller but the lookup, which whoever of
 * the two comes last frees: nobody ever waits for it. A lookup that is under way across a fork has
 * no answer in the child. Where time is simulated (a net without `thread_cpu_ns`) there is no
 * thread: a wait takes no time there, and the order of things is to be the same in each run.
 *
 * {0} is a lookup that is not under way. It is used by one thread at a time.
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
 * Begins, unless one is under way already or `name` is an address, which stays what it is. Best
 * effort: without memory or a thread to be had none is under way, and the caller tries it again
 * another time.
 */
void lookup_start(struct lookup *lookup, const char *name, uint16_t port);

bool lookup_is_under_way(const struct lookup *lookup);

/*
 * Ends a lookup that has its answer, and copies that: how many addresses; 0: none is known, or the
 * answer is not there yet.
 */
size_t lookup_take(struct lookup *lookup,
		   struct net_address addresses[static LOOKUP_ADDRESSES_MAX]);

/* Forgets it. */
void lookup_drop(struct lookup *lookup);

#endif

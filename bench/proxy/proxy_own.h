/*
 * proxy_own: which addresses are the proxy's own, so that what it passed on to them would come back
 * to it, for ever.
 */
#ifndef STARLING_BENCH_PROXY_OWN_H
#define STARLING_BENCH_PROXY_OWN_H

#include <stdbool.h>

#include "proto/net/net.h"

/* Whether it is an address of this machine, whatever its port. */
bool proxy_is_here(struct net *net, const struct net_address *address);

/*
 * Whether who listens at `at` hears what is sent to `target`. That all addresses, as a destination,
 * are this machine is the kernel's rule.
 */
bool proxy_is_own(struct net *net, const struct net_address *at, const struct net_address *target);

#endif

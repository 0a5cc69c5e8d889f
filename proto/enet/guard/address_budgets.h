/*
 * address_budgets: what each address (IPv6: its first 64 bits) has spent of what it may, for all of
 * its connections together. The table is bounded, and the host asks it only for addresses that have
 * echoed their cookie: so nobody fills it in another's name. Where it is full, the address that has
 * been quiet for longest is forgotten, and begins anew when it comes again.
 */
#ifndef STARLING_PROTO_ENET_ADDRESS_BUDGETS_H
#define STARLING_PROTO_ENET_ADDRESS_BUDGETS_H

#include <stdint.h>

#include "proto/enet/guard/input_budget.h"

enum {
	ADDRESS_BUDGETS_WAYS = 8, /* places for addresses of the same hash */
	ADDRESS_BUDGETS_SETS = 512,
};

struct address_budget {
	uint64_t network; /* as the net numbers it (net_network) */
	struct input_budget input;
	struct token_bucket joins;
};

/* Too large for a stack. All zero but for the keys is an empty one. */
struct address_budgets {
	uint64_t keys[2]; /* drawn by the owner, so that nobody can choose addresses of one hash */
	struct address_budget sets[ADDRESS_BUDGETS_SETS][ADDRESS_BUDGETS_WAYS];
};

/* The network's own, until the next call for another network. */
struct address_budget *address_budgets_of(struct address_budgets *budgets, uint64_t network);

#endif

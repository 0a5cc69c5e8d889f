/*
 * input_budget: how much of one sender a host reads in a second, and at once: datagrams, bytes of
 * them, and ENet's commands in them. Whoever is within it may spend more than is left with one
 * datagram, and has nothing until that is made up for.
 */
#ifndef STARLING_PROTO_ENET_INPUT_BUDGET_H
#define STARLING_PROTO_ENET_INPUT_BUDGET_H

#include <stdint.h>

#include "proto/net/token_bucket.h"

enum input_measure {
	INPUT_DATAGRAMS,
	INPUT_BYTES, /* of UDP payload */
	INPUT_COMMANDS,
	INPUT_MEASURES,
};

/* So many a second; 0: any. */
struct input_rates {
	unsigned of[INPUT_MEASURES];
};

/* {0}: nothing is spent. */
struct input_budget {
	struct token_bucket of[INPUT_MEASURES];
};

/* The first measure of which nothing is left; INPUT_MEASURES: there is something of each. */
enum input_measure input_budget_spent(const struct input_budget *budget,
				      const struct input_rates *rates, int64_t now_ns);

/* Spends `amount` of one measure, whether there is so much or not. */
void input_budget_spend(struct input_budget *budget, const struct input_rates *rates,
			enum input_measure measure, uint32_t amount, int64_t now_ns);

#endif

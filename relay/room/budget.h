/*
 * budget: how much a member, and all members of a room together, may have the relay send for them
 * besides states: events, and the ends of entities. It is counted as it goes out, for each receiver
 * the message and its headers, so that an event to all of a large room counts as many.
 *
 * A member whose budget is spent sends no event, and the ends of its entities wait. When the room's
 * is spent, each member still has its share of that: so nobody spends what is the others'.
 */
#ifndef STARLING_RELAY_ROOM_BUDGET_H
#define STARLING_RELAY_ROOM_BUDGET_H

#include <stddef.h>
#include <stdint.h>

#include "relay/config.h"
#include "proto/net/token_bucket.h"

enum {
	/* Bytes: the headers of a datagram and of its acknowledgement, as far as these are shared.
	 */
	BUDGET_HEADERS = 40,
};

/* The budget that is spent. */
enum budget_finding {
	BUDGET_LEFT = 0,
	BUDGET_OF_MEMBER,
	BUDGET_OF_ROOM,
	BUDGET_FINDINGS,
};

/* Looks at the buckets of a member, one of `members` in its room. With `every` there is no limit.
 */
enum budget_finding budget_check(const struct config *config, const struct token_bucket *member,
				 const struct token_bucket *share, const struct token_bucket *room,
				 size_t members, int64_t now_ns);

/* A message of so many bytes to so many receivers. */
uint64_t budget_cost(size_t bytes, size_t receivers);

/* Charges all three buckets. */
void budget_charge(const struct config *config, struct token_bucket *member,
		   struct token_bucket *share, struct token_bucket *room, size_t members,
		   uint64_t cost, int64_t now_ns);

#endif

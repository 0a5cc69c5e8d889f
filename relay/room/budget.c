#include "relay/room/budget.h"

static bool is_spent(const struct token_bucket *budget, unsigned rate, int64_t now_ns)
{
	return rate > 0 && !token_bucket_has_any(budget, now_ns);
}

/* A second of the room's budget, divided. */
static unsigned share_of(const struct config *config, size_t members)
{
	const size_t share = members > 0 ? config->room_output / members : config->room_output;

	return share > 0 || config->room_output == 0 ? (unsigned)share : 1;
}

enum budget_finding budget_check(const struct config *config, const struct token_bucket *member,
				 const struct token_bucket *share, const struct token_bucket *room,
				 size_t members, int64_t now_ns)
{
	if (config->every)
		return BUDGET_LEFT;
	if (is_spent(member, config->member_output, now_ns))
		return BUDGET_OF_MEMBER;
	return is_spent(room, config->room_output, now_ns) &&
			       is_spent(share, share_of(config, members), now_ns)
		       ? BUDGET_OF_ROOM
		       : BUDGET_LEFT;
}

static void charge(struct token_bucket *budget, unsigned rate, uint64_t bytes, int64_t now_ns)
{
	if (rate > 0)
		token_bucket_charge(budget, rate, bytes, now_ns);
}

uint64_t budget_cost(size_t bytes, size_t receivers)
{
	return (uint64_t)receivers * (bytes + BUDGET_HEADERS);
}

void budget_charge(const struct config *config, struct token_bucket *member,
		   struct token_bucket *share, struct token_bucket *room, size_t members,
		   uint64_t cost, int64_t now_ns)
{
	charge(member, config->member_output, cost, now_ns);
	charge(share, share_of(config, members), cost, now_ns);
	charge(room, config->room_output, cost, now_ns);
}

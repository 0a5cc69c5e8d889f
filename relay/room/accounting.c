#include "relay/room/accounting.h"

const char *accounting_cause_text(enum accounting_cause cause)
{
	static const char *const texts[ACCOUNTING_CAUSE_COUNT] = {
		[ACCOUNTING_DELIVERED] = "delivered",
		[ACCOUNTING_SUPERSEDED] = "superseded",
		[ACCOUNTING_STALE] = "stale",
		[ACCOUNTING_OVER_LIMIT] = "over_limit",
		[ACCOUNTING_OUT_OF_INTEREST] = "out_of_interest",
		[ACCOUNTING_OVER_BUDGET] = "over_budget",
		[ACCOUNTING_QUEUE_FULL] = "queue_full",
		[ACCOUNTING_NOT_TAKEN] = "not_taken",
	};

	return (unsigned)cause < ACCOUNTING_CAUSE_COUNT ? texts[cause] : "unknown";
}

void accounting_due(struct accounting *accounting, uint64_t count)
{
	accounting->due += count;
	accounting->pending += count;
}

void accounting_end(struct accounting *accounting, enum accounting_cause cause, uint64_t count)
{
	accounting->pending -= count;
	accounting->ended[cause] += count;
}

bool accounting_is_balanced(const struct accounting *accounting)
{
	uint64_t sum = accounting->pending;

	for (int cause = 0; cause < ACCOUNTING_CAUSE_COUNT; cause++)
		sum += accounting->ended[cause];
	return sum == accounting->due;
}

#include "relay/room/ledger.h"

const char *ledger_cause_text(enum ledger_cause cause)
{
	static const char *const texts[LEDGER_CAUSE_COUNT] = {
		[LEDGER_DELIVERED] = "delivered",
		[LEDGER_SUPERSEDED] = "superseded",
		[LEDGER_STALE] = "stale",
		[LEDGER_OVER_LIMIT] = "over_limit",
		[LEDGER_OUT_OF_INTEREST] = "out_of_interest",
		[LEDGER_OVER_BUDGET] = "over_budget",
		[LEDGER_QUEUE_FULL] = "queue_full",
		[LEDGER_NOT_TAKEN] = "not_taken",
	};

	return (unsigned)cause < LEDGER_CAUSE_COUNT ? texts[cause] : "unknown";
}

void ledger_end(struct ledger *ledger, enum ledger_cause cause, uint64_t count)
{
	ledger->ended[cause] += count;
}

void ledger_end_pending(struct ledger *ledger, enum ledger_cause cause, uint64_t count)
{
	ledger->pending -= count;
	ledger_end(ledger, cause, count);
}

bool ledger_is_balanced(const struct ledger *ledger)
{
	uint64_t sum = ledger->pending;

	for (int cause = 0; cause < LEDGER_CAUSE_COUNT; cause++)
		sum += ledger->ended[cause];
	return sum == ledger->due;
}

#include "proto/enet/guard/address_budgets.h"

enum {
	SET_BITS = 9,
};

_Static_assert(ADDRESS_BUDGETS_SETS == 1 << SET_BITS, "the hash's upper bits are the set");

/* Multiplying by a secret odd number is universal in the upper bits (Dietzfelbinger, 1997). */
static struct address_budget *set_of(struct address_budgets *budgets, uint64_t network)
{
	const uint64_t hash = (network ^ budgets->keys[0]) * (budgets->keys[1] | 1);

	return budgets->sets[hash >> (64 - SET_BITS)];
}

/* When it will have made up for all that it has spent: the earlier, the longer it is quiet. */
static int64_t settled_ns(const struct address_budget *budget)
{
	int64_t latest_ns = budget->joins.due_ns;

	for (unsigned measure = 0; measure < INPUT_MEASURES; measure++)
		if (budget->input.of[measure].due_ns > latest_ns)
			latest_ns = budget->input.of[measure].due_ns;
	return latest_ns;
}

struct address_budget *address_budgets_of(struct address_budgets *budgets, uint64_t network)
{
	struct address_budget *set = set_of(budgets, network), *quietest = set;

	for (unsigned way = 0; way < ADDRESS_BUDGETS_WAYS; way++) {
		if (set[way].network == network)
			return &set[way];
		if (settled_ns(&set[way]) < settled_ns(quietest))
			quietest = &set[way];
	}
	*quietest = (struct address_budget){ .network = network };
	return quietest;
}

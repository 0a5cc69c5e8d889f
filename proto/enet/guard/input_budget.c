#include "proto/enet/guard/input_budget.h"

enum input_measure input_budget_spent(const struct input_budget *budget,
				      const struct input_rates *rates, int64_t now_ns)
{
	unsigned measure = 0;

	while (measure < INPUT_MEASURES &&
	       (rates->of[measure] == 0 || token_bucket_has_any(&budget->of[measure], now_ns)))
		measure++;
	return (enum input_measure)measure;
}

void input_budget_spend(struct input_budget *budget, const struct input_rates *rates,
			enum input_measure measure, uint32_t amount, int64_t now_ns)
{
	if (rates->of[measure] > 0)
		token_bucket_charge(&budget->of[measure], rates->of[measure], amount, now_ns);
}

#include "relay/pacer.h"

void pacer_init(struct pacer *pacer, double share, int64_t max_delay_ns)
{
	*pacer = (struct pacer){
		.rest_ratio = share < 1 ? (1 - share) / share : 0,
		.max_delay_ns = max_delay_ns,
	};
}

int64_t pacer_due_ns(const struct pacer *pacer, int64_t since_ns)
{
	int64_t limit_ns = since_ns + pacer->max_delay_ns;

	if (pacer->rest_until_ns <= since_ns)
		return since_ns;
	return pacer->rest_until_ns < limit_ns ? pacer->rest_until_ns : limit_ns;
}

void pacer_spend(struct pacer *pacer, int64_t cost_ns, int64_t end_ns)
{
	/* A rest above the longest delay holds nothing up any longer than that. */
	double rest_ns = cost_ns > 0 ? (double)cost_ns * pacer->rest_ratio : 0;

	if (rest_ns > (double)pacer->max_delay_ns)
		rest_ns = (double)pacer->max_delay_ns;
	pacer->rest_until_ns = end_ns + (int64_t)rest_ns;
}

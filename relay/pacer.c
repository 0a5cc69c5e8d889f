#include "relay/pacer.h"

void pacer_init(struct pacer *pacer, double share, int64_t max_delay_ns)
{
	*pacer = (struct pacer){ .price = share < 1 ? 1 / share : 1, .max_delay_ns = max_delay_ns };
}

int64_t pacer_due_ns(const struct pacer *pacer, int64_t since_ns)
{
	int64_t limit_ns = since_ns + pacer->max_delay_ns;

	if (pacer->paid_ns <= since_ns)
		return since_ns;
	return pacer->paid_ns < limit_ns ? pacer->paid_ns : limit_ns;
}

enum {
	COST_MAX_NS =
		1000000000, /* what took longer was no flush, but a machine that stood still */
};

void pacer_spend(struct pacer *pacer, int64_t begin_ns, int64_t cost_ns)
{
	double price_ns;

	if (cost_ns < 0)
		cost_ns = 0;
	if (cost_ns > COST_MAX_NS)
		cost_ns = COST_MAX_NS;
	price_ns = (double)cost_ns * pacer->price;

	/* A rest above the longest delay would hold nothing up any longer than that. */
	if (price_ns > (double)cost_ns + (double)pacer->max_delay_ns)
		price_ns = (double)cost_ns + (double)pacer->max_delay_ns;
	if (pacer->paid_ns < begin_ns - pacer->max_delay_ns)
		pacer->paid_ns = begin_ns - pacer->max_delay_ns;
	if (pacer->paid_ns > begin_ns)
		pacer->paid_ns = begin_ns;
	pacer->paid_ns += (int64_t)price_ns;
}

#include "relay/pacer.h"

enum {
	/* What took longer was no flush, but a machine that stood still. */
	COST_MAX_NS = 1000000000,
	EASY_NS = PACER_EASY_MS * 1000000,
};

void pacer_init(struct pacer *pacer, double share, int64_t max_delay_ns)
{
	*pacer = (struct pacer){ .price = share < 1 ? 1 / share : 1, .max_delay_ns = max_delay_ns };
}

int64_t pacer_due_ns(const struct pacer *pacer, int64_t since_ns)
{
	const int64_t limit_ns = since_ns + pacer->max_delay_ns;

	if (pacer->rested_ns <= since_ns)
		return since_ns;
	return pacer->rested_ns < limit_ns ? pacer->rested_ns : limit_ns;
}

static int64_t between(int64_t least, int64_t value, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

void pacer_spend(struct pacer *pacer, int64_t begin_ns, int64_t cost_ns, int64_t waited_ns)
{
	const int64_t bounded_ns = between(0, cost_ns, COST_MAX_NS);
	/* A rest above the longest delay would hold nothing up any longer than that. */
	const int64_t price_max_ns = bounded_ns + pacer->max_delay_ns;
	const int64_t owed_max_ns = (PACER_FLUSHES - 1) * price_max_ns;
	const double thrift = waited_ns <= EASY_NS && pacer->price > 1 ? PACER_THRIFT : 1;
	const double price_ns = (double)bounded_ns * pacer->price / thrift;
	int64_t owed_ns = between(-pacer->max_delay_ns, pacer->paid_ns - begin_ns, owed_max_ns);

	owed_ns += price_ns < (double)price_max_ns ? (int64_t)price_ns : price_max_ns;
	pacer->paid_ns = begin_ns + owed_ns;
	pacer->rested_ns = begin_ns + (owed_ns > 0 ? owed_ns / PACER_FLUSHES : 0);
}

#include "relay/schedule/pacer.h"

#include <math.h>

enum {
	/* A longer one was no flush, but a machine that stood still. */
	COST_MAX_NS = 1000000000,
	EASY_NS = PACER_EASY_US * 1000,
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

/* How far a delay is from the one at which all of the share is taken: 1 up to the easy one. */
static double ease(int64_t delay_ns)
{
	const double over = (double)(delay_ns - EASY_NS) / (EASY_NS * PACER_UNEASY);

	return over < 0 ? 1 : over < 1 ? 1 - over : 0;
}

/* How much time a flush stands for, its own included. */
static int64_t price_ns(const struct pacer *pacer, int64_t cost_ns, int64_t waited_ns,
			size_t states)
{
	/* A rest above the longest delay would hold nothing up any longer than that. */
	const double most_ns = (double)(cost_ns + pacer->max_delay_ns);
	const double least_ns = (double)cost_ns * pacer->price;
	const double thrift = states > 1 ? PACER_THRIFT : PACER_THRIFT_OF_ONE;
	double asked_ns = least_ns;

	if (pacer->price > 1) {
		const double easy_ns = fmin((double)(EASY_NS - cost_ns), least_ns / thrift);

		asked_ns += ease(waited_ns + cost_ns) * fmax(0, easy_ns - least_ns);
	}
	return (int64_t)fmin(asked_ns, most_ns);
}

void pacer_spend(struct pacer *pacer, int64_t begin_ns, int64_t cost_ns, int64_t waited_ns,
		 size_t states)
{
	const int64_t bounded_ns = between(0, cost_ns, COST_MAX_NS);
	const int64_t owed_max_ns = (PACER_FLUSHES - 1) * (bounded_ns + pacer->max_delay_ns);
	int64_t owed_ns = between(-pacer->max_delay_ns, pacer->paid_ns - begin_ns, owed_max_ns);

	owed_ns += price_ns(pacer, bounded_ns, waited_ns, states);
	pacer->paid_ns = begin_ns + owed_ns;
	pacer->rested_ns = begin_ns + (owed_ns > 0 ? owed_ns / PACER_FLUSHES : 0);
}

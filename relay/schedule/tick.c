#include "relay/schedule/tick.h"

#define NS_PER_S 1e9

int64_t tick_period_ns(double hz)
{
	return (int64_t)(NS_PER_S / hz);
}

/* By the golden ratio, which spreads any number of rooms evenly, and goes on doing so. */
static double place_of(uint64_t number)
{
	const double turns = (double)number * 0.618033988749895;

	return turns - (double)(int64_t)turns;
}

int64_t tick_phase_ns(double hz, uint64_t number, int64_t base_ns, int64_t now_ns)
{
	const int64_t period_ns = tick_period_ns(hz);
	const int64_t fit = period_ns / (TICK_SLOT_MS * INT64_C(1000000));
	const int64_t slots = fit > 0 ? fit : 1;
	const int64_t slot = (int64_t)(place_of(number) * (double)slots);
	const int64_t phase_ns = base_ns + slot * period_ns / slots;

	return phase_ns > now_ns ? phase_ns - period_ns : phase_ns;
}

static int64_t later(int64_t one_ns, int64_t other_ns)
{
	return one_ns > other_ns ? one_ns : other_ns;
}

int64_t tick_due_ns(double hz, int64_t phase_ns, int64_t since_ns, int64_t begun_ns, int64_t out_ns)
{
	const int64_t soonest_ns = begun_ns + tick_period_ns(hz) / 2;
	const int64_t rested_ns = out_ns + (out_ns - begun_ns) / TICK_REST_PART;

	return later(tick_next_ns(hz, phase_ns, later(since_ns, soonest_ns)), rested_ns);
}

int64_t tick_place_ns(double hz, int64_t phase_ns)
{
	const int64_t period_ns = tick_period_ns(hz), place_ns = phase_ns % period_ns;

	return place_ns < 0 ? place_ns + period_ns : place_ns;
}

int64_t tick_next_ns(double hz, int64_t phase_ns, int64_t after_ns)
{
	const int64_t period_ns = tick_period_ns(hz);

	return phase_ns + ((after_ns - phase_ns) / period_ns + 1) * period_ns;
}

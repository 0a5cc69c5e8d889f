#include "bench/sim/pace.h"

#include <math.h>

#include "proto/net/random.h"

void pace_init(struct pace *pace, unsigned members, double rate_hz, uint64_t seed)
{
	const uint64_t period_ns = (uint64_t)fmax(1, 1e9 / rate_hz);
	struct random random = random_init(seed);

	*pace = (struct pace){ .members = members, .rate_hz = rate_hz };
	for (unsigned i = 0; i < members; i++) {
		unsigned at = i;

		pace->phase_ns[i] = (int64_t)random_below(&random, period_ns);
		for (; at > 0 && pace->phase_ns[pace->order[at - 1]] > pace->phase_ns[i]; at--)
			pace->order[at] = pace->order[at - 1];
		pace->order[at] = i;
	}
	for (uint32_t i = 0; i < PACE_STEPS; i++)
		pace_step_ns(pace, i);
}

void pace_init_even(struct pace *pace, unsigned members, double rate_hz)
{
	*pace = (struct pace){ .members = members, .rate_hz = rate_hz, .is_even = true };
	for (unsigned i = 0; i < members; i++)
		pace->order[i] = i;
}

int64_t pace_even_due_ns(const struct pace *pace, unsigned member, uint32_t number)
{
	const double phase = (double)member / (double)pace->members;

	return pace->start_ns + (int64_t)((number + phase) / pace->rate_hz * 1e9);
}

int64_t pace_step_ns(struct pace *pace, uint32_t number)
{
	/* From the start each time, so that no rounding adds up. */
	const int64_t ns = (int64_t)llround(number * 1e9 / pace->rate_hz);

	pace->steps[number % PACE_STEPS] = (struct pace_step){ number, ns };
	return ns;
}

struct pace_turn pace_turn_at(struct pace *pace, uint64_t index)
{
	const unsigned member = pace->order[index % pace->members];
	const uint32_t number = (uint32_t)(index / pace->members);

	return (struct pace_turn){ member, number, pace_due_ns(pace, member, number) };
}

#include "bench/load/generator_internal.h"

static bool wakes_early(const struct generator *g)
{
	const double sends_per_s = g->pace.members * g->pace.rate_hz;

	return g->config->has_processor && g->is_sending &&
	       sends_per_s * GENERATOR_WAKE_EARLY_NS * GENERATOR_AWAKE_PART <= 1e9;
}

int64_t generator_sleep_ns(const struct generator *g, int64_t time_ns, int64_t due_ns)
{
	int64_t left_ns = due_ns - time_ns;

	if (left_ns <= 0)
		return 0;
	if (wakes_early(g))
		left_ns = left_ns < GENERATOR_WAKE_EARLY_NS ? 0 : left_ns - GENERATOR_WAKE_EARLY_NS;
	else if (left_ns < GENERATOR_SLEEP_MIN_NS)
		left_ns = GENERATOR_SLEEP_MIN_NS;
	return g->is_napping && left_ns > GENERATOR_NAP_NS ? GENERATOR_NAP_NS : left_ns;
}

int generator_sleep(struct generator *g, unsigned members[GENERATOR_WATCHED], int64_t due_ns)
{
	const int64_t time_ns = generator_now_ns();
	const int64_t sleep_ns = generator_sleep_ns(g, time_ns, due_ns);
	const int count = generator_watch_wait(g, members, sleep_ns);

	if (count == 0 && sleep_ns == 0 && time_ns < due_ns)
		g->idle_ns += generator_now_ns() - time_ns;
	return count;
}

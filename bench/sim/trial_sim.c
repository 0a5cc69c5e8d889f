/* What is the same for all ways of carrying on the simulated network. */
#include "bench/sim/trial_internal.h"

int64_t trial_sim_now_ns(const struct trial *trial)
{
	return world_now_ns(&trial->world);
}

void trial_sim_start(struct trial *trial)
{
	const struct link_model_spec *line = &trial->config->line;

	for (size_t i = 0; i < trial->config->members; i++)
		world_set_lines(&trial->world, i, line, line);
}

void trial_sim_traffic(const struct trial *trial, uint64_t *datagrams, uint64_t *bytes)
{
	*datagrams = trial->world.datagrams;
	*bytes = trial->world.bytes;
}

void trial_sim_sum_up(struct trial *trial, struct trial_result *result)
{
	for (size_t i = 0; i < trial->config->members; i++) {
		link_model_stats_add(&result->up, &trial->world.clients[i].up.impair.stats);
		link_model_stats_add(&result->down, &trial->world.clients[i].down.impair.stats);
	}
	result->digest = trial->world.digest;
	result->simulated_s =
		(double)(world_now_ns(&trial->world) - SIM_START_NS) / (double)TRIAL_NS_PER_S;
}

/* What is the same for all ways of carrying on the simulated network. */
#include "bench/sim/trial_internal.h"

int64_t trial_sim_now_ns(const struct trial *trial)
{
	return cluster_now_ns(&trial->cluster);
}

void trial_sim_start(struct trial *trial)
{
	const struct link_model_spec *line = &trial->config->line;

	for (size_t i = 0; i < trial->config->members; i++)
		cluster_set_links(&trial->cluster, i, line, line);
}

void trial_sim_traffic(const struct trial *trial, uint64_t *datagrams, uint64_t *bytes)
{
	*datagrams = trial->cluster.datagrams;
	*bytes = trial->cluster.bytes;
}

void trial_sim_sum_up(struct trial *trial, struct trial_result *result)
{
	for (size_t i = 0; i < trial->config->members; i++) {
		link_model_stats_add(&result->up, &trial->cluster.clients[i].up.impair.stats);
		link_model_stats_add(&result->down, &trial->cluster.clients[i].down.impair.stats);
	}
	result->digest = trial->cluster.digest;
	result->simulated_s =
		(double)(cluster_now_ns(&trial->cluster) - SIM_START_NS) / (double)TRIAL_NS_PER_S;
}

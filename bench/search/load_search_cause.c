/* A run's word on its load, and the cause that bounds the load that a relay carries. */
#include "bench/search/load_search.h"

#include <math.h>

/* Figures. */

double load_relay_share(const struct run_result *run)
{
	const struct generator_result *load = &run->load;

	return load->window_ns > 0 && load->relay_cpu_ns > 0
		       ? (double)load->relay_cpu_ns / (double)load->window_ns
		       : NAN;
}

double load_generator_share(const struct run_result *run)
{
	const struct generator_result *load = &run->load;

	return load->window_ns > 0 ? (double)load->own_cpu_ns / (double)load->window_ns : NAN;
}

double load_delivered_per_s(const struct load_step *step)
{
	const struct generator_result *load = &step->run.load;

	return load->window_ns > 0 ? (double)load->delivered * 1e9 / (double)load->window_ns : NAN;
}

double load_sent_per_s(const struct load_step *step)
{
	return step->members * step->rate_hz;
}

/* The cause that bounds it. */

static bool is_full(double share)
{
	return share >= LOAD_CORE_FULL; /* NAN is not */
}

enum load_cause load_cause_of(const struct run_result *run, bool is_cpu_known)
{
	const struct generator_result *load = &run->load;

	/* First, as the rest is a consequence; a full core ends the growth whoever else is late. */
	if (is_cpu_known && is_full(load_relay_share(run)))
		return LOAD_BY_RELAY;
	/* A process that stood still has all to catch up with at once, and little of its window
	 * left to. */
	if (run_validity_has(&load->validity, RUN_VALIDITY_GENERATOR_WAITED) ||
	    run_validity_has(&load->validity, RUN_VALIDITY_STEAL))
		return LOAD_BY_MACHINE;
	if (is_full(load_generator_share(run)))
		return LOAD_BY_GENERATOR;
	if (!run_validity_is_good(&load->validity))
		return LOAD_BY_MACHINE;
	return run->relay_drops > 0 ? LOAD_BY_SOCKETS : LOAD_BY_BOUND;
}

/* The cause that most runs of the smallest load that failed have. */
static enum load_cause common_cause(const struct load_result *result)
{
	unsigned counts[LOAD_CAUSES] = { 0 };
	enum load_cause most = LOAD_BY_BOUND;

	for (unsigned i = 0; i < result->step_count; i++)
		if (result->steps[i].load == result->failed && !result->steps[i].is_disturbed)
			counts[result->steps[i].cause]++;
	counts[LOAD_CARRIED] = 0;
	for (unsigned cause = 0; cause < LOAD_CAUSES; cause++)
		if (counts[cause] > counts[most])
			most = (enum load_cause)cause;
	return most;
}

enum load_cause load_cause_of_end(const struct load_result *result, enum load_cause end)
{
	if (end != LOAD_CARRIED)
		return end;
	if (result->failed > 0)
		return common_cause(result);
	return result->limit.load > 0 ? LOAD_BY_ITS_LIMIT : LOAD_BY_MOST;
}

double load_limit_of(const struct load_config *config, double load,
		     const struct generator_refusal *refusal)
{
	const double admitted = refusal->admitted;

	switch (config->by) {
	case LOAD_BY_MEMBERS:
		return admitted;
	case LOAD_BY_RATE:
		return 0; /* the same members, whatever the rate is */
	case LOAD_BY_ROOMS:
		if (refusal->kind == GENERATOR_FULL && refusal->reason == WIRE_REASON_ROOM_FULL)
			return 0;
		if (refusal->kind == GENERATOR_FULL && refusal->rooms < load)
			return refusal->rooms;
		break;
	}
	return floor(admitted / config->members);
}

bool load_is_valid(const struct load_result *result)
{
	return result->error[0] == '\0' && result->is_complete &&
	       result->cause != LOAD_BY_GENERATOR && result->cause != LOAD_BY_MACHINE;
}

#include "bench/sim/trial_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/sim/trial_run_internal.h"

void trial_hear(struct trial *trial, struct trial_figures_heard heard)
{
	enum receive_news news;

	heard.now_ns = cluster_now_ns(&trial->cluster);
	news = trial_figures_hear(&trial->figures, &heard);
	age_why_hear(&trial->why, heard.receiver, heard.sender, heard.number, heard.is_repeat,
		     heard.now_ns);
	if (!heard.is_repeat)
		loss_causes_hear(&trial->causes, heard.receiver, heard.now_ns);
	if (news == RECEIVE_ANCIENT)
		loss_causes_ancient(&trial->causes, heard.receiver, heard.sender, heard.number);
}

/* Who is due next, and when: an update, or (is_event) an event. */
static int64_t next_due(struct trial *trial, size_t *member, bool *is_event)
{
	const bool has_events = trial->way->send_event && trial->config->event_hz > 0;
	int64_t next_ns = INT64_MAX;

	for (unsigned i = 0; i < trial->config->members; i++) {
		const struct trial_actor *actor = &trial->figures.actors[i];
		const int64_t update_ns =
			pace_due_ns(&trial->figures.pace, i, (uint32_t)actor->published);
		const int64_t event_ns =
			has_events ? pace_due_ns(&trial->events, i, (uint32_t)actor->events)
				   : INT64_MAX;

		if (update_ns < next_ns || event_ns < next_ns) {
			*is_event = event_ns < update_ns;
			next_ns = *is_event ? event_ns : update_ns;
			*member = i;
		}
	}
	return next_ns;
}

static bool is_stopped(const struct trial *trial)
{
	return trial->config->is_over && *trial->config->is_over;
}

static void play_one(struct trial *trial, size_t member, bool is_event)
{
	struct trial_actor *actor = &trial->figures.actors[member];

	if (is_event) {
		trial->way->send_event(trial, member);
		actor->events++;
		return;
	}
	loss_causes_publish(&trial->causes, member, (uint32_t)actor->published,
			    cluster_now_ns(&trial->cluster));
	trial->way->publish(trial, member, movement_place(&trial->motion, member));
	actor->published++;
	/* All move on once an update of the first of them. */
	if (member == 0)
		movement_step(&trial->motion, 1 / trial->config->rate_hz);
}

/* Ends early when it is over. */
static void play_until(struct trial *trial, int64_t until_ns)
{
	size_t member = 0;
	bool is_event = false;
	int64_t due;

	while ((due = next_due(trial, &member, &is_event)) < until_ns) {
		if (is_stopped(trial))
			return;
		trial->way->run(trial, due);
		play_one(trial, member, is_event);
	}
	trial->way->run(trial, until_ns);
}

/* The course of a trial. */

static bool prepare_causes(struct trial *trial)
{
	static const enum loss_causes_order orders[TRIAL_SIM_COUNT] = {
		[TRIAL_UNSEQUENCED] = LOSS_CAUSES_UNSEQUENCED,
		[TRIAL_SEQUENCED] = LOSS_CAUSES_SEQUENCED,
		[TRIAL_RELIABLE] = LOSS_CAUSES_RELIABLE,
		[TRIAL_SHARED] = LOSS_CAUSES_SHARED,
		[TRIAL_THROTTLED] = LOSS_CAUSES_UNSEQUENCED,
		[TRIAL_RAW] = LOSS_CAUSES_AS_IT_COMES,
		[TRIAL_REDUNDANT] = LOSS_CAUSES_AS_IT_COMES,
	};
	const struct trial_config *config = trial->config;

	return loss_causes_init(&trial->causes, config->members,
				trial_figures_numbers(config, TRIAL_WARM_UP_S),
				orders[config->carrier]) == 0;
}

static bool prepare_why(struct trial *trial)
{
	const struct trial_config *config = trial->config;

	return !config->wants_why ||
	       age_why_init(&trial->why, config->members,
			    trial_figures_numbers(config, TRIAL_WARM_UP_S)) == 0;
}

static bool prepare(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	const struct trial_config *config = trial->config;

	pace_init_even(&trial->events, (unsigned)config->members, config->event_hz);
	if (trial_figures_init(&trial->figures, config, TRIAL_WARM_UP_S) != 0 ||
	    !prepare_causes(trial) || !prepare_why(trial)) {
		snprintf(error, TRIAL_ERROR_BYTES,
			 "no memory for %zu members' updates; measure for a shorter time",
			 config->members);
		return false;
	}
	if (movement_init(&trial->motion, config->members, config->trace, config->seed) == 0)
		return true;
	snprintf(error, TRIAL_ERROR_BYTES, "no memory for what moves");
	return false;
}

static int64_t made_ns(void *context, size_t sender, uint32_t number)
{
	struct trial *trial = context;

	return pace_due_ns(&trial->figures.pace, (unsigned)sender, number);
}

static void sum_up_why(struct trial *trial, struct trial_result *result)
{
	if (!trial->config->wants_why)
		return;
	age_why_settle(&trial->why);
	result->why.is_known = true;
	result->why.moment = trial->why.moment;
	for (int part = 0; part < AGE_PARTS; part++)
		result->why.mean_ns[part] = age_why_mean_ns(&trial->why, (enum age_part)part);
}

/* However long joining took: from here on the lines are the same for all carriers. */
static void start(struct trial *trial)
{
	const struct link_model_spec *line = &trial->config->line;

	trial->events.start_ns = cluster_now_ns(&trial->cluster);
	trial_figures_start(&trial->figures, trial->events.start_ns, TRIAL_WARM_UP_S);
	loss_causes_start(&trial->causes, trial->events.start_ns,
			  trial->figures.count_to_ns + TRIAL_COOL_DOWN_S * TRIAL_NS_PER_S);
	age_why_start(&trial->why, trial->figures.count_from_ns, trial->figures.count_to_ns,
		      made_ns, trial);
	for (size_t i = 0; i < trial->config->members; i++)
		cluster_set_links(&trial->cluster, i, line, line);
}

/* Each that did not come, lost or skipped, has its cause. */
static void count_causes_of(struct trial *trial, size_t receiver, size_t sender,
			    struct trial_result *result)
{
	struct trial_figures *figures = &trial->figures;
	const uint32_t to = trial_figures_first(figures, sender, figures->count_to_ns);

	for (uint32_t n = trial_figures_first(figures, sender, figures->count_from_ns); n < to; n++)
		if (!delivery_log_has(&figures->receipts, receiver, sender, n))
			result->causes[loss_causes_of(
				&trial->causes, receiver, sender, n,
				delivery_log_has_newer(&figures->receipts, receiver, sender, n))]++;
}

static void count_causes(struct trial *trial, struct trial_result *result)
{
	loss_causes_settle(&trial->causes);
	for (size_t receiver = 0; receiver < trial->config->members; receiver++)
		for (size_t sender = 0; sender < trial->config->members; sender++)
			if (sender != receiver)
				count_causes_of(trial, receiver, sender, result);
}

static void sum_up_cluster(const struct trial *trial, struct trial_result *result)
{
	for (size_t i = 0; i < trial->config->members; i++) {
		link_model_stats_add(&result->up, &trial->cluster.clients[i].up.impair.stats);
		link_model_stats_add(&result->down, &trial->cluster.clients[i].down.impair.stats);
	}
	result->digest = trial->cluster.digest;
	result->simulated_s =
		(double)(cluster_now_ns(&trial->cluster) - SIM_START_NS) / (double)TRIAL_NS_PER_S;
}

/* Traffic of the lines in the measured span. */
static void play_measured(struct trial *trial, struct trial_result *result)
{
	const struct cluster *cluster = &trial->cluster;
	const uint64_t datagrams = cluster->datagrams, bytes = cluster->bytes;
	const uint64_t down_bytes = cluster->down_bytes;

	play_until(trial, trial->figures.count_to_ns);
	result->datagrams = cluster->datagrams - datagrams;
	result->bytes = cluster->bytes - bytes;
	result->down_bytes = cluster->down_bytes - down_bytes;
}

static bool measure(struct trial *trial, struct trial_result *result, char error[TRIAL_ERROR_BYTES])
{
	start(trial);
	play_until(trial, trial->figures.count_from_ns);
	if (trial->way->begin)
		trial->way->begin(trial);
	play_measured(trial, result);
	if (is_stopped(trial)) {
		snprintf(error, TRIAL_ERROR_BYTES, "stopped");
		return false;
	}
	trial->way->run(trial, trial->figures.count_to_ns + TRIAL_COOL_DOWN_S * TRIAL_NS_PER_S);
	if (trial->way->count)
		trial->way->count(trial, result);
	sum_up_cluster(trial, result);
	count_causes(trial, result);
	sum_up_why(trial, result);
	if (trial_figures_sum_up(&trial->figures, result) == 0)
		return true;
	snprintf(error, TRIAL_ERROR_BYTES,
		 "no memory for what was measured; measure for a shorter time");
	return false;
}

bool trial_run(const struct trial_config *config, struct trial_result *result,
	       char error[TRIAL_ERROR_BYTES])
{
	struct trial *trial = calloc(1, sizeof(*trial));
	bool is_done = false;

	*result = (struct trial_result){ 0 };
	if (config->carrier >= TRIAL_SIM_COUNT) {
		snprintf(error, TRIAL_ERROR_BYTES, "%s needs real sockets",
			 trial_carrier_text(config->carrier));
		free(trial);
		return false;
	}
	if (!trial) {
		snprintf(error, TRIAL_ERROR_BYTES, "no memory for a trial");
		return false;
	}
	trial->config = config;
	/* All before raw have the library. */
	trial->way = config->carrier < TRIAL_RAW ? &trial_enet : &trial_raw;
	is_done = prepare(trial, error) && trial->way->open(trial, error) &&
		  measure(trial, result, error);
	trial->way->close(trial);
	movement_fini(&trial->motion);
	trial_figures_fini(&trial->figures);
	loss_causes_fini(&trial->causes);
	age_why_fini(&trial->why);
	free(trial);
	return is_done;
}

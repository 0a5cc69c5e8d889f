#include "bench/trial.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/trial_way.h"

enum {
	WARM_UP_S = 2,   /* publishing, before it counts */
	COOL_DOWN_S = 3, /* for what is under way to arrive */
};

const char *trial_carrier_text(enum trial_carrier carrier)
{
	static const char *const texts[TRIAL_CARRIER_COUNT] = {
		[TRIAL_UNSEQUENCED] = "unsequenced", [TRIAL_SEQUENCED] = "sequenced",
		[TRIAL_RELIABLE] = "reliable",       [TRIAL_SHARED] = "shared",
		[TRIAL_THROTTLED] = "throttled",     [TRIAL_RAW] = "raw",
		[TRIAL_REDUNDANT] = "redundant",
	};

	return (unsigned)carrier < TRIAL_CARRIER_COUNT ? texts[carrier] : "unknown";
}

/* When a member's n-th update, or event, is due. */
static int64_t due_ns(const struct trial *trial, size_t member, uint64_t n, double rate_hz)
{
	double intervals = (double)n + trial->actors[member].phase;

	return trial->start_ns + (int64_t)(intervals / rate_hz * (double)TRIAL_NS_PER_S);
}

int64_t trial_due_ns(const struct trial *trial, size_t member, uint64_t number)
{
	return due_ns(trial, member, number, trial->config->rate_hz);
}

static bool is_measured(const struct trial *trial, int64_t ns)
{
	return ns >= trial->count_from_ns && ns < trial->count_to_ns;
}

bool trial_counts(const struct trial *trial, size_t member, uint64_t number)
{
	return is_measured(trial, trial_due_ns(trial, member, number));
}

void trial_see(struct trial *trial, size_t receiver, size_t sender, uint64_t number)
{
	int64_t now_ns = world_now_ns(&trial->world);
	int64_t origin_ns = trial_due_ns(trial, sender, number);
	struct age_watch *watch = &trial->actors[receiver].views[sender].watch;

	if (is_measured(trial, origin_ns) &&
	    spans_add(&trial->delays, (now_ns - origin_ns) / 1000) != 0)
		trial->is_out_of_memory = true;
	if (is_measured(trial, now_ns) &&
	    age_take(&trial->age, watch, origin_ns / 1000, now_ns / 1000) != 0)
		trial->is_out_of_memory = true;
}

/* Who is due next, and when: an update, or (is_event) an event. */
static int64_t next_due(const struct trial *trial, size_t *member, bool *is_event)
{
	const struct trial_config *config = trial->config;
	bool has_events = trial->way->send_event && config->event_hz > 0;
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < config->members; i++) {
		const struct trial_actor *actor = &trial->actors[i];
		int64_t update_ns = trial_due_ns(trial, i, actor->published);
		int64_t event_ns =
			has_events ? due_ns(trial, i, actor->events, config->event_hz) : INT64_MAX;

		if (update_ns < next_ns || event_ns < next_ns) {
			*is_event = event_ns < update_ns;
			next_ns = *is_event ? event_ns : update_ns;
			*member = i;
		}
	}
	return next_ns;
}

static void play_one(struct trial *trial, size_t member, bool is_event)
{
	if (is_event) {
		trial->way->send_event(trial, member);
		trial->actors[member].events++;
		return;
	}
	trial->way->publish(trial, member, motion_place(&trial->motion, member));
	trial->actors[member].published++;
	/* All move on once an update of the first of them. */
	if (member == 0)
		motion_step(&trial->motion, 1 / trial->config->rate_hz);
}

static void play_until(struct trial *trial, int64_t until_ns)
{
	size_t member = 0;
	bool is_event = false;
	int64_t due;

	while ((due = next_due(trial, &member, &is_event)) < until_ns) {
		trial->way->run(trial, due);
		play_one(trial, member, is_event);
	}
	trial->way->run(trial, until_ns);
}

/* The course of a trial. */

static bool prepare(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	const struct trial_config *config = trial->config;

	for (size_t i = 0; i < config->members; i++)
		trial->actors[i].phase = (double)i / (double)config->members;
	if (motion_init(&trial->motion, config->members, config->trace, config->seed) == 0)
		return true;
	snprintf(error, TRIAL_ERROR_BYTES, "no memory for what moves");
	return false;
}

/* However long joining took: from here on the lines are the same for all carriers. */
static void start(struct trial *trial)
{
	const struct impair_spec *line = &trial->config->line;

	for (size_t i = 0; i < trial->config->members; i++)
		world_set_lines(&trial->world, i, line, line);
	trial->start_ns = world_now_ns(&trial->world);
	trial->count_from_ns = trial->start_ns + WARM_UP_S * TRIAL_NS_PER_S;
	trial->count_to_ns =
		trial->count_from_ns + (int64_t)(trial->config->seconds * (double)TRIAL_NS_PER_S);
}

static void count_lines(const struct trial *trial, struct trial_result *result)
{
	for (size_t i = 0; i < trial->config->members; i++) {
		impair_stats_add(&result->up, &trial->world.clients[i].up.impair.stats);
		impair_stats_add(&result->down, &trial->world.clients[i].down.impair.stats);
	}
}

static bool end_ages(struct trial *trial, struct trial_result *result)
{
	int64_t end_us = trial->count_to_ns / 1000;

	for (size_t i = 0; i < trial->config->members; i++)
		for (size_t j = 0; j < trial->config->members; j++)
			if (age_end(&trial->age, &trial->actors[i].views[j].watch, end_us) != 0)
				return false;
	if (trial->is_out_of_memory || age_finish(&trial->age) != 0)
		return false;
	result->age_p50_us = age_quantile_us(&trial->age, 0.50);
	result->age_p95_us = age_quantile_us(&trial->age, 0.95);
	result->age_p99_us = age_quantile_us(&trial->age, 0.99);
	result->age_max_us = age_max_us(&trial->age);
	result->longest_stall_us = trial->age.longest_stall_us;
	result->stalls = trial->age.stalls;
	spans_sort(&trial->delays);
	result->delay_p50_us = spans_quantile_us(&trial->delays, 0.50);
	result->delay_p99_us = spans_quantile_us(&trial->delays, 0.99);
	result->delays = trial->delays.count;
	return true;
}

static bool measure(struct trial *trial, struct trial_result *result, char error[TRIAL_ERROR_BYTES])
{
	uint64_t datagrams, bytes;

	start(trial);
	play_until(trial, trial->count_from_ns);
	trial->way->begin(trial);
	datagrams = trial->world.datagrams;
	bytes = trial->world.bytes;
	play_until(trial, trial->count_to_ns);
	result->datagrams = trial->world.datagrams - datagrams;
	result->bytes = trial->world.bytes - bytes;
	trial->way->run(trial, trial->count_to_ns + COOL_DOWN_S * TRIAL_NS_PER_S);
	trial->way->count(trial, result);
	count_lines(trial, result);
	result->digest = trial->world.digest;
	result->simulated_s =
		(double)(world_now_ns(&trial->world) - SIM_START_NS) / (double)TRIAL_NS_PER_S;
	if (end_ages(trial, result))
		return true;
	snprintf(error, TRIAL_ERROR_BYTES, "no memory for the ages; measure for a shorter time");
	return false;
}

bool trial_run(const struct trial_config *config, struct trial_result *result, char error[256])
{
	struct trial *trial = calloc(1, sizeof(*trial));
	bool is_raw = config->carrier == TRIAL_RAW || config->carrier == TRIAL_REDUNDANT;
	bool is_done = false;

	*result = (struct trial_result){ 0 };
	if (!trial) {
		snprintf(error, TRIAL_ERROR_BYTES, "no memory for a trial");
		return false;
	}
	trial->config = config;
	trial->way = is_raw ? &trial_raw : &trial_enet;
	trial->age = age_init(TRIAL_STALL_MS * 1000);
	is_done = prepare(trial, error) && trial->way->open(trial, error) &&
		  measure(trial, result, error);
	trial->way->close(trial);
	motion_fini(&trial->motion);
	age_fini(&trial->age);
	spans_fini(&trial->delays);
	free(trial);
	return is_done;
}

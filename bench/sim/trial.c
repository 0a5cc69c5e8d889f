#include "bench/sim/trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/sim/interrupt.h"
#include "bench/sim/trial_internal.h"

const int trial_above_ms[TRIAL_ABOVE_COUNT] = { 50, 100, 250 };

const char *trial_carrier_text(enum trial_carrier carrier)
{
	static const char *const texts[TRIAL_CARRIER_COUNT] = {
		[TRIAL_UNSEQUENCED] = "unsequenced", [TRIAL_SEQUENCED] = "sequenced",
		[TRIAL_RELIABLE] = "reliable",       [TRIAL_SHARED] = "shared",
		[TRIAL_THROTTLED] = "throttled",     [TRIAL_RAW] = "raw",
		[TRIAL_REDUNDANT] = "redundant",     [TRIAL_TCP] = "tcp",
		[TRIAL_NODELAY] = "nodelay",         [TRIAL_HTTP] = "http",
	};

	return (unsigned)carrier < TRIAL_CARRIER_COUNT ? texts[carrier] : "unknown";
}

bool trial_learns_budget(const struct link_model_spec *line)
{
	bool has_rate = line->start.rate_bits > 0;

	for (size_t i = 0; i < line->change_count; i++)
		has_rate = has_rate || (line->changes[i].term == LINK_MODEL_RATE &&
					line->changes[i].value.rate_bits > 0);
	return has_rate;
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

bool trial_is_measured(const struct trial *trial, int64_t ns)
{
	return ns >= trial->count_from_ns && ns < trial->count_to_ns;
}

/* The age over time of one pair; it enters the measured span with what is held then. */
static void note_track(struct trial *trial, int64_t held_us, int64_t origin_us, int64_t now_us)
{
	struct age_track *track = trial->config->track;
	const int64_t from_us = trial->count_from_ns / 1000;

	if (track->count == 0 && age_track_take(track, 0, held_us - from_us) != 0)
		trial->is_out_of_memory = true;
	if (age_track_take(track, now_us - from_us, origin_us - from_us) != 0)
		trial->is_out_of_memory = true;
}

/* A repeat may have brought a newer state already. */
static void grow_younger(struct trial *trial, size_t receiver, size_t sender, int64_t origin_us,
			 int64_t now_us)
{
	struct trial_actor *actor = &trial->actors[receiver];
	struct age_watch *watch = &actor->watches[sender];

	if (watch->is_on && watch->origin_us >= origin_us)
		return;
	if (trial->config->track && receiver == 0 && sender == 1 &&
	    now_us >= trial->count_from_ns / 1000)
		note_track(trial, watch->origin_us, origin_us, now_us);
	age_take(&actor->age, watch, origin_us, now_us);
}

void trial_hear(struct trial *trial, size_t receiver, size_t sender, uint32_t number,
		bool is_repeat, int64_t arrived_ns)
{
	const int64_t now_ns = trial->way->now_ns(trial);
	const int64_t origin_ns = trial_due_ns(trial, sender, number);
	const struct delivery_log_arrival arrival = {
		.receiver = receiver,
		.sender = sender,
		.number = number,
		.is_measured = trial_is_measured(trial, origin_ns),
		.is_repeat = is_repeat,
		.due_ns = origin_ns,
		.arrived_ns = arrived_ns < now_ns ? arrived_ns : now_ns,
		.now_ns = now_ns,
	};
	enum receive_news news = RECEIVE_ANCIENT;

	if (delivery_log_take(&trial->receipts, &arrival, &news) == -ENOMEM)
		trial->is_out_of_memory = true;
	if (!is_repeat)
		loss_causes_hear(&trial->causes, receiver, now_ns);
	if (news == RECEIVE_ANCIENT)
		loss_causes_ancient(&trial->causes, receiver, sender, number);
	if ((news == RECEIVE_NEWEST || news == RECEIVE_REPAIRED) && now_ns < trial->count_to_ns)
		grow_younger(trial, receiver, sender, origin_ns / 1000, now_ns / 1000);
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
	loss_causes_publish(&trial->causes, member, (uint32_t)trial->actors[member].published,
			    trial->way->now_ns(trial));
	trial->way->publish(trial, member, movement_place(&trial->motion, member));
	trial->actors[member].published++;
	/* All move on once an update of the first of them. */
	if (member == 0)
		movement_step(&trial->motion, 1 / trial->config->rate_hz);
}

/* Ends early when an interrupt has come. */
static void play_until(struct trial *trial, int64_t until_ns)
{
	size_t member = 0;
	bool is_event = false;
	int64_t due;

	while ((due = next_due(trial, &member, &is_event)) < until_ns) {
		if (interrupt_has_come())
			return;
		trial->way->run(trial, due);
		play_one(trial, member, is_event);
	}
	trial->way->run(trial, until_ns);
}

/* The course of a trial. */

/* Where not everything is seen, there is none. */
static bool prepare_causes(struct trial *trial, uint32_t numbers)
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

	return config->place || loss_causes_init(&trial->causes, config->members, numbers,
						 orders[config->carrier]) == 0;
}

static bool prepare(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	const struct trial_config *config = trial->config;
	/* However the due times' fractions fall. */
	const uint32_t numbers =
		(uint32_t)((config->seconds + trial->way->warm_up_s) * config->rate_hz) + 2;
	bool is_fine = true;

	for (size_t i = 0; i < config->members; i++) {
		trial->actors[i].phase = (double)i / (double)config->members;
		is_fine = age_init(&trial->actors[i].age, TRIAL_STALL_MS * 1000) == 0 && is_fine;
	}
	if (!is_fine || delivery_log_init(&trial->receipts, config->members, numbers) != 0 ||
	    !prepare_causes(trial, numbers)) {
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

static int64_t span_ns(double seconds)
{
	return (int64_t)(seconds * (double)TRIAL_NS_PER_S);
}

/* Every pair has an age, whether anything comes or not. */
static void begin_ages(struct trial *trial)
{
	for (size_t i = 0; i < trial->config->members; i++) {
		struct trial_actor *actor = &trial->actors[i];

		actor->age.from_us = trial->count_from_ns / 1000;
		for (size_t sender = 0; sender < trial->config->members; sender++)
			if (sender != i)
				age_begin(&actor->watches[sender],
					  trial_due_ns(trial, sender, 0) / 1000);
	}
}

/* However long joining took: from here on the lines are the same for all carriers. */
static void start(struct trial *trial)
{
	trial->start_ns = trial->way->now_ns(trial);
	trial->count_from_ns = trial->start_ns + span_ns(trial->way->warm_up_s);
	trial->count_to_ns = trial->count_from_ns + span_ns(trial->config->seconds);
	begin_ages(trial);
	loss_causes_start(&trial->causes, trial->start_ns,
			  trial->count_to_ns + span_ns(trial->way->cool_down_s));
	trial->way->start(trial);
}

static bool measure(struct trial *trial, struct trial_result *result, char error[TRIAL_ERROR_BYTES])
{
	uint64_t datagrams, bytes, down_bytes;

	start(trial);
	play_until(trial, trial->count_from_ns);
	if (trial->way->begin)
		trial->way->begin(trial);
	trial->way->traffic(trial, &datagrams, &bytes);
	down_bytes = trial->cluster.down_bytes;
	play_until(trial, trial->count_to_ns);
	trial->way->traffic(trial, &result->datagrams, &result->bytes);
	result->datagrams -= datagrams;
	result->bytes -= bytes;
	result->down_bytes = trial->cluster.down_bytes - down_bytes;
	if (interrupt_has_come()) {
		snprintf(error, TRIAL_ERROR_BYTES, "stopped");
		return false;
	}
	trial->way->run(trial, trial->count_to_ns + span_ns(trial->way->cool_down_s));
	if (trial->way->count)
		trial->way->count(trial, result);
	trial->way->sum_up(trial, result);
	if (!trial->is_out_of_memory && trial_sum_up(trial, result))
		return true;
	snprintf(error, TRIAL_ERROR_BYTES,
		 "no memory for what was measured; measure for a shorter time");
	return false;
}

/* All before raw have the library. */
static const struct trial_way *way_of(const struct trial_config *config)
{
	if (config->place)
		return config->carrier < TRIAL_RAW ? &trial_live_session : &trial_live_socket;
	return config->carrier < TRIAL_RAW ? &trial_enet : &trial_raw;
}

bool trial_run(const struct trial_config *config, struct trial_result *result, char error[256])
{
	struct trial *trial = calloc(1, sizeof(*trial));
	bool is_done = false;

	*result = (struct trial_result){ 0 };
	if (!config->place && config->carrier >= TRIAL_SIM_COUNT) {
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
	trial->way = way_of(config);
	is_done = prepare(trial, error) && trial->way->open(trial, error) &&
		  measure(trial, result, error);
	trial->way->close(trial);
	movement_fini(&trial->motion);
	for (size_t i = 0; i < config->members; i++)
		age_fini(&trial->actors[i].age);
	delivery_log_fini(&trial->receipts);
	loss_causes_fini(&trial->causes);
	free(trial);
	return is_done;
}

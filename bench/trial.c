#include "bench/trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/world.h"
#include "client/flock.h"

#define NS_PER_S INT64_C(1000000000)

enum {
	JOIN_S = 30,     /* for everyone to be in the room, on a bad line */
	WARM_UP_S = 2,   /* publishing, before it counts */
	COOL_DOWN_S = 3, /* for what is under way to arrive */
	EVENT_BYTES = 32,
};

/* One member of the room, and what it sees of the others. */
struct actor {
	uint64_t published; /* updates so far */
	uint64_t events_sent, events_heard;
	double phase; /* of its due times, as a part of the interval */
	uint32_t id;
	struct {
		struct age_watch watch;
		uint64_t seen; /* number of the newest update, plus 1 */
	} views[TRIAL_MEMBERS_MAX];
};

struct trial {
	const struct trial_config *config;
	struct world world;
	struct flock flock;
	struct age age;
	int64_t start_ns; /* of the due times */
	int64_t count_from_ns, count_to_ns;
	struct actor actors[TRIAL_MEMBERS_MAX];
	struct starling_stats before[TRIAL_MEMBERS_MAX];
	bool is_out_of_memory;
};

const char *trial_carrier_text(enum trial_carrier carrier)
{
	static const char *const texts[TRIAL_CARRIER_COUNT] = {
		[TRIAL_UNSEQUENCED] = "unsequenced",
		[TRIAL_SEQUENCED] = "sequenced",
		[TRIAL_RELIABLE] = "reliable",
		[TRIAL_SHARED] = "shared",
	};

	return (unsigned)carrier < TRIAL_CARRIER_COUNT ? texts[carrier] : "unknown";
}

/* When a member's n-th update, or event, is due. */
static int64_t due_ns(const struct trial *trial, size_t member, uint64_t n, double rate_hz)
{
	double intervals = (double)n + trial->actors[member].phase;

	return trial->start_ns + (int64_t)(intervals / rate_hz * (double)NS_PER_S);
}

/* Receiving. */

static size_t find_actor(const struct trial *trial, uint32_t id)
{
	for (size_t i = 0; i < trial->config->members; i++)
		if (trial->actors[i].id == id)
			return i;
	return SIZE_MAX;
}

/* The number of an update travels as its height, in grains of a millimetre. */
static uint64_t number_of(const struct starling_entity *entity)
{
	return (uint64_t)llround(entity->z * 1000);
}

static void look(struct trial *trial, size_t receiver, const struct starling_entity *entity)
{
	size_t sender = find_actor(trial, entity->member);
	int64_t now_ns = world_now_ns(&trial->world), origin_ns;
	uint64_t number = number_of(entity);

	if (sender == SIZE_MAX || trial->actors[receiver].views[sender].seen == number + 1)
		return;
	trial->actors[receiver].views[sender].seen = number + 1;
	origin_ns = due_ns(trial, sender, number, trial->config->rate_hz);
	if (now_ns < trial->count_from_ns || now_ns >= trial->count_to_ns)
		return;
	if (age_take(&trial->age, &trial->actors[receiver].views[sender].watch, origin_ns / 1000,
		     now_ns / 1000) != 0)
		trial->is_out_of_memory = true;
}

static void after_turn(void *context, size_t receiver)
{
	struct trial *trial = context;
	struct starling *session = trial->world.clients[receiver].session;
	struct starling_entity entities[TRIAL_MEMBERS_MAX];
	size_t count = starling_entities(session, entities, TRIAL_MEMBERS_MAX);
	struct starling_event event;

	while (starling_next(session, &event)) {
		if (event.type == STARLING_WELCOME)
			trial->actors[receiver].id = event.member;
		else if (event.type == STARLING_MESSAGE)
			trial->actors[receiver].events_heard++;
	}
	for (size_t i = 0; i < count && i < TRIAL_MEMBERS_MAX; i++)
		look(trial, receiver, &entities[i]);
}

/* Sending. */

static void publish(struct trial *trial, size_t member)
{
	struct actor *actor = &trial->actors[member];
	const struct flock_bird *bird = &trial->flock.birds[member];
	struct starling_state state = { .x = bird->x,
					.y = bird->y,
					.z = (double)actor->published / 1000 };

	starling_publish(trial->world.clients[member].session, 0, &state);
	actor->published++;
	world_wake(&trial->world, member);
}

static void send_event(struct trial *trial, size_t member)
{
	static const uint8_t data[EVENT_BYTES];

	if (starling_send(trial->world.clients[member].session, STARLING_TO_OTHERS, 0, data,
			  sizeof(data), true) == 0)
		trial->actors[member].events_sent++;
	world_wake(&trial->world, member);
}

/* Who is due next, and when: an update, or (is_event) an event. */
static int64_t next_due(const struct trial *trial, size_t *member, bool *is_event)
{
	const struct trial_config *config = trial->config;
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < config->members; i++) {
		const struct actor *actor = &trial->actors[i];
		int64_t update_ns = due_ns(trial, i, actor->published, config->rate_hz);
		int64_t event_ns = config->event_hz > 0
					   ? due_ns(trial, i, actor->events_sent, config->event_hz)
					   : INT64_MAX;

		if (update_ns < next_ns || event_ns < next_ns) {
			*is_event = event_ns < update_ns;
			next_ns = *is_event ? event_ns : update_ns;
			*member = i;
		}
	}
	return next_ns;
}

static void play_until(struct trial *trial, int64_t until_ns)
{
	size_t member = 0;
	bool is_event = false;
	int64_t due;

	while ((due = next_due(trial, &member, &is_event)) < until_ns) {
		world_run(&trial->world, due);
		if (is_event)
			send_event(trial, member);
		else
			publish(trial, member);
		/* The birds fly on once an update of the first of them. */
		if (member == 0 && !is_event)
			flock_step(&trial->flock, 1 / trial->config->rate_hz);
	}
	world_run(&trial->world, until_ns);
}

/* The course of a trial. */

static bool prepare(struct trial *trial, char error[256])
{
	const struct trial_config *config = trial->config;
	struct starling_config session;
	struct config relay;

	config_default(&relay);
	relay.clients = (unsigned)config->members + 1;
	relay.share_channel = config->carrier == TRIAL_SHARED;
	relay.tick_hz = config->tick_hz;
	if (!world_init(&trial->world, config->seed, &relay, config->members, error))
		return false;
	trial->world.after_turn = after_turn;
	trial->world.turn_context = trial;
	if (flock_init(&trial->flock, config->members, 100, 60, config->seed) != 0) {
		snprintf(error, 256, "no memory for the flock");
		return false;
	}
	starling_default_config(&session);
	session.up = config->carrier == TRIAL_RELIABLE      ? STARLING_RELIABLE
		     : config->carrier == TRIAL_UNSEQUENCED ? STARLING_UNSEQUENCED
							    : STARLING_SEQUENCED;
	session.down = session.up;
	session.share_channel = config->carrier == TRIAL_SHARED;
	for (size_t i = 0; i < config->members; i++) {
		world_set_lines(&trial->world, i, &config->line, &config->line);
		trial->actors[i].phase = (double)i / (double)config->members;
		if (!world_open(&trial->world, i, &session)) {
			snprintf(error, 256, "no memory for %zu members", config->members);
			return false;
		}
	}
	return true;
}

static bool is_everyone_in(const struct trial *trial)
{
	for (size_t i = 0; i < trial->config->members; i++)
		if (starling_status(trial->world.clients[i].session) != STARLING_PLAYING)
			return false;
	return true;
}

static bool gather(struct trial *trial, char error[256])
{
	int64_t until_ns = world_now_ns(&trial->world) + JOIN_S * NS_PER_S;

	while (!is_everyone_in(trial) && world_now_ns(&trial->world) < until_ns)
		world_run(&trial->world, world_now_ns(&trial->world) + NS_PER_S / 10);
	if (is_everyone_in(trial))
		return true;
	snprintf(error, 256, "not everyone was in the room after %d s; give a better line", JOIN_S);
	return false;
}

static void note_stats(struct trial *trial)
{
	for (size_t i = 0; i < trial->config->members; i++)
		starling_stats(trial->world.clients[i].session, &trial->before[i]);
}

static void count_updates(struct trial *trial, struct trial_result *result)
{
	for (size_t i = 0; i < trial->config->members; i++) {
		const struct starling_stats *before = &trial->before[i];
		struct starling_stats after;

		starling_stats(trial->world.clients[i].session, &after);
		result->late += after.late - before->late;
		result->delivered += after.received - before->received + after.late - before->late +
				     after.repaired - before->repaired;
		result->lost += after.lost - before->lost;
		result->skipped += after.skipped - before->skipped;
		result->events_due += trial->actors[i].events_sent * (trial->config->members - 1);
		result->events_delivered += trial->actors[i].events_heard;
	}
	result->due = result->delivered + result->lost + result->skipped;
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
	return true;
}

static bool measure(struct trial *trial, struct trial_result *result, char error[256])
{
	uint64_t datagrams, bytes;

	trial->start_ns = world_now_ns(&trial->world);
	trial->count_from_ns = trial->start_ns + WARM_UP_S * NS_PER_S;
	trial->count_to_ns =
		trial->count_from_ns + (int64_t)(trial->config->seconds * (double)NS_PER_S);
	play_until(trial, trial->count_from_ns);
	note_stats(trial);
	datagrams = trial->world.datagrams;
	bytes = trial->world.bytes;
	play_until(trial, trial->count_to_ns);
	result->datagrams = trial->world.datagrams - datagrams;
	result->bytes = trial->world.bytes - bytes;
	world_run(&trial->world, trial->count_to_ns + COOL_DOWN_S * NS_PER_S);
	count_updates(trial, result);
	result->digest = trial->world.digest;
	result->simulated_s =
		(double)(world_now_ns(&trial->world) - SIM_START_NS) / (double)NS_PER_S;
	if (end_ages(trial, result))
		return true;
	snprintf(error, 256, "no memory for the ages; measure for a shorter time");
	return false;
}

bool trial_run(const struct trial_config *config, struct trial_result *result, char error[256])
{
	struct trial *trial = calloc(1, sizeof(*trial));
	bool is_done = false;

	*result = (struct trial_result){ 0 };
	if (!trial) {
		snprintf(error, 256, "no memory for a trial");
		return false;
	}
	trial->config = config;
	trial->age = age_init(TRIAL_STALL_MS * 1000);
	is_done = prepare(trial, error) && gather(trial, error) && measure(trial, result, error);
	world_fini(&trial->world);
	flock_fini(&trial->flock);
	age_fini(&trial->age);
	free(trial);
	return is_done;
}

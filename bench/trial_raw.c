#include "bench/trial_way.h"

#include <math.h>
#include <stdio.h>

/* What a datagram brings is heard as it arrives: nothing below holds it back. */
static void on_heard(void *context, size_t receiver, size_t sender, uint32_t number,
		     enum raw_news news)
{
	struct trial *trial = context;

	(void)news;
	trial_hear(trial, receiver, sender, number, false, world_now_ns(&trial->world));
}

static bool open_room(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	const struct trial_config *config = trial->config;
	size_t states = config->carrier == TRIAL_REDUNDANT ? config->redundancy : 1;

	if (!world_init(&trial->world, config->seed, NULL, config->members, error))
		return false;
	if (raw_init(&trial->raw, &trial->world, states, config->payload_bytes, on_heard, trial))
		return true;
	snprintf(error, TRIAL_ERROR_BYTES, "no memory for %zu members", config->members);
	return false;
}

/* Millimetres, at the edge of what 32 bits hold for what is beyond. */
static int32_t millimetres(double metres)
{
	return (int32_t)lround(fmax(fmin(metres * 1000, INT32_MAX), INT32_MIN));
}

static void publish(struct trial *trial, size_t member, struct motion_place place)
{
	const struct raw_state state = { .number = (uint32_t)trial->actors[member].published,
					 .x_mm = millimetres(place.x),
					 .y_mm = millimetres(place.y) };

	raw_publish(&trial->raw, member, &state);
}

static void run(struct trial *trial, int64_t until_ns)
{
	raw_run(&trial->raw, until_ns);
}

static void begin(struct trial *trial)
{
	(void)trial;
}

static void count(struct trial *trial, struct trial_result *result)
{
	(void)trial;
	(void)result;
}

static void close_room(struct trial *trial)
{
	raw_fini(&trial->raw);
	world_fini(&trial->world);
}

const struct trial_way trial_raw = {
	.open = open_room,
	.publish = publish,
	.run = run,
	.begin = begin,
	.count = count,
	.close = close_room,
};

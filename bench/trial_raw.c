#include "bench/trial_way.h"

#include <math.h>
#include <stdio.h>

static void on_heard(void *context, size_t receiver, size_t sender, uint32_t number,
		     enum raw_news news)
{
	struct trial *trial = context;
	struct trial_result *heard = &trial->heard;

	if (news == RAW_NEWEST)
		trial_see(trial, receiver, sender, number);
	if (!trial_counts(trial, sender, number))
		return;
	heard->delivered += news == RAW_NEWEST || news == RAW_LATE;
	heard->late += news == RAW_LATE;
	heard->duplicates += news == RAW_DUPLICATE;
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
	result->delivered = trial->heard.delivered;
	result->late = trial->heard.late;
	result->duplicates = trial->heard.duplicates;
	for (size_t i = 0; i < trial->config->members; i++)
		for (uint64_t n = 0; n < trial->actors[i].published; n++)
			if (trial_counts(trial, i, n))
				result->due += trial->config->members - 1;
	result->lost = result->due - result->delivered;
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

#include "bench/sim/trial_internal.h"

#include <math.h>
#include <stdio.h>

void trial_hear_raw(struct trial *trial, size_t receiver, size_t sender, uint32_t number,
		    int64_t arrived_ns)
{
	trial_hear(trial, receiver, sender, number, false, arrived_ns);
}

static void on_heard(void *context, size_t receiver, size_t sender, uint32_t number,
		     enum receive_news news)
{
	(void)news;
	/* What a datagram brings is heard as it arrives: nothing below holds it back. */
	trial_hear_raw(context, receiver, sender, number, TRIAL_ARRIVED_NOW);
}

static void on_datagram(void *context, const struct sim_datagram *datagram,
			const struct sim_fate *fate)
{
	trial_see_raw(context, datagram, fate);
}

static bool open_room(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	const struct trial_config *config = trial->config;
	size_t states = config->carrier == TRIAL_REDUNDANT ? config->redundancy : 1;

	if (!cluster_init(&trial->cluster, config->seed, NULL, config->members, error))
		return false;
	trial->cluster.tap = on_datagram;
	trial->cluster.tap_context = trial;
	if (raw_init(&trial->raw, &trial->cluster, states, config->payload_bytes, on_heard, trial))
		return true;
	snprintf(error, TRIAL_ERROR_BYTES, "no memory for %zu members", config->members);
	return false;
}

/* At the edge of what 32 bits hold for what is beyond. */
static int32_t grains_of(const struct trial *trial, double metres)
{
	const double grains = metres * 1e6 / trial->config->grain_um;

	return (int32_t)lround(fmax(fmin(grains, INT32_MAX), INT32_MIN));
}

struct raw_state trial_raw_state(const struct trial *trial, size_t member,
				 struct movement_place place)
{
	return (struct raw_state){ .number = (uint32_t)trial->actors[member].published,
				   .x = grains_of(trial, place.x),
				   .y = grains_of(trial, place.y) };
}

static void publish(struct trial *trial, size_t member, struct movement_place place)
{
	const struct raw_state state = trial_raw_state(trial, member, place);

	raw_publish(&trial->raw, member, &state);
}

static void run(struct trial *trial, int64_t until_ns)
{
	raw_run(&trial->raw, until_ns);
}

static void close_room(struct trial *trial)
{
	raw_fini(&trial->raw);
	cluster_fini(&trial->cluster);
}

const struct trial_way trial_raw = {
	.warm_up_s = TRIAL_WARM_UP_S,
	.cool_down_s = TRIAL_COOL_DOWN_S,
	.open = open_room,
	.publish = publish,
	.run = run,
	.now_ns = trial_sim_now_ns,
	.start = trial_sim_start,
	.traffic = trial_sim_traffic,
	.sum_up = trial_sim_sum_up,
	.close = close_room,
};

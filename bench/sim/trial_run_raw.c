#include "bench/sim/trial_run_internal.h"

#include <stdio.h>

/* A datagram's updates are heard as it arrives: nothing below holds them back. */
static void on_heard(void *context, size_t receiver, size_t sender, uint32_t number)
{
	trial_hear(context, (struct trial_figures_heard){ .receiver = receiver,
							  .sender = sender,
							  .number = number,
							  .arrived_ns = TRIAL_ARRIVED_NOW });
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

static void publish(struct trial *trial, size_t member, struct movement_place place)
{
	const struct raw_state state = {
		.number = (uint32_t)trial->figures.actors[member].published,
		.x = movement_grains(place.x, trial->config->grain_um),
		.y = movement_grains(place.y, trial->config->grain_um),
	};

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
	.open = open_room,
	.publish = publish,
	.run = run,
	.close = close_room,
};

#include "bench/sim/trial_run_internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/sim/sessions.h"
#include "client/lib/session.h"
#include "proto/enet/host.h"

enum {
	JOIN_S = 30, /* for everyone to be in the room, on a bad line */
	EVENT_BYTES = 32,
	MESSAGE_RATE = 100000, /* the relay's own limit is not what is measured */
};

/* Receiving. */

static void on_heard(void *context, const struct sessions_heard *heard)
{
	struct trial *trial = context;

	delivery_log_skip(&trial->figures.receipts, heard->receiver, heard->sender, heard->number,
			  heard->skipped);
	trial_hear(trial, (struct trial_figures_heard){ .receiver = heard->receiver,
							.sender = heard->sender,
							.number = heard->number,
							.is_repeat = heard->is_repeat,
							.arrived_ns = heard->arrived_ns });
}

/* Sees what enters the network, and so when it will be where it goes. */
static void on_datagram(void *context, const struct sim_datagram *datagram,
			const struct sim_fate *fate)
{
	struct trial *trial = context;
	const size_t receiver = ntohl(datagram->to.host) - CLUSTER_CLIENT_HOSTS;

	trial_see_session(trial, datagram, fate);
	if (fate && receiver < trial->config->members)
		arrivals_note(&trial->sessions.list[receiver].arrivals, datagram->data,
			      datagram->size, trial_arrives_ns(datagram, fate));
}

static void after_turn(void *context, size_t receiver)
{
	struct trial *trial = context;

	trial->figures.actors[receiver].events_heard += sessions_take(&trial->sessions, receiver);
	loss_causes_session(&trial->causes, receiver,
			    starling_status(trial->sessions.list[receiver].session) ==
				    STARLING_PLAYING,
			    cluster_now_ns(&trial->cluster));
}

/* Sending. */

static void publish(struct trial *trial, size_t member, struct movement_place place)
{
	sessions_publish(&trial->sessions, member,
			 (uint32_t)trial->figures.actors[member].published, place.x, place.y,
			 trial->config->payload_bytes);
	trial_figures_round_trip(&trial->figures, cluster_now_ns(&trial->cluster),
				 sessions_round_trip_ns(&trial->sessions, member));
	cluster_wake(&trial->cluster, member);
}

static void send_event(struct trial *trial, size_t member)
{
	static const uint8_t data[EVENT_BYTES];

	trial->figures.actors[member].events_sent +=
		sessions_send_event(&trial->sessions, member, data, sizeof(data));
	cluster_wake(&trial->cluster, member);
}

static void run(struct trial *trial, int64_t until_ns)
{
	cluster_run(&trial->cluster, until_ns);
}

/* Joining. */

static void say_no_memory(size_t members, char error[TRIAL_ERROR_BYTES])
{
	snprintf(error, TRIAL_ERROR_BYTES, "no memory for %zu members", members);
}

static bool open_cluster(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	const struct trial_config *config = trial->config;
	struct starling_config session;
	struct config relay;

	config_default(&relay);
	relay.clients = (unsigned)config->members + 1;
	relay.grace_s = 0; /* a ticket would take of the seed's random bits */
	relay.share_channel = config->carrier == TRIAL_SHARED;
	relay.enet_throttle = config->carrier == TRIAL_THROTTLED;
	relay.sequence_start = config->sequence_down;
	relay.tick_hz = config->tick_hz;
	relay.grain_um = config->grain_um;
	relay.message_rate = MESSAGE_RATE;
	relay.budget_fixed = !trial_learns_budget(&config->line);
	if (!cluster_init(&trial->cluster, config->seed, &relay, config->members, error))
		return false;
	if (sessions_init(&trial->sessions, config->members, on_heard, trial) != 0) {
		say_no_memory(config->members, error);
		return false;
	}
	trial_see_outbox(trial);
	trial->cluster.after_turn = after_turn;
	trial->cluster.after_relay_turn = config->wants_why ? trial_see_relay : NULL;
	trial->cluster.turn_context = trial;
	trial->cluster.tap = on_datagram;
	trial->cluster.tap_context = trial;
	sessions_configure(config, &session);
	for (size_t i = 0; i < config->members; i++) {
		cluster_set_links(&trial->cluster, i, &config->line, &config->line);
		if (!cluster_open(&trial->cluster, i, &session)) {
			say_no_memory(config->members, error);
			return false;
		}
		sessions_add(&trial->sessions, i, trial->cluster.clients[i].session);
	}
	return true;
}

static bool open_room(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	int64_t until_ns = SIM_START_NS + JOIN_S * TRIAL_NS_PER_S;

	if (!open_cluster(trial, error))
		return false;
	while (!sessions_are_in(&trial->sessions) && cluster_now_ns(&trial->cluster) < until_ns)
		cluster_run(&trial->cluster, cluster_now_ns(&trial->cluster) + TRIAL_NS_PER_S / 10);
	if (sessions_are_in(&trial->sessions))
		return true;
	snprintf(error, TRIAL_ERROR_BYTES,
		 "not everyone was in the room after %d s; give a better link", JOIN_S);
	return false;
}

/* Counting. */

static uint64_t unsent(const struct trial *trial)
{
	return host_stats(trial->cluster.relay.host).dropped;
}

static void begin(struct trial *trial)
{
	sessions_begin(&trial->sessions);
	trial->unsent_before = unsent(trial);
}

static void count(struct trial *trial, struct trial_result *result)
{
	sessions_count(&trial->sessions, trial->config, result);
	result->throttled += unsent(trial) - trial->unsent_before;
	trial_see_ledger(trial);
}

static void close_room(struct trial *trial)
{
	/* As the cluster ends, datagrams are still seen, of sessions that are gone by then. */
	for (size_t i = 0; trial->sessions.list && i < trial->config->members; i++)
		trial->sessions.list[i].session = NULL;
	cluster_fini(&trial->cluster);
	sessions_fini(&trial->sessions);
}

const struct trial_way trial_enet = {
	.open = open_room,
	.publish = publish,
	.send_event = send_event,
	.run = run,
	.begin = begin,
	.count = count,
	.close = close_room,
};

#include "bench/sim/trial_internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/sim/sequence_start.h"
#include "client/lib/session.h"
#include "proto/enet/host.h"

enum {
	JOIN_S = 30, /* for everyone to be in the room, on a bad line */
	EVENT_BYTES = 32,
	MESSAGE_RATE = 100000, /* the relay's own limit is not what is measured */
};

/* Which update a record has. */

/* Own entity 0 is all that a member publishes. */
static void note_sent(struct trial *trial, size_t member)
{
	const struct starling *session = trial->actors[member].session;

	if (session && session->publisher.count > 0)
		seq_map_send(&trial->numbers[member], session->publisher.own[0].seq);
}

uint32_t trial_number_of(struct trial *trial, size_t sender, uint16_t seq)
{
	if (sender >= trial->config->members)
		return SEQ_MAP_UNKNOWN;
	note_sent(trial, sender);
	return seq_map_find(&trial->numbers[sender], seq);
}

/* Receiving. */

static size_t find_actor(const struct trial *trial, uint32_t id)
{
	for (size_t i = 0; i < trial->config->members; i++)
		if (trial->actors[i].id == id)
			return i;
	return SIZE_MAX;
}

static void on_heard(void *context, const struct states_message *message,
		     const struct states_record *record)
{
	const struct trial_listener *listener = context;
	struct trial *trial = listener->trial;
	size_t sender = find_actor(trial, record->member);
	uint32_t number = trial_number_of(trial, sender, record->seq);
	int64_t arrived_ns = TRIAL_ARRIVED_UNKNOWN;

	if (number == SEQ_MAP_UNKNOWN)
		return;
	if (message->type == WIRE_SNAPSHOT)
		arrived_ns = arrivals_first_ns(&trial->arrivals[listener->receiver],
					       message->number, message->time_us);
	/* Live: handed over in the very turn in which it was read. */
	if (trial->live && arrived_ns == trial->turn_ns)
		arrived_ns = TRIAL_ARRIVED_NOW;
	delivery_log_skip(&trial->receipts, listener->receiver, sender, number, record->skipped);
	trial_hear(trial, listener->receiver, sender, number, message->type == WIRE_KEYFRAME,
		   arrived_ns);
}

/* Sees what enters the network, and so when it will be where it goes. */
static void on_datagram(void *context, const struct sim_datagram *datagram,
			const struct sim_fate *fate)
{
	struct trial *trial = context;
	int64_t delay_ns;
	size_t receiver = ntohl(datagram->to.host) - CLUSTER_CLIENT_HOSTS;

	trial_see_session(trial, datagram, fate);
	if (!fate || receiver >= trial->config->members)
		return;
	delay_ns = fate->delay_ns;
	if (fate->is_doubled && fate->copy_delay_ns < delay_ns)
		delay_ns = fate->copy_delay_ns;
	arrivals_note(&trial->arrivals[receiver], datagram->data, datagram->size,
		      datagram->sent_ns + (delay_ns > 0 ? delay_ns : 0));
}

/*
 * A room that everyone had left begins its ids anew, so that one who has not noticed yet that its
 * session is lost may still have this id.
 */
static void take_id(struct trial *trial, size_t member, uint32_t id)
{
	for (size_t i = 0; i < trial->config->members; i++)
		if (trial->actors[i].id == id)
			trial->actors[i].id = 0; /* nobody's */
	trial->actors[member].id = id;
}

void trial_take_session(struct trial *trial, size_t receiver)
{
	struct starling *session = trial->actors[receiver].session;
	struct starling_event event;

	while (starling_next(session, &event)) {
		if (event.type == STARLING_WELCOME)
			take_id(trial, receiver, event.member);
		else if (event.type == STARLING_MESSAGE)
			trial->actors[receiver].events_heard++;
	}
}

static void after_turn(void *context, size_t receiver)
{
	struct trial *trial = context;

	trial_take_session(trial, receiver);
	loss_causes_session(&trial->causes, receiver,
			    starling_status(trial->actors[receiver].session) == STARLING_PLAYING,
			    cluster_now_ns(&trial->cluster));
}

/* Sending. */

/* Each clock exchange once. */
static void note_round_trip(struct trial *trial, size_t member)
{
	struct trial_actor *actor = &trial->actors[member];
	struct starling_stats stats;

	starling_stats(actor->session, &stats);
	if (stats.rtt_s < 0 || stats.rtt_s == actor->rtt_s)
		return;
	actor->rtt_s = stats.rtt_s;
	if (trial_is_measured(trial, trial->way->now_ns(trial)))
		hist_record(&trial->round_trips, (int64_t)(stats.rtt_s * 1e9));
}

void trial_publish_session(struct trial *trial, size_t member, struct movement_place place)
{
	static const uint8_t payload[TRIAL_PAYLOAD_MAX_BYTES];
	struct starling_state state = { .x = place.x,
					.y = place.y,
					.payload = payload,
					.payload_bytes = trial->config->payload_bytes };

	/* What was sent until now had the number before. */
	note_sent(trial, member);
	if (starling_publish(trial->actors[member].session, 0, &state) == 0)
		seq_map_publish(&trial->numbers[member], (uint32_t)trial->actors[member].published);
	note_round_trip(trial, member);
}

static void publish(struct trial *trial, size_t member, struct movement_place place)
{
	trial_publish_session(trial, member, place);
	cluster_wake(&trial->cluster, member);
}

void trial_send_session_event(struct trial *trial, size_t member)
{
	static const uint8_t data[EVENT_BYTES];

	if (starling_send(trial->actors[member].session, STARLING_TO_OTHERS, 0, data, sizeof(data),
			  true) == 0)
		trial->actors[member].events_sent++;
}

static void send_event(struct trial *trial, size_t member)
{
	trial_send_session_event(trial, member);
	cluster_wake(&trial->cluster, member);
}

static void run(struct trial *trial, int64_t until_ns)
{
	cluster_run(&trial->cluster, until_ns);
}

/* Joining. */

void trial_configure_session(const struct trial_config *config, struct starling_config *session)
{
	static const enum starling_mode modes[TRIAL_CARRIER_COUNT] = {
		[TRIAL_UNSEQUENCED] = STARLING_UNSEQUENCED, [TRIAL_SEQUENCED] = STARLING_SEQUENCED,
		[TRIAL_RELIABLE] = STARLING_RELIABLE,       [TRIAL_SHARED] = STARLING_SEQUENCED,
		[TRIAL_THROTTLED] = STARLING_UNSEQUENCED,
	};

	starling_default_config(session);
	session->up = session->down = modes[config->carrier];
	session->share_channel = config->carrier == TRIAL_SHARED;
	session->enet_throttle = config->carrier == TRIAL_THROTTLED;
	session->sequence_start = config->sequence_up;
}

static void say_no_memory(size_t members, char error[TRIAL_ERROR_BYTES])
{
	snprintf(error, TRIAL_ERROR_BYTES, "no memory for %zu members", members);
}

bool trial_make_arrivals(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	trial->arrivals = calloc(trial->config->members, sizeof(trial->arrivals[0]));
	if (!trial->arrivals)
		say_no_memory(trial->config->members, error);
	return trial->arrivals != NULL;
}

void trial_listen_to(struct trial *trial, size_t member)
{
	struct starling *session = trial->actors[member].session;

	trial->listeners[member] = (struct trial_listener){ trial, member };
	session->on_state = on_heard;
	session->on_state_context = &trial->listeners[member];
}

static bool open_cluster(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	const struct trial_config *config = trial->config;
	struct starling_config session;
	struct config relay;

	config_default(&relay);
	relay.clients = (unsigned)config->members + 1;
	relay.share_channel = config->carrier == TRIAL_SHARED;
	relay.enet_throttle = config->carrier == TRIAL_THROTTLED;
	relay.sequence_start = config->sequence_down;
	relay.tick_hz = config->tick_hz;
	relay.grain_um = config->grain_um;
	relay.message_rate = MESSAGE_RATE;
	relay.budget_fixed = !trial_learns_budget(&config->line);
	if (!cluster_init(&trial->cluster, config->seed, &relay, config->members, error) ||
	    !trial_make_arrivals(trial, error))
		return false;
	trial_see_outbox(trial);
	trial->cluster.after_turn = after_turn;
	trial->cluster.turn_context = trial;
	trial->cluster.tap = on_datagram;
	trial->cluster.tap_context = trial;
	trial_configure_session(config, &session);
	for (size_t i = 0; i < config->members; i++) {
		cluster_set_links(&trial->cluster, i, &config->line, &config->line);
		if (!cluster_open(&trial->cluster, i, &session)) {
			say_no_memory(config->members, error);
			return false;
		}
		trial->actors[i].session = trial->cluster.clients[i].session;
		trial_listen_to(trial, i);
	}
	return true;
}

bool trial_are_sessions_in(const struct trial *trial)
{
	for (size_t i = 0; i < trial->config->members; i++)
		if (starling_status(trial->actors[i].session) != STARLING_PLAYING)
			return false;
	return true;
}

static bool open_room(struct trial *trial, char error[TRIAL_ERROR_BYTES])
{
	int64_t until_ns = SIM_START_NS + JOIN_S * TRIAL_NS_PER_S;

	if (!open_cluster(trial, error))
		return false;
	while (!trial_are_sessions_in(trial) && cluster_now_ns(&trial->cluster) < until_ns)
		cluster_run(&trial->cluster, cluster_now_ns(&trial->cluster) + TRIAL_NS_PER_S / 10);
	if (trial_are_sessions_in(trial))
		return true;
	snprintf(error, TRIAL_ERROR_BYTES,
		 "not everyone was in the room after %d s; give a better line", JOIN_S);
	return false;
}

/* Counting. */

static uint64_t unsent(const struct trial *trial)
{
	return host_stats(trial->cluster.relay.host).dropped;
}

void trial_begin_sessions(struct trial *trial)
{
	for (size_t i = 0; i < trial->config->members; i++)
		starling_stats(trial->actors[i].session, &trial->before[i]);
}

static void begin(struct trial *trial)
{
	trial_begin_sessions(trial);
	trial->unsent_before = unsent(trial);
}

static uint64_t snapshots_of(const struct starling_stats *stats)
{
	return stats->snapshots_received + stats->snapshots_lost;
}

/*
 * Both channels of states that the member has. One that was opened again in between has begun anew,
 * nobody knows when: it counts as not gone round.
 */
static void count_channels(const struct trial_config *config, const struct starling_stats *before,
			   const struct starling_stats *after, struct trial_result *result)
{
	const uint64_t up = after->published, down = snapshots_of(after);
	const uint64_t least = up < down ? up : down;

	if (result->channels == 0 || least < result->channel_packets)
		result->channel_packets = least;
	result->channels += 2;
	if (after->rejoins != before->rejoins)
		return;
	result->channels_round +=
		sequence_start_has_passed(config->sequence_up, before->published, up);
	result->channels_round +=
		sequence_start_has_passed(config->sequence_down, snapshots_of(before), down);
}

static void count_member(const struct starling_stats *before, const struct starling_stats *after,
			 struct trial_result *result)
{
	result->throttled += after->throttled - before->throttled;
	result->rejoins += after->rejoins;
}

void trial_count_sessions(struct trial *trial, struct trial_result *result)
{
	for (size_t i = 0; i < trial->config->members; i++) {
		struct starling_stats after;

		starling_stats(trial->actors[i].session, &after);
		count_member(&trial->before[i], &after, result);
		if (trial->config->carrier == TRIAL_SEQUENCED)
			count_channels(trial->config, &trial->before[i], &after, result);
	}
}

static void count(struct trial *trial, struct trial_result *result)
{
	trial_count_sessions(trial, result);
	result->throttled += unsent(trial) - trial->unsent_before;
	trial_see_ledger(trial);
}

static void close_room(struct trial *trial)
{
	/* As the cluster ends, datagrams are still seen, of sessions that are gone by then. */
	for (size_t i = 0; i < trial->config->members; i++)
		trial->actors[i].session = NULL;
	cluster_fini(&trial->cluster);
	free(trial->arrivals);
	trial->arrivals = NULL;
}

const struct trial_way trial_enet = {
	.warm_up_s = TRIAL_WARM_UP_S,
	.cool_down_s = TRIAL_COOL_DOWN_S,
	.open = open_room,
	.publish = publish,
	.send_event = send_event,
	.run = run,
	.now_ns = trial_sim_now_ns,
	.start = trial_sim_start,
	.traffic = trial_sim_traffic,
	.sum_up = trial_sim_sum_up,
	.begin = begin,
	.count = count,
	.close = close_room,
};

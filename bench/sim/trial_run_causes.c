/* On the simulated network everything is seen: what enters the lines, and what ENet is handed. */
#include "bench/sim/trial_run_internal.h"

#include <arpa/inet.h>

#include "client/lib/starling.h"
#include "proto/enet/guard/datagram.h"
#include "proto/wire/states.h"

/* Which member's host this is; SIZE_MAX: none's. */
static size_t member_at(const struct trial *trial, uint32_t host)
{
	const size_t member = ntohl(host) - CLUSTER_CLIENT_HOSTS;

	return member < trial->config->members ? member : SIZE_MAX;
}

int64_t trial_arrives_ns(const struct sim_datagram *datagram, const struct sim_fate *fate)
{
	int64_t delay_ns;

	if (!fate)
		return INT64_MAX;
	delay_ns = fate->delay_ns;
	if (fate->is_doubled && fate->copy_delay_ns < delay_ns)
		delay_ns = fate->copy_delay_ns;
	return datagram->sent_ns + (delay_ns > 0 ? delay_ns : 0);
}

/* Ids. */

/* Where the relay's peer is. */
static struct net_address address_of(const struct trial *trial, void *peer)
{
	return trial->outbox.address(trial->outbox.context, peer);
}

/* Ids change when a member joins again, and what it said before is still under way then. */
static void learn_ids(struct trial *trial)
{
	const struct relay *relay = &trial->cluster.relay.relay;

	for (size_t i = 0; i < relay->rooms.count; i++)
		for (size_t j = 0; j < relay->rooms.list[i]->member_count; j++) {
			const struct member *member = relay->rooms.list[i]->members[j];
			const size_t at = member_at(trial, address_of(trial, member->peer).host);

			if (member->id < TRIAL_IDS_MAX && at != SIZE_MAX)
				trial->member_of_id[member->id] = (uint8_t)(at + 1);
		}
}

static size_t owner_of(const struct trial *trial, uint32_t id)
{
	return id < TRIAL_IDS_MAX && trial->member_of_id[id] > 0
		       ? (size_t)trial->member_of_id[id] - 1
		       : SIZE_MAX;
}

/* A datagram enters a line. */

struct trial_seen {
	struct trial *trial;
	size_t from, to; /* members; SIZE_MAX: the relay */
	int64_t left_ns, arrives_ns;
};

static void see_message(const struct trial_seen *seen, const uint8_t *data, size_t size)
{
	struct loss_causes *causes = &seen->trial->causes;
	struct age_why *why = &seen->trial->why;
	struct states_message message;
	struct states_record record;

	if (size == 0 ||
	    (data[0] != WIRE_STATE && data[0] != WIRE_SNAPSHOT && data[0] != WIRE_KEYFRAME) ||
	    states_decode(data, size, &message) != WIRE_OK)
		return;
	while (states_next(&message, &record)) {
		const bool is_up = message.type == WIRE_STATE;
		const bool is_repeat = message.type == WIRE_KEYFRAME;
		const size_t sender = is_up ? seen->from : owner_of(seen->trial, record.member);
		const uint32_t number =
			sessions_number_of(&seen->trial->sessions, sender, record.seq);

		if (is_up) {
			loss_causes_up(causes, sender, number, seen->arrives_ns);
			age_why_up(why, sender, number, seen->left_ns, seen->arrives_ns);
		} else {
			loss_causes_down(causes, seen->to, sender, number, is_repeat,
					 seen->arrives_ns);
			age_why_down(why, seen->to, sender, number, is_repeat, seen->left_ns,
				     seen->arrives_ns);
		}
	}
}

void trial_see_session(struct trial *trial, const struct sim_datagram *datagram,
		       const struct sim_fate *fate)
{
	const struct trial_seen seen = { trial, member_at(trial, datagram->from.host),
					 member_at(trial, datagram->to.host), datagram->sent_ns,
					 trial_arrives_ns(datagram, fate) };
	struct datagram reader;
	struct datagram_command command;

	datagram_open(&reader, datagram->data, datagram->size);
	while (datagram_next(&reader, &command))
		if (datagram_is_message(&command))
			see_message(&seen, command.data, command.size);
}

void trial_see_raw(struct trial *trial, const struct sim_datagram *datagram,
		   const struct sim_fate *fate)
{
	const size_t from = member_at(trial, datagram->from.host);
	const size_t to = member_at(trial, datagram->to.host);
	const int64_t at_ns = trial_arrives_ns(datagram, fate);
	uint32_t numbers[RAW_STATES_MAX];
	size_t sender;
	const size_t count =
		raw_read_numbers(&trial->raw, datagram->data, datagram->size, &sender, numbers);

	for (size_t i = count; i-- > 0;)
		if (to == SIZE_MAX) {
			loss_causes_up(&trial->causes, from, numbers[i], at_ns);
			age_why_up(&trial->why, from, numbers[i], datagram->sent_ns, at_ns);
		} else {
			loss_causes_down(&trial->causes, to, sender, numbers[i], false, at_ns);
			/* This relay has it, hands it on and sends it in one moment. */
			age_why_take(&trial->why, sender, numbers[i], datagram->sent_ns);
			age_why_hand(&trial->why, to, sender, numbers[i], false, datagram->sent_ns);
			age_why_down(&trial->why, to, sender, numbers[i], false, datagram->sent_ns,
				     at_ns);
		}
}

/* The relay hands an update to ENet. */

void trial_see_relay(void *context)
{
	struct trial *trial = context;
	const struct relay *relay = &trial->cluster.relay.relay;

	for (size_t i = 0; i < relay->rooms.count; i++)
		for (size_t j = 0; j < relay->rooms.list[i]->member_count; j++) {
			const struct member *member = relay->rooms.list[i]->members[j];
			const size_t sender = owner_of(trial, member->id);

			if (member->entity_count > 0 && member->entities[0].is_known)
				age_why_take(&trial->why, sender,
					     sessions_number_of(&trial->sessions, sender,
								member->entities[0].seq),
					     member->entities[0].changed_ns);
		}
}

static void see_handed(struct trial *trial, void *peer, const void *data, size_t size)
{
	const size_t receiver = member_at(trial, address_of(trial, peer).host);
	struct states_message message;
	struct states_record record;

	if (states_decode(data, size, &message) != WIRE_OK)
		return;
	learn_ids(trial);
	if (trial->config->wants_why)
		trial_see_relay(trial);
	while (states_next(&message, &record)) {
		const size_t sender = owner_of(trial, record.member);
		const uint32_t number = sessions_number_of(&trial->sessions, sender, record.seq);
		const int64_t now_ns = cluster_now_ns(&trial->cluster);

		loss_causes_hand(&trial->causes, receiver, sender, number, record.skipped, now_ns);
		age_why_hand(&trial->why, receiver, sender, number, message.type == WIRE_KEYFRAME,
			     now_ns);
	}
}

static bool hand_over(void *context, void *peer, enum wire_channel channel, enum wire_mode mode,
		      const void *data, size_t size)
{
	struct trial *trial = context;
	const uint8_t type = size > 0 ? *(const uint8_t *)data : 0;

	if (type == WIRE_SNAPSHOT || type == WIRE_KEYFRAME)
		see_handed(trial, peer, data, size);
	return trial->outbox.send(trial->outbox.context, peer, channel, mode, data, size);
}

static size_t backlog(void *context, void *peer)
{
	const struct trial *trial = context;

	return trial->outbox.backlog(trial->outbox.context, peer);
}

static void disconnect(void *context, void *peer, enum wire_reason reason)
{
	const struct trial *trial = context;

	trial->outbox.disconnect(trial->outbox.context, peer, reason);
}

void trial_see_outbox(struct trial *trial)
{
	trial->outbox = trial->cluster.relay.relay.outbox;
	trial->cluster.relay.relay.outbox = (struct outbox){
		.context = trial, .send = hand_over, .backlog = backlog, .disconnect = disconnect
	};
}

/* Once the relay has any of what ends as refused, what is not explained otherwise may be that. */
void trial_see_ledger(struct trial *trial)
{
	const struct accounting *accounting = &trial->cluster.relay.relay.accounting;

	trial->causes.is_refusing = accounting->ended[ACCOUNTING_OVER_LIMIT] +
					    accounting->ended[ACCOUNTING_OUT_OF_INTEREST] +
					    accounting->ended[ACCOUNTING_OVER_BUDGET] +
					    accounting->ended[ACCOUNTING_QUEUE_FULL] +
					    accounting->rate_limited >
				    0;
}

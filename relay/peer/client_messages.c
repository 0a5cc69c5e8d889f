/* A member's messages: each is checked, then done. */
#include "relay/peer/client.h"
#include "relay/peer/client_internal.h"
#include "relay/peer/client_log.h"
#include "relay/room/membership.h"

static void on_settings(struct relay *relay, struct client *client,
			const struct client_message *message, int64_t now_ns)
{
	struct member *member = client->member;
	uint8_t out[WIRE_MESSAGE_MAX_BYTES];
	struct wire_settings asked, granted;

	if (!client_check(relay, client, wire_settings_decode(message->data, message->size, &asked),
			  now_ns))
		return;
	relay->accounting.settings_in++;
	granted = interest_grant(relay->config, &asked);
	/* A view begins with everything, or with nothing. */
	if (granted.interest != WIRE_ALL)
		fanout_sync_whole(&relay->fanout, &relay->outbox, member, now_ns);
	receiver_set(receiver_of(member), &granted);
	granted = member->settings;
	granted.echo = member->echo_asked;
	client_send(relay, client, out, wire_settings_encode(out, sizeof(out), &granted));
}

/*
 * When the message reached this machine, but not before the room was made. It may have waited in
 * the kernel's queue since: that must not delay its states any more, nor put a clock wrong.
 */
static int64_t arrival_ns(const struct client *client, const struct client_message *message,
			  int64_t now_ns)
{
	const int64_t created_ns = client->member->room->created_ns;

	if (message->arrived_ns == 0 || message->arrived_ns > now_ns)
		return now_ns;
	return message->arrived_ns > created_ns ? message->arrived_ns : created_ns;
}

static void on_states(struct relay *relay, struct client *client,
		      const struct client_message *message, int64_t now_ns)
{
	struct states_message states;

	if (!client_check(relay, client, states_decode(message->data, message->size, &states),
			  now_ns))
		return;
	if (room_receive_states(client->member->room, client->member, &states,
				arrival_ns(client, message, now_ns), now_ns) != 0)
		client_log_no_memory(&client->address, client->member);
}

static void on_gone(struct relay *relay, struct client *client,
		    const struct client_message *message, int64_t now_ns)
{
	struct member *member = client->member;
	struct wire_gone gone, ended[FANOUT_GONES];
	struct wire_list list;
	bool are_own = true;
	size_t count = 0;

	if (!client_check(relay, client, wire_gone_decode(message->data, message->size, &list),
			  now_ns))
		return;
	client_flush_every(relay, member->room, now_ns);
	while (are_own && wire_gone_next(&list, &gone)) {
		are_own = gone.member == member->id;
		if (are_own && room_receive_gone(member->room, member, &gone, now_ns))
			ended[count++] = gone;
		if (count == FANOUT_GONES) {
			fanout_gone(&relay->outbox, member->room, member, ended, count, now_ns);
			count = 0;
		}
	}
	fanout_gone(&relay->outbox, member->room, member, ended, count, now_ns);
	if (!are_own) {
		relay->accounting.out_of_place++;
		client_count_fault(relay, client, now_ns);
		return;
	}
	if (member->going_count > 0)
		fanout_hold_gones(member->room, now_ns);
	fanout_sync_by_turns(&relay->fanout, &relay->outbox, member->room, now_ns);
}

/* Whether the event may go out; if not, counts it. Only its own debt is a member's offence. */
static bool may_send_event(struct relay *relay, struct client *client, int64_t now_ns)
{
	const enum budget_finding finding = room_check_budget(client->member, now_ns);

	relay->accounting.events_refused[finding] += finding != BUDGET_LEFT;
	if (finding == BUDGET_OF_MEMBER &&
	    penalty_flood(&client->penalty, receiver_of(client->member), client->message_rate,
			  now_ns))
		client_log_penalised(&client->address, client->member,
				     "its events are far more than it may send");
	return finding == BUDGET_LEFT;
}

/* Sends it to one member; false: it is not there. */
static bool send_event_to(const struct outbox *outbox, struct member *from, uint32_t addressee,
			  enum wire_channel channel, enum wire_mode mode, const void *data,
			  size_t size)
{
	struct member *to = room_find_member(from->room, addressee);

	if (to && room_is_absent(to))
		return false;
	if (to && !membership_knows(to, from))
		membership_notify(outbox, to);
	return to && outbox->send(outbox->context, to->peer, channel, mode, data, size);
}

/* Returns to how many it was sent. */
static size_t send_event(const struct outbox *outbox, struct member *from,
			 const struct wire_event *event, enum wire_channel channel, int64_t now_ns)
{
	const enum wire_mode mode =
		channel == WIRE_CHANNEL_EVENT_FAST ? WIRE_UNSEQUENCED : WIRE_RELIABLE;
	struct wire_event said = *event;
	uint8_t out[WIRE_MESSAGE_MAX_BYTES];
	size_t size, sent;

	said.member = from->id;
	size = wire_event_encode(out, sizeof(out), &said);
	if (event->scope == WIRE_TO_ONE)
		sent = send_event_to(outbox, from, event->member, channel, mode, out, size);
	else
		sent = fanout_broadcast(outbox, from->room, from,
					event->scope == WIRE_TO_OTHERS ? from : NULL, channel, mode,
					out, size);
	room_charge(from, size, sent, now_ns);
	return sent;
}

static void on_event(struct relay *relay, struct client *client,
		     const struct client_message *message, int64_t now_ns)
{
	struct wire_event event;
	size_t sent;

	if (!client_check(relay, client, wire_event_decode(message->data, message->size, &event),
			  now_ns))
		return;
	if (!client_check(relay, client,
			  event.scope == WIRE_TO_ONE || event.member == 0 ? WIRE_OK : WIRE_RANGE,
			  now_ns))
		return;
	relay->accounting.events_in++;
	if (client->member->is_muted) {
		relay->accounting.events_muted++;
		return;
	}
	if (!may_send_event(relay, client, now_ns))
		return;
	sent = send_event(&relay->outbox, client->member, &event,
			  (enum wire_channel)message->channel, now_ns);
	relay->accounting.events_out += sent;
	relay->accounting.events_undeliverable += event.scope == WIRE_TO_ONE && sent == 0;
}

static void on_clock(struct relay *relay, struct client *client,
		     const struct client_message *message, int64_t now_ns)
{
	const struct room *room = client->member->room;
	uint8_t out[WIRE_MESSAGE_MAX_BYTES];
	struct wire_clock clock;
	size_t size;

	if (!client_check(relay, client, wire_clock_decode(message->data, message->size, &clock),
			  now_ns))
		return;
	path_on_clock(&receiver_of(client->member)->path, now_ns);
	clock.received_us = (uint64_t)room_clock_us(room, arrival_ns(client, message, now_ns));
	clock.answered_us = (uint64_t)room_clock_us(room, now_ns);
	size = wire_clock_encode(out, sizeof(out), &clock);
	relay->outbox.send(relay->outbox.context, client->peer, WIRE_CHANNEL_CONTROL,
			   WIRE_UNSEQUENCED, out, size);
}

static void on_report(struct relay *relay, struct client *client,
		      const struct client_message *message, int64_t now_ns)
{
	struct receiver *receiver = receiver_of(client->member);
	struct wire_report report;
	enum congestion_finding finding;

	if (!client_check(relay, client, wire_report_decode(message->data, message->size, &report),
			  now_ns))
		return;
	relay->accounting.reports_in++;
	finding = congestion_report(&receiver->congestion, &report,
				    schedule_latency_ns(&relay->schedule, now_ns), now_ns);
	relay->accounting.reports_ignored += finding != CONGESTION_VALID;
	if (finding == CONGESTION_LIE && penalty_lie(&client->penalty, receiver, now_ns))
		client_log_penalised(&client->address, client->member,
				     "its REPORTs say what cannot be");
	if (finding == CONGESTION_VALID &&
	    receiver_report(receiver, &relay->outbox, &report, now_ns)) {
		relay->accounting.paths_found++;
		client_log_small_path(&client->address, client->member);
	}
}

void client_receive_from_member(struct relay *relay, struct client *client,
				const struct client_message *message, int64_t now_ns)
{
	switch (wire_type_of(message->data, message->size)) {
	case WIRE_SETTINGS:
		on_settings(relay, client, message, now_ns);
		break;
	case WIRE_STATE:
		on_states(relay, client, message, now_ns);
		break;
	case WIRE_GONE:
		on_gone(relay, client, message, now_ns);
		break;
	case WIRE_EVENT:
		on_event(relay, client, message, now_ns);
		break;
	case WIRE_CLOCK:
		on_clock(relay, client, message, now_ns);
		break;
	case WIRE_REPORT:
		on_report(relay, client, message, now_ns);
		break;
	case WIRE_LEAVE:
		client_on_leave(relay, client, message, now_ns);
		break;
	default: /* a second HELLO */
		relay->accounting.out_of_place++;
		client_count_fault(relay, client, now_ns);
	}
}

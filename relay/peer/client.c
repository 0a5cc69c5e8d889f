#include "relay/peer/client.h"

#include <stdio.h>
#include <string.h>

#include "relay/peer/client_internal.h"
#include "relay/peer/client_log.h"
#include "relay/room/membership.h"

static struct wire_bytes bytes_of(const char *text)
{
	return (struct wire_bytes){ .data = (const uint8_t *)text, .size = strlen(text) };
}

void client_send(struct relay *relay, const struct client *client, const void *data, size_t size)
{
	relay->outbox.send(relay->outbox.context, client->peer, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE,
			   data, size);
}

static void set_state(struct client *client, enum client_state state, int64_t now_ns)
{
	client->state = state;
	client->since_ns = now_ns;
}

void client_flush_every(struct relay *relay, struct room *room, int64_t now_ns)
{
	if (relay->config->every)
		relay_flush(relay, room, now_ns);
}

/* Leaving. */

void client_remove_member(struct relay *relay, struct member *member, enum wire_reason reason,
			  int64_t now_ns)
{
	struct room *room = member->room;

	client_flush_every(relay, room, now_ns);
	room_settle_ages(member, now_ns);
	receiver_remove(receiver_of(member));
	relay->member_count--;
	membership_left(&relay->outbox, room, member, reason, now_ns);
	receiver_free(receiver_of(member));
	fanout_sync_by_turns(&relay->fanout, &relay->outbox, room, now_ns);
	relay_update(relay, room);
}

static void leave(struct relay *relay, struct client *client, enum wire_reason reason,
		  int64_t now_ns)
{
	struct member *member = client->member;

	set_state(client, CLIENT_DISCONNECTING, now_ns);
	client->member = NULL;
	if (!member)
		return;
	client_log_left(&client->address, member, reason);
	client_remove_member(relay, member, reason, now_ns);
}

static void send_away(struct relay *relay, struct client *client, enum wire_type type,
		      enum wire_reason reason, const char *text, int64_t now_ns)
{
	struct wire_disconnect disconnect = { .reason = reason, .text = bytes_of(text) };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	size_t size = wire_disconnect_encode(message, sizeof(message), type, &disconnect);
	bool is_slow = reason == WIRE_REASON_SLOW;

	if (client->state == CLIENT_DISCONNECTING)
		return;
	relay->accounting.disconnects[reason]++;
	/*
	 * A slow client would never get to a message at the end of its backlog, and ENet throws
	 * away what a client has not read when a DISCONNECT comes. So it is told out of order, and
	 * the server disconnects it later, as it does with clients that stay after they left.
	 */
	relay->outbox.send(relay->outbox.context, client->peer, WIRE_CHANNEL_CONTROL,
			   is_slow ? WIRE_UNSEQUENCED : WIRE_RELIABLE, message, size);
	leave(relay, client, reason, now_ns);
	if (!is_slow)
		relay->outbox.disconnect(relay->outbox.context, client->peer, reason);
}

void client_refuse(struct relay *relay, struct client *client, enum wire_reason reason,
		   const char *text, int64_t now_ns)
{
	if (client->state == CLIENT_DISCONNECTING)
		return;
	client_log_refused(&client->address, client->member, NULL, reason, text);
	send_away(relay, client, WIRE_REFUSED, reason, text, now_ns);
}

static void refuse_hello(struct relay *relay, struct client *client, const struct wire_hello *hello,
			 const struct admit_refusal *refusal, int64_t now_ns)
{
	client_log_refused(&client->address, client->member, hello, refusal->reason, refusal->text);
	send_away(relay, client, WIRE_REFUSED, refusal->reason, refusal->text, now_ns);
}

enum wire_reason client_goodbye_reason(const struct config *config)
{
	return config->goodbye_for_good ? WIRE_REASON_CLOSING : WIRE_REASON_STOPPING;
}

void client_goodbye(struct relay *relay, struct client *client, int64_t now_ns)
{
	const enum wire_reason reason = client_goodbye_reason(relay->config);

	send_away(relay, client, WIRE_GOODBYE, reason, wire_reason_text(reason), now_ns);
}

void client_close(struct relay *relay, struct client *client, enum wire_reason reason,
		  int64_t now_ns)
{
	if (client->state == CLIENT_DISCONNECTING)
		return;
	relay->accounting.disconnects[reason]++;
	if (!client->member)
		client_log_gone(&client->address, reason);
	if (reason == WIRE_REASON_LOST && client->member && client_suspend(relay, client, now_ns))
		client_replaced(client, now_ns);
	else
		leave(relay, client, reason, now_ns);
}

void client_count_fault(struct relay *relay, struct client *client, int64_t now_ns)
{
	char text[WIRE_TEXT_MAX_BYTES + 1];

	if (++client->malformed < relay->config->malformed)
		return;
	snprintf(text, sizeof(text), "%u of your messages could not be read; see PROTOCOL.md",
		 client->malformed);
	client_refuse(relay, client, WIRE_REASON_MALFORMED, text, now_ns);
}

bool client_check(struct relay *relay, struct client *client, enum wire_error error, int64_t now_ns)
{
	if (error == WIRE_OK)
		return true;
	relay->accounting.malformed[error]++;
	client_count_fault(relay, client, now_ns);
	return false;
}

/* Opening. */

void client_open(struct relay *relay, struct client *client, void *peer, uint32_t connect_data,
		 int64_t now_ns)
{
	struct admit_refusal refusal;

	*client = (struct client){ .peer = peer,
				   .since_ns = now_ns,
				   .message_rate = relay->config->message_rate };
	if (relay->outbox.address)
		client->address = relay->outbox.address(relay->outbox.context, peer);
	client_log_connected(&client->address);
	relay->accounting.clients++;
	if (admit_is_version(connect_data))
		return;
	if (admit_is_starling(connect_data)) {
		admit_version_refusal(connect_data, &refusal);
		client_refuse(relay, client, refusal.reason, refusal.text, now_ns);
		return;
	}
	relay->accounting.unknown_protocol++;
	client_log_unknown_protocol(&client->address);
	set_state(client, CLIENT_DISCONNECTING, now_ns);
	relay->outbox.disconnect(relay->outbox.context, peer, WIRE_REASON_VERSION);
}

void client_check_channels(struct relay *relay, struct client *client, unsigned channels,
			   int64_t now_ns)
{
	char text[WIRE_TEXT_MAX_BYTES + 1];

	if (client->state != CLIENT_GREETING || channels >= WIRE_CHANNEL_COUNT)
		return;
	snprintf(text, sizeof(text), "you connected with %u of %d channels; ask your ENet for %d",
		 channels, WIRE_CHANNEL_COUNT, WIRE_CHANNEL_COUNT);
	client_refuse(relay, client, WIRE_REASON_CHANNELS, text, now_ns);
}

void client_check_greeting(struct relay *relay, struct client *client, int64_t now_ns)
{
	if (client->state == CLIENT_GREETING &&
	    (double)(now_ns - client->since_ns) > relay->config->hello_s * 1e9)
		client_refuse(relay, client, WIRE_REASON_SILENT,
			      "you connected and did not say HELLO in time", now_ns);
}

/* Joining. */

/* The longest time that a state waits for its flush. */
static uint32_t flush_us(const struct config *config)
{
	if (config->tick_hz == CONFIG_TICK_AUTO)
		return (uint32_t)(config->max_delay_ms * 1e3);
	return config->tick_hz > 0 ? (uint32_t)(1e6 / config->tick_hz) : 0;
}

static void welcome(struct relay *relay, const struct client *client, int64_t now_ns)
{
	const struct config *config = relay->config;
	const struct member *member = client->member;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct wire_welcome fields = {
		.member = member->id,
		.clock_us = (uint64_t)room_clock_us(member->room, now_ns),
		.settings = member->settings,
		.grain_um = config->grain_um,
		.flush_us = flush_us(config),
		.member_limit = member->room->member_limit,
		.entity_limit = config->entities,
		.payload_limit = config->payload_bytes,
		.message_rate = client->message_rate,
	};

	if (member->ticket.is_made) {
		fields.grace_ms = (uint32_t)(config->grace_s * 1e3);
		fields.ticket = (struct wire_bytes){ member->ticket.bytes, TICKET_BYTES };
	}

	client_send(relay, client, message, wire_welcome_encode(message, sizeof(message), &fields));
}

static size_t message_bytes(const struct relay *relay, const struct client *client)
{
	const struct outbox *outbox = &relay->outbox;

	return outbox->message_bytes ? outbox->message_bytes(outbox->context, client->peer)
				     : WIRE_MESSAGE_MAX_BYTES;
}

static struct receiver *add_receiver(struct relay *relay, const struct client *client,
				     struct room *room, const struct wire_hello *hello,
				     int64_t now_ns)
{
	const struct wire_settings granted = interest_grant(relay->config, &hello->settings);
	struct receiver *receiver = receiver_add(room, hello->name, &granted, client->peer,
						 message_bytes(relay, client), now_ns);

	if (receiver && hello->resume && relay->config->grace_s > 0)
		ticket_make(&receiver->member.ticket, receiver->member.id);
	return receiver;
}

/* The client has a member, which meets the others next. */
static void begin(struct relay *relay, struct client *client, struct member *member, int64_t now_ns)
{
	client->member = member;
	relay->accounting.paths_told += receiver_of(member)->path.is_told;
	set_state(client, CLIENT_MEMBER, now_ns);
	welcome(relay, client, now_ns);
}

static void join(struct relay *relay, struct client *client, struct room *room,
		 const struct wire_hello *hello, int64_t now_ns)
{
	struct receiver *receiver = add_receiver(relay, client, room, hello, now_ns);

	if (!receiver) {
		relay_update(relay, room);
		client_refuse(relay, client, WIRE_REASON_RELAY_FULL, "the relay has no memory left",
			      now_ns);
		return;
	}
	relay->member_count++;
	relay->accounting.members++;
	receiver->member.joined_ns = now_ns;
	client_log_joined(&client->address, &receiver->member);
	begin(relay, client, &receiver->member, now_ns);
	membership_joined(&relay->outbox, room, client->member, now_ns);
	client_flush_every(relay, room, now_ns);
	fanout_sync_by_turns(&relay->fanout, &relay->outbox, room, now_ns);
}

/* The limit never exceeds what the room's members were told. `room`: NULL for a new one. */
static unsigned member_limit(const struct config *config, const struct room *room)
{
	return room && room->member_limit < config->members ? room->member_limit : config->members;
}

static void resume(struct relay *relay, struct client *client, struct member *member,
		   const struct wire_hello *hello, int64_t now_ns)
{
	const struct wire_settings granted = interest_grant(relay->config, &hello->settings);

	client_resume(relay, client, member, &granted, message_bytes(relay, client), now_ns);
	begin(relay, client, member, now_ns);
	fanout_sync_by_turns(&relay->fanout, &relay->outbox, member->room, now_ns);
}

static struct admit_facts facts_of(const struct relay *relay, const struct room *room)
{
	return (struct admit_facts){ .room_exists = room != NULL,
				     .room_count = relay->rooms.count,
				     .member_count = room ? room->member_count : 0,
				     .member_limit = member_limit(relay->config, room) };
}

/* Joins a newcomer, or refuses it. */
static void admit(struct relay *relay, struct client *client, const struct wire_hello *hello,
		  int64_t now_ns)
{
	struct room *room = rooms_find(&relay->rooms, hello->room);
	struct admit_facts facts = facts_of(relay, room);
	struct admit_refusal refusal;

	client_make_space(relay, room, &facts, now_ns);
	room = rooms_find(&relay->rooms, hello->room);
	facts = facts_of(relay, room);
	if (!admit_hello(relay->config, &facts, hello, &refusal)) {
		refuse_hello(relay, client, hello, &refusal, now_ns);
		return;
	}
	if (!room)
		room = relay_add(relay, hello->room, now_ns);
	if (!room) {
		client_refuse(relay, client, WIRE_REASON_RELAY_FULL, "the relay has no memory left",
			      now_ns);
		return;
	}
	join(relay, client, room, hello, now_ns);
}

/* Whether an operator has closed the room. */
static bool is_closed(const struct relay *relay, const struct wire_hello *hello,
		      struct admit_refusal *refusal)
{
	const struct closed_room *closed = closed_rooms_find(&relay->closed, hello->room);

	if (!closed)
		return false;
	refusal->reason = WIRE_REASON_ROOM_CLOSED;
	closed_room_text(closed, refusal->text);
	return true;
}

static void on_hello(struct relay *relay, struct client *client,
		     const struct client_message *message, int64_t now_ns)
{
	struct wire_hello hello;
	enum wire_error error = wire_hello_decode(message->data, message->size, &hello);
	struct admit_refusal refusal;
	struct member *member;

	if (error != WIRE_OK && admit_name_refusal(message->data, message->size, &refusal)) {
		relay->accounting.malformed[error]++;
		client_refuse(relay, client, refusal.reason, refusal.text, now_ns);
		return;
	}
	if (!client_check(relay, client, error, now_ns))
		return;
	if (is_closed(relay, &hello, &refusal)) {
		refuse_hello(relay, client, &hello, &refusal, now_ns);
		return;
	}
	member = client_find_place(rooms_find(&relay->rooms, hello.room), &hello);
	if (member) {
		resume(relay, client, member, &hello, now_ns);
		return;
	}
	relay->accounting.tickets_refused += hello.ticket.size > 0;
	admit(relay, client, &hello, now_ns);
}

void client_on_leave(struct relay *relay, struct client *client,
		     const struct client_message *message, int64_t now_ns)
{
	if (!client_check(relay, client, wire_leave_decode(message->data, message->size), now_ns))
		return;
	relay->accounting.disconnects[WIRE_REASON_LEFT]++;
	leave(relay, client, WIRE_REASON_LEFT, now_ns);
	relay->outbox.disconnect(relay->outbox.context, client->peer, WIRE_REASON_LEFT);
}

/* The channels on which a type may come in, one bit each; 0: never from a client. */
static unsigned channels_of(const struct config *config, enum wire_type type)
{
	switch (type) {
	case WIRE_HELLO:
	case WIRE_SETTINGS:
	case WIRE_GONE:
	case WIRE_CLOCK:
	case WIRE_REPORT:
	case WIRE_LEAVE:
		return 1u << WIRE_CHANNEL_CONTROL;
	case WIRE_STATE:
		return 1u << WIRE_CHANNEL_CONTROL | 1u << WIRE_CHANNEL_STATE;
	case WIRE_EVENT:
		return 1u << WIRE_CHANNEL_EVENT | 1u << WIRE_CHANNEL_EVENT_FAST |
		       (config->share_channel ? 1u << WIRE_CHANNEL_STATE : 0);
	default:
		return 0;
	}
}

static void receive(struct relay *relay, struct client *client,
		    const struct client_message *message, int64_t now_ns)
{
	enum wire_type type = wire_type_of(message->data, message->size);
	unsigned channels = channels_of(relay->config, type);

	if (client->state == CLIENT_DISCONNECTING)
		return;
	relay->accounting.messages_in++;
	if (!token_bucket_take(&client->messages, client->message_rate, now_ns)) {
		relay->accounting.rate_limited++;
		if (client->member && penalty_flood(&client->penalty, receiver_of(client->member),
						    client->message_rate, now_ns))
			client_log_penalised(&client->address, client->member,
					     "it sends far more messages than it may");
		return;
	}
	if (message->size > WIRE_MESSAGE_MAX_BYTES || channels == 0) {
		enum wire_error error = message->size == 0 ? WIRE_SHORT : WIRE_TYPE;

		client_check(relay, client,
			     message->size > WIRE_MESSAGE_MAX_BYTES ? WIRE_TOO_LONG : error,
			     now_ns);
		return;
	}
	if (!(channels & 1u << message->channel) ||
	    (client->state == CLIENT_GREETING && type != WIRE_HELLO)) {
		relay->accounting.out_of_place++;
		client_count_fault(relay, client, now_ns);
		return;
	}
	if (client->state == CLIENT_GREETING)
		on_hello(relay, client, message, now_ns);
	else
		client_receive_from_member(relay, client, message, now_ns);
}

void client_receive(struct relay *relay, struct client *client,
		    const struct client_message *message, int64_t now_ns)
{
	receive(relay, client, message, now_ns);
	if (client->member)
		relay_update(relay, client->member->room);
}

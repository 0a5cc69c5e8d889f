#include "tests/fake_relay.h"

#include <stdlib.h>
#include <string.h>

#include "proto/net/net.h"
#include "proto/enet/platform.h"

/* A test that cannot go on ends here. */
static void must(bool is_true)
{
	if (!is_true)
		abort();
}

void fake_relay_open(struct fake_relay *relay, uint16_t port)
{
	const ENetAddress address = { .host = ENET_HOST_ANY, .port = port };
	char why[256];

	memset(relay, 0, sizeof(*relay));
	must(platform_init(why, sizeof(why)) == 0);
	relay->host = enet_host_create(&address, FAKE_PEERS, WIRE_CHANNEL_COUNT, 0, 0);
	must(relay->host != NULL);
	platform_seed(relay->host);
	relay->start_ns = net_now_ns() - 1000000000;
}

void fake_relay_close(struct fake_relay *relay)
{
	if (relay->host)
		enet_host_destroy(relay->host);
	relay->host = NULL;
}

uint64_t fake_relay_clock_us(const struct fake_relay *relay)
{
	return (uint64_t)(net_now_ns() - relay->start_ns) / 1000;
}

static void say_to(ENetPeer *peer, enum wire_channel channel, enum wire_mode mode, const void *data,
		   size_t size)
{
	static const uint32_t flags[WIRE_MODE_COUNT] = { ENET_PACKET_FLAG_UNSEQUENCED, 0,
							 ENET_PACKET_FLAG_RELIABLE };
	ENetPacket *packet = enet_packet_create(data, size, flags[mode]);

	if (enet_peer_send(peer, (uint8_t)channel, packet) < 0)
		enet_packet_destroy(packet);
}

static void answer_clock(struct fake_relay *relay, const ENetEvent *event)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct wire_clock clock;

	if (wire_clock_decode(event->packet->data, event->packet->dataLength, &clock) != WIRE_OK)
		return;
	clock.received_us = fake_relay_clock_us(relay);
	clock.answered_us = clock.received_us - (relay->is_clock_broken ? 1 : 0);
	say_to(event->peer, WIRE_CHANNEL_CONTROL, WIRE_UNSEQUENCED, message,
	       wire_clock_encode(message, sizeof(message), &clock));
}

static void note(struct fake_relay *relay, const ENetEvent *event)
{
	struct fake_note *note = &relay->notes[relay->note_count++ % FAKE_NOTES];

	must(event->packet->dataLength <= sizeof(note->bytes));
	*note = (struct fake_note){ .peer = event->peer,
				    .channel = event->channelID,
				    .flags = event->packet->flags,
				    .size = event->packet->dataLength };
	memcpy(note->bytes, event->packet->data, note->size);
	if (wire_type_of(note->bytes, note->size) == WIRE_CLOCK)
		answer_clock(relay, event);
}

void fake_relay_service(struct fake_relay *relay)
{
	ENetEvent event;

	while (relay->host && !relay->is_deaf && enet_host_service(relay->host, &event, 0) > 0) {
		switch (event.type) {
		case ENET_EVENT_TYPE_CONNECT:
			relay->peer = event.peer;
			relay->connect_count++;
			relay->connect_data = event.data;
			break;
		case ENET_EVENT_TYPE_DISCONNECT:
			relay->disconnect_count++;
			break;
		case ENET_EVENT_TYPE_RECEIVE:
			note(relay, &event);
			enet_packet_destroy(event.packet);
			break;
		case ENET_EVENT_TYPE_NONE:
			break;
		}
	}
}

const struct fake_note *fake_relay_take(struct fake_relay *relay, enum wire_type type)
{
	while (relay->taken_count < relay->note_count) {
		const struct fake_note *note = &relay->notes[relay->taken_count++ % FAKE_NOTES];

		if (wire_type_of(note->bytes, note->size) == type)
			return note;
	}
	return NULL;
}

void fake_relay_say(struct fake_relay *relay, enum wire_channel channel, enum wire_mode mode,
		    const void *data, size_t size)
{
	say_to(relay->peer, channel, mode, data, size);
	enet_host_flush(relay->host);
}

struct wire_welcome fake_relay_welcome(const struct fake_relay *relay, uint32_t member)
{
	return (struct wire_welcome){ .member = member,
				      .clock_us = fake_relay_clock_us(relay),
				      .grain_um = 1000,
				      .member_limit = 8,
				      .entity_limit = 64,
				      .payload_limit = WIRE_PAYLOAD_MAX_BYTES,
				      .message_rate = 200 };
}

/* Each of the following encodes into one buffer and says it on the control channel, reliably. */

static void say_control(struct fake_relay *relay, const uint8_t *message, size_t size)
{
	must(size > 0);
	fake_relay_say(relay, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, message, size);
}

void fake_relay_say_welcome(struct fake_relay *relay, const struct wire_welcome *welcome)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	say_control(relay, message, wire_welcome_encode(message, sizeof(message), welcome));
}

void fake_relay_say_joined(struct fake_relay *relay, uint32_t member, const char *name)
{
	const struct wire_joined joined = { .member = member,
					    .name = { (const uint8_t *)name, strlen(name) } };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	say_control(relay, message, wire_joined_encode(message, sizeof(message), &joined, 1, NULL));
}

void fake_relay_say_left(struct fake_relay *relay, uint32_t member, enum wire_reason reason)
{
	const struct wire_left left = { .member = member, .reason = reason };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	say_control(relay, message, wire_left_encode(message, sizeof(message), &left, 1, NULL));
}

void fake_relay_say_gone(struct fake_relay *relay, uint32_t member, uint16_t index, uint16_t seq)
{
	const struct wire_gone gone = { .member = member, .index = index, .seq = seq };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	say_control(relay, message, wire_gone_encode(message, sizeof(message), &gone, 1, NULL));
}

void fake_relay_say_farewell(struct fake_relay *relay, enum wire_type type, enum wire_reason reason,
			     const char *text)
{
	const struct wire_farewell farewell = { .reason = reason,
						.text = { (const uint8_t *)text, strlen(text) } };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	say_control(relay, message,
		    wire_farewell_encode(message, sizeof(message), type, &farewell));
}

void fake_relay_say_event(struct fake_relay *relay, enum wire_scope scope, uint32_t member,
			  const char *data, bool is_reliable)
{
	const struct wire_event event = { .scope = scope,
					  .member = member,
					  .data = { (const uint8_t *)data, strlen(data) } };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	size_t size = wire_event_encode(message, sizeof(message), &event);

	must(size > 0);
	if (is_reliable)
		fake_relay_say(relay, WIRE_CHANNEL_EVENT, WIRE_RELIABLE, message, size);
	else
		fake_relay_say(relay, WIRE_CHANNEL_EVENT_FAST, WIRE_UNSEQUENCED, message, size);
}

void fake_relay_say_snapshot(struct fake_relay *relay, const struct states_record *records,
			     size_t count)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_snapshot_begin(
		message, sizeof(message), relay->snapshot_number++, fake_relay_clock_us(relay));

	for (size_t i = 0; i < count; i++)
		must(states_add(&builder, &records[i]));
	fake_relay_say(relay, WIRE_CHANNEL_STATE, WIRE_UNSEQUENCED, message,
		       states_finish(&builder));
}

void fake_relay_say_keyframe(struct fake_relay *relay, const struct states_record *records,
			     size_t count, bool is_last)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder =
		states_keyframe_begin(message, sizeof(message), fake_relay_clock_us(relay));

	for (size_t i = 0; i < count; i++)
		must(states_add(&builder, &records[i]));
	if (is_last)
		states_mark_last(&builder);
	say_control(relay, message, states_finish(&builder));
}

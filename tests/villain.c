#include "tests/villain.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/net/platform.h"
#include "proto/states.h"
#include "proto/wire.h"

enum {
	TAKEN_A_SECOND = 240, /* PROTOCOL.md's MESSAGE_RATE */
	FLOOD = 10,           /* times that */
};

const char *villain_text(enum villain_kind kind)
{
	static const char *const texts[VILLAIN_KINDS] = {
		[VILLAIN_FLOODS] = "floods",
		[VILLAIN_SHOUTS] = "shouts",
		[VILLAIN_READS_NOTHING] = "reads nothing",
		[VILLAIN_LIES] = "lies",
		[VILLAIN_BABBLES] = "babbles",
		[VILLAIN_SPRAWLS] = "sprawls",
		[VILLAIN_WAVERS] = "wavers",
		[VILLAIN_COMES_AND_GOES] = "comes and goes",
	};

	return texts[kind];
}

static void be_at(const struct villain *villain, struct world *world)
{
	sim_set_host(world->sim, world->clients[villain->client].host);
}

static void connect_again(struct villain *villain)
{
	const ENetAddress relay = { .host = htonl(WORLD_RELAY_HOST), .port = WORLD_PORT };

	villain->is_member = false;
	villain->peer =
		enet_host_connect(villain->host, &relay, WIRE_CHANNEL_COUNT, wire_connect_data());
	assert_non_null(villain->peer);
}

void villain_open(struct villain *villain, enum villain_kind kind, struct world *world,
		  size_t client)
{
	*villain = (struct villain){ .kind = kind, .client = client, .seed = { client } };
	be_at(villain, world);
	/* A second peer, for one that goes while the first is still saying goodbye. */
	villain->host = enet_host_create(NULL, 2, WIRE_CHANNEL_COUNT, 0, 0);
	assert_non_null(villain->host);
	platform_seed(villain->host);
	connect_again(villain);
}

static void say(struct villain *villain, unsigned channel, enum wire_mode mode, const void *data,
		size_t size)
{
	const enet_uint32 flags =
		mode == WIRE_RELIABLE ? ENET_PACKET_FLAG_RELIABLE : ENET_PACKET_FLAG_UNSEQUENCED;
	ENetPacket *packet = enet_packet_create(data, size, flags);

	villain->said++;
	if (enet_peer_send(villain->peer, (enet_uint8)channel, packet) < 0)
		enet_packet_destroy(packet);
}

static void say_hello(struct villain *villain)
{
	const struct wire_bytes name = { .data = (const uint8_t *)"lobby", .size = 5 };
	const struct wire_hello hello = { .room = name, .name = name };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(villain, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, data,
	    wire_hello_encode(data, sizeof(data), &hello));
}

static void listen_to(struct villain *villain)
{
	ENetEvent event;

	while (enet_host_service(villain->host, &event, 0) > 0) {
		if (event.type == ENET_EVENT_TYPE_CONNECT && event.peer == villain->peer)
			say_hello(villain);
		if (event.type == ENET_EVENT_TYPE_DISCONNECT && event.peer == villain->peer)
			connect_again(villain);
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		if (wire_type_of(event.packet->data, event.packet->dataLength) == WIRE_WELCOME) {
			villain->is_member = true;
			villain->welcomes++;
		}
		enet_packet_destroy(event.packet);
	}
}

/* What each does. */

static void publish(struct villain *villain, unsigned entities, size_t payload_bytes, int32_t x)
{
	static const uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);

	villain->seq++;
	for (unsigned i = 0; i < entities; i++) {
		/* Indices beyond the room's limit too. */
		const struct states_record record = {
			.index = (uint16_t)((villain->steps * entities + i) % 100),
			.seq = villain->seq,
			.position = { x, -x, x },
			.payload = { payload, payload_bytes },
		};

		states_add(&builder, &record);
	}
	say(villain, WIRE_CHANNEL_STATE, WIRE_UNSEQUENCED, data, states_finish(&builder));
}

static void shout(struct villain *villain)
{
	static const uint8_t words[WIRE_EVENT_MAX_BYTES];
	const struct wire_event event = { .scope = WIRE_TO_ALL, .data = { words, sizeof(words) } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(villain, WIRE_CHANNEL_EVENT, WIRE_RELIABLE, data,
	    wire_event_encode(data, sizeof(data), &event));
}

static void lie(struct villain *villain)
{
	uint64_t most = CURSOR_VARINT53_MAX;
	const struct wire_report report = {
		.number = (uint16_t)seed_spread(&villain->seed, 0, 65535),
		.count = seed_spread(&villain->seed, 0, most),
		.bytes = seed_spread(&villain->seed, 0, most),
		.received_us = seed_spread(&villain->seed, 0, most),
	};
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(villain, WIRE_CHANNEL_CONTROL, WIRE_UNSEQUENCED, data,
	    wire_report_encode(data, sizeof(data), &report));
}

static void babble(struct villain *villain)
{
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	size_t size = seed_spread(&villain->seed, 1, sizeof(data));

	seed_fill(&villain->seed, data, size);
	data[0] = (uint8_t)seed_between(&villain->seed, 0, WIRE_TYPE_END);
	say(villain, (unsigned)seed_between(&villain->seed, 0, WIRE_CHANNEL_COUNT - 1),
	    WIRE_UNSEQUENCED, data, size);
}

static void waver(struct villain *villain)
{
	static const struct wire_settings wishes[] = {
		{ .down = WIRE_SEQUENCED },
		{ .down = WIRE_RELIABLE, .echo = true },
		{ .up = WIRE_RELIABLE, .interest = WIRE_RADIUS, .range = 1 },
		{ .interest = WIRE_RADIUS, .range = INT32_MAX },
		{ .interest = WIRE_NEAREST, .range = 1 },
		{ .interest = WIRE_NEAREST, .range = WIRE_NEAREST_MAX, .echo = true },
	};
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	size_t at = seed_between(&villain->seed, 0, sizeof(wishes) / sizeof(wishes[0]) - 1);

	say(villain, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, data,
	    wire_settings_encode(data, sizeof(data), &wishes[at]));
}

static void go(struct villain *villain)
{
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(villain, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, data,
	    wire_leave_encode(data, sizeof(data)));
	enet_host_flush(villain->host);
	enet_peer_disconnect_now(villain->peer, 0);
	connect_again(villain);
}

static void act(struct villain *villain)
{
	switch (villain->kind) {
	case VILLAIN_FLOODS:
		publish(villain, 1, 0, (int32_t)villain->said);
		break;
	case VILLAIN_SHOUTS:
		shout(villain);
		break;
	case VILLAIN_LIES:
		lie(villain);
		break;
	case VILLAIN_BABBLES:
		babble(villain);
		break;
	case VILLAIN_SPRAWLS:
		publish(villain, 12, WIRE_PAYLOAD_MAX_BYTES,
			villain->said % 2 ? INT32_MAX : INT32_MIN + 1);
		break;
	case VILLAIN_WAVERS:
		waver(villain);
		break;
	case VILLAIN_READS_NOTHING:
	case VILLAIN_COMES_AND_GOES:
	case VILLAIN_KINDS:
		break;
	}
}

/* How many messages of its kind it says a second. */
static unsigned rate_of(const struct villain *villain)
{
	switch (villain->kind) {
	case VILLAIN_SPRAWLS: /* all that is taken is relayed */
	case VILLAIN_WAVERS:
		return TAKEN_A_SECOND;
	case VILLAIN_READS_NOTHING:
	case VILLAIN_COMES_AND_GOES:
		return 0;
	default:
		return FLOOD * TAKEN_A_SECOND;
	}
}

void villain_step(struct villain *villain, struct world *world, unsigned steps_a_second)
{
	uint64_t due = ++villain->steps * rate_of(villain) / steps_a_second;

	be_at(villain, world);
	if (villain->kind == VILLAIN_READS_NOTHING && villain->is_member) {
		/* A word now and then, so that the relay hears it. */
		if (villain->steps % (steps_a_second / 4) == 0)
			publish(villain, 1, 0, 0);
		enet_host_flush(villain->host);
	} else {
		listen_to(villain);
	}
	if (villain->kind == VILLAIN_COMES_AND_GOES && villain->is_member)
		go(villain);
	if (!villain->is_member)
		villain->said = due;
	while (villain->said < due && villain->is_member)
		act(villain);
	enet_host_flush(villain->host);
	platform_flush(villain->host);
}

void villain_close(struct villain *villain, struct world *world)
{
	be_at(villain, world);
	enet_host_destroy(villain->host);
}

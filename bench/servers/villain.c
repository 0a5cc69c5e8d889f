#include "bench/servers/villain.h"

#include <enet/enet.h>
#include <stdio.h>
#include <string.h>

#include "proto/enet/platform.h"
#include "proto/wire/states.h"
#include "proto/wire/wire.h"

enum {
	ENTITIES = 100,        /* that one that sprawls has, indices beyond the room's limit too */
	ENTITIES_AT_ONCE = 12, /* fill a message */
	EVENTS_A_STEP = 512,
	WORDS_HZ = 4, /* of one that is quiet or reads nothing, so that the relay hears it */
};

static const int64_t ns_per_s = 1000000000, again_ns = 100000000,
		     patience_ns = 5000000000; /* of one that reads nothing, before it comes anew */

/* How much may be due at once. */
#define BURST_S 0.02

const char *villain_text(enum villain_kind kind)
{
	static const char *const texts[VILLAIN_KINDS] = {
		[VILLAIN_FLOODS] = "floods",
		[VILLAIN_BABBLES] = "babbles",
		[VILLAIN_READS_NOTHING] = "reads nothing",
		[VILLAIN_LIES] = "lies",
		[VILLAIN_WAVERS] = "wavers",
		[VILLAIN_STRAYS] = "strays",
		[VILLAIN_SPRAWLS] = "sprawls",
		[VILLAIN_SHOUTS] = "shouts",
		[VILLAIN_COMES_AND_GOES] = "comes and goes",
		[VILLAIN_QUIET] = "is quiet",
	};

	return texts[kind];
}

double villain_rate_hz(enum villain_kind kind)
{
	switch (kind) {
	case VILLAIN_STRAYS: /* all that is taken is relayed, or answered */
	case VILLAIN_SPRAWLS:
	case VILLAIN_WAVERS:
		return VILLAIN_TAKEN_HZ;
	case VILLAIN_READS_NOTHING:
	case VILLAIN_QUIET:
		return WORDS_HZ;
	default:
		return VILLAIN_FLOOD_HZ;
	}
}

/* Coming. */

static void connect_again(struct villain *villain, int64_t now_ns)
{
	const ENetAddress relay = { .host = villain->relay_host, .port = villain->relay_port };

	villain->is_member = false;
	villain->is_lost = false;
	villain->connected_ns = now_ns;
	villain->peer =
		enet_host_connect(villain->host, &relay, WIRE_CHANNEL_COUNT, wire_connect_data());
	villain->is_lost = !villain->peer;
}

static int open_host(struct villain *villain, int64_t now_ns)
{
	/* A second peer, for one that goes while the first is still saying goodbye. */
	villain->host = enet_host_create(NULL, 2, WIRE_CHANNEL_COUNT, 0, 0);
	if (!villain->host)
		return -1;
	platform_seed(villain->host);
	villain->host->mtu = WIRE_ENET_MTU_BYTES;
	connect_again(villain, now_ns);
	return 0;
}

int villain_open(struct villain *villain, enum villain_kind kind, const char *room,
		 uint32_t relay_host, uint16_t relay_port, uint64_t seed, int64_t now_ns)
{
	*villain = (struct villain){ .kind = kind,
				     .relay_host = relay_host,
				     .relay_port = relay_port,
				     .step_ns = now_ns,
				     .random = random_init(seed) };
	snprintf(villain->room, sizeof(villain->room), "%s", room);
	return open_host(villain, now_ns);
}

static void say(struct villain *villain, unsigned channel, enum wire_mode mode, const void *data,
		size_t size)
{
	const enet_uint32 flags =
		mode == WIRE_RELIABLE ? ENET_PACKET_FLAG_RELIABLE : ENET_PACKET_FLAG_UNSEQUENCED;
	ENetPacket *packet = enet_packet_create(data, size, flags);

	villain->said++;
	if (packet && enet_peer_send(villain->peer, (enet_uint8)channel, packet) < 0)
		enet_packet_destroy(packet);
	/* Else ENet would put many into one datagram. */
	enet_host_flush(villain->host);
}

static void say_hello(struct villain *villain)
{
	const struct wire_bytes name = { .data = (const uint8_t *)"villain", .size = 7 };
	const struct wire_hello hello = { .room = { .data = (const uint8_t *)villain->room,
						    .size = strlen(villain->room) },
					  .name = name };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(villain, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, data,
	    wire_hello_encode(data, sizeof(data), &hello));
}

static void hear(struct villain *villain, const ENetPacket *packet, int64_t now_ns)
{
	if (wire_type_of(packet->data, packet->dataLength) != WIRE_WELCOME)
		return;
	villain->is_member = true;
	villain->member_ns = now_ns;
	villain->due = 0;
	villain->welcomes++;
}

static void listen_to(struct villain *villain, int64_t now_ns)
{
	ENetEvent event;

	for (int i = 0; i < EVENTS_A_STEP && enet_host_service(villain->host, &event, 0) > 0; i++) {
		if (event.type == ENET_EVENT_TYPE_CONNECT && event.peer == villain->peer) {
			event.peer->packetThrottleDeceleration = 0; /* nothing is held back */
			say_hello(villain);
		}
		if (event.type == ENET_EVENT_TYPE_DISCONNECT && event.peer == villain->peer) {
			villain->is_member = false;
			villain->is_lost = true;
		}
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		hear(villain, event.packet, now_ns);
		enet_packet_destroy(event.packet);
	}
}

/* What each does. */

static void publish(struct villain *villain, unsigned entities, size_t payload_bytes, int32_t x)
{
	static const uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);
	const unsigned among = entities > 1 ? ENTITIES : 1;

	villain->seq++;
	for (unsigned i = 0; i < entities; i++) {
		const struct states_record record = {
			.index = (uint16_t)((villain->said * entities + i) % among),
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

/* Every length in bits is as likely as every other. */
static uint64_t any(struct villain *villain)
{
	return (random_u64(&villain->random) & CURSOR_VARINT53_MAX) >>
	       random_below(&villain->random, 53);
}

static void lie(struct villain *villain)
{
	const struct wire_report report = {
		.number = (uint16_t)any(villain),
		.count = any(villain),
		.bytes = any(villain),
		.received_us = any(villain),
	};
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(villain, WIRE_CHANNEL_CONTROL, WIRE_UNSEQUENCED, data,
	    wire_report_encode(data, sizeof(data), &report));
}

static void babble(struct villain *villain)
{
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	const size_t size = 1 + (size_t)random_below(&villain->random, sizeof(data));

	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		const uint64_t word = random_u64(&villain->random);

		memcpy(data + i, &word, size - i < sizeof(word) ? size - i : sizeof(word));
	}
	data[0] = (uint8_t)random_below(&villain->random, WIRE_TYPE_END + 1);
	say(villain, (unsigned)random_below(&villain->random, WIRE_CHANNEL_COUNT), WIRE_UNSEQUENCED,
	    data, size);
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
	size_t at = villain->said % (sizeof(wishes) / sizeof(wishes[0]));

	say(villain, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, data,
	    wire_settings_encode(data, sizeof(data), &wishes[at]));
}

static void go(struct villain *villain)
{
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(villain, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, data,
	    wire_leave_encode(data, sizeof(data)));
	enet_peer_disconnect_now(villain->peer, 0);
	villain->is_member = false;
	villain->is_lost = true;
}

/* Its socket is gone without a word, and another comes. */
static void come_anew(struct villain *villain, int64_t now_ns)
{
	enet_host_destroy(villain->host);
	villain->host = NULL;
	villain->peer = NULL;
	villain->is_member = false;
	(void)open_host(villain, now_ns); /* tried again at the next step */
}

static void act(struct villain *villain)
{
	const int32_t end = villain->said % 2 ? INT32_MAX : INT32_MIN + 1;

	switch (villain->kind) {
	case VILLAIN_FLOODS:
		publish(villain, 1, 0, (int32_t)(villain->said & INT32_MAX));
		break;
	case VILLAIN_READS_NOTHING:
	case VILLAIN_QUIET:
		publish(villain, 1, 0, 0);
		break;
	case VILLAIN_STRAYS:
		publish(villain, 1, 0, end);
		break;
	case VILLAIN_SPRAWLS:
		publish(villain, ENTITIES_AT_ONCE, WIRE_PAYLOAD_MAX_BYTES, end);
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
	case VILLAIN_WAVERS:
		waver(villain);
		break;
	case VILLAIN_COMES_AND_GOES:
		go(villain);
		break;
	case VILLAIN_KINDS:
		break;
	}
}

static void speak(struct villain *villain, double passed_s)
{
	const double rate_hz = villain_rate_hz(villain->kind), most = 1 + BURST_S * rate_hz;

	villain->due += passed_s * rate_hz;
	if (villain->due > most)
		villain->due = most;
	for (; villain->due >= 1 && villain->is_member; villain->due--)
		act(villain);
}

void villain_step(struct villain *villain, int64_t now_ns)
{
	const double passed_s = (double)(now_ns - villain->step_ns) / (double)ns_per_s;
	const bool is_deaf = villain->kind == VILLAIN_READS_NOTHING && villain->is_member;

	villain->step_ns = now_ns;
	if (!villain->host || (is_deaf && now_ns - villain->member_ns > patience_ns))
		come_anew(villain, now_ns);
	if (!villain->host)
		return;
	if (villain->is_lost && now_ns - villain->connected_ns >= again_ns)
		connect_again(villain, now_ns);
	if (!villain->is_member || !is_deaf)
		listen_to(villain, now_ns);
	if (villain->is_member)
		speak(villain, passed_s);
	enet_host_flush(villain->host);
	platform_flush(villain->host);
}

void villain_close(struct villain *villain)
{
	if (!villain->host)
		return;
	/* So that the relay does not wait for one that answers nothing. */
	if (villain->peer && !villain->is_lost)
		enet_peer_disconnect_now(villain->peer, 0);
	platform_flush(villain->host);
	enet_host_destroy(villain->host);
	villain->host = NULL;
}

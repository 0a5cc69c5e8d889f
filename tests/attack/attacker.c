#include "tests/attack/attacker.h"

#include <arpa/inet.h>
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
	CHATTER_BYTES = 20,
	BLINK_ENTITIES = 64, /* fill the relay's limit, and a message */
	LOOPBACK_HOSTS = 16,
	WORDS_HZ = 4, /* of one that is quiet or reads nothing, so that the relay hears it */
};

static const int64_t ns_per_s = 1000000000, again_ns = 100000000,
		     patience_ns = 5000000000; /* of one that reads nothing, before it comes anew */

/* How much may be due at once. */
#define BURST_S 0.02

const char *attacker_text(enum attacker_kind kind)
{
	static const char *const texts[ATTACKER_KINDS] = {
		[ATTACKER_FLOODS] = "floods",
		[ATTACKER_BABBLES] = "babbles",
		[ATTACKER_READS_NOTHING] = "reads nothing",
		[ATTACKER_LIES] = "lies",
		[ATTACKER_WAVERS] = "wavers",
		[ATTACKER_STRAYS] = "strays",
		[ATTACKER_SPRAWLS] = "sprawls",
		[ATTACKER_SHOUTS] = "shouts",
		[ATTACKER_BLINKS] = "blinks",
		[ATTACKER_CHATTERS] = "chatters",
		[ATTACKER_COMES_AND_GOES] = "comes and goes",
		[ATTACKER_QUIET] = "is quiet",
	};

	return texts[kind];
}

double attacker_rate_hz(enum attacker_kind kind)
{
	switch (kind) {
	case ATTACKER_STRAYS: /* all that is taken is relayed, or answered */
	case ATTACKER_SPRAWLS:
	case ATTACKER_WAVERS:
	case ATTACKER_BLINKS:
	case ATTACKER_CHATTERS:
		return ATTACKER_TAKEN_HZ;
	case ATTACKER_READS_NOTHING:
	case ATTACKER_QUIET:
		return WORDS_HZ;
	default:
		return ATTACKER_FLOOD_HZ;
	}
}

/* Coming. */

static void connect_again(struct attacker *attacker, int64_t now_ns)
{
	const ENetAddress relay = { .host = attacker->relay_host, .port = attacker->relay_port };

	attacker->is_member = false;
	attacker->is_lost = false;
	attacker->connected_ns = now_ns;
	attacker->peer =
		enet_host_connect(attacker->host, &relay, WIRE_CHANNEL_COUNT, wire_connect_data());
	attacker->is_lost = !attacker->peer;
}

static int open_host(struct attacker *attacker, int64_t now_ns)
{
	const ENetAddress own = { .host = attacker->own_host };

	/* A second peer, for one that goes while the first is still saying goodbye. */
	attacker->host =
		enet_host_create(attacker->own_host ? &own : NULL, 2, WIRE_CHANNEL_COUNT, 0, 0);
	if (!attacker->host)
		return -1;
	platform_seed(attacker->host);
	attacker->host->mtu = WIRE_ENET_MTU_BYTES;
	connect_again(attacker, now_ns);
	return 0;
}

/* On loopback apart from the honest, whose address's budget is not to be the attackers'. */
static uint32_t own_host_of(uint32_t relay_host, uint64_t seed)
{
	if (relay_host != htonl(INADDR_LOOPBACK))
		return ENET_HOST_ANY;
	return htonl(INADDR_LOOPBACK + 1 + (uint32_t)(seed % LOOPBACK_HOSTS));
}

int attacker_open(struct attacker *attacker, enum attacker_kind kind, const char *room,
		  uint32_t relay_host, uint16_t relay_port, uint64_t seed, int64_t now_ns)
{
	*attacker = (struct attacker){ .kind = kind,
				       .own_host = own_host_of(relay_host, seed),
				       .relay_host = relay_host,
				       .relay_port = relay_port,
				       .step_ns = now_ns,
				       .random = random_init(seed) };
	snprintf(attacker->room, sizeof(attacker->room), "%s", room);
	return open_host(attacker, now_ns);
}

static void say(struct attacker *attacker, unsigned channel, enum wire_mode mode, const void *data,
		size_t size)
{
	const enet_uint32 flags =
		mode == WIRE_RELIABLE ? ENET_PACKET_FLAG_RELIABLE : ENET_PACKET_FLAG_UNSEQUENCED;
	ENetPacket *packet = enet_packet_create(data, size, flags);

	attacker->said++;
	/* A naive server has fewer channels. */
	channel %= (unsigned)attacker->peer->channelCount;
	if (packet && enet_peer_send(attacker->peer, (enet_uint8)channel, packet) < 0)
		enet_packet_destroy(packet);
	/* Else ENet would put many into one datagram. */
	enet_host_flush(attacker->host);
}

static void say_hello(struct attacker *attacker)
{
	const struct wire_bytes name = { .data = (const uint8_t *)"attacker", .size = 7 };
	const struct wire_hello hello = { .room = { .data = (const uint8_t *)attacker->room,
						    .size = strlen(attacker->room) },
					  .name = name };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(attacker, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, data,
	    wire_hello_encode(data, sizeof(data), &hello));
}

static void become_member(struct attacker *attacker, uint32_t member, int64_t now_ns)
{
	attacker->member = member;
	attacker->is_member = true;
	attacker->member_ns = now_ns;
	attacker->due = 0;
	attacker->welcomes++;
}

static void hear(struct attacker *attacker, const ENetPacket *packet, int64_t now_ns)
{
	struct wire_welcome welcome;

	if (!attacker->is_plain &&
	    wire_welcome_decode(packet->data, packet->dataLength, &welcome) == WIRE_OK)
		become_member(attacker, welcome.member, now_ns);
}

static void begin(struct attacker *attacker, int64_t now_ns)
{
	attacker->peer->packetThrottleDeceleration = 0; /* nothing is held back */
	if (attacker->is_plain)
		become_member(attacker, 0, now_ns);
	else
		say_hello(attacker);
}

static void listen_to(struct attacker *attacker, int64_t now_ns)
{
	ENetEvent event;

	for (int i = 0; i < EVENTS_A_STEP && enet_host_service(attacker->host, &event, 0) > 0;
	     i++) {
		if (event.type == ENET_EVENT_TYPE_CONNECT && event.peer == attacker->peer)
			begin(attacker, now_ns);
		if (event.type == ENET_EVENT_TYPE_DISCONNECT && event.peer == attacker->peer) {
			attacker->is_member = false;
			attacker->is_lost = true;
		}
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		hear(attacker, event.packet, now_ns);
		enet_packet_destroy(event.packet);
	}
}

/* What each does. */

/* So many of its entities, in turn `among` them. */
static void publish(struct attacker *attacker, unsigned entities, unsigned among,
		    size_t payload_bytes, int32_t x)
{
	static const uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);

	attacker->seq++;
	for (unsigned i = 0; i < entities; i++) {
		const struct states_record record = {
			.index = (uint16_t)((attacker->said * entities + i) % among),
			.seq = attacker->seq,
			.position = { x, -x, x },
			.payload = { payload, payload_bytes },
		};

		states_add(&builder, &record);
	}
	say(attacker, WIRE_CHANNEL_STATE, WIRE_UNSEQUENCED, data, states_finish(&builder));
}

static void shout(struct attacker *attacker, size_t bytes)
{
	static const uint8_t words[WIRE_EVENT_MAX_BYTES];
	const struct wire_event event = { .scope = WIRE_TO_ALL, .data = { words, bytes } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(attacker, WIRE_CHANNEL_EVENT, WIRE_RELIABLE, data,
	    wire_event_encode(data, sizeof(data), &event));
}

static void say_gone(struct attacker *attacker, unsigned entities)
{
	struct wire_gone gone[BLINK_ENTITIES];
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	for (unsigned i = 0; i < entities; i++)
		gone[i] = (struct wire_gone){ .member = attacker->member,
					      .index = (uint16_t)i,
					      .seq = attacker->seq };
	say(attacker, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, data,
	    wire_gone_encode(data, sizeof(data), gone, entities, NULL));
}

/* Its entities come and go by turns. */
static void blink(struct attacker *attacker)
{
	if (attacker->said % 2 == 0)
		publish(attacker, BLINK_ENTITIES, BLINK_ENTITIES, 0, 0);
	else
		say_gone(attacker, BLINK_ENTITIES);
}

/* Every length in bits is as likely as every other. */
static uint64_t any(struct attacker *attacker)
{
	return (random_u64(&attacker->random) & CURSOR_VARINT53_MAX) >>
	       random_below(&attacker->random, 53);
}

static void lie(struct attacker *attacker)
{
	const struct wire_report report = {
		.number = (uint16_t)any(attacker),
		.count = any(attacker),
		.bytes = any(attacker),
		.received_us = any(attacker),
	};
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(attacker, WIRE_CHANNEL_CONTROL, WIRE_UNSEQUENCED, data,
	    wire_report_encode(data, sizeof(data), &report));
}

static void babble(struct attacker *attacker)
{
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	const size_t size = 1 + (size_t)random_below(&attacker->random, sizeof(data));

	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		const uint64_t word = random_u64(&attacker->random);

		memcpy(data + i, &word, size - i < sizeof(word) ? size - i : sizeof(word));
	}
	data[0] = (uint8_t)random_below(&attacker->random, WIRE_TYPE_END + 1);
	say(attacker, (unsigned)random_below(&attacker->random, WIRE_CHANNEL_COUNT),
	    WIRE_UNSEQUENCED, data, size);
}

static void waver(struct attacker *attacker)
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
	size_t at = attacker->said % (sizeof(wishes) / sizeof(wishes[0]));

	say(attacker, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, data,
	    wire_settings_encode(data, sizeof(data), &wishes[at]));
}

static void go(struct attacker *attacker)
{
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	say(attacker, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, data,
	    wire_leave_encode(data, sizeof(data)));
	enet_peer_disconnect_now(attacker->peer, 0);
	attacker->is_member = false;
	attacker->is_lost = true;
}

/* Its socket is gone without a word, and another comes. */
static void come_anew(struct attacker *attacker, int64_t now_ns)
{
	enet_host_destroy(attacker->host);
	attacker->host = NULL;
	attacker->peer = NULL;
	attacker->is_member = false;
	(void)open_host(attacker, now_ns); /* tried again at the next step */
}

static void act(struct attacker *attacker)
{
	const int32_t end = attacker->said % 2 ? INT32_MAX : INT32_MIN + 1;

	switch (attacker->kind) {
	case ATTACKER_FLOODS:
		publish(attacker, 1, 1, 0, (int32_t)(attacker->said & INT32_MAX));
		break;
	case ATTACKER_READS_NOTHING:
	case ATTACKER_QUIET:
		publish(attacker, 1, 1, 0, 0);
		break;
	case ATTACKER_STRAYS:
		publish(attacker, 1, 1, 0, end);
		break;
	case ATTACKER_SPRAWLS:
		publish(attacker, ENTITIES_AT_ONCE, ENTITIES, WIRE_PAYLOAD_MAX_BYTES, end);
		break;
	case ATTACKER_SHOUTS:
		shout(attacker, WIRE_EVENT_MAX_BYTES);
		break;
	case ATTACKER_CHATTERS:
		shout(attacker, CHATTER_BYTES);
		break;
	case ATTACKER_BLINKS:
		blink(attacker);
		break;
	case ATTACKER_LIES:
		lie(attacker);
		break;
	case ATTACKER_BABBLES:
		babble(attacker);
		break;
	case ATTACKER_WAVERS:
		waver(attacker);
		break;
	case ATTACKER_COMES_AND_GOES:
		go(attacker);
		break;
	case ATTACKER_KINDS:
		break;
	}
}

static void speak(struct attacker *attacker, double passed_s)
{
	const double rate_hz = attacker_rate_hz(attacker->kind), most = 1 + BURST_S * rate_hz;

	attacker->due += passed_s * rate_hz;
	if (attacker->due > most)
		attacker->due = most;
	for (; attacker->due >= 1 && attacker->is_member; attacker->due--)
		act(attacker);
}

void attacker_step(struct attacker *attacker, int64_t now_ns)
{
	const double passed_s = (double)(now_ns - attacker->step_ns) / (double)ns_per_s;
	const bool is_deaf = attacker->kind == ATTACKER_READS_NOTHING && attacker->is_member;

	attacker->step_ns = now_ns;
	if (!attacker->host || (is_deaf && now_ns - attacker->member_ns > patience_ns))
		come_anew(attacker, now_ns);
	if (!attacker->host)
		return;
	if (attacker->is_lost && now_ns - attacker->connected_ns >= again_ns)
		connect_again(attacker, now_ns);
	if (!attacker->is_member || !is_deaf)
		listen_to(attacker, now_ns);
	if (attacker->is_member)
		speak(attacker, passed_s);
	enet_host_flush(attacker->host);
	platform_flush(attacker->host);
}

void attacker_close(struct attacker *attacker)
{
	if (!attacker->host)
		return;
	/* So that the relay does not wait for one that answers nothing. */
	if (attacker->peer && !attacker->is_lost)
		enet_peer_disconnect_now(attacker->peer, 0);
	platform_flush(attacker->host);
	enet_host_destroy(attacker->host);
	attacker->host = NULL;
}

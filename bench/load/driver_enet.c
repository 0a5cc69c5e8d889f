/* Members over ENet: of the naive relay, and of ours. Each has its own host, so its own socket. */
#include "bench/load/generator_internal.h"

#include <arpa/inet.h>
#include <enet/enet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/load/generator_net.h"
#include "bench/load/generator_ports.h"
#include "bench/load/unsequenced.h"
#include "proto/net/net.h"
#include "proto/enet/unsequenced.h"
#include "proto/enet/platform.h"
#include "proto/wire/states.h"
#include "proto/wire/wire.h"

enum {
	NAIVE_CHANNELS = 2,
	ROOM_ENTITY = 0,
	ROOM_BYTES = 16,
	/* A relay that is there answers at once. ENet asks to connect four times in so long. */
	ANSWER_MS = 4000,
	PING_MS = 1000, /* as our client does it (client/lib/session_link.c) */
	GAME_MESSAGE_MS =
		2000, /* a relay says something to its clients at least twice in so long */
};

struct enet_line {
	ENetHost *host;
	ENetPeer *peer;
	/* Kept here, so that hearing touches nothing of ENet's. */
	uint16_t peer_id;
	uint8_t session;
	bool is_connected;
	int64_t since_ns; /* that it waits for the answer: to connect, then to its HELLO */
	uint16_t seq;
};

static struct enet_line *line_of(struct generator *g, unsigned member)
{
	return generator_connection(g, member);
}

static bool is_ours(const struct generator *g)
{
	return g->config->kind == GENERATOR_STARLING;
}

static int open_line(struct generator *g, struct enet_line *line)
{
	const ENetAddress any = { .host = NET_HOST_ANY_IPV4, .port = 0 };
	const ENetAddress to = { .host = htonl(INADDR_LOOPBACK), .port = g->config->port };
	const size_t channels = is_ours(g) ? WIRE_CHANNEL_COUNT : NAIVE_CHANNELS;

	line->host = enet_host_create(&any, 1, channels, 0, 0);
	if (!line->host)
		return -1;
	if (is_ours(g))
		line->host->peers[0].mtu = WIRE_ENET_MTU_BYTES;
	line->peer =
		enet_host_connect(line->host, &to, channels, is_ours(g) ? wire_connect_data() : 0);
	if (!line->peer)
		return -1;
	enet_host_flush(line->host);
	return 0;
}

static int open_lines(struct generator *g)
{
	char why[PLATFORM_WHY_BYTES];

	net_use(generator_net());
	if (platform_init(why, sizeof(why)) == 0)
		return 0;
	generator_fail(g, "%s", why);
	return -1;
}

static int start(struct generator *g, unsigned member)
{
	line_of(g, member)->since_ns = generator_now_ns();
	if (open_line(g, line_of(g, member)) == 0)
		return 0;
	generator_fail(g, "cannot open member %u's ENet host", member + 1);
	return -1;
}

static int descriptor(struct generator *g, unsigned member)
{
	(void)g;
	return generator_ports_descriptor((int)member);
}

static bool is_shared(const struct generator *g)
{
	(void)g;
	return generator_ports_are_shared();
}

static void send_bytes(struct enet_line *line, uint8_t channel, const void *data, size_t size,
		       enet_uint32 flags)
{
	ENetPacket *packet = enet_packet_create(data, size, flags);

	if (packet && enet_peer_send(line->peer, channel, packet) < 0)
		enet_packet_destroy(packet);
	enet_host_flush(line->host);
}

static enet_uint32 update_flags(const struct generator *g)
{
	return g->config->is_reliable ? ENET_PACKET_FLAG_RELIABLE : ENET_PACKET_FLAG_UNSEQUENCED;
}

/* An update: by ENet's lists only where that makes a difference. */
static void send_update_bytes(const struct generator *g, struct enet_line *line, uint8_t channel,
			      const void *data, size_t size)
{
	if (g->config->is_reliable || !unsequenced_send(line->peer, channel, data, size))
		send_bytes(line, channel, data, size, update_flags(g));
}

/* The position goes as one, and the rest of the 32 bytes as payload. */
static void send_state(struct generator *g, struct enet_line *line, const struct update *update,
		       const uint8_t *bytes)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct states_record record = { .index = ROOM_ENTITY,
					.seq = line->seq++,
					.payload = { bytes, UPDATE_PAYLOAD_BYTES } };
	struct states_builder builder = states_state_begin(message, sizeof(message), 0);

	memcpy(record.position, update->position, sizeof(record.position));
	states_add(&builder, &record);
	send_update_bytes(g, line, WIRE_CHANNEL_STATE, message, states_finish(&builder));
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	struct enet_line *line = line_of(g, member);
	uint8_t bytes[UPDATE_BYTES];

	update_encode(bytes, update);
	if (is_ours(g))
		send_state(g, line, update, bytes);
	else
		send_update_bytes(g, line, 0, bytes, sizeof(bytes));
}

/* What unsequenced_send asks of the peer: thousands of them are in no cache. */
static void foresee(struct generator *g, unsigned member)
{
	const ENetHost *host = line_of(g, member)->host;
	const ENetPeer *peer = line_of(g, member)->peer;

	__builtin_prefetch(&host->socket);
	__builtin_prefetch(&host->checksum);
	__builtin_prefetch(&host->maximumPacketSize, 1);
	__builtin_prefetch(&peer->mtu);
	__builtin_prefetch(&peer->host, 1);
	__builtin_prefetch(&peer->state);
	__builtin_prefetch(&peer->outgoingDataTotal, 1);
	__builtin_prefetch(&peer->packetThrottle, 1);
	__builtin_prefetch(&peer->outgoingCommands);
	__builtin_prefetch(&peer->outgoingUnsequencedGroup, 1);
}

static void say_hello(struct generator *g, unsigned member)
{
	static const struct wire_bytes name = { (const uint8_t *)"member", 6 };
	const struct generator_config *config = g->config;
	const enum wire_mode mode = config->is_reliable ? WIRE_RELIABLE : WIRE_UNSEQUENCED;
	char room[ROOM_BYTES];
	const int size = snprintf(room, sizeof(room), "r%u", generator_room(config, member));
	const struct wire_hello hello = {
		.room = { (const uint8_t *)room, (size_t)size },
		.name = name,
		.settings = { .up = mode,
			      .down = mode,
			      .interest = config->interest,
			      .range = config->interest == WIRE_ALL ? 0 : config->interest_range }
	};
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	send_bytes(line_of(g, member), WIRE_CHANNEL_CONTROL, message,
		   wire_hello_encode(message, sizeof(message), &hello), ENET_PACKET_FLAG_RELIABLE);
}

static void hear_states(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	struct states_record records[STATES_RECORDS_MAX];
	struct states_message message;
	size_t count;

	if (states_decode_all(data, size, &message, records, &count) == WIRE_OK)
		generator_heard_records(g, member, records, count);
}

static void hear_gone(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	struct wire_list list;
	struct wire_gone gone;

	if (wire_gone_decode(data, size, &list) != WIRE_OK)
		return;
	while (wire_gone_next(&list, &gone))
		generator_gone(g, member, gone.member, gone.seq);
}

/* What is granted may be less than what was asked for. */
static void hear_welcome(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	struct wire_welcome welcome;

	if (wire_welcome_decode(data, size, &welcome) != WIRE_OK)
		return;
	g->is_granted = welcome.settings.interest != WIRE_ALL;
	generator_joined(g, member);
}

/* Of these, others of the same load may be in; all else is the bench's, or says of a member. */
static bool is_full(enum wire_reason reason)
{
	return reason == WIRE_REASON_ROOM_FULL || reason == WIRE_REASON_RELAY_FULL ||
	       reason == WIRE_REASON_ADDRESS_FULL;
}

static void hear_farewell(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	struct wire_disconnect farewell;

	if (wire_disconnect_decode(data, size, (enum wire_type)data[0], &farewell) == WIRE_OK)
		generator_refuse(g, member,
				 is_full(farewell.reason) ? GENERATOR_FULL : GENERATOR_PARTED,
				 farewell.reason, farewell.text);
}

static void hear_message(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{

	switch (wire_type_of(data, size)) {
	case WIRE_SNAPSHOT:
	case WIRE_KEYFRAME: /* repeats what rests, when updates are seldom */
		hear_states(g, member, data, size);
		break;
	case WIRE_GONE:
		hear_gone(g, member, data, size);
		break;
	case WIRE_WELCOME:
		hear_welcome(g, member, data, size);
		break;
	case WIRE_REFUSED:
	case WIRE_GOODBYE:
		hear_farewell(g, member, data, size);
		break;
	default:
		break;
	}
}

static void hear_packet(struct generator *g, unsigned member, const uint8_t *data, size_t size)
{
	if (is_ours(g))
		hear_message(g, member, data, size);
	else if (size == UPDATE_BYTES)
		generator_heard(g, member, data, 0, 0);
}

/* The relay's DISCONNECT, or ENet's own: 0, when nothing came for long. */
static void hear_disconnect(struct generator *g, unsigned member, enet_uint32 data)
{
	const bool is_starling = (data & ~UINT32_C(0xff)) == WIRE_MAGIC;
	enum wire_reason reason;

	if (g->is_out[member])
		return; /* it was told why */
	if (is_ours(g) && wire_data_reason(data, &reason) && is_full(reason)) {
		const char *text = wire_reason_text(reason);

		generator_refuse(
			g, member, GENERATOR_FULL, reason,
			(struct wire_bytes){ .data = (const uint8_t *)text, .size = strlen(text) });
		return;
	}
	if (!is_ours(g) && is_starling)
		generator_fail(g,
			       "the relay disconnected member %u: it is a Starling relay, which "
			       "does not speak the naive relay's protocol; give --contender "
			       "starling",
			       member + 1);
	else if (is_ours(g) && !g->is_joined[member] && line_of(g, member)->is_connected)
		generator_fail(g,
			       "the relay disconnected member %u without a word: it does not speak "
			       "this protocol; give its kind with --contender",
			       member + 1);
	else
		generator_fail(g, "member %u has lost its connection", member + 1);
}

static void hear(struct generator *g, unsigned member, const ENetEvent *event)
{
	switch (event->type) {
	case ENET_EVENT_TYPE_CONNECT:
		/* Our own side's throttle stays out of it; the relay's is the relay's. */
		event->peer->packetThrottleDeceleration = 0;
		line_of(g, member)->peer_id = event->peer->incomingPeerID;
		line_of(g, member)->session = event->peer->incomingSessionID;
		line_of(g, member)->is_connected = true;
		line_of(g, member)->since_ns = generator_now_ns();
		if (is_ours(g)) {
			enet_peer_ping_interval(event->peer, PING_MS);
			say_hello(g, member);
		} else {
			generator_joined(g, member);
		}
		break;
	case ENET_EVENT_TYPE_RECEIVE:
		hear_packet(g, member, event->packet->data, event->packet->dataLength);
		enet_packet_destroy(event->packet);
		break;
	case ENET_EVENT_TYPE_DISCONNECT:
		hear_disconnect(g, member, event->data);
		break;
	default:
		break;
	}
}

static void service(struct generator *g, unsigned member)
{
	ENetEvent event;

	while (enet_host_service(line_of(g, member)->host, &event, 0) > 0)
		hear(g, member, &event);
}

/* Whose request gets no answer: the relay is full, or not of this kind. */
static void watch_answer(struct generator *g, unsigned member)
{
	const struct enet_line *line = line_of(g, member);
	const int64_t now_ns = generator_now_ns(), ns_per_ms = 1000000;

	if (g->is_joined[member] || now_ns - line->since_ns < ANSWER_MS * ns_per_ms)
		return;
	/* ENet takes who connects as long as it has places, and is silent when it has not. */
	if (!line->is_connected && g->joined > 0 &&
	    now_ns - g->time_ns < GAME_MESSAGE_MS * ns_per_ms)
		generator_refuse(g, member, GENERATOR_UNANSWERED, WIRE_REASON_RELAY_FULL,
				 (struct wire_bytes){ 0 });
	else if (line->is_connected && g->joined == 0)
		generator_fail(g,
			       "the relay took member %u's connection and does not answer its "
			       "HELLO: it does not speak this protocol; give its kind with "
			       "--contender",
			       member + 1);
}

static void tend(struct generator *g, unsigned member)
{
	service(g, member);
	watch_answer(g, member);
}

/* Who hears a message. */
struct hearing {
	struct generator *g;
	unsigned member;
};

static void hear_unsequenced(void *context, const uint8_t *data, size_t size)
{
	const struct hearing *hearing = context;

	hear_packet(hearing->g, hearing->member, data, size);
}

/* Unsequenced messages are read here, and all else by ENet (unsequenced.h). */
static void hear_datagram(struct generator *g, unsigned member, uint8_t *data, size_t size)
{
	const struct enet_line *line = line_of(g, member);
	struct hearing hearing = { g, member };

	if (line->is_connected)
		size = unsequenced_take(data, size, line->peer_id, line->session, hear_unsequenced,
					&hearing);
	if (size == 0)
		return;
	generator_net_give((int)member, data, size);
	service(g, member);
}

static void receive(struct generator *g, unsigned member)
{
	generator_receive(g, member, hear_datagram);
}

static void close_lines(struct generator *g)
{
	for (unsigned i = 0; i < g->started; i++) {
		struct enet_line *line = line_of(g, i);

		if (line->host) {
			if (line->peer)
				enet_peer_disconnect_now(line->peer, 0);
			enet_host_destroy(line->host);
		}
	}
	net_use(NULL);
}

const struct driver driver_enet = {
	.bytes = sizeof(struct enet_line),
	.open = open_lines,
	.start = start,
	.descriptor = descriptor,
	.is_shared = is_shared,
	.send = send_update,
	.foresee = foresee,
	.receive = receive,
	.tend = tend,
	.close = close_lines,
};

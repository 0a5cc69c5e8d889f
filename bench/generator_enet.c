/* Members over ENet: of the naive relay, and of ours. Each has its own host, so its own socket. */
#include "bench/generator_line.h"

#include <arpa/inet.h>
#include <enet/enet.h>
#include <stdlib.h>
#include <string.h>

#include "proto/net/net.h"
#include "proto/net/platform.h"
#include "proto/states.h"
#include "proto/wire.h"

enum {
	NAIVE_CHANNELS = 2,
	ROOM_ENTITY = 0,
};

struct enet_line {
	ENetHost *host;
	ENetPeer *peer;
	uint16_t seq;
};

static struct enet_line *line_of(struct generator *g, unsigned member)
{
	return (struct enet_line *)g->lines + member;
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
	platform_flush(line->host);
	return 0;
}

static int open_lines(struct generator *g)
{
	char why[PLATFORM_WHY_BYTES];

	if (platform_init(why, sizeof(why)) != 0) {
		generator_fail(g, "%s", why);
		return -1;
	}
	g->lines = calloc(g->pace.members, sizeof(struct enet_line));
	for (unsigned i = 0; i < g->pace.members; i++) {
		if (g->lines && open_line(g, line_of(g, i)) == 0)
			continue;
		generator_fail(g, "cannot open member %u's ENet host", i + 1);
		return -1;
	}
	return 0;
}

static int descriptor(struct generator *g, unsigned member)
{
	return platform_socket(line_of(g, member)->host);
}

static void send_bytes(struct enet_line *line, uint8_t channel, const void *data, size_t size,
		       enet_uint32 flags)
{
	ENetPacket *packet = enet_packet_create(data, size, flags);

	if (packet && enet_peer_send(line->peer, channel, packet) < 0)
		enet_packet_destroy(packet);
	enet_host_flush(line->host);
	platform_flush(line->host);
}

/* The position goes as one, and the rest of the 32 bytes as payload. */
static void send_state(struct enet_line *line, const struct update *update, const uint8_t *bytes)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct states_record record = { .index = ROOM_ENTITY,
					.seq = line->seq++,
					.payload = { bytes, UPDATE_PAYLOAD_BYTES } };
	struct states_builder builder = states_state_begin(message, sizeof(message), 0);

	memcpy(record.position, update->position, sizeof(record.position));
	states_add(&builder, &record);
	send_bytes(line, WIRE_CHANNEL_STATE, message, states_finish(&builder),
		   ENET_PACKET_FLAG_UNSEQUENCED);
}

static void send_update(struct generator *g, unsigned member, const struct update *update)
{
	struct enet_line *line = line_of(g, member);
	uint8_t bytes[UPDATE_BYTES];

	update_encode(bytes, update);
	if (is_ours(g))
		send_state(line, update, bytes);
	else
		send_bytes(line, 0, bytes, sizeof(bytes), ENET_PACKET_FLAG_UNSEQUENCED);
}

static void say_hello(struct enet_line *line)
{
	static const struct wire_bytes room = { (const uint8_t *)"compare", 7 };
	static const struct wire_bytes name = { (const uint8_t *)"member", 6 };
	const struct wire_hello hello = { .room = room, .name = name };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	send_bytes(line, WIRE_CHANNEL_CONTROL, message,
		   wire_hello_encode(message, sizeof(message), &hello), ENET_PACKET_FLAG_RELIABLE);
}

static void hear_states(struct generator *g, unsigned member, const ENetPacket *packet)
{
	struct states_message message;
	struct states_record record;

	if (states_decode(packet->data, packet->dataLength, &message) != WIRE_OK)
		return;
	while (states_next(&message, &record))
		if (record.payload.size == UPDATE_PAYLOAD_BYTES)
			generator_heard(g, member, record.payload.data);
}

static void hear_message(struct generator *g, unsigned member, const ENetPacket *packet)
{
	struct wire_farewell farewell;

	switch (wire_type_of(packet->data, packet->dataLength)) {
	case WIRE_SNAPSHOT:
	case WIRE_KEYFRAME: /* repeats what rests, when updates are seldom */
		hear_states(g, member, packet);
		break;
	case WIRE_WELCOME:
		generator_joined(g, member);
		break;
	case WIRE_REFUSED:
	case WIRE_GOODBYE:
		if (wire_farewell_decode(packet->data, packet->dataLength,
					 (enum wire_type)packet->data[0], &farewell) == WIRE_OK)
			generator_fail(g, "the relay refused member %u: %.*s", member + 1,
				       (int)farewell.text.size, (const char *)farewell.text.data);
		break;
	default:
		break;
	}
}

static void hear(struct generator *g, unsigned member, const ENetEvent *event)
{
	switch (event->type) {
	case ENET_EVENT_TYPE_CONNECT:
		/* Our own side's throttle stays out of it; the relay's is the relay's. */
		event->peer->packetThrottleDeceleration = 0;
		if (is_ours(g))
			say_hello(line_of(g, member));
		else
			generator_joined(g, member);
		break;
	case ENET_EVENT_TYPE_RECEIVE:
		if (is_ours(g))
			hear_message(g, member, event->packet);
		else if (event->packet->dataLength == UPDATE_BYTES)
			generator_heard(g, member, event->packet->data);
		enet_packet_destroy(event->packet);
		break;
	case ENET_EVENT_TYPE_DISCONNECT:
		generator_fail(g, "member %u has lost its connection", member + 1);
		break;
	default:
		break;
	}
}

static void receive(struct generator *g, unsigned member)
{
	struct enet_line *line = line_of(g, member);
	ENetEvent event;

	while (enet_host_service(line->host, &event, 0) > 0)
		hear(g, member, &event);
	platform_flush(line->host);
}

static void add_traffic(struct generator *g, unsigned member, struct generator_traffic *traffic)
{
	struct net *net = net_current();
	struct net_stats stats;

	net->stats(net, descriptor(g, member), &stats);
	traffic->datagrams += stats.datagrams_in;
	traffic->bytes += stats.bytes_in;
	traffic->own_drops += stats.dropped_kernel;
}

static void close_lines(struct generator *g)
{
	for (unsigned i = 0; g->lines && i < g->pace.members; i++) {
		struct enet_line *line = line_of(g, i);

		if (line->host) {
			if (line->peer)
				enet_peer_disconnect_now(line->peer, 0);
			platform_flush(line->host);
			enet_host_destroy(line->host);
		}
	}
	free(g->lines);
	g->lines = NULL;
}

const struct generator_line generator_line_enet = {
	.open = open_lines,
	.descriptor = descriptor,
	.send = send_update,
	.receive = receive,
	.tend = receive,
	.traffic = add_traffic,
	.close = close_lines,
};

/* The server's outbox: what the rules say goes to ENet, and leaves in large portions. */
#include "relay/server_internal.h"

#include <enet/enet.h>
#include <enet/time.h>

#include "proto/enet/platform.h"
#include "proto/enet/pool.h"
#include "proto/net/random.h"

enum {
	/* A crowd's flush is megabytes: so it leaves while it is still in the cache. */
	QUEUED_MAX_BYTES = 256 << 10,
	/* A client whose acknowledgements get lost is not to be taken for gone. */
	PINGS_A_TIMEOUT = 10,
	PING_MAX_MS = 500,
};

static enet_uint32 flags_of(enum wire_mode mode)
{
	/* A client with a small MTU gets fragments; unreliable ones must stay so (they would not).
	 */
	switch (mode) {
	case WIRE_RELIABLE:
		return ENET_PACKET_FLAG_RELIABLE;
	case WIRE_SEQUENCED:
		return ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT;
	default:
		return ENET_PACKET_FLAG_UNSEQUENCED | ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT;
	}
}

static void end_packet(ENetPacket *packet)
{
	struct accounting *accounting = packet->userData;

	/* A reliable one that was sent and not acknowledged when the peer went has no mark either.
	 */
	if (!(packet->flags & (ENET_PACKET_FLAG_SENT | ENET_PACKET_FLAG_RELIABLE)))
		accounting->unsent++;
	pool_give(packet->data);
}

/* A packet of a copy of its own: ENet's would be of a block that is zeroed first. */
static ENetPacket *packet_of(const void *data, size_t size, enet_uint32 flags)
{
	void *copy = pool_copy(data, size);
	ENetPacket *packet =
		copy ? enet_packet_create(copy, size, flags | ENET_PACKET_FLAG_NO_ALLOCATE) : NULL;

	if (!packet)
		pool_give(copy);
	return packet;
}

void server_note_queued(struct server *server, ENetPeer *peer)
{
	struct server_peer *slot = peer ? server_peer_of(server, peer) : NULL;

	if (slot && slot->is_waiting)
		return;
	if (!slot || server->waiting_count == SERVER_WAITING_PEERS) {
		server->has_others = true;
		return;
	}
	slot->is_waiting = true;
	server->waiting[server->waiting_count++] = peer;
}

/*
 * ENet goes round all peers to find those that it has something for. Of thousands a few have, most
 * of them a ping to acknowledge, and in small rooms there are thousands of deliveries a second.
 */
void server_flush_queues(struct server *server)
{
	if (server->has_others)
		enet_host_flush(server->host);
	for (unsigned i = 0; i < server->waiting_count; i++) {
		if (!server->has_others)
			platform_flush_peer(server->host, server->waiting[i]);
		server_peer_of(server, server->waiting[i])->is_waiting = false;
	}
	server->waiting_count = 0;
	server->has_others = false;
	server->queued_bytes = 0;
	server->served = NULL;
	server->served_bytes = 0;
}

/*
 * A member's states go to the net before the next one's are made. So these find the memory that
 * those had, still in the cache: a flush of 64 members walked through 80 KB of blocks otherwise,
 * and after a tick's rest each line of them is a wait. They take along what else waits for the
 * member, and its datagrams stand side by side in the batch, as runs of UDP_SEGMENT want it.
 */
static void flush_served(struct server *server)
{
	if (!server->served)
		return;
	platform_flush_peer(server->host, server->served);
	server->queued_bytes -= server->served_bytes;
	server->served = NULL;
	server->served_bytes = 0;
}

uint32_t server_ping_ms(const struct config *config)
{
	const uint32_t part_ms = (uint32_t)(config->timeout_s * 1000) / PINGS_A_TIMEOUT;

	return part_ms < PING_MAX_MS ? part_ms : PING_MAX_MS;
}

/*
 * How long after its last acknowledgement a client is sent a ping: between half and one and a half
 * of server_ping_ms, another time each time. Members of rooms that filled together, or who all
 * waited while the relay stood still, would be sent theirs together ever after, and acknowledge
 * them together (Floyd and Jacobson, The Synchronization of Periodic Routing Messages, 1994).
 */
static enet_uint32 ping_after_ms(const ENetPeer *peer, uint32_t mean_ms)
{
	return mean_ms / 2 +
	       (enet_uint32)(random_at(peer->incomingPeerID, peer->lastReceiveTime) % mean_ms);
}

/*
 * ENet's own ping leaves by itself, and a datagram costs much the same whatever is in it. So one
 * that is due goes along with a state; where none is sent, ENet's comes half as often. Not with a
 * full message, which may be one of a run of one size.
 */
static bool wants_ping(const struct server *server, const ENetPeer *peer, size_t size)
{
	const enet_uint32 now_ms = server->host->serviceTime;
	const uint32_t mean_ms = server_ping_ms(server->config);
	const enet_uint32 silent_ms = ENET_TIME_DIFFERENCE(now_ms, peer->lastReceiveTime);
	enet_uint32 after_ms;

	if (silent_ms < mean_ms / 2 || size > WIRE_MESSAGE_MAX_BYTES - sizeof(ENetProtocolPing))
		return false;
	after_ms = ping_after_ms(peer, mean_ms);
	return silent_ms >= after_ms &&
	       ENET_TIME_DIFFERENCE(now_ms, server_peer_of(server, peer)->pinged_ms) >= after_ms &&
	       enet_list_empty(&peer->sentReliableCommands);
}

static void ping(struct server *server, ENetPeer *peer)
{
	server_peer_of(server, peer)->pinged_ms = server->host->serviceTime;
	enet_peer_ping(peer);
}

/*
 * An event may be longer than an unknown path takes, and cannot be said in two messages. So it goes
 * in ENet's fragments, of which any path takes each.
 */
static int send_event(ENetPeer *peer, enet_uint8 channel, ENetPacket *packet)
{
	const enet_uint32 mtu = peer->mtu;
	int result;

	peer->mtu = WIRE_ENET_MTU_LEAST_BYTES;
	result = enet_peer_send(peer, channel, packet);
	peer->mtu = mtu;
	return result;
}

/* By ENet's queue. False: the peer is not to be reached. */
static bool queue(struct server *server, ENetPeer *peer, enum wire_channel channel,
		  enum wire_mode mode, const void *data, size_t size)
{
	ENetPacket *packet = packet_of(data, size, flags_of(mode));

	if (!packet)
		return false;
	packet->userData = &server->relay.accounting;
	packet->freeCallback = end_packet;
	if ((mode == WIRE_RELIABLE && wire_type_of(data, size) == WIRE_EVENT
		     ? send_event(peer, (enet_uint8)channel, packet)
		     : enet_peer_send(peer, (enet_uint8)channel, packet)) != 0) {
		packet->freeCallback = NULL;
		pool_give(packet->data);
		enet_packet_destroy(packet);
		return false;
	}
	server_note_queued(server, peer);
	server->queued_bytes += size;
	if (channel == WIRE_CHANNEL_STATE) {
		server->served = peer;
		server->served_bytes += size;
	}
	return true;
}

/* Most states need no queue: nothing else waits for their receiver, and nobody for its answer. */
static bool send_state(struct server *server, ENetPeer *peer, enum wire_mode mode, const void *data,
		       size_t size)
{
	const bool is_with_ping = wants_ping(server, peer, size);

	if (peer != server->served)
		flush_served(server);
	if (mode != WIRE_UNSEQUENCED || is_with_ping ||
	    !platform_send_unsequenced(peer, WIRE_CHANNEL_STATE, data, size)) {
		if (!queue(server, peer, WIRE_CHANNEL_STATE, mode, data, size))
			return false;
		if (is_with_ping)
			ping(server, peer);
	}
	return true;
}

static bool send_message(void *context, void *peer, enum wire_channel channel, enum wire_mode mode,
			 const void *data, size_t size)
{
	struct server *server = context;

	if (size == 0 || ((ENetPeer *)peer)->state != ENET_PEER_STATE_CONNECTED)
		return false;
	if (channel == WIRE_CHANNEL_STATE ? !send_state(server, peer, mode, data, size)
					  : !queue(server, peer, channel, mode, data, size))
		return false;
	if (server->queued_bytes > QUEUED_MAX_BYTES)
		server_flush_queues(server);
	return true;
}

size_t server_backlog_of(const ENetPeer *peer)
{
	const ENetList *list = &peer->outgoingCommands;
	size_t bytes = peer->reliableDataInTransit;

	for (const ENetListNode *node = list->sentinel.next; node != &list->sentinel;
	     node = node->next) {
		const ENetOutgoingCommand *command = (const ENetOutgoingCommand *)node;

		if (command->command.header.command & ENET_PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE)
			bytes += command->fragmentLength;
	}
	return bytes;
}

static size_t backlog(void *context, void *peer)
{
	(void)context;
	return server_backlog_of(peer);
}

/*
 * One channel is what some bindings connect with unless they are told otherwise, so who has too few
 * may be just beginning, and not read messages yet: the reason comes with the event as well.
 */
static void disconnect(void *context, void *peer, enum wire_reason reason)
{
	struct server *server = context;

	server_note_queued(server, peer);
	enet_peer_disconnect_later(peer, reason == WIRE_REASON_CHANNELS ? wire_reason_data(reason)
									: wire_connect_data());
}

/* ENet's MTU less what stands around a message at the most. */
static size_t message_bytes(void *context, void *peer)
{
	const size_t around = sizeof(ENetProtocolHeader) + sizeof(ENetProtocolSendFragment);

	(void)context;
	return ((const ENetPeer *)peer)->mtu - around;
}

static void set_message_bytes(void *context, void *peer, size_t bytes)
{
	struct server_peer *slot = server_peer_of(context, peer);

	slot->mtu =
		(uint16_t)(bytes + sizeof(ENetProtocolHeader) + sizeof(ENetProtocolSendFragment));
	server_set_mtu(slot, peer);
}

void server_set_mtu(const struct server_peer *slot, ENetPeer *peer)
{
	if (slot->mtu > peer->mtu)
		peer->mtu = slot->mtu;
	else if (slot->mtu < peer->mtu)
		(void)platform_shorten_mtu(peer, slot->mtu); /* else the next time */
}

static struct net_address address_of(void *context, void *peer)
{
	const ENetAddress *address = &((const ENetPeer *)peer)->address;

	(void)context;
	return (struct net_address){ .host = address->host, .port = address->port };
}

struct outbox server_outbox(struct server *server)
{
	return (struct outbox){ .context = server,
				.send = send_message,
				.backlog = backlog,
				.disconnect = disconnect,
				.message_bytes = message_bytes,
				.set_message_bytes = set_message_bytes,
				.address = address_of };
}

/* Messages out: queued with ENet, sent peer by peer. */
#include <enet/time.h>

#include "proto/enet/host_internal.h"
#include "proto/enet/retransmission.h"
#include "proto/enet/unsequenced.h"
#include "proto/enet/platform.h"
#include "proto/enet/pool.h"
#include "proto/net/random.h"

enum {
	/* A large room's flush is handed to the net while it is still in the cache. */
	QUEUED_MAX_BYTES = 256 << 10,
};

void host_note_queued(struct host *host, ENetPeer *peer)
{
	struct host_peer *own = peer ? host_peer_of(host, peer) : NULL;

	if (own && own->is_waiting)
		return;
	if (!own || host->waiting_count == HOST_WAITING_MAX) {
		host->has_others = true;
		return;
	}
	own->is_waiting = true;
	host->waiting[host->waiting_count++] = peer;
}

/* Flushing. */

/* ENet would look at all peers for waiting messages; the host knows the few that have some. */
void host_flush_queues(struct host *host)
{
	const bool looks_at_all = host->has_others || !host->is_server;

	if (looks_at_all)
		enet_host_flush(host->enet);
	for (unsigned i = 0; i < host->waiting_count; i++) {
		if (!looks_at_all)
			platform_flush_peer(host->enet, host->waiting[i]);
		host_peer_of(host, host->waiting[i])->is_waiting = false;
	}
	host->waiting_count = 0;
	host->has_others = false;
	host->queued_bytes = 0;
	host->served = NULL;
	host->served_bytes = 0;
}

/*
 * Hands a peer's messages to the net before the next peer's are made, which then reuse memory that
 * is still in the cache. Everything else that waits for the peer goes along. So its datagrams stand
 * side by side in the batch, as UDP_SEGMENT needs it.
 */
static void flush_served(struct host *host)
{
	if (!host->served)
		return;
	platform_flush_peer(host->enet, host->served);
	host->queued_bytes -= host->served_bytes;
	host->served = NULL;
	host->served_bytes = 0;
}

void host_flush(struct host *host)
{
	host_flush_queues(host);
	platform_flush(host->enet);
}

/* Packets. */

static enet_uint32 flags_of(enum wire_mode mode)
{
	/* ENet makes an unreliable message reliable when it cuts it, unless told not to. */
	static const enet_uint32 flags[WIRE_MODE_COUNT] = {
		[WIRE_UNSEQUENCED] =
			ENET_PACKET_FLAG_UNSEQUENCED | ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT,
		[WIRE_SEQUENCED] = ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT,
		[WIRE_RELIABLE] = ENET_PACKET_FLAG_RELIABLE,
	};

	return flags[mode];
}

/* ENet marks an unreliable packet as sent before it frees it. */
static void end_packet(ENetPacket *packet)
{
	struct host_peer *own = packet->userData;

	if (packet->flags & ENET_PACKET_FLAG_RELIABLE) {
		own->reliable_bytes -= packet->dataLength;
		own->progress_ns = own->host->now_ns;
	} else if (!(packet->flags & ENET_PACKET_FLAG_SENT))
		own->host->stats.dropped++;
	pool_give(packet->data);
}

/* Copies the message by itself: ENet would zero the block first. */
static ENetPacket *packet_of(const void *data, size_t size, enet_uint32 flags)
{
	void *copy = pool_copy(data, size);
	ENetPacket *packet =
		copy ? enet_packet_create(copy, size, flags | ENET_PACKET_FLAG_NO_ALLOCATE) : NULL;

	if (!packet)
		pool_give(copy);
	return packet;
}

static int send_cut(ENetPeer *peer, uint8_t channel, ENetPacket *packet)
{
	const enet_uint32 mtu = peer->mtu;
	int result;

	peer->mtu = ENET_PROTOCOL_MINIMUM_MTU;
	result = enet_peer_send(peer, channel, packet);
	peer->mtu = mtu;
	return result;
}

static bool queue(struct host *host, ENetPeer *peer, uint8_t channel, enum wire_mode mode,
		  bool is_cut, const void *data, size_t size)
{
	struct host_peer *own = host_peer_of(host, peer);
	ENetPacket *packet = packet_of(data, size, flags_of(mode));

	if (!packet)
		return false;
	if ((is_cut ? send_cut(peer, channel, packet) : enet_peer_send(peer, channel, packet)) !=
	    0) {
		pool_give(packet->data);
		enet_packet_destroy(packet);
		return false;
	}
	packet->userData = own;
	packet->freeCallback = end_packet;
	if (mode == WIRE_RELIABLE) {
		if (own->reliable_bytes == 0)
			own->progress_ns = host->now_ns;
		own->reliable_bytes += size;
	}
	host->queued_bytes += size;
	host_note_queued(host, peer);
	return true;
}

/* Pings. */

/*
 * How long after a peer's last acknowledgement it is sent a ping: a random time between half and
 * one and a half of the mean. With a fixed time, peers that connected together would get their
 * pings together from then on, and acknowledge them together (Floyd and Jacobson, The
 * Synchronization of Periodic Routing Messages, 1994).
 */
static enet_uint32 ping_after_ms(const ENetPeer *peer, uint32_t mean_ms)
{
	return mean_ms / 2 +
	       (enet_uint32)(random_at(peer->incomingPeerID, peer->lastReceiveTime) % mean_ms);
}

/*
 * A datagram costs much the same whatever is in it, and ENet's own ping takes one of its own. So a
 * ping that is due goes along with a message; where no message goes, ENet's ping follows later. A
 * message that fills its datagram takes none along: it may be one of a run of one size.
 */
static bool wants_ping(const struct host *host, const ENetPeer *peer, size_t size)
{
	const struct host_peer *own = host_peer_of(host, peer);
	const enet_uint32 now_ms = host->enet->serviceTime;
	const enet_uint32 silent_ms = ENET_TIME_DIFFERENCE(now_ms, peer->lastReceiveTime);
	enet_uint32 after_ms;

	if (own->joined_ping_ms == 0 || silent_ms < own->joined_ping_ms / 2 ||
	    size + HOST_MESSAGE_HEADER_BYTES + sizeof(ENetProtocolPing) > host->enet->mtu)
		return false;
	after_ms = ping_after_ms(peer, own->joined_ping_ms);
	return silent_ms >= after_ms && ENET_TIME_DIFFERENCE(now_ms, own->pinged_ms) >= after_ms &&
	       enet_list_empty(&peer->sentReliableCommands);
}

static bool send_in_turn(struct host *host, ENetPeer *peer, uint8_t channel, enum wire_mode mode,
			 const void *data, size_t size)
{
	const bool is_with_ping = wants_ping(host, peer, size);

	if (peer != host->served)
		flush_served(host);
	if (mode == WIRE_UNSEQUENCED && !is_with_ping &&
	    unsequenced_send(peer, channel, data, size))
		return true;
	if (!queue(host, peer, channel, mode, false, data, size))
		return false;
	host->served = peer;
	host->served_bytes += size;
	if (is_with_ping) {
		host_peer_of(host, peer)->pinged_ms = host->enet->serviceTime;
		enet_peer_ping(peer);
	}
	return true;
}

bool host_send(struct host *host, unsigned number, uint8_t channel, enum wire_mode mode,
	       enum host_send_as as, const void *data, size_t size)
{
	ENetPeer *peer = &host->enet->peers[number];

	if (peer->state != ENET_PEER_STATE_CONNECTED)
		return false;
	if (as == HOST_IN_TURN ? !send_in_turn(host, peer, channel, mode, data, size)
			       : !queue(host, peer, channel, mode, as == HOST_CUT, data, size))
		return false;
	if (host->queued_bytes > QUEUED_MAX_BYTES)
		host_flush_queues(host);
	return true;
}

size_t host_backlog(const struct host *host, unsigned number)
{
	return host->peers[number].reliable_bytes;
}

int64_t host_stuck_ns(const struct host *host, unsigned number)
{
	const struct host_peer *own = &host->peers[number];

	return own->reliable_bytes > 0 ? host->now_ns - own->progress_ns : 0;
}

/* MTU. */

void host_apply_mtu(const struct host *host, ENetPeer *peer)
{
	const uint16_t mtu = host_peer_of(host, peer)->mtu;

	if (mtu > peer->mtu)
		peer->mtu = mtu;
	else if (mtu < peer->mtu)
		(void)retransmission_shorten_mtu(peer, mtu); /* else the next time */
}

void host_set_message_bytes(struct host *host, unsigned number, size_t bytes)
{
	host->peers[number].mtu = (uint16_t)(bytes + HOST_MESSAGE_HEADER_BYTES);
	host_apply_mtu(host, &host->enet->peers[number]);
}

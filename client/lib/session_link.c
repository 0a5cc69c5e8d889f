#include "client/lib/session_link.h"

#include <enet/enet.h>
#include <errno.h>
#include <string.h>

#include "client/lib/starling.h"
#include "proto/enet/platform.h"

enum {
	PING_MAX_MS = 1000,
	PING_MIN_MS = 50,
	/* ENet's own limits; ours are stricter where it matters. */
	WAITING_MAX_BYTES = 1 << 20,
	TIMEOUT_LIMIT = 32,
	/* DESIGN: recovers at once from a moment of congestion, and never decelerates. */
	THROTTLE_INTERVAL_MS = 5000,
	SERVICE_DATAGRAMS = 256, /* ENet reads so many a call, and leaves the rest */
	/* Links that take less than 1,280 bytes carry no IPv6. */
	IPV4_UDP_BYTES = 20 + 8,
};

_Static_assert((int)STARLING_MTU_MIN == (int)ENET_PROTOCOL_MINIMUM_MTU + IPV4_UDP_BYTES,
	       "see starling.h");

int link_open(struct session_link *link)
{
	const ENetAddress any = { .host = ENET_HOST_ANY, .port = ENET_PORT_ANY };

	errno = 0;
	link->host = enet_host_create(&any, 1, WIRE_CHANNEL_COUNT, 0, 0);
	if (!link->host)
		return errno > 0 ? -errno : -ENOMEM;
	platform_seed(link->host);
	link->host->mtu = WIRE_ENET_MTU_BYTES;
	link->host->maximumPacketSize = WIRE_MESSAGE_MAX_BYTES;
	link->host->maximumWaitingData = WAITING_MAX_BYTES;
	link->heard_datagrams = 0;
	link->read_datagrams = 0;
	link->unflushed_bytes = 0;
	link->enet_mtu = WIRE_ENET_MTU_BYTES;
	return 0;
}

static enet_uint32 ms_of(double seconds)
{
	return (enet_uint32)(seconds * 1e3 + 0.5);
}

/* Silence is judged by the session; ENet's own time-outs, which fire at about half, stay behind it.
 */
static void set_timeouts(ENetPeer *peer, double timeout_s)
{
	enet_uint32 timeout_ms = ms_of(timeout_s);
	enet_uint32 ping_ms = timeout_ms / 8;

	if (ping_ms > PING_MAX_MS)
		ping_ms = PING_MAX_MS;
	if (ping_ms < PING_MIN_MS)
		ping_ms = PING_MIN_MS;
	enet_peer_timeout(peer, TIMEOUT_LIMIT, 2 * timeout_ms, 3 * timeout_ms);
	enet_peer_ping_interval(peer, ping_ms);
}

/* What ENet may put into a datagram on a path that takes `mtu` bytes of IP (PROTOCOL.md, 6.1). */
static uint16_t enet_mtu_of(unsigned mtu)
{
	if (mtu == 0 || mtu >= WIRE_ENET_MTU_BYTES + WIRE_SEAL_BYTES + IPV4_UDP_BYTES)
		return WIRE_ENET_MTU_BYTES;
	if (mtu < ENET_PROTOCOL_MINIMUM_MTU + WIRE_SEAL_BYTES + IPV4_UDP_BYTES)
		return ENET_PROTOCOL_MINIMUM_MTU;
	return (uint16_t)(mtu - WIRE_SEAL_BYTES - IPV4_UDP_BYTES);
}

int link_connect(struct session_link *link, const struct net_address *address,
		 const struct link_settings *settings)
{
	const ENetAddress to = { .host = address->host, .port = address->port };

	if (link->peer)
		enet_peer_reset(link->peer);
	/* What CONNECT offers is the peer's, not the host's. */
	link->enet_mtu = enet_mtu_of(settings->mtu);
	link->host->peers[0].mtu = link->enet_mtu;
	link->peer = enet_host_connect(link->host, &to, WIRE_CHANNEL_COUNT, wire_connect_data());
	if (!link->peer)
		return -ENOMEM;
	set_timeouts(link->peer, settings->timeout_s);
	return 0;
}

void link_configure(struct session_link *link, const struct link_settings *settings)
{
	/* The relay may have asked for less; then ENet would make fragments of our messages. */
	link->peer->mtu = link->enet_mtu;
	if (!settings->enet_throttle)
		enet_peer_throttle_configure(link->peer, THROTTLE_INTERVAL_MS,
					     ENET_PEER_PACKET_THROTTLE_SCALE, 0);
	/* The relay may have allowed fewer channels. To it the start is a jump, as after a loss. */
	if (settings->sequence_start > 0 && link->peer->channelCount > WIRE_CHANNEL_STATE)
		link->peer->channels[WIRE_CHANNEL_STATE].outgoingUnreliableSequenceNumber =
			settings->sequence_start;
}

static void release(struct session_link *link)
{
	if (link->packet)
		enet_packet_destroy(link->packet);
	link->packet = NULL;
}

/* Those that programs are told. */
static void add_stats(struct net_stats *sum, const struct net_stats *stats)
{
	sum->datagrams_in += stats->datagrams_in;
	sum->bytes_in += stats->bytes_in;
	sum->datagrams_out += stats->datagrams_out;
	sum->bytes_out += stats->bytes_out;
	sum->dropped_kernel += stats->dropped_kernel;
}

void link_close(struct session_link *link)
{
	struct net_stats sum;

	if (!link->host)
		return;
	release(link);
	if (link->peer && (link->peer->state == ENET_PEER_STATE_CONNECTED ||
			   link->peer->state == ENET_PEER_STATE_DISCONNECT_LATER))
		enet_peer_disconnect_now(link->peer, 0);
	platform_flush(link->host);
	link_stats(link, &sum);
	link->closed = sum;
	enet_host_destroy(link->host);
	link->host = NULL;
	link->peer = NULL;
}

void link_leave(struct session_link *link)
{
	if (link->peer)
		enet_peer_disconnect_later(link->peer, 0);
}

/*
 * ENet marks an unreliable packet as sent before it lets go of it. One that it lets go of unmarked,
 * the throttle has dropped: nothing else can, since a turn flushes before it reads or closes.
 */
static void on_unreliable_freed(ENetPacket *packet)
{
	struct session_link *link = packet->userData;

	if (!(packet->flags & ENET_PACKET_FLAG_SENT))
		link->throttled++;
}

static void on_reliable_freed(ENetPacket *packet)
{
	struct session_link *link = packet->userData;

	link->reliable_bytes -= packet->dataLength;
}

size_t link_message_bytes(const struct session_link *link)
{
	return link->enet_mtu - (WIRE_ENET_MTU_BYTES - WIRE_MESSAGE_MAX_BYTES);
}

bool link_has_room(const struct session_link *link)
{
	return link->reliable_bytes + 2 * WIRE_MESSAGE_MAX_BYTES <= LINK_BACKLOG_MAX_BYTES;
}

int link_send(struct session_link *link, enum wire_channel channel, enum wire_mode mode,
	      const void *data, size_t size)
{
	/* Unreliable fragments: those of an unreliable message are reliable otherwise. */
	static const enet_uint32 flags[WIRE_MODE_COUNT] = {
		[WIRE_UNSEQUENCED] =
			ENET_PACKET_FLAG_UNSEQUENCED | ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT,
		[WIRE_SEQUENCED] = ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT,
		[WIRE_RELIABLE] = ENET_PACKET_FLAG_RELIABLE,
	};
	bool is_reliable = mode == WIRE_RELIABLE;
	ENetPacket *packet;

	if (!link->peer || link->peer->state != ENET_PEER_STATE_CONNECTED)
		return -ENOTCONN;
	if (is_reliable && link->reliable_bytes + size > LINK_BACKLOG_MAX_BYTES)
		return -ENOBUFS;
	packet = enet_packet_create(data, size, flags[mode]);
	if (!packet)
		return -ENOMEM;
	if (enet_peer_send(link->peer, (enet_uint8)channel, packet) < 0) {
		enet_packet_destroy(packet);
		return -ENOBUFS;
	}
	packet->userData = link;
	packet->freeCallback = is_reliable ? on_reliable_freed : on_unreliable_freed;
	if (is_reliable)
		link->reliable_bytes += size;
	else
		link->unflushed_bytes += size;
	if (link->unflushed_bytes > LINK_UNFLUSHED_MAX_BYTES)
		link_flush(link);
	return 0;
}

void link_flush(struct session_link *link)
{
	if (!link->host)
		return;
	enet_host_flush(link->host);
	link->unflushed_bytes = 0;
	platform_flush(link->host);
}

/* Services until there is an event, or nothing is left to read. */
static bool service(struct session_link *link, ENetEvent *event)
{
	bool has_more = true;

	platform_run_retransmission_timer(link->host);
	while (has_more) {
		if (enet_host_service(link->host, event, 0) > 0)
			return true;
		has_more = link->host->totalReceivedPackets - link->read_datagrams >=
			   SERVICE_DATAGRAMS;
		link->read_datagrams = link->host->totalReceivedPackets;
	}
	return false;
}

enum link_event_type link_next(struct session_link *link, struct link_event *event)
{
	ENetEvent happened = { .type = ENET_EVENT_TYPE_NONE };

	*event = (struct link_event){ .type = LINK_NOTHING };
	release(link);
	if (!link->host)
		return LINK_NOTHING;
	if (enet_host_check_events(link->host, &happened) <= 0 && !service(link, &happened)) {
		platform_flush(link->host);
		return LINK_NOTHING;
	}
	event->data = happened.data;
	switch (happened.type) {
	case ENET_EVENT_TYPE_CONNECT:
		event->type = LINK_CONNECTED;
		break;
	case ENET_EVENT_TYPE_DISCONNECT:
		event->type = LINK_DISCONNECTED;
		link->peer = NULL;
		break;
	case ENET_EVENT_TYPE_RECEIVE:
		link->packet = happened.packet;
		event->type = LINK_MESSAGE;
		event->channel = happened.channelID;
		event->bytes = happened.packet->data;
		event->size = happened.packet->dataLength;
		break;
	case ENET_EVENT_TYPE_NONE:
		break;
	}
	return event->type;
}

bool link_has_heard(struct session_link *link)
{
	uint32_t before = link->heard_datagrams;

	link->heard_datagrams = link->host ? link->host->totalReceivedPackets : 0;
	return link->heard_datagrams != before;
}

int64_t link_deadline_ns(const struct session_link *link)
{
	struct net *net = net_current();
	int64_t enet_ns, net_ns;

	if (!link->host)
		return INT64_MAX;
	/* What was taken from the kernel already wakes no poll. */
	if (net->has_buffered(net, platform_socket(link->host)))
		return 0;
	enet_ns = platform_deadline_ns(link->host);
	net_ns = net_next_ns(net, platform_socket(link->host));
	return net_ns < enet_ns ? net_ns : enet_ns;
}

int link_socket(const struct session_link *link)
{
	return link->host ? platform_socket(link->host) : -1;
}

void link_stats(const struct session_link *link, struct net_stats *stats)
{
	struct net *net = net_current();
	struct net_stats open = { 0 };

	*stats = link->closed;
	if (!link->host)
		return;
	net->stats(net, platform_socket(link->host), &open);
	add_stats(stats, &open);
}

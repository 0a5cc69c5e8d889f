#include "client/lib/session_link.h"

#include <errno.h>
#include <string.h>

#include "client/lib/starling.h"
#include "proto/enet/host.h"

enum {
	RELAY = 0, /* the host's only peer */
	PING_MAX_MS = 1000,
	PING_MIN_MS = 50,
	/* ENet's own limits; ours are stricter where it matters. */
	WAITING_MAX_BYTES = 1 << 20,
	TIMEOUT_LIMIT = 32,
	/* Links that take less than 1,280 bytes carry no IPv6. */
	IPV4_UDP_BYTES = 20 + 8,
};

_Static_assert((int)STARLING_MTU_MIN == (int)HOST_MTU_LEAST + IPV4_UDP_BYTES, "see starling.h");

int link_open(struct session_link *link)
{
	const struct host_config config = {
		.peers = 1,
		.channels = WIRE_CHANNEL_COUNT,
		.mtu = WIRE_ENET_MTU_BYTES,
		.message_max_bytes = WIRE_MESSAGE_MAX_BYTES,
		.waiting_max_bytes = WAITING_MAX_BYTES,
	};
	const int result = host_open(&link->host, &config);

	if (result != 0)
		return result;
	link->has_peer = false;
	link->batch = NULL;
	link->noted_datagrams = 0;
	link->unflushed_bytes = 0;
	link->enet_mtu = WIRE_ENET_MTU_BYTES;
	return 0;
}

static uint32_t ms_of(double seconds)
{
	return (uint32_t)(seconds * 1e3 + 0.5);
}

/* The session judges silence; ENet's own time-outs, which fire at about half, stay behind it. */
static void tune(struct session_link *link, const struct link_settings *settings)
{
	const uint32_t timeout_ms = ms_of(settings->timeout_s);
	struct host_tuning tuning = { .timeout_ms = timeout_ms,
				      .timeout_limit = TIMEOUT_LIMIT,
				      .ping_ms = timeout_ms / 8 };

	if (tuning.ping_ms > PING_MAX_MS)
		tuning.ping_ms = PING_MAX_MS;
	if (tuning.ping_ms < PING_MIN_MS)
		tuning.ping_ms = PING_MIN_MS;
	host_tune(link->host, RELAY, &tuning);
}

/* The longest datagram of ENet's on a path that takes `mtu` bytes of IP (PROTOCOL.md, 6.1). */
static uint16_t enet_mtu_of(unsigned mtu)
{
	if (mtu == 0 || mtu >= WIRE_ENET_MTU_BYTES + WIRE_SEAL_BYTES + IPV4_UDP_BYTES)
		return WIRE_ENET_MTU_BYTES;
	if (mtu < HOST_MTU_LEAST + WIRE_SEAL_BYTES + IPV4_UDP_BYTES)
		return HOST_MTU_LEAST;
	return (uint16_t)(mtu - WIRE_SEAL_BYTES - IPV4_UDP_BYTES);
}

int link_connect(struct session_link *link, const struct net_address *address,
		 const struct link_settings *settings)
{
	link->batch = NULL; /* of a former connection */
	link->enet_mtu = enet_mtu_of(settings->mtu);
	link->has_peer =
		host_connect(link->host, address, wire_connect_data(), link->enet_mtu) == 0;
	if (!link->has_peer)
		return -ENOMEM;
	tune(link, settings);
	return 0;
}

void link_configure(struct session_link *link, const struct link_settings *settings)
{
	if (!settings->enet_throttle)
		host_disable_throttle(link->host, RELAY);
	host_start_sequence(link->host, RELAY, WIRE_CHANNEL_STATE, settings->sequence_start);
}

static bool is_connected(const struct session_link *link)
{
	return link->has_peer && host_peer_state(link->host, RELAY).is_connected;
}

/* Adds the counts that programs get. */
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
	if (link->host && link->has_peer) {
		host_disconnect(link->host, RELAY, 0, HOST_AT_ONCE);
		host_flush(link->host);
	}
	link_abandon(link);
}

void link_abandon(struct session_link *link)
{
	struct net_stats sum;

	if (!link->host)
		return;
	link_stats(link, &sum);
	link->closed = sum;
	link->throttled = link_throttled(link);
	host_close(link->host);
	link->host = NULL;
	link->has_peer = false;
	link->batch = NULL;
}

void link_move_counts(struct session_link *link, struct session_link *other)
{
	add_stats(&link->closed, &other->closed);
	link->throttled += other->throttled;
	other->closed = (struct net_stats){ 0 };
	other->throttled = 0;
}

void link_replace(struct session_link *link, struct session_link *other)
{
	link_abandon(link);
	link_move_counts(other, link);
	*link = *other;
	*other = (struct session_link){ 0 };
}

void link_disconnect(struct session_link *link)
{
	if (link->has_peer)
		host_disconnect(link->host, RELAY, 0, HOST_WHEN_DELIVERED);
}

size_t link_message_bytes(const struct session_link *link)
{
	return link->enet_mtu - (WIRE_ENET_MTU_BYTES - WIRE_MESSAGE_MAX_BYTES);
}

bool link_has_room(const struct session_link *link)
{
	const size_t waiting = link->host ? host_backlog(link->host, RELAY) : 0;

	return waiting + 2 * WIRE_MESSAGE_MAX_BYTES <= LINK_BACKLOG_MAX_BYTES;
}

int link_send(struct session_link *link, enum wire_channel channel, enum wire_mode mode,
	      const void *data, size_t size)
{
	if (!is_connected(link))
		return -ENOTCONN;
	if (mode == WIRE_RELIABLE &&
	    host_backlog(link->host, RELAY) + size > LINK_BACKLOG_MAX_BYTES)
		return -ENOBUFS;
	if (!host_send(link->host, RELAY, (uint8_t)channel, mode, HOST_QUEUED, data, size))
		return -ENOBUFS;
	if (mode != WIRE_RELIABLE)
		link->unflushed_bytes += size;
	if (link->unflushed_bytes > LINK_UNFLUSHED_MAX_BYTES)
		link_flush(link);
	return 0;
}

void link_flush(struct session_link *link)
{
	if (!link->host)
		return;
	host_flush(link->host);
	link->unflushed_bytes = 0;
}

static bool has_event(const struct session_link *link)
{
	return link->batch && link->next < link->batch->count;
}

/* The next event that the host has, or receives; NULL: nothing is left. */
static const struct host_event *next_event(struct session_link *link)
{
	while (!has_event(link)) {
		link->batch = host_receive(link->host, net_now_ns());
		link->next = 0;
		if (link->batch->count == 0 && link->batch->is_drained)
			return NULL;
	}
	return &link->batch->events[link->next++];
}

enum link_event_type link_next(struct session_link *link, struct link_event *event)
{
	const struct host_event *happened;

	*event = (struct link_event){ .type = LINK_NOTHING };
	if (!link->host)
		return LINK_NOTHING;
	happened = next_event(link);
	if (!happened) {
		struct net *net = net_current();

		net->flush(net, host_socket(link->host));
		return LINK_NOTHING;
	}
	event->data = happened->data;
	switch (happened->type) {
	case HOST_CONNECTED:
		event->type = LINK_CONNECTED;
		break;
	case HOST_DISCONNECTED:
		event->type = LINK_DISCONNECTED;
		link->has_peer = false;
		break;
	case HOST_MESSAGE:
		event->type = LINK_MESSAGE;
		event->channel = happened->channel;
		event->bytes = happened->bytes;
		event->size = happened->size;
		break;
	case HOST_NO_PLACE: /* a server's */
		break;
	}
	return event->type;
}

bool link_has_received(struct session_link *link)
{
	const uint64_t before = link->noted_datagrams;

	link->noted_datagrams = link->host ? host_stats(link->host).datagrams_in : 0;
	return link->noted_datagrams != before;
}

int64_t link_deadline_ns(const struct session_link *link)
{
	return link->host ? host_deadline_ns(link->host) : INT64_MAX;
}

int link_socket(const struct session_link *link)
{
	return link->host ? host_socket(link->host) : -1;
}

uint64_t link_throttled(const struct session_link *link)
{
	return link->throttled + (link->host ? host_stats(link->host).dropped : 0);
}

void link_stats(const struct session_link *link, struct net_stats *stats)
{
	struct net *net = net_current();
	struct net_stats open = { 0 };

	*stats = link->closed;
	if (!link->host)
		return;
	net->stats(net, host_socket(link->host), &open);
	add_stats(stats, &open);
}

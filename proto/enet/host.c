#include "proto/enet/host.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/enet/host_internal.h"
#include "proto/enet/deadline.h"
#include "proto/enet/guard/guard.h"
#include "proto/enet/platform.h"
#include "proto/enet/waiting.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	/* A handshake takes HALF_OPEN_MS at most, and no more than one peer of HALF_OPEN_SHARE may
	 * be at one for longer than HALF_OPEN_LONG_MS. */
	HALF_OPEN_MS = 3000,
	HALF_OPEN_LONG_MS = 1000,
	HALF_OPEN_SHARE = 4,
	/* For a throttle that never closes. */
	THROTTLE_INTERVAL_MS = 5000,
};

_Static_assert((int)HOST_PEERS_MAX == (int)ENET_PROTOCOL_MAXIMUM_PEER_ID, "see host.h");
_Static_assert((int)HOST_MTU_LEAST == (int)ENET_PROTOCOL_MINIMUM_MTU, "see host.h");
_Static_assert(HOST_MESSAGE_HEADER_BYTES ==
		       sizeof(ENetProtocolHeader) + sizeof(ENetProtocolSendFragment),
	       "see host.h");

unsigned host_number(const struct host *host, const ENetPeer *peer)
{
	return (unsigned)(peer - host->enet->peers);
}

struct host_peer *host_peer_of(const struct host *host, const ENetPeer *peer)
{
	return &host->peers[peer - host->enet->peers];
}

/* Opening and closing. */

static void configure(struct host *host, const struct host_config *config)
{
	ENetHost *enet = host->enet;

	platform_seed(enet);
	enet->mtu = config->mtu;
	host->per_address = config->per_address > 0 ? config->per_address : SIZE_MAX;
	enet->maximumPacketSize = config->message_max_bytes;
	enet->maximumWaitingData = config->waiting_max_bytes;
	enet->peers[0].data = host; /* for the hook, which is called with ENet's host */
	enet->intercept = host_intercept;
	for (size_t i = 0; i < config->peers; i++) {
		enet->peers[i].mtu = config->mtu; /* made before the host had it */
		host->peers[i].host = host;
		host->peers[i].mtu = (uint16_t)config->mtu;
	}
}

int host_open(struct host **opened, const struct host_config *config)
{
	const ENetAddress address = { .host = config->address.host, .port = config->address.port };
	struct host *host = calloc(1, sizeof(*host));
	int result = -ENOMEM;

	*opened = NULL;
	if (!host)
		return result;
	host->is_server = config->is_server;
	host->peers_max = config->peers;
	host->peers = calloc(config->peers, sizeof(host->peers[0]));
	if (config->is_guarded)
		host->guard = guard_create();
	if (host->peers && (host->guard || !config->is_guarded)) {
		errno = 0;
		host->enet = enet_host_create(&address, config->peers, config->channels, 0, 0);
		result = errno > 0 ? -errno : -ENOMEM;
	}
	if (!host->enet) {
		host_close(host);
		return result;
	}
	configure(host, config);
	*opened = host;
	return 0;
}

void host_close(struct host *host)
{
	if (!host)
		return;
	host_release_batch(host);
	if (host->enet) {
		platform_flush(host->enet);
		enet_host_destroy(host->enet);
	}
	guard_destroy(host->guard);
	free(host->events);
	free(host->bytes);
	free(host->peers);
	free(host);
}

struct net_address host_address(const struct host *host)
{
	return (struct net_address){ .host = host->enet->address.host,
				     .port = host->enet->address.port };
}

int host_socket(const struct host *host)
{
	return platform_socket(host->enet);
}

void host_set_limits(struct host *host, const struct guard_limits *limits)
{
	guard_set_limits(host->guard, limits);
}

void host_set_per_address(struct host *host, size_t per_address)
{
	host->per_address = per_address;
}

void host_set_gate(struct host *host, host_gate *gate, void *context)
{
	host->gate = gate;
	host->gate_context = context;
}

/* Connections. */

int host_connect(struct host *host, const struct net_address *to, uint32_t data, uint32_t mtu)
{
	const ENetAddress address = { .host = to->host, .port = to->port };
	ENetHost *enet = host->enet;

	enet_peer_reset(&enet->peers[0]);
	/* CONNECT offers the peer's MTU, not the host's. */
	enet->peers[0].mtu = mtu;
	host->peers[0].mtu = (uint16_t)mtu;
	return enet_host_connect(enet, &address, enet->channelLimit, data) ? 0 : -ENOMEM;
}

int host_add_connection(struct host *host, const struct net_address *to, uint32_t data)
{
	const ENetAddress address = { .host = to->host, .port = to->port };
	ENetPeer *peer;

	platform_reserve_peers(host->enet, host->peers_max);
	peer = enet_host_connect(host->enet, &address, host->enet->channelLimit, data);
	if (!peer)
		return -ENOMEM;
	host_note_queued(host, peer);
	return (int)host_number(host, peer);
}

void host_tune(struct host *host, unsigned number, const struct host_tuning *tuning)
{
	ENetPeer *peer = &host->enet->peers[number];

	enet_peer_timeout(peer, tuning->timeout_limit, 2 * tuning->timeout_ms,
			  3 * tuning->timeout_ms);
	enet_peer_ping_interval(peer, tuning->ping_ms);
	host->peers[number].joined_ping_ms = tuning->joined_ping_ms;
}

void host_disable_throttle(struct host *host, unsigned number)
{
	ENetPeer *peer = &host->enet->peers[number];

	enet_peer_throttle_configure(peer, THROTTLE_INTERVAL_MS, ENET_PEER_PACKET_THROTTLE_SCALE,
				     0);
	host_note_queued(host, peer); /* ENet sends the settings to the other side */
}

void host_disable_own_throttle(struct host *host, unsigned number)
{
	host->enet->peers[number].packetThrottleDeceleration = 0;
}

/*
 * ENet numbers the packets of an unreliable sequenced channel in 16 bits, and sends the packet
 * after number 65,535 reliably, so that the numbers can begin again behind it. To the receiver, a
 * start further on looks like lost packets. The other side may have asked for fewer channels.
 */
void host_start_sequence(struct host *host, unsigned number, unsigned channel, uint16_t start)
{
	ENetPeer *peer = &host->enet->peers[number];

	if (start > 0 && channel < peer->channelCount)
		peer->channels[channel].outgoingUnreliableSequenceNumber = start;
}

static bool is_half_open(const ENetPeer *peer)
{
	return peer->state == ENET_PEER_STATE_ACKNOWLEDGING_CONNECT ||
	       peer->state == ENET_PEER_STATE_CONNECTION_PENDING;
}

struct host_peer_state host_peer_state(const struct host *host, unsigned number)
{
	const ENetPeer *peer = &host->enet->peers[number];

	return (struct host_peer_state){
		.address = { .host = peer->address.host, .port = peer->address.port },
		.is_connected = peer->state == ENET_PEER_STATE_CONNECTED,
		.is_half_open = is_half_open(peer),
		.silent_ms = host->enet->serviceTime - peer->lastReceiveTime,
		.rtt_ms = peer->roundTripTime,
		.message_bytes = peer->mtu - HOST_MESSAGE_HEADER_BYTES,
	};
}

struct host_stats host_stats(const struct host *host)
{
	struct host_stats stats = host->stats;

	if (host->guard)
		stats.guard = *guard_stats(host->guard);
	return stats;
}

bool host_is_idle(const struct host *host)
{
	for (size_t i = 0; i < host->enet->peerCount; i++)
		if (host->enet->peers[i].state != ENET_PEER_STATE_DISCONNECTED)
			return false;
	return true;
}

void host_disconnect(struct host *host, unsigned number, uint32_t data,
		     enum host_disconnect_when when)
{
	ENetPeer *peer = &host->enet->peers[number];

	if (when == HOST_WHEN_DELIVERED) {
		host_note_queued(host, peer);
		enet_peer_disconnect_later(peer, data);
	} else if (peer->state == ENET_PEER_STATE_CONNECTING) {
		enet_peer_reset(peer); /* the other side has not numbered it yet */
	} else {
		enet_peer_disconnect_now(peer, data);
	}
}

/* Checks. */

/* For how long the handshake has been unfinished, as far as the checks saw it. */
static int64_t half_open_for_ns(struct host_peer *own, const ENetPeer *peer, int64_t now_ns)
{
	if (!is_half_open(peer))
		own->half_open_ns = 0;
	else if (own->half_open_ns == 0)
		own->half_open_ns = now_ns;
	return own->half_open_ns > 0 ? now_ns - own->half_open_ns : 0;
}

static size_t half_open_max(const struct host *host)
{
	return (host->peers_max + HALF_OPEN_SHARE - 1) / HALF_OPEN_SHARE;
}

/* `*count`: those of the peers before this one that are half open for long. */
static void end_half_open(struct host *host, ENetPeer *peer, size_t *count, int64_t now_ns)
{
	const int64_t for_ns = half_open_for_ns(host_peer_of(host, peer), peer, now_ns);
	const bool is_long = for_ns > HALF_OPEN_LONG_MS * NS_PER_MS;

	*count += is_long;
	if (for_ns <= HALF_OPEN_MS * NS_PER_MS && !(is_long && *count > half_open_max(host)))
		return;
	enet_peer_reset(peer);
	if (host->guard)
		guard_count(host->guard, GUARD_HALF_OPEN);
}

void host_check_peers(struct host *host, int64_t now_ns)
{
	size_t half_open = 0;

	platform_trim(host->enet);
	for (size_t i = 0; i < host->enet->peerCount; i++) {
		ENetPeer *peer = &host->enet->peers[i];

		end_half_open(host, peer, &half_open, now_ns);
		if (peer->state != ENET_PEER_STATE_CONNECTED)
			continue;
		host_apply_mtu(host, peer);
		waiting_check(peer, host->enet->maximumWaitingData);
	}
}

/* Deadlines. */

/*
 * Until the retransmission timer has run, ENet's next time for a peer may have passed or be too
 * late: so where the timer waits, its time counts.
 */
static int64_t enet_deadline_ns(const struct host *host)
{
	struct net *net = net_current();

	if (host->is_timer_due && host->batch.is_drained &&
	    !net->has_buffered(net, host_socket(host)))
		return host->retransmit_due_ns;
	return deadline_ns(host->enet);
}

int64_t host_deadline_ns(struct host *host)
{
	const int64_t net_ns = net_next_ns(net_current(), host_socket(host));

	host->enet_due_ns = enet_deadline_ns(host);
	return net_ns < host->enet_due_ns ? net_ns : host->enet_due_ns;
}

#include "proto/enet/platform.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include <enet/time.h>

#include "proto/enet/outgoing.h"
#include "proto/enet/platform_internal.h"
#include "proto/net/net.h"

/* Everything is compiled with hidden visibility; these must be found by libenet. */
#define EXPORTED __attribute__((visibility("default")))

enum {
	NS_PER_MS = 1000000,
	/* ENet hands over 2 for each of 32 commands, and a header. */
	BUFFERS_MAX = 80,
};

_Static_assert(2 * ENET_PROTOCOL_MAXIMUM_PACKET_COMMANDS + 1 <= BUFFERS_MAX,
	       "one datagram of ENet");
_Static_assert((int)NET_DATAGRAM_MAX_BYTES == (int)ENET_PROTOCOL_MAXIMUM_MTU,
	       "ENet's receive buffer");

/*
 * The eleven functions that libenet's core calls, and platform_init, stay in this one file: a
 * linker takes whole files out of libstarling.a, and only those that somebody names, so a program
 * that calls platform_init has them all.
 */

/* Returns -1 and leaves the reason in errno, as ENet's unix.c does. */
static int as_enet(int result)
{
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

static int unsupported(void)
{
	return as_enet(-EOPNOTSUPP);
}

EXPORTED int enet_initialize(void)
{
	platform_mark(PLATFORM_INITIALIZE);
	return 0;
}

EXPORTED void enet_deinitialize(void)
{
}

EXPORTED enet_uint32 enet_host_random_seed(void)
{
	struct net *net = net_current();

	platform_mark(PLATFORM_RANDOM_SEED);
	return net->random(net);
}

/* The clock */

/* Set by enet_time_set; ENet has one clock for the process. */
static _Atomic uint32_t shift_ms;

uint32_t platform_time_ms(int64_t now_ns)
{
	return (uint32_t)(now_ns / NS_PER_MS) +
	       atomic_load_explicit(&shift_ms, memory_order_relaxed);
}

EXPORTED enet_uint32 enet_time_get(void)
{
	platform_mark(PLATFORM_TIME_GET);
	return platform_time_ms(net_now_ns());
}

EXPORTED void enet_time_set(enet_uint32 new_time)
{
	const uint32_t now_ms = (uint32_t)(net_now_ns() / NS_PER_MS);

	atomic_store_explicit(&shift_ms, new_time - now_ms, memory_order_relaxed);
}

/* Sockets: opening and closing */

EXPORTED ENetSocket enet_socket_create(ENetSocketType type)
{
	struct net *net = net_current();

	platform_mark(PLATFORM_CREATE);
	if (type != ENET_SOCKET_TYPE_DATAGRAM)
		return unsupported();
	return as_enet(net->open(net));
}

EXPORTED void enet_socket_destroy(ENetSocket socket)
{
	struct net *net = net_current();
	const int kept = errno; /* enet_host_create comes here after a bind that failed */

	platform_mark(PLATFORM_DESTROY);
	if (socket != ENET_SOCKET_NULL)
		net->close(net, socket);
	errno = kept;
}

EXPORTED int enet_socket_bind(ENetSocket socket, const ENetAddress *address)
{
	struct net *net = net_current();
	struct net_address wanted = { 0 };

	platform_mark(PLATFORM_BIND);
	if (address)
		wanted = (struct net_address){ .host = address->host, .port = address->port };
	return as_enet(net->bind(net, socket, &wanted));
}

EXPORTED int enet_socket_get_address(ENetSocket socket, ENetAddress *address)
{
	struct net *net = net_current();
	struct net_address bound;
	const int result = net->address(net, socket, &bound);

	platform_mark(PLATFORM_GET_ADDRESS);
	if (result == 0) {
		address->host = bound.host;
		address->port = bound.port;
	}
	return as_enet(result);
}

EXPORTED int enet_socket_set_option(ENetSocket socket, ENetSocketOption option, int value)
{
	(void)socket;
	platform_mark(PLATFORM_SET_OPTION);
	switch (option) {
	case ENET_SOCKOPT_NONBLOCK:
	case ENET_SOCKOPT_BROADCAST:
		return value ? 0 : unsupported();
	case ENET_SOCKOPT_RCVBUF:
	case ENET_SOCKOPT_SNDBUF:
		return 0; /* the net asks for more than ENet does */
	default:
		return unsupported();
	}
}

EXPORTED int enet_socket_get_option(ENetSocket socket, ENetSocketOption option, int *value)
{
	(void)socket;
	if (option != ENET_SOCKOPT_ERROR)
		return unsupported();
	*value = 0;
	return 0;
}

/* Sockets: datagrams */

EXPORTED int enet_socket_send(ENetSocket socket, const ENetAddress *address,
			      const ENetBuffer *buffers, size_t count)
{
	struct net *net = net_current();
	struct net_buffer parts[BUFFERS_MAX];
	size_t size = 0;

	platform_mark(PLATFORM_SEND);
	for (size_t i = 0; i < count; i++) {
		if (i < BUFFERS_MAX)
			parts[i] = (struct net_buffer){ buffers[i].data, buffers[i].dataLength };
		size += buffers[i].dataLength;
	}
	if (size > INT_MAX)
		size = INT_MAX;
	if (address && count <= BUFFERS_MAX) {
		const struct net_address to = { .host = address->host, .port = address->port };

		net->send(net, socket, &to, parts, count);
	}
	return (int)size;
}

/*
 * The host in platform_receive, and how many peers it has. ENet looks among these for a datagram's
 * sender, and for peers to send to: so the host has them only while ENet reads a datagram.
 */
static _Thread_local struct {
	ENetHost *host;
	size_t peer_count;
	unsigned left; /* datagrams that it may still take */
} receiving;

static void note_received(bool is_any)
{
	if (!receiving.host)
		return;
	receiving.host->peerCount = is_any ? receiving.peer_count : 0;
	receiving.left -= is_any;
}

/* ENet would go on to its peers after the last datagram of its own batch. */
static bool is_batch_full(void)
{
	return receiving.host && receiving.left == 0;
}

EXPORTED int enet_socket_receive(ENetSocket socket, ENetAddress *address, ENetBuffer *buffers,
				 size_t count)
{
	struct net *net = net_current();
	struct net_address from;
	size_t size;

	platform_mark(PLATFORM_RECEIVE);
	if (count == 0)
		return 0;
	if (is_batch_full()) {
		note_received(false);
		return 0;
	}
	size = net->receive(net, socket, &from, buffers[0].data, buffers[0].dataLength);
	note_received(size > 0);
	if (size > 0 && address) {
		address->host = from.host;
		address->port = from.port;
	}
	return (int)size; /* at most NET_DATAGRAM_MAX_BYTES */
}

/* Sending never blocks for long, so a wait for that is over at once. */
EXPORTED int enet_socket_wait(ENetSocket socket, enet_uint32 *condition, enet_uint32 timeout)
{
	struct net *net = net_current();
	const enet_uint32 wanted = *condition;
	int64_t until_ns = INT64_MAX;
	int result;

	platform_mark(PLATFORM_WAIT);
	if (wanted & ENET_SOCKET_WAIT_SEND)
		until_ns = net->now_ns(net);
	else if (timeout != UINT32_MAX)
		until_ns = net->now_ns(net) + (int64_t)timeout * NS_PER_MS;
	result = net->wait(net, socket, until_ns);
	if (result == -EINTR && wanted & ENET_SOCKET_WAIT_INTERRUPT) {
		*condition = ENET_SOCKET_WAIT_INTERRUPT;
		return 0;
	}
	if (result < 0)
		return as_enet(result);
	*condition = wanted & ENET_SOCKET_WAIT_SEND;
	if (result > 0)
		*condition |= wanted & ENET_SOCKET_WAIT_RECEIVE;
	return 0;
}

/* Functions for streams and sets of descriptors */

EXPORTED int enet_socket_listen(ENetSocket socket, int backlog)
{
	(void)socket;
	(void)backlog;
	return unsupported();
}

EXPORTED int enet_socket_connect(ENetSocket socket, const ENetAddress *address)
{
	(void)socket;
	(void)address;
	return unsupported();
}

EXPORTED ENetSocket enet_socket_accept(ENetSocket socket, ENetAddress *address)
{
	(void)socket;
	(void)address;
	return unsupported();
}

EXPORTED int enet_socket_shutdown(ENetSocket socket, ENetSocketShutdown how)
{
	(void)socket;
	(void)how;
	return unsupported();
}

EXPORTED int enet_socketset_select(ENetSocket max_socket, ENetSocketSet *read_set,
				   ENetSocketSet *write_set, enet_uint32 timeout)
{
	(void)max_socket;
	(void)read_set;
	(void)write_set;
	(void)timeout;
	return unsupported();
}

/* Hosts */

void platform_seed(ENetHost *host)
{
	struct net *net = net_current();

	host->randomSeed = net->random(net);
}

static bool shares_bandwidth(const ENetHost *host)
{
	return ENET_TIME_DIFFERENCE(enet_time_get(), host->bandwidthThrottleEpoch) >=
	       ENET_HOST_BANDWIDTH_THROTTLE_INTERVAL;
}

int platform_receive(ENetHost *host, ENetEvent *event)
{
	int result;

	if (shares_bandwidth(host))
		return enet_host_service(host, event, 0);
	receiving.host = host;
	receiving.left = PLATFORM_BATCH_DATAGRAMS;
	receiving.peer_count = host->peerCount;
	host->peerCount = 0;
	result = enet_host_service(host, event, 0);
	host->peerCount = receiving.peer_count;
	receiving.host = NULL;
	return result;
}

bool platform_has_waiting(const ENetPeer *peer)
{
	bool has_any = !enet_list_empty(&peer->acknowledgements);

	for (unsigned n = 0; n < OUTGOING_QUEUES; n++)
		has_any |= !enet_list_empty(outgoing_queue(peer, n));
	return has_any;
}

void platform_flush(const ENetHost *host)
{
	struct net *net = net_current();

	net->flush(net, host->socket);
}

void platform_flush_peer(ENetHost *host, ENetPeer *peer)
{
	ENetPeer *const peers = host->peers;
	const size_t count = host->peerCount;

	/* A flush finds its peers by these two fields alone. */
	host->peers = peer;
	host->peerCount = 1;
	enet_host_flush(host);
	host->peers = peers;
	host->peerCount = count;
}

int platform_socket(const ENetHost *host)
{
	return host->socket;
}

void platform_reserve_peers(ENetHost *host, size_t peers_max)
{
	/* ENet takes the first free peer: so this one is in use only if all before it are. */
	if (host->peerCount < peers_max &&
	    (host->peerCount < PLATFORM_SPARE_PEERS ||
	     host->peers[host->peerCount - PLATFORM_SPARE_PEERS].state !=
		     ENET_PEER_STATE_DISCONNECTED))
		host->peerCount = peers_max;
}

void platform_trim(ENetHost *host)
{
	size_t used = host->peerCount;

	while (used > 0 && host->peers[used - 1].state == ENET_PEER_STATE_DISCONNECTED)
		used--;
	if (used + 2 * (size_t)PLATFORM_SPARE_PEERS < host->peerCount)
		host->peerCount = used + 2 * (size_t)PLATFORM_SPARE_PEERS;
}

/* The start: there is one ENet for the process, and one answer. */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int answer;
static char answer_text[PLATFORM_WHY_BYTES];

static void check_once(void)
{
	answer = platform_check(answer_text);
}

int platform_init(char *why, size_t why_bytes)
{
	pthread_once(&once, check_once);
	if (why_bytes > 0)
		snprintf(why, why_bytes, "%s", answer_text);
	return answer;
}

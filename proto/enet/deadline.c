#include "proto/enet/deadline.h"

#include <stdbool.h>

#include <enet/time.h>

#include "proto/enet/outgoing.h"
#include "proto/enet/platform.h"
#include "proto/net/net.h"

enum {
	NS_PER_MS = 1000000,
};

#define NEVER_MS UINT32_MAX

/* Milliseconds from `now_ms` until `then_ms`, 0 when it has come, by ENet's rule of wrapping. */
static uint32_t left_ms(uint32_t now_ms, uint32_t then_ms)
{
	return ENET_TIME_GREATER_EQUAL(now_ms, then_ms) ? 0 : then_ms - now_ms;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Reliable commands held back in one pass over a queue; each kind stays held for the rest of it. */
struct window {
	bool is_full;    /* as many bytes under way as the peer takes */
	bool is_wrapped; /* sequence numbers would run into unacknowledged ones */
};

static bool starts_used_window(const ENetPeer *peer, const ENetOutgoingCommand *command)
{
	const unsigned number = command->reliableSequenceNumber / ENET_PEER_RELIABLE_WINDOW_SIZE;
	const unsigned ahead = (1u << (ENET_PEER_FREE_RELIABLE_WINDOWS + 2)) - 1;
	const ENetChannel *channel = &peer->channels[command->command.header.channelID];
	const unsigned before =
		(number + ENET_PEER_RELIABLE_WINDOWS - 1) % ENET_PEER_RELIABLE_WINDOWS;

	if (command->sendAttempts > 0 ||
	    command->reliableSequenceNumber % ENET_PEER_RELIABLE_WINDOW_SIZE != 0)
		return false;
	return channel->reliableWindows[before] >= ENET_PEER_RELIABLE_WINDOW_SIZE ||
	       (channel->usedReliableWindows &
		(ahead << number | ahead >> (ENET_PEER_RELIABLE_WINDOWS - number))) != 0;
}

/* Whether ENet's next service would send this command. */
static bool may_leave(const ENetPeer *peer, const ENetOutgoingCommand *command,
		      struct window *window)
{
	if (!(command->command.header.command & ENET_PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE))
		return true;
	if (command->command.header.channelID < peer->channelCount) {
		if (starts_used_window(peer, command))
			window->is_wrapped = true;
		if (window->is_wrapped)
			return false;
	}
	if (!command->packet)
		return true;
	const uint32_t throttled =
		peer->packetThrottle * peer->windowSize / ENET_PEER_PACKET_THROTTLE_SCALE;
	const uint32_t room = throttled > peer->mtu ? throttled : peer->mtu;

	if (peer->reliableDataInTransit + command->fragmentLength > room)
		window->is_full = true;
	return !window->is_full;
}

static bool queue_may_leave(const ENetPeer *peer, const ENetList *queue)
{
	struct window window = { 0 };

	for (const ENetListNode *node = queue->sentinel.next; node != &queue->sentinel;
	     node = node->next)
		if (may_leave(peer, (const ENetOutgoingCommand *)node, &window))
			return true;
	return false;
}

static bool has_something_to_send(const ENetPeer *peer)
{
	bool has_any = !enet_list_empty(&peer->acknowledgements);

	for (unsigned n = 0; n < OUTGOING_QUEUES && !has_any; n++)
		has_any = queue_may_leave(peer, outgoing_queue(peer, n));
	return has_any;
}

static uint32_t peer_left_ms(const ENetPeer *peer, uint32_t now_ms)
{
	if (peer->state == ENET_PEER_STATE_DISCONNECTED || peer->state == ENET_PEER_STATE_ZOMBIE)
		return NEVER_MS;
	if (has_something_to_send(peer))
		return 0;
	if (!enet_list_empty(&peer->sentReliableCommands))
		return left_ms(now_ms, peer->nextTimeout);
	if (peer->state == ENET_PEER_STATE_CONNECTED)
		return left_ms(now_ms, peer->lastReceiveTime + peer->pingInterval);
	return NEVER_MS;
}

/* Once a second ENet shares out limited bandwidth, and tells the peers of changed limits. */
static uint32_t bandwidth_left_ms(const ENetHost *host, uint32_t now_ms)
{
	if (host->connectedPeers == 0 ||
	    (!host->recalculateBandwidthLimits && host->bandwidthLimitedPeers == 0 &&
	     host->outgoingBandwidth == 0))
		return NEVER_MS;
	return left_ms(now_ms,
		       host->bandwidthThrottleEpoch + ENET_HOST_BANDWIDTH_THROTTLE_INTERVAL);
}

int64_t deadline_ns(const ENetHost *host)
{
	struct net *net = net_current();
	const int64_t now_ns = net->now_ns(net);
	const uint32_t now_ms = platform_time_ms(now_ns);
	uint32_t left;

	if (net->has_buffered(net, host->socket) || !enet_list_empty(&host->dispatchQueue))
		return now_ns;
	left = bandwidth_left_ms(host, now_ms);
	for (size_t i = 0; i < host->peerCount && left > 0; i++)
		left = smaller(left, peer_left_ms(&host->peers[i], now_ms));
	if (left == NEVER_MS)
		return INT64_MAX;
	if (left == 0)
		return now_ns;
	/* ENet sees whole milliseconds: this is the first instant of the one that is due. */
	return (now_ns / NS_PER_MS + left) * NS_PER_MS;
}

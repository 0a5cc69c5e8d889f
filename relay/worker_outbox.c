/* The worker's outbox: what the rules say goes to ENet, and leaves in large portions. */
#include "relay/worker_parts.h"

#include <enet/enet.h>

#include "proto/net/platform.h"

enum {
	/* A crowd's flush is megabytes: so it leaves while it is still in the cache. */
	QUEUED_MAX_BYTES = 256 << 10,
	/*
	 * With so few places, where states are relayed at once, the first one of a delivery leaves
	 * before the others are made ready: its receiver, and a machine that has to wake for it,
	 * need not wait for these. In a crowd that is nothing beside the rest that the flush keeps,
	 * and ENet's look at all places dear.
	 */
	LEADING_PEERS_MAX = 32,
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

static void count_unsent(ENetPacket *packet)
{
	struct ledger *ledger = packet->userData;

	/* A reliable one that was sent and not acknowledged when the peer went has no mark either.
	 */
	if (!(packet->flags & (ENET_PACKET_FLAG_SENT | ENET_PACKET_FLAG_RELIABLE)))
		ledger->unsent++;
}

void worker_flush_queues(struct worker *worker)
{
	enet_host_flush(worker->host);
	worker->has_queued = false;
	worker->queued_bytes = 0;
}

/* Whether the first state may leave by itself: nothing waits that would leave apart from its own.
 */
static bool may_lead(const struct worker *worker, enum wire_channel channel)
{
	const ENetHost *host = worker->host;

	if (worker->has_led || worker->has_queued || channel != WIRE_CHANNEL_STATE ||
	    worker->config->tick_hz > 0 || host->peerCount > LEADING_PEERS_MAX)
		return false;
	for (size_t i = 0; i < host->peerCount; i++)
		if (!enet_list_empty(&host->peers[i].acknowledgements))
			return false;
	return true;
}

static void lead(struct worker *worker)
{
	worker->has_led = true;
	worker_flush_queues(worker);
	platform_flush(worker->host);
}

static bool send_message(void *context, void *peer, enum wire_channel channel, enum wire_mode mode,
			 const void *data, size_t size)
{
	struct worker *worker = context;
	const bool is_leading = may_lead(worker, channel);
	ENetPacket *packet;

	if (size == 0 || ((ENetPeer *)peer)->state != ENET_PEER_STATE_CONNECTED)
		return false;
	packet = enet_packet_create(data, size, flags_of(mode));
	if (!packet)
		return false;
	worker->has_queued = true;
	packet->userData = &worker->house.ledger;
	packet->freeCallback = count_unsent;
	if (enet_peer_send(peer, (enet_uint8)channel, packet) == 0) {
		worker->queued_bytes += size;
		if (worker->queued_bytes > QUEUED_MAX_BYTES)
			worker_flush_queues(worker);
		if (is_leading)
			lead(worker);
		return true;
	}
	packet->freeCallback = NULL;
	enet_packet_destroy(packet);
	return false;
}

size_t worker_backlog_of(const ENetPeer *peer)
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
	return worker_backlog_of(peer);
}

static void disconnect(void *context, void *peer)
{
	struct worker *worker = context;

	worker->has_queued = true;
	enet_peer_disconnect_later(peer, wire_connect_data());
}

struct outbox worker_outbox(struct worker *worker)
{
	return (struct outbox){ .context = worker,
				.send = send_message,
				.backlog = backlog,
				.disconnect = disconnect };
}

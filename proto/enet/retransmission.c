#include "proto/enet/retransmission.h"

#include <stdbool.h>

#include <enet/time.h>

#include "proto/enet/outgoing.h"

enum {
	RESENT_PEERS = 64, /* at a time; others may be sent long datagrams again */
};

/* Bounds a peer's time-outs, and has ENet look at the earliest, not the first. */
static void run_timer(ENetPeer *peer)
{
	const ENetList *sent = &peer->sentReliableCommands;
	enet_uint32 next_ms = peer->nextTimeout;
	bool is_first = true;
	int looks = 0;

	for (ENetListNode *node = sent->sentinel.next;
	     node != &sent->sentinel && looks < RETRANSMISSION_LOOK_MAX;
	     node = node->next, looks++) {
		ENetOutgoingCommand *command = (ENetOutgoingCommand *)node;
		enet_uint32 due_ms;

		if (command->roundTripTimeout > RETRANSMISSION_MAX_MS)
			command->roundTripTimeout = RETRANSMISSION_MAX_MS;
		due_ms = command->sentTime + command->roundTripTimeout;
		if (is_first || ENET_TIME_LESS(due_ms, next_ms))
			next_ms = due_ms;
		is_first = false;
	}
	peer->nextTimeout = next_ms;
}

void retransmission_run_timer(struct _ENetHost *host)
{
	for (size_t i = 0; i < host->peerCount; i++)
		if (host->peers[i].state != ENET_PEER_STATE_DISCONNECTED)
			run_timer(&host->peers[i]);
}

/* Short datagrams. */

static bool are_short(const ENetList *commands, uint32_t mtu)
{
	const size_t around = sizeof(ENetProtocolHeader) + sizeof(ENetProtocolSendFragment);

	for (const ENetListNode *node = commands->sentinel.next; node != &commands->sentinel;
	     node = node->next)
		if (((const ENetOutgoingCommand *)node)->fragmentLength + around > mtu)
			return false;
	return true;
}

bool retransmission_shorten_mtu(ENetPeer *peer, uint32_t mtu)
{
	bool is_possible = are_short(&peer->sentReliableCommands, mtu);

	for (unsigned n = 0; n < OUTGOING_QUEUES && is_possible; n++)
		is_possible = are_short(outgoing_queue(peer, n), mtu);
	if (is_possible && mtu < peer->mtu)
		peer->mtu = mtu;
	return is_possible;
}

static bool is_to_resend(const ENetPeer *peer, enet_uint32 now_ms)
{
	return peer->state == ENET_PEER_STATE_CONNECTED &&
	       !enet_list_empty(&peer->sentReliableCommands) &&
	       ENET_TIME_GREATER_EQUAL(now_ms, peer->nextTimeout);
}

int retransmission_service(ENetHost *host, ENetEvent *event)
{
	const enet_uint32 now_ms = enet_time_get();
	struct {
		ENetPeer *peer;
		enet_uint32 mtu;
	} resent[RESENT_PEERS];
	size_t count = 0;
	int result;

	for (size_t i = 0; i < host->peerCount && count < RESENT_PEERS; i++) {
		ENetPeer *peer = &host->peers[i];

		if (!is_to_resend(peer, now_ms))
			continue;
		resent[count].peer = peer;
		resent[count].mtu = peer->mtu;
		count += retransmission_shorten_mtu(peer, ENET_PROTOCOL_MINIMUM_MTU);
	}
	result = enet_host_service(host, event, 0);
	for (size_t i = 0; i < count; i++)
		resent[i].peer->mtu = resent[i].mtu;
	return result;
}

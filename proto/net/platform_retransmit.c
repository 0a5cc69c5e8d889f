#include "proto/net/platform.h"

#include <stdbool.h>

#include <enet/enet.h>
#include <enet/time.h>

/* Bounds a peer's time-outs, and has the earliest looked at, not the first. */
static void tend(ENetPeer *peer)
{
	const ENetList *sent = &peer->sentReliableCommands;
	enet_uint32 next_ms = peer->nextTimeout;
	bool is_first = true;

	for (ENetListNode *node = sent->sentinel.next; node != &sent->sentinel; node = node->next) {
		ENetOutgoingCommand *command = (ENetOutgoingCommand *)node;
		enet_uint32 due_ms;

		if (command->roundTripTimeout > PLATFORM_RETRANSMIT_MAX_MS)
			command->roundTripTimeout = PLATFORM_RETRANSMIT_MAX_MS;
		due_ms = command->sentTime + command->roundTripTimeout;
		if (is_first || ENET_TIME_LESS(due_ms, next_ms))
			next_ms = due_ms;
		is_first = false;
	}
	peer->nextTimeout = next_ms;
}

void platform_tend_retransmission(struct _ENetHost *host)
{
	for (size_t i = 0; i < host->peerCount; i++)
		if (host->peers[i].state != ENET_PEER_STATE_DISCONNECTED)
			tend(&host->peers[i]);
}

#include "proto/enet/waiting.h"

#include <enet/enet.h>

static size_t bytes_in(const ENetList *commands)
{
	size_t bytes = 0;

	for (const ENetListNode *node = commands->sentinel.next; node != &commands->sentinel;
	     node = node->next) {
		const ENetPacket *packet = ((const ENetIncomingCommand *)node)->packet;

		bytes += packet ? packet->dataLength : 0;
	}
	return bytes;
}

static size_t bytes_of(const ENetPeer *peer)
{
	size_t bytes = bytes_in(&peer->dispatchedCommands);

	for (size_t i = 0; i < peer->channelCount; i++)
		bytes += bytes_in(&peer->channels[i].incomingReliableCommands) +
			 bytes_in(&peer->channels[i].incomingUnreliableCommands);
	return bytes;
}

/* As ENet does it with what a later message has overtaken. */
static void give_up(ENetPeer *peer, ENetIncomingCommand *command)
{
	enet_list_remove(&command->incomingCommandList);
	peer->totalWaitingData -= command->packet->dataLength;
	if (--command->packet->referenceCount == 0)
		enet_packet_destroy(command->packet);
	enet_free(command->fragments);
	enet_free(command);
}

/* Gives up incomplete messages, the oldest first, until no more than `most` bytes wait. */
static void give_up_incomplete(ENetPeer *peer, ENetList *commands, size_t most)
{
	ENetListNode *next;

	for (ENetListNode *node = commands->sentinel.next;
	     node != &commands->sentinel && peer->totalWaitingData > most; node = next) {
		ENetIncomingCommand *command = (ENetIncomingCommand *)node;

		next = node->next;
		if (command->fragmentsRemaining > 0)
			give_up(peer, command);
	}
}

void waiting_check(ENetPeer *peer, size_t most)
{
	if (peer->totalWaitingData <= most / 2)
		return;
	peer->totalWaitingData = bytes_of(peer);
	for (size_t i = 0; i < peer->channelCount; i++)
		give_up_incomplete(peer, &peer->channels[i].incomingUnreliableCommands, most / 2);
}

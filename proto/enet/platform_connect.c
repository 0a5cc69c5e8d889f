#include "proto/enet/platform.h"

#include <string.h>

#include <enet/enet.h>

/* What comes before the command where no time is sent. */
typedef enet_uint16 short_head;

_Static_assert(sizeof(short_head) + sizeof(ENetProtocolDisconnect) == PLATFORM_DECLINE_BYTES,
	       "nothing between the fields");

bool platform_read_connect(struct platform_connect *asked, const uint8_t *datagram, size_t bytes)
{
	ENetProtocolConnect command;
	enet_uint16 head;
	size_t at = sizeof(head);
	enet_uint32 channels;

	if (bytes < at)
		return false;
	memcpy(&head, datagram, sizeof(head));
	head = ENET_NET_TO_HOST_16(head);
	if (head & ENET_PROTOCOL_HEADER_FLAG_SENT_TIME)
		at = sizeof(ENetProtocolHeader);
	if ((head & ~(enet_uint16)(ENET_PROTOCOL_HEADER_FLAG_SENT_TIME |
				   ENET_PROTOCOL_HEADER_SESSION_MASK)) !=
		    ENET_PROTOCOL_MAXIMUM_PEER_ID ||
	    bytes < at + sizeof(command))
		return false;
	memcpy(&command, datagram + at, sizeof(command));
	channels = ENET_NET_TO_HOST_32(command.channelCount);
	if ((command.header.command & ENET_PROTOCOL_COMMAND_MASK) !=
		    ENET_PROTOCOL_COMMAND_CONNECT ||
	    channels < ENET_PROTOCOL_MINIMUM_CHANNEL_COUNT ||
	    channels > ENET_PROTOCOL_MAXIMUM_CHANNEL_COUNT)
		return false;
	*asked = (struct platform_connect){
		.peer = ENET_NET_TO_HOST_16(command.outgoingPeerID),
		.connection = command.connectID,
		.data = ENET_NET_TO_HOST_32(command.data),
	};
	return asked->peer < ENET_PROTOCOL_MAXIMUM_PEER_ID;
}

enum platform_place platform_place_for(const ENetHost *host, size_t peers_max,
				       const struct platform_connect *asked)
{
	bool is_free = host->peerCount < peers_max;
	size_t of_address = 0;

	for (size_t i = 0; i < host->peerCount; i++) {
		const ENetPeer *peer = &host->peers[i];

		if (peer->state == ENET_PEER_STATE_DISCONNECTED) {
			is_free = true;
		} else if (peer->state != ENET_PEER_STATE_CONNECTING &&
			   peer->address.host == host->receivedAddress.host) {
			if (peer->address.port == host->receivedAddress.port &&
			    peer->connectID == asked->connection)
				return PLATFORM_PLACE;
			of_address++;
		}
	}
	if (of_address >= host->duplicatePeers)
		return PLATFORM_ADDRESS_FULL;
	return is_free ? PLATFORM_PLACE : PLATFORM_FULL;
}

void platform_write_decline(uint8_t datagram[static PLATFORM_DECLINE_BYTES],
			    const struct platform_connect *asked, uint32_t data)
{
	const short_head head = ENET_HOST_TO_NET_16(asked->peer);
	ENetProtocolDisconnect command = { .data = ENET_HOST_TO_NET_32(data) };

	command.header.command = ENET_PROTOCOL_COMMAND_DISCONNECT;
	command.header.channelID = 0xff;
	memcpy(datagram, &head, sizeof(head));
	memcpy(datagram + sizeof(head), &command, sizeof(command));
}

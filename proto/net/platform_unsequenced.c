#include "proto/net/platform.h"

#include <enet/enet.h>

#include "proto/net/net.h"

/* As much of a datagram of ENet's as stands before the one unsequenced message in it. */
struct head {
	enet_uint16 peer_id; /* and flags: no time, as nothing is to be acknowledged */
	ENetProtocolSendUnsequenced command;
} ENET_PACKED;

_Static_assert(sizeof(struct head) == 10, "nothing between the fields");

/* Whether it would leave at once, alone, in one piece, and as it is. */
static bool is_plain(const ENetHost *host, const ENetPeer *peer, uint8_t channel, size_t size)
{
	const size_t around = sizeof(ENetProtocolHeader) + sizeof(ENetProtocolSendFragment);

	return peer->state == ENET_PEER_STATE_CONNECTED && channel < peer->channelCount &&
	       size + around <= peer->mtu && size <= host->maximumPacketSize &&
	       !platform_has_waiting(peer) &&
	       peer->packetThrottle >= ENET_PEER_PACKET_THROTTLE_SCALE && !host->checksum &&
	       !host->compressor.context;
}

/* To which peer of the receiver's, and of which of the connections it had. */
static enet_uint16 peer_id_of(const ENetPeer *peer)
{
	enet_uint16 id = peer->outgoingPeerID;

	if (id < ENET_PROTOCOL_MAXIMUM_PEER_ID)
		id |= (enet_uint16)(peer->outgoingSessionID << ENET_PROTOCOL_HEADER_SESSION_SHIFT);
	return ENET_HOST_TO_NET_16(id);
}

bool platform_send_unsequenced(ENetPeer *peer, uint8_t channel, const void *data, size_t size)
{
	struct net *net = net_current();
	ENetHost *host = peer->host;
	const struct net_address to = { .host = peer->address.host, .port = peer->address.port };
	struct head head;
	const struct net_buffer parts[] = { { &head, sizeof(head) }, { data, size } };

	if (!is_plain(host, peer, channel, size))
		return false;
	head = (struct head){
		.peer_id = peer_id_of(peer),
		.command = { .header = { .command = ENET_PROTOCOL_COMMAND_SEND_UNSEQUENCED |
						    ENET_PROTOCOL_COMMAND_FLAG_UNSEQUENCED,
					 .channelID = channel },
			     .unsequencedGroup =
				     ENET_HOST_TO_NET_16(++peer->outgoingUnsequencedGroup),
			     .dataLength = ENET_HOST_TO_NET_16((enet_uint16)size) },
	};
	/* As ENet goes on with it for one that passes, so that it drops the same ones later. */
	peer->packetThrottleCounter =
		(peer->packetThrottleCounter + ENET_PEER_PACKET_THROTTLE_COUNTER) %
		ENET_PEER_PACKET_THROTTLE_SCALE;
	peer->outgoingDataTotal += (enet_uint32)(sizeof(head.command) + size);
	host->totalSentData += (enet_uint32)(sizeof(head) + size);
	host->totalSentPackets++;
	net->send(net, host->socket, &to, parts, sizeof(parts) / sizeof(parts[0]));
	return true;
}

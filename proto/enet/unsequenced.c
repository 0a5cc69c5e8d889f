#include "proto/enet/unsequenced.h"

#include <string.h>

#include <enet/enet.h>

#include "proto/enet/guard/datagram.h"
#include "proto/enet/platform.h"
#include "proto/net/net.h"

/* The bytes of ENet's datagram before its one unsequenced message. */
struct head {
	enet_uint16 peer_id; /* and flags: no time, as nothing is to be acknowledged */
	ENetProtocolSendUnsequenced command;
} ENET_PACKED;

_Static_assert(sizeof(struct head) == 10, "nothing between the fields");
_Static_assert((int)UNSEQUENCED_SEVERAL_MAX == (int)DATAGRAM_COMMANDS_MAX, "see unsequenced.h");

enum {
	UNSEQUENCED =
		ENET_PROTOCOL_COMMAND_SEND_UNSEQUENCED | ENET_PROTOCOL_COMMAND_FLAG_UNSEQUENCED,
};

/* Out. */

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

/* The receiver's number for this peer, with the session. */
static enet_uint16 peer_id_of(const ENetPeer *peer)
{
	enet_uint16 id = peer->outgoingPeerID;

	if (id < ENET_PROTOCOL_MAXIMUM_PEER_ID)
		id |= (enet_uint16)(peer->outgoingSessionID << ENET_PROTOCOL_HEADER_SESSION_SHIFT);
	return ENET_HOST_TO_NET_16(id);
}

bool unsequenced_send(ENetPeer *peer, uint8_t channel, const void *data, size_t size)
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
		.command = { .header = { .command = UNSEQUENCED, .channelID = channel },
			     .unsequencedGroup =
				     ENET_HOST_TO_NET_16(++peer->outgoingUnsequencedGroup),
			     .dataLength = ENET_HOST_TO_NET_16((enet_uint16)size) },
	};
	/* ENet counts each packet that passes the throttle, to drop the right ones later. */
	peer->packetThrottleCounter =
		(peer->packetThrottleCounter + ENET_PEER_PACKET_THROTTLE_COUNTER) %
		ENET_PEER_PACKET_THROTTLE_SCALE;
	peer->outgoingDataTotal += (enet_uint32)(sizeof(head.command) + size);
	host->totalSentData += (enet_uint32)(sizeof(head) + size);
	host->totalSentPackets++;
	net->send(net, host->socket, &to, parts, sizeof(parts) / sizeof(parts[0]));
	return true;
}

/* In. */

/* Whether ENet would hand this peer's message out next. */
static bool may_take(const ENetHost *host, const ENetPeer *peer)
{
	return peer->state == ENET_PEER_STATE_CONNECTED && !host->checksum &&
	       peer->address.host == host->receivedAddress.host &&
	       peer->address.port == host->receivedAddress.port &&
	       enet_list_empty(&peer->dispatchedCommands) &&
	       peer->totalWaitingData < host->maximumWaitingData;
}

/* Whether the message is new, by ENet's window of groups; then it is marked there. */
static bool is_new(ENetPeer *peer, enet_uint32 group)
{
	const enet_uint32 index = group % ENET_PEER_UNSEQUENCED_WINDOW_SIZE;
	const enet_uint32 bit = UINT32_C(1) << (index % 32);
	const enet_uint32 wrapped =
		group < peer->incomingUnsequencedGroup ? group + 0x10000 : group;

	if (wrapped >=
	    (enet_uint32)peer->incomingUnsequencedGroup +
		    ENET_PEER_FREE_UNSEQUENCED_WINDOWS * ENET_PEER_UNSEQUENCED_WINDOW_SIZE)
		return false;
	if (group - index != peer->incomingUnsequencedGroup) {
		peer->incomingUnsequencedGroup = (enet_uint16)(group - index);
		memset(peer->unsequencedWindow, 0, sizeof(peer->unsequencedWindow));
	}
	if (peer->unsequencedWindow[index / 32] & bit)
		return false;
	peer->unsequencedWindow[index / 32] |= bit;
	return true;
}

bool unsequenced_receive(ENetPeer *peer, struct unsequenced_message *message)
{
	ENetHost *host = peer->host;
	struct datagram_unsequenced read;

	if (!datagram_read_unsequenced(&read, host->receivedData, host->receivedDataLength) ||
	    !may_take(host, peer) || read.peer != peer->incomingPeerID ||
	    read.session != peer->incomingSessionID || read.size > host->maximumPacketSize ||
	    read.channel >= peer->channelCount)
		return false;
	peer->incomingDataTotal += (enet_uint32)host->receivedDataLength;
	*message = (struct unsequenced_message){ .data = read.data,
						 .size = read.size,
						 .channel = read.channel,
						 .is_new = is_new(peer, read.group) };
	return true;
}

/* Whether the datagram's head is that of the peer's present connection, with no time to answer. */
static bool is_from(const struct datagram *datagram, const ENetPeer *peer)
{
	return datagram->peer == peer->incomingPeerID &&
	       datagram->session == peer->incomingSessionID && !datagram->has_sent_time;
}

static bool may_take_command(const ENetHost *host, const ENetPeer *peer,
			     const struct datagram_command *command)
{
	return command->kind == DATAGRAM_UNSEQUENCED &&
	       command->flags == DATAGRAM_FLAG_UNSEQUENCED &&
	       command->size <= host->maximumPacketSize && command->channel < peer->channelCount;
}

size_t unsequenced_receive_several(ENetPeer *peer,
				   struct unsequenced_message messages[UNSEQUENCED_SEVERAL_MAX],
				   size_t most)
{
	ENetHost *host = peer->host;
	struct datagram datagram;
	struct datagram_command command;
	enet_uint16 groups[UNSEQUENCED_SEVERAL_MAX];
	size_t count = 0;

	if (!may_take(host, peer) ||
	    peer->totalWaitingData + host->receivedDataLength >= host->maximumWaitingData ||
	    datagram_open(&datagram, host->receivedData, host->receivedDataLength) != DATAGRAM_OK ||
	    !is_from(&datagram, peer))
		return 0;
	while (datagram_next(&datagram, &command)) {
		if (count == most || !may_take_command(host, peer, &command))
			return 0;
		groups[count] = command.group;
		messages[count++] = (struct unsequenced_message){ .data = command.data,
								  .size = command.size,
								  .channel = command.channel };
	}
	if (datagram.error != DATAGRAM_OK)
		return 0;
	peer->incomingDataTotal += (enet_uint32)host->receivedDataLength;
	for (size_t i = 0; i < count; i++)
		messages[i].is_new = is_new(peer, groups[i]);
	return count;
}

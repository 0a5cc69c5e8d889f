#include "proto/enet/connect.h"

#include <string.h>

#include <enet/enet.h>

#include "proto/enet/guard/datagram.h"

/* The head of a datagram without a sent time. */
typedef enet_uint16 short_head;

_Static_assert(sizeof(short_head) + sizeof(ENetProtocolDisconnect) == CONNECT_DECLINE_BYTES,
	       "nothing between the fields");

bool connect_read(struct connect_request *asked, const uint8_t *bytes, size_t size)
{
	struct datagram datagram;
	struct datagram_command command;

	datagram_open(&datagram, bytes, size);
	if (!datagram_next(&datagram, &command) || command.kind != DATAGRAM_CONNECT)
		return false;
	*asked = (struct connect_request){
		.peer = command.connection.peer,
		.connection = ENET_HOST_TO_NET_32(command.connection.id),
		.data = command.connection.data,
	};
	return true;
}

void connect_write_decline(uint8_t datagram[static CONNECT_DECLINE_BYTES],
			   const struct connect_request *asked, uint32_t data)
{
	const short_head head = ENET_HOST_TO_NET_16(asked->peer);
	ENetProtocolDisconnect command = { .data = ENET_HOST_TO_NET_32(data) };

	command.header.command = ENET_PROTOCOL_COMMAND_DISCONNECT;
	command.header.channelID = 0xff;
	memcpy(datagram, &head, sizeof(head));
	memcpy(datagram + sizeof(head), &command, sizeof(command));
}

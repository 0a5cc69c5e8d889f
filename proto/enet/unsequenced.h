/*
 * unsequenced: messages with nothing but such in their datagram, past ENet's lists. Most messages
 * of a relay are such; ENet would make a packet, a command and a copy of each, for its lists alone.
 * The bytes and ENet's counts are those that ENet itself would make.
 */
#ifndef STARLING_PROTO_ENET_UNSEQUENCED_H
#define STARLING_PROTO_ENET_UNSEQUENCED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct _ENetPeer;

/*
 * Sends a message as enet_peer_send with ENET_PACKET_FLAG_UNSEQUENCED and enet_host_flush do. The
 * net sends it with its next flush.
 *
 * False, with nothing done, where ENet has to decide how or whether it leaves: something else waits
 * for the peer; the message is too long for one datagram; the throttle is not open; a checksum or a
 * compressor is set; the peer is not connected or has no such channel.
 */
bool unsequenced_send(struct _ENetPeer *peer, uint8_t channel, const void *data, size_t size);

/* A message in the datagram that a host has received. */
struct unsequenced_message {
	const uint8_t *data; /* until the host receives the next one */
	size_t size;
	uint8_t channel;
	bool is_new; /* neither a repeat nor too old to know: ENet would hand it out */
};

/*
 * In a host's `intercept`: takes the message of the datagram at hand. Then `intercept` returns 1:
 * the datagram is done with.
 *
 * False, with nothing done, where ENet has to read it: it is not one such message, whole, from
 * `peer` and its present connection; another of the peer's messages waits to be handed out before
 * it; a checksum is set; the peer has no such channel, or as much waiting as it may.
 */
bool unsequenced_receive(struct _ENetPeer *peer, struct unsequenced_message *message);

enum {
	UNSEQUENCED_SEVERAL_MAX = 32, /* ENet's commands in a datagram */
};

/*
 * As unsequenced_receive, for a datagram of one or several such messages and nothing else: how many
 * there are, in their order. 0, with nothing done, where ENet has to read it, or there are more
 * than `most`.
 */
size_t unsequenced_receive_several(struct _ENetPeer *peer,
				   struct unsequenced_message messages[UNSEQUENCED_SEVERAL_MAX],
				   size_t most);

#endif

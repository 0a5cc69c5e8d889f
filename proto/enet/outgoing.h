/*
 * outgoing: a peer's queues of commands that ENet has not sent.
 *
 * ENet 1.3.18 gave reliable messages a queue of their own, so all files of this folder ask here for
 * a peer's queues. It also took away three private fields, which this folder does not read:
 * sentUnreliableCommands, roundTripTimeoutLimit and continueSending. The build refuses any other
 * version; platform_init refuses a libenet of another version than the headers'.
 */
#ifndef STARLING_PROTO_ENET_OUTGOING_H
#define STARLING_PROTO_ENET_OUTGOING_H

#include <enet/enet.h>

#if ENET_VERSION < ENET_VERSION_CREATE(1, 3, 17) || ENET_VERSION > ENET_VERSION_CREATE(1, 3, 18)
#error "ENet is neither 1.3.17 nor 1.3.18: look at what it changed in the structs that proto/enet reads"
#endif

#if ENET_VERSION >= ENET_VERSION_CREATE(1, 3, 18)
#define OUTGOING_QUEUES 2
#else
#define OUTGOING_QUEUES 1
#endif

/* The n-th of the peer's queues, below OUTGOING_QUEUES. */
static inline const ENetList *outgoing_queue(const ENetPeer *peer, unsigned n)
{
#if OUTGOING_QUEUES == 2
	return n == 0 ? &peer->outgoingSendReliableCommands : &peer->outgoingCommands;
#else
	(void)n;
	return &peer->outgoingCommands;
#endif
}

#endif

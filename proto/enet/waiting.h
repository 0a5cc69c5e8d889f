/*
 * waiting: how many bytes of a peer's messages wait in ENet.
 *
 * ENet takes nothing more from a peer of which too much waits. But ENet 1.3.17 goes on counting the
 * unreliable messages that it gives up because a fragment never came, and keeps those that no later
 * message has overtaken. So a bad link, or a client that means it, would end with a peer whose
 * messages are never taken again, while its pings are answered.
 */
#ifndef STARLING_PROTO_ENET_WAITING_H
#define STARLING_PROTO_ENET_WAITING_H

#include <stddef.h>

struct _ENetPeer;

/*
 * Where the peer's count is above half of `most`: counts anew what really waits; if that is above
 * half, too, gives up the oldest incomplete unreliable messages. Call it a few times a second.
 */
void waiting_check(struct _ENetPeer *peer, size_t most);

#endif

/* deadline: when a host next has something to do by itself. ENet has no call for it. */
#ifndef STARLING_PROTO_ENET_DEADLINE_H
#define STARLING_PROTO_ENET_DEADLINE_H

#include <stdint.h>

struct _ENetHost;

/*
 * When `host` next has something to send or to end (a retransmission, a ping, a time-out), in net
 * time: the current time for now, INT64_MAX for never. A reliable command that waits for room in
 * the window does not count, as only an acknowledgement or a retransmission can free it. Call it
 * after enet_host_service found no more events. Takes time in proportion to the peers allocated, as
 * enet_host_service does.
 */
int64_t deadline_ns(const struct _ENetHost *host);

#endif

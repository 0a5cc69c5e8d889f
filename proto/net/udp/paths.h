/*
 * paths: remembers at which of this machine's addresses a remote address asked last, so that
 * answers leave from there: a client takes an answer from no other address. Addresses and times in,
 * addresses out: no socket, no clock, no lock, no allocation.
 *
 * A remote address has one path, the newest: when its datagrams come to another address, answers
 * leave from that. So of two peers with one remote address (ip and port) that ask at two of ours,
 * as behind a NAT that gives both one port, both are answered from the address that was asked last.
 *
 * How long a path is kept. A remote address may stand in one of PATHS_WAYS places. When all are
 * taken, a new one takes the place of the one with which nothing was exchanged for the longest
 * time, but never that of a live peer: one that was sent to, and exchanged something in the last
 * PATHS_PEER_IDLE_S. ENet answers whomever it accepts in the same turn, and sends something to a
 * live peer every second or more often. So a flood of forged senders costs other senders, keeps no
 * newcomer out, and never costs a live peer. An address whose places all hold live peers, which is
 * rare beside PATHS_LIVE of them, has no path: its answers leave from the kernel's choice.
 *
 * A table that is all zero is an empty one with a known key.
 */
#ifndef STARLING_PROTO_NET_UDP_PATHS_H
#define STARLING_PROTO_NET_UDP_PATHS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/net/net_type.h"

enum {
	PATHS_SET_BITS = 10,
	PATHS_WAYS = 16,
	PATHS_MAX = PATHS_WAYS << PATHS_SET_BITS, /* 40 bytes each */
	PATHS_LIVE = 4095,                        /* as many peers as an ENet host has */
	PATHS_PEER_IDLE_S = 10,
};

/*
 * `local` is as the kernel says and takes it (IPV6_PKTINFO): IPv4 as ::ffff:a.b.c.d. `used_ns` 0: a
 * place that was never used, behind which all are such.
 */
struct path {
	int64_t used_ns;
	struct net_address remote;
	struct in6_pktinfo local;
	bool is_peer, has_local;
};

struct paths {
	uint64_t key[2];
	struct path sets[1 << PATHS_SET_BITS][PATHS_WAYS];
};

/*
 * Gives an empty table its key, which decides where an address is kept: unguessable, so that nobody
 * can send from addresses that all fall into one place.
 */
void paths_init(struct paths *paths, const uint64_t key[static 2]);

/* Times are in nanoseconds, above 0. */

/* A datagram of the remote address came to `local`. */
void paths_received(struct paths *paths, const struct net_address *remote,
		    const struct in6_pktinfo *local, int64_t now_ns);

/*
 * A datagram is to go to the remote address: from where, or NULL, when that is the kernel's to
 * choose. Valid until the next call.
 */
const struct in6_pktinfo *paths_sent(struct paths *paths, const struct net_address *remote,
				     int64_t now_ns);

/* Nothing can be sent to it from there any more: the kernel's choice, until it is heard again. */
void paths_forget(struct paths *paths, const struct net_address *remote);

#endif

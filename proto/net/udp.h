/*
 * udp: real UDP sockets as a `struct net`.
 *
 * Datagrams leave in batches (sendmmsg, on flush or when UDP_BATCH_DATAGRAMS are waiting) and arrive
 * in batches (recvmmsg). One process-wide instance, since its sockets are numbered by the kernel;
 * each socket is used by one thread at a time.
 */
#ifndef STARLING_PROTO_NET_UDP_H
#define STARLING_PROTO_NET_UDP_H

#include "proto/net/net.h"

enum {
	UDP_BATCH_DATAGRAMS = 64, /* a batch; 64 x 1,200 bytes fit the second-level cache */
	UDP_BUFFER_BYTES = 4 << 20, /* asked of the kernel, each way; it may grant less */
};

struct net *udp_net(void);

#endif

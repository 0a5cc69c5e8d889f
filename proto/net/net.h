/*
 * net: the datagram network below ENet, as one table of functions chosen at run time.
 *
 * ENet's core calls eleven functions of its platform file. proto/enet/platform.c defines them and
 * hands each call to the current `struct net`: real sockets (udp.h), a simulated network (sim.h),
 * or a test's own. So an ENet host, and with it the relay's server and the client library, is a
 * function of the datagrams and the time that its net gives it.
 *
 * The current net is one for the process, because ENet's own functions carry no context: choose it
 * with net_use before the first ENet host is made and leave it until the last is gone. A thread may
 * choose another for itself (net_use_thread), so that simulations run side by side. A socket is
 * used by one thread at a time; different sockets may be used by different threads.
 */
#ifndef STARLING_PROTO_NET_NET_H
#define STARLING_PROTO_NET_NET_H

#include "proto/net/net_type.h"

/* The current net: the thread's own choice, else the process's, else real sockets. */
struct net *net_current(void);

/* Chooses the net for the whole process. NULL goes back to real sockets. */
void net_use(struct net *net);

/* Chooses the net for the calling thread only. NULL goes back to the process's. */
void net_use_thread(struct net *net);

/* The calling thread's own choice; NULL when it has none. */
struct net *net_thread(void);

/* The current net's time in nanoseconds. */
int64_t net_now_ns(void);

/* The current net's `thread_cpu_ns`, or 0 where it has none. */
int64_t net_thread_cpu_ns(void);

/* The largest datagram that its sockets give and take. */
static inline size_t net_max_bytes(const struct net *net)
{
	return net->has_any_size ? NET_ANY_SIZE_MAX_BYTES : NET_DATAGRAM_MAX_BYTES;
}

/* A net's `next_ns`, or INT64_MAX where it has none. */
int64_t net_next_ns(struct net *net, int socket);

/* A net's `peek`, or NULL where it has none. */
const uint8_t *net_peek(struct net *net, int socket, unsigned steps, size_t *bytes);

/* A net's `arrived_ns`, or its time now where it has none. */
int64_t net_arrived_ns(struct net *net, int socket);

/* A net's `network`, or the address's host where it has none. */
uint64_t net_network(struct net *net, const struct net_address *address);

#endif

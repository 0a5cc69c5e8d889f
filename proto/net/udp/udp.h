/*
 * udp: real UDP sockets as a `struct net`.
 *
 * A socket is dual-stack: one descriptor for IPv4 and IPv6, as it is opened and when it is bound to
 * NET_HOST_ANY. Bound to an address of IPv4, or to NET_HOST_ANY_IPV4, it receives and reaches IPv4
 * only; bound to one of IPv6, IPv6 only. On a machine without IPv6, which is tried with each
 * socket, it is an IPv4 socket. udp_address.h says what the 32 bits of an address mean.
 *
 * Datagrams leave in batches (sendmmsg, on flush or when UDP_OUT_DATAGRAMS are waiting) and arrive
 * in batches (recvmmsg). There is one instance for the process, since the kernel numbers its
 * sockets; one thread at a time uses each socket.
 *
 * A batch leaves one destination after the other, in the order of each one's first datagram, and
 * the datagrams to one in the order in which they came: ENet sends one datagram to each peer and
 * goes round again, so that one receiver's datagrams do not come side by side. Datagrams to one
 * address of equal size, the last of which may be shorter, are one message to the kernel, which
 * cuts it (UDP_SEGMENT): the way through its stack costs much more than the bytes, and is taken
 * once. Where the kernel refuses such a message, the datagrams are sent one by one; after a few
 * refusals in a row the socket sends no more such messages. In the same way, datagrams of one
 * sender that arrive together are taken from the kernel as one message, and cut here (UDP_GRO).
 *
 * A socket on all addresses (NET_HOST_ANY, NET_HOST_ANY_IPV4) answers from the address that was
 * asked: a datagram leaves from the address to which its receiver's newest datagram came
 * (IP_PKTINFO, IPV6_PKTINFO; paths.h says how many addresses it remembers, and whose). A datagram
 * leaves from the kernel's choice if its receiver was never heard, if it asked at a broadcast or a
 * multicast address alone, or if nothing can be sent from that address any more (this machine has
 * lost it, or no route leads there from it). The routes choose the interface, except for a
 * link-local address. A socket that is bound to one address, or to none, as a client's is, asks and
 * remembers nothing.
 *
 * The kernel says when a datagram arrived (SO_TIMESTAMPNS): one that waits in its queue while a
 * loop sleeps keeps its arrival time.
 *
 * No datagram is cut into fragments, here or by a router (IP_PMTUDISC_PROBE): one lost fragment
 * loses all, and with a message about the path's MTU, which anybody can forge, every datagram would
 * become several. So, as with QUIC (RFC 9000), a path has to take datagrams whole; ours are at most
 * 1,200 bytes, and ENet lets a client ask for less.
 *
 * A batch that arrives less than full means that the kernel had no more, so the `receive` that ends
 * it returns 0 without asking again; datagrams that came meanwhile show in the next wait or poll.
 *
 * Memory: each socket maps its largest batches and touches what its batches have needed: a few
 * pages when opened, then one for each place of the batch in that ever held more than a head (more
 * where it held a run), the bytes of its largest batch out, and on all addresses the table of
 * paths, as far as it receives from many. A client that receives a few datagrams a turn stays
 * small; a socket that is flooded with runs comes to what it maps. Nothing is allocated after the
 * opening.
 */
#ifndef STARLING_PROTO_NET_UDP_UDP_H
#define STARLING_PROTO_NET_UDP_UDP_H

#include <signal.h>

#include "proto/net/net_type.h"

enum {
	UDP_BATCH_DATAGRAMS = 64,    /* a batch in; 64 x 1,200 bytes fit the second-level cache */
	UDP_OUT_DATAGRAMS = 1024,    /* a batch out: four to each of 256 receivers */
	UDP_BUFFER_BYTES = 4 << 20,  /* asked of the kernel, each way; it may grant less */
	UDP_DESCRIPTORS_MAX = 65536, /* a descriptor from here on is refused with -EMFILE */
	UDP_CONGESTION_MS = 2,       /* how long a flush may wait for room in a full send buffer */
};

struct net *udp_net(void);

/*
 * As udp_net, but its sockets are for datagrams of any size (net_type.h): the system cuts one that
 * is too large for the path into fragments, as for any program. Keep the net while they are open.
 */
struct net udp_net_any_size(void);

/*
 * The signals blocked during `wait`, as in ppoll(2), for all threads; NULL, as at the start, leaves
 * them as they are. Set it before the first wait.
 *
 * A program that stops on a signal blocks it (sigprocmask) before it makes threads, and passes a
 * mask without it: the handler then runs nowhere but inside `wait`, which returns -EINTR. So no
 * signal is lost between a look at the handler's flag and the sleep, and none is delayed while
 * datagrams keep `wait` from sleeping.
 */
void udp_set_wait_mask(const sigset_t *blocked);

#endif

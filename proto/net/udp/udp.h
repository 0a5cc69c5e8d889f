/*
 * udp: real UDP sockets as a `struct net`.
 *
 * A socket is dual-stack: one descriptor for IPv4 and IPv6, as it is opened and when it is bound to
 * NET_HOST_ANY. Bound to an address of IPv4, or to NET_HOST_ANY_IPV4, it hears and reaches IPv4
 * only; bound to one of IPv6, that only. Where the machine has no IPv6, which is tried with each
 * socket, it is an IPv4 socket. What the 32 bits of an address mean: udp_address.h.
 *
 * Datagrams leave in batches (sendmmsg, on flush or when UDP_OUT_DATAGRAMS are waiting) and arrive
 * in batches (recvmmsg). One process-wide instance, since its sockets are numbered by the kernel;
 * each socket is used by one thread at a time.
 *
 * A batch leaves one destination after the other, in the order of each one's first datagram, the
 * datagrams to one in the order in which they came: ENet sends one datagram to each peer and goes
 * round again, so that what is for one receiver does not come side by side. Datagrams to one
 * address of equal size, the last of which may be shorter, are one message to the kernel, that cuts
 * it (UDP_SEGMENT): the way through its stack costs much more than the bytes, and is taken once.
 * Where it refuses such a message, the datagrams are sent one by one; after a few refusals in a row
 * the socket sends no more of them.
 *
 * The other way round, datagrams of one sender that came as one, of one size, are taken from the
 * kernel as one message and cut here (UDP_GRO): two of them cost 0.6 of what they cost apart, four
 * a third.
 *
 * A socket on all addresses (NET_HOST_ANY, NET_HOST_ANY_IPV4) answers from the one that was asked:
 * a datagram leaves from the address to which the newest of its receiver's came (IP_PKTINFO,
 * IPV6_PKTINFO; paths.h says how many it remembers, and of whom). To who was never heard it leaves
 * from where the kernel chooses, as it does when nothing can be sent from that address any more
 * (this machine has lost it, or no route leads there from it), and to who asked at a broadcast or a
 * multicast address alone. The interface is the routes' choice, except for a link-local address. A
 * socket that is bound to one address, or to none, as a client's is, asks and remembers nothing.
 *
 * When a datagram arrived is the kernel's word (SO_TIMESTAMPNS): what rests in its queue while a
 * loop naps is not older for it.
 *
 * No datagram is cut into fragments, here or by a router (IP_PMTUDISC_PROBE): one fragment that is
 * lost loses all, and with a word about the path's MTU, which anybody can forge, every datagram
 * would become several. So, as with QUIC (RFC 9000), a path has to take what is sent whole; ours
 * are at most 1,200 bytes, and ENet lets a client ask for less. Without the search for an
 * identification that fragments would need, and the look at what the path takes, a datagram is some
 * 2 % cheaper.
 *
 * A batch that arrives less than full means that the kernel had no more, so the `receive` that ends
 * it says 0 without asking again; what came meanwhile shows in the next wait or poll.
 *
 * Memory: each socket maps 5.9 MiB of addresses and touches what its batches have needed: a few
 * pages when opened, then one for each place of the batch in that ever held more than a head (more
 * where it held a run), the bytes of its largest batch out, and on all addresses a page of 640 KiB
 * for most of those that it hears from. A client that hears a few datagrams a turn stays below 64
 * KiB; the worst, a socket that is flooded with runs, comes to what it maps. Nothing is allocated
 * after the opening.
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
 * The same, but its sockets are for datagrams of any size (net.h): what is too large for the path
 * is cut into fragments, as the system does it for any program. Keep it while they are open.
 */
struct net udp_net_any_size(void);

/*
 * The signals blocked during `wait`, as in ppoll(2), for all threads; NULL, as at the start, leaves
 * them as they are. Set it before the first wait.
 *
 * A program that stops on a signal blocks it (sigprocmask) before it makes threads, and gives here
 * a mask without it: the handler then runs nowhere but inside `wait`, which returns -EINTR. No
 * signal is lost between a look at the handler's flag and the sleep, and none is put off while
 * datagrams keep `wait` from sleeping.
 */
void udp_set_wait_mask(const sigset_t *blocked);

#endif

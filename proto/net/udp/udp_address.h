/*
 * udp_address: the 32 bits of an ENet address on real sockets, to and from a socket address.
 *
 * An IPv4 address is itself, also where the kernel writes it as ::ffff:a.b.c.d. An IPv6 address is
 * a handle (address_table.h). There is one table for the process, behind a lock, because an ENet
 * address names no socket: a looked-up address is valid on any socket, and has one number on all. A
 * batch takes the lock once, and only if it has an IPv6 address in it.
 */
#ifndef STARLING_PROTO_NET_UDP_UDP_ADDRESS_H
#define STARLING_PROTO_NET_UDP_UDP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "proto/net/net_type.h"

union udp_sockaddr {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* How many bytes of it the kernel reads. */
static inline socklen_t udp_sockaddr_bytes(const union udp_sockaddr *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->in6) : sizeof(address->in);
}

/* Whether this machine can open an IPv6 socket now. */
bool udp_has_ipv6(void);

/*
 * Translates the senders of a batch that arrived. NET_HOST_ANY stands for a sender without a
 * number: the table is full, or the address could be mistaken for a handle (240.0.0.0/4), or it is
 * no host's (unspecified).
 */
void udp_addresses_received(const union udp_sockaddr *from, struct net_address *senders,
			    unsigned count);

/*
 * Translates the receivers of a batch that leaves on a socket of `family` (AF_INET6: dual-stack). A
 * family of AF_UNSPEC stands for one that cannot be reached: its handle is nobody's, or the socket
 * has no IPv6.
 */
void udp_addresses_sent(sa_family_t family, const struct net_address *targets,
			union udp_sockaddr *to, unsigned count);

/*
 * Translates an address that a socket of `family` binds to. 0; -EADDRNOTAVAIL: the handle is
 * nobody's; -EAFNOSUPPORT.
 */
int udp_address_to_bind(sa_family_t family, const struct net_address *address,
			union udp_sockaddr *to);

/*
 * The host of an address that is kept: one that was looked up, or that a socket is bound to. "::"
 * is NET_HOST_ANY, "0.0.0.0" NET_HOST_ANY_IPV4. False: it is an IPv4 address in the handles' range,
 * or this process keeps ADDRESS_TABLE_NAMED_MAX IPv6 addresses already.
 */
bool udp_address_name(const struct sockaddr *address, uint32_t *host);

/* The socket address of a host and port; changes nothing. False: it is a handle, but nobody's. */
bool udp_address_look(const struct net_address *address, union udp_sockaddr *to);

/* See `network` in net_type.h; changes nothing. A handle that is nobody's stands for itself. */
uint64_t udp_address_network(const struct net_address *address);

#endif

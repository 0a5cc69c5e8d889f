/*
 * udp_address: what the 32 bits of an ENet address stand for on real sockets, and back.
 *
 * An IPv4 address is itself, also where the kernel writes it as ::ffff:a.b.c.d. An IPv6 address is
 * a handle (address_table.h). One table for the process, behind a lock, because an ENet address
 * names no socket: what was looked up is good on any socket, and an address is the same number on
 * all. The lock is taken once a batch, and only for a batch that has an IPv6 address in it.
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

/* How much of it the kernel is to read. */
static inline socklen_t udp_sockaddr_bytes(const union udp_sockaddr *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->in6) : sizeof(address->in);
}

/* Whether this machine can open an IPv6 socket now. */
bool udp_has_ipv6(void);

/*
 * Translates the senders of a batch that arrived. A host of NET_HOST_ANY: it has none, because the
 * table is full, or because the address could be mistaken for a handle (240.0.0.0/4) or is no
 * address of a host (unspecified).
 */
void udp_addresses_heard(const union udp_sockaddr *from, struct net_address *senders,
			 unsigned count);

/*
 * Translates the targets of a batch that is to leave on a socket of `family` (AF_INET6:
 * dual-stack). A family of AF_UNSPEC: it cannot be reached, because the handle is nobody's, or
 * because the socket has no IPv6.
 */
void udp_addresses_sent(sa_family_t family, const struct net_address *targets,
			union udp_sockaddr *to, unsigned count);

/* What a socket of `family` binds to. 0; -EADDRNOTAVAIL: the handle is nobody's; -EAFNOSUPPORT. */
int udp_address_to_bind(sa_family_t family, const struct net_address *address,
			union udp_sockaddr *to);

/*
 * The host of an address that somebody keeps: one that was looked up, or that a socket is bound to.
 * "::" is NET_HOST_ANY, "0.0.0.0" NET_HOST_ANY_IPV4. False when there is none: an IPv4 address that
 * is in the handles' range, or more than ADDRESS_TABLE_NAMED_MAX IPv6 addresses in this process.
 */
bool udp_address_name(const struct sockaddr *address, uint32_t *host);

/* The other way, without a trace. False when it is a handle, but nobody's. Fills in the port too.
 */
bool udp_address_look(const struct net_address *address, union udp_sockaddr *to);

#endif

/*
 * resolve: names and numbers to addresses and back. An IPv6 address that was looked up keeps its
 * number for the life of the process (udp_address.h). Names are asked of the system's resolver
 * whatever the current net is, so they are nothing for a simulation, where dotted IPv4 addresses
 * are the hosts.
 */
#ifndef STARLING_PROTO_NET_RESOLVE_H
#define STARLING_PROTO_NET_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"

enum {
	NET_IPV6_BYTES = 16,
	NET_TEXT_BYTES = 64, /* an IPv6 address with its interface's name */
};

/*
 * The addresses of `name`, which may be an address itself, at most `max` of them, each with `port`.
 * They are in the order in which to try them, that of the system's resolver (RFC 6724), which puts
 * first those that this machine can reach. Leaves out IPv6 where the machine has none. Returns how
 * many; 0: none is known. May block, unless `name` is an address.
 */
size_t net_resolve(const char *name, uint16_t port, struct net_address *addresses, size_t max);

/* Whether `name` is an address in figures, which needs no lookup. */
bool net_is_address(const char *name);

/* The host of an address in figures: "::" is NET_HOST_ANY, "0.0.0.0" NET_HOST_ANY_IPV4. */
bool net_read_host(const char *figures, uint32_t *host);

/* Back. False when it does not fit into `bytes`, or the handle is nobody's. */
bool net_write_host(const struct net_address *address, char *text, size_t bytes);

/* The name that the resolver has for it, as above. False also when it has none. May block. */
bool net_host_name(const struct net_address *address, char *text, size_t bytes);

/* Whether nobody but this machine reaches it: 127.0.0.0/8 or ::1. */
bool net_host_is_loopback(const struct net_address *address);

/* Whether it is no single machine's: multicast, or IPv4's broadcast and reserved addresses. */
bool net_host_is_of_many(const struct net_address *address);

/* The host as an IPv6 address; one of IPv4 is ::ffff:a.b.c.d. False: the handle is nobody's. */
bool net_host_bytes(const struct net_address *address, uint8_t bytes[static NET_IPV6_BYTES]);

/* The host as text, without the port; a handle that is nobody's is written as "?". */
void net_host_text(const struct net_address *address, char text[static NET_TEXT_BYTES]);

#endif

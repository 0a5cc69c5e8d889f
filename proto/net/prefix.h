/*
 * prefix: an address or a network of addresses, as operators write it: 203.0.113.7, 203.0.113.0/24,
 * 2001:db8::/32. An IPv4 address is kept as ::ffff:a.b.c.d, and so is one that is written so.
 *
 * One customer has the first 64 bits of IPv6 addresses in common, and may take another of them at
 * any time. So an IPv6 address alone stands for its /64; with /128 it is that address.
 */
#ifndef STARLING_PROTO_NET_PREFIX_H
#define STARLING_PROTO_NET_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PREFIX_BYTES = 16,
	PREFIX_BITS = 8 * PREFIX_BYTES,
	PREFIX_IPV4_BITS = 96, /* of each IPv4 prefix, before its own bits */
	PREFIX_TEXT_BYTES = 52,
	PREFIX_ERROR_BYTES = 192,
};

struct prefix {
	uint8_t bytes[PREFIX_BYTES]; /* 0 behind the prefix */
	uint8_t length;              /* bits */
};

/* Reads one; bits of an address behind its prefix are taken off. False: a sentence in `error`. */
bool prefix_read(const char *text, struct prefix *prefix, char error[PREFIX_ERROR_BYTES]);

/* In the form that prefix_read takes back. */
void prefix_text(const struct prefix *prefix, char text[PREFIX_TEXT_BYTES]);

/* The prefix of so many bits of an address. */
struct prefix prefix_of(const uint8_t address[PREFIX_BYTES], unsigned length);

/* Whether the address is one of IPv4. */
bool prefix_is_ipv4(const uint8_t address[PREFIX_BYTES]);

#endif

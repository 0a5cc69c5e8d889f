/*
 * tunnel: one end of a link made of IP packets: a TUN device of the kernel, and which member's
 * packet a packet is.
 *
 * Two devices, one in the relay's network namespace and one in the clients', and a process between
 * them that hands packets over when their impairment says so, are a network on which everything
 * runs over the kernel's own stack: TCP's retransmissions, Nagle's rule and delayed
 * acknowledgements are the real ones. The devices are opened without IFF_VNET_HDR, so that packets
 * come whole, at most TUNNEL_MTU_BYTES long, and with their checksums.
 *
 * Addresses: the relay is TUNNEL_RELAY_HOST, member i, from 0, is TUNNEL_MEMBER_HOSTS + i.
 */
#ifndef STARLING_PROTO_NET_TUNNEL_H
#define STARLING_PROTO_NET_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TUNNEL_RELAY_HOST   UINT32_C(0x0a530001) /* 10.83.0.1, host byte order */
#define TUNNEL_MEMBER_HOSTS UINT32_C(0x0a530101) /* 10.83.1.1 */
#define TUNNEL_DEVICE       "starling0"

enum {
	TUNNEL_MTU_BYTES = 1500,
	TUNNEL_ERROR_BYTES = 256,
};

/*
 * Opens TUNNEL_DEVICE in the calling thread's network namespace, gives it `count` addresses from
 * `host` on, and brings it and the loopback up. The non-blocking descriptor, one packet a read or
 * write; or -1 with a sentence in `error`.
 */
int tunnel_open(uint32_t host, size_t count, char error[static TUNNEL_ERROR_BYTES]);

/*
 * Packets that the kernel had no room for, of TUNNEL_DEVICE in the calling thread's network
 * namespace, so far. 0 when they cannot be read.
 */
uint64_t tunnel_drops(void);

/* A packet as its headers describe it. */
struct tunnel_packet {
	size_t member;
	bool is_up;           /* to the relay; else from it */
	bool is_stream;       /* of TCP */
	size_t payload_bytes; /* of UDP, or of TCP's stream; 0 for other protocols */
};

/*
 * Looks at an IPv4 packet as a TUN device gives it. False: it is not between the relay and one of
 * `members` members, or broken; whatever bytes there are. A router solicitation of IPv6, which
 * Linux sends by itself, is such.
 */
bool tunnel_read(const uint8_t *data, size_t size, size_t members, struct tunnel_packet *packet);

#endif

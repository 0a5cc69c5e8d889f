/*
 * pcapng: blocks of a capture file that Wireshark and tshark open (draft-ietf-opsawg-pcapng), for
 * UDP datagrams over IPv4 on an Ethernet. Bytes only: who calls writes them to a file.
 *
 * A file is one section, then its interfaces, then packets that name one of these; an interface may
 * be where a datagram is seen, as "sent" and "arrived". Times are nanoseconds. All fields are
 * little-endian, so that the same calls give the same bytes on any machine.
 *
 * Each packet gets the headers that it would have had: Ethernet II with locally administered
 * addresses made of the IPv4 ones, IPv4 (RFC 791) unfragmented whatever its size, with the low 16
 * bits of its id as identification (free to choose there, RFC 6864), and UDP (RFC 768), with
 * correct lengths and checksums.
 *
 * Every function writes one block to `out` and returns its size; 0 when it does not fit.
 */
#ifndef STARLING_PROTO_NET_PCAPNG_H
#define STARLING_PROTO_NET_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"

enum {
	PCAPNG_TEXT_MAX_BYTES = 256,
	/* Holds any block here, of a datagram of any net. */
	PCAPNG_BLOCK_MAX_BYTES = NET_DATAGRAM_MAX_BYTES + 2 * PCAPNG_TEXT_MAX_BYTES + 128,
};

/* As epb_flags has it. */
enum pcapng_direction {
	PCAPNG_INBOUND = 1,
	PCAPNG_OUTBOUND = 2,
};

/* Texts are UTF-8, of PCAPNG_TEXT_MAX_BYTES at most; NULL leaves one out. */
struct pcapng_packet {
	uint32_t interface; /* the section's first is 0 */
	enum pcapng_direction direction;
	int64_t time_ns; /* 0 or later */
	uint64_t id;     /* the same wherever the same datagram is seen (epb_packetid) */
	struct net_address from, to;
	const void *data; /* what UDP carries */
	size_t size;
	const char *comment;
};

/* Begins the file. `application` is what made it. */
size_t pcapng_write_section(void *out, size_t capacity, const char *application,
			    const char *comment);

size_t pcapng_write_interface(void *out, size_t capacity, const char *name,
			      const char *description);

size_t pcapng_write_packet(void *out, size_t capacity, const struct pcapng_packet *packet);

#endif

/*
 * address_table: gives an IPv6 address a 32-bit number, its handle, because ENet's addresses have
 * 32 bits. Addresses and times in, handles out: no socket, no clock, no lock, no allocation.
 *
 * A handle is a number in 240.0.0.0/5, which is no unicast address of IPv4, so that an IPv4 address
 * stands for itself beside it. (248.0.0.0/5 is left for the virtual addresses of sealed sessions.)
 * A handle holds a slot of the table and that slot's generation, which each new address in the slot
 * moves on by one.
 *
 * How long an address keeps its handle. The table holds ADDRESS_TABLE_MAX addresses, and forgets
 * none while it has a slot that was never used. After that a new address takes one of these places:
 *
 * - That of the sender (received from, never sent to) that was silent for the longest time, if that
 *   is at least ADDRESS_TABLE_SENDER_IDLE_S. ENet answers an address that it accepts in the same
 *   turn, so it keeps nothing of such a sender; the second is for a process that stalls between.
 *
 * - Else that of the peer (sent to) with which nothing was exchanged for the longest time, if that
 *   is at least ADDRESS_TABLE_PEER_IDLE_S. ENet sends something to a live peer every 0.5 s, and
 *   gives up a silent one after 30 s.
 *
 * - Else none: the new address gets no handle, and the caller drops the datagram.
 *
 * So a flood of forged senders costs other senders, and never a live peer. A named address, which
 * somebody looked up and may keep, is never forgotten; there are at most ADDRESS_TABLE_NAMED_MAX.
 *
 * Why two peers cannot be confused. At any time an address has one handle and a handle one address.
 * ENet may still hold the handle of a forgotten address; that handle belongs to nobody, since its
 * slot goes through all other generations before the handle comes again. Each generation lasts at
 * least ADDRESS_TABLE_SENDER_IDLE_S, all of them ADDRESS_TABLE_REST_S: more than twice the longest
 * time-out that can be set (an hour), after which ENet has let go of the handle.
 *
 * A table that is all zero is an empty one with a known key.
 */
#ifndef STARLING_PROTO_NET_UDP_ADDRESS_TABLE_H
#define STARLING_PROTO_NET_UDP_ADDRESS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ADDRESS_TABLE_SLOT_BITS = 14,
	ADDRESS_TABLE_GENERATION_BITS = 13,
	ADDRESS_TABLE_MAX =
		1 << ADDRESS_TABLE_SLOT_BITS, /* four ENet hosts full of peers: 40 bytes each */
	ADDRESS_TABLE_NAMED_MAX = 1024,       /* of them; a program looks up one, or a few */
	ADDRESS_TABLE_GENERATION_MAX =
		(1 << ADDRESS_TABLE_GENERATION_BITS) - 1, /* the first is 1 */
	ADDRESS_TABLE_SENDER_IDLE_S = 1,
	ADDRESS_TABLE_PEER_IDLE_S = 60, /* twice ENet's longest time-out, 6 times the relay's */
	ADDRESS_TABLE_REST_S = (ADDRESS_TABLE_GENERATION_MAX - 1) * ADDRESS_TABLE_SENDER_IDLE_S,
};

/* 240.0.0.0 and how many bits of it all handles share. */
#define ADDRESS_TABLE_FIRST UINT32_C(0xf0000000)
#define ADDRESS_TABLE_MASK  UINT32_C(0xf8000000)

/* `scope` is the interface's number where the address means something only there, else 0. */
struct address_table_ipv6 {
	uint8_t bytes[16];
	uint32_t scope;
};

/* Numbers of slots are stored plus 1; 0 is none. */
struct address_table_slot {
	struct address_table_ipv6 address;
	uint16_t generation;
	uint8_t rank; /* enum address_table_rank in address_table.c */
	uint16_t next_in_bucket;
	uint16_t older, newer; /* of the same rank */
	int64_t used_ns;
};

/* From the one that was not used for the longest time to the latest. */
struct address_table_queue {
	uint16_t oldest, newest;
};

struct address_table {
	uint64_t key[2];
	int64_t now_ns;
	uint32_t used_count; /* slots that were ever used */
	uint32_t named_count;
	struct address_table_queue senders, peers;
	uint16_t buckets[ADDRESS_TABLE_MAX];
	struct address_table_slot slots[ADDRESS_TABLE_MAX];
};

/*
 * Empties the table. `key` decides where an address is kept: unguessable, so that nobody can send
 * from addresses that all fall into one place.
 */
void address_table_init(struct address_table *table, const uint64_t key[static 2]);

/*
 * Handles are in host byte order. Times are in nanoseconds; one that is before an earlier one
 * counts as that.
 */

static inline bool address_table_is_handle(uint32_t host)
{
	return (host & ADDRESS_TABLE_MASK) == ADDRESS_TABLE_FIRST;
}

/* A datagram came from the address: its handle, or 0 when there is no room. */
uint32_t address_table_received(struct address_table *table,
				const struct address_table_ipv6 *address, int64_t now_ns);

/* A datagram is to go to the handle's address. False when it is nobody's (any more). */
bool address_table_sent(struct address_table *table, uint32_t handle, int64_t now_ns,
			struct address_table_ipv6 *address);

/* Somebody keeps the address from now on: its handle for good, or 0 when there is no room. */
uint32_t address_table_name(struct address_table *table, const struct address_table_ipv6 *address,
			    int64_t now_ns);

/* Looks without a trace. False when the handle is nobody's. */
bool address_table_look(const struct address_table *table, uint32_t handle,
			struct address_table_ipv6 *address);

#endif

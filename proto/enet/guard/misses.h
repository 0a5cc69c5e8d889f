/*
 * misses: datagrams from the address and port of a peer that named another peer, or another session
 * than the peer's. Whoever forges a peer's address has to guess both. After MISSES_MAX of them a
 * DISCONNECT in the peer's name is not believed for MISSES_HOLD_S, and each further miss makes that
 * time begin anew.
 *
 * Only peers that are connected have a place here, so nobody can fill the table in another's name.
 */
#ifndef STARLING_PROTO_ENET_GUARD_MISSES_H
#define STARLING_PROTO_ENET_GUARD_MISSES_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/net/net_type.h"

enum {
	MISSES_MAX = 3,
	MISSES_HOLD_S = 10,
	MISSES_PEERS = 4096, /* their numbers are below */
	MISSES_HEADS = 4096,
};

/* One peer's. */
struct misses_place {
	struct net_address address; /* port 0: the place is free */
	uint16_t next;              /* of the same hash, as in `heads` */
	uint16_t count;             /* up to MISSES_MAX */
	int64_t last_ns;
};

/* All zero but for the keys is an empty one. */
struct misses {
	uint64_t keys[2]; /* drawn by the owner, so that nobody can choose addresses of one hash */
	uint16_t heads[MISSES_HEADS]; /* a peer's number and one; 0: none */
	struct misses_place places[MISSES_PEERS];
};

/* The peer is connected, at this address. Its misses begin at none. */
void misses_begin(struct misses *misses, unsigned peer, const struct net_address *address);

/* One more from this address: it counts for all peers there. */
void misses_add(struct misses *misses, const struct net_address *address, int64_t now_ns);

/* Whether a DISCONNECT in the peer's name is not to be believed now. */
bool misses_are_many(const struct misses *misses, unsigned peer, int64_t now_ns);

#endif

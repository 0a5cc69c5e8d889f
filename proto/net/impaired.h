/*
 * impaired: a `struct net` over another one, whose datagrams meet an impairment (impair.h) on their
 * way in, on their way out, or both.
 *
 * Each socket is a line of its own, with its own luck, rate and queue: a relay's one socket is its
 * uplink and downlink, shared by all its clients; each of a program's sessions has its own line.
 * Which luck a socket has follows from the seed and from how many were opened before it. The at=
 * times count from impaired_create.
 *
 * A datagram enters the line out when it is sent, the line in when it is taken from the net below,
 * which `receive` and `wait` do; so a program that looks for datagrams only once a frame adds what
 * it sleeps. It leaves the line out with the first `flush` or `wait` after it is due, and comes out
 * of `receive` from when it is due. `wait` wakes for both by itself. Whoever polls descriptors
 * instead asks net_next_ns (the library's starling_timeout_ms does).
 *
 * Memory: the datagrams under way of all sockets lie in one pool (transit.h): at most
 * TRANSIT_DATAGRAMS_MAX, 64 MiB. One that finds it full is dropped, and counted as `overflown`.
 * Closing a socket sends what is still on its line out at once, as nobody is left to do it later,
 * and forgets what is on its line in.
 *
 * `stats` are those of the net below: in counts before the line, out behind it.
 */
#ifndef STARLING_PROTO_NET_IMPAIRED_H
#define STARLING_PROTO_NET_IMPAIRED_H

#include <stdint.h>

#include "proto/net/impair.h"
#include "proto/net/net.h"

struct impaired;

/*
 * `below` must outlive it; the specs are copied. NULL when out of memory. Choose its net with
 * net_use before a socket is opened.
 */
struct impaired *impaired_create(struct net *below, const struct impair_spec *in,
				 const struct impair_spec *out, uint64_t seed);

/* Closes the sockets that are open, and frees it. It must not be the current net. NULL is fine. */
void impaired_destroy(struct impaired *impaired);

struct net *impaired_net(struct impaired *impaired);

struct impaired_stats {
	struct impair_stats in, out;
	uint64_t overflown;    /* the model let them pass, but there was no room to hold them */
	uint64_t overflown_in; /* of these, on the way in */
	uint64_t under_way_in, under_way_out; /* now, on the lines of the sockets that are open */
};

/* Of all sockets there were. Not while other threads use theirs. */
void impaired_stats(struct impaired *impaired, struct impaired_stats *stats);

#endif

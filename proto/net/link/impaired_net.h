/*
 * impaired_net: a `struct net` over another one, whose datagrams pass an impaired link
 * (link_model.h) on their way in, on their way out, or both.
 *
 * Each socket has links of its own, with their own fates, rate and queue: a relay's one socket is
 * its uplink and downlink, shared by all its clients; each of a program's sessions has its own. A
 * socket's fates follow from the seed and from how many sockets were opened before it. The at=
 * times count from impaired_net_create.
 *
 * A datagram enters the outgoing link when it is sent, and the incoming link when `receive` or
 * `wait` takes it from the net below; so a program that looks for datagrams only once a frame adds
 * the time that it sleeps. It leaves the outgoing link with the first `flush` or `wait` after it is
 * due, and comes out of `receive` from when it is due. `wait` wakes for both by itself. A caller
 * that polls descriptors instead asks net_next_ns (the library's starling_timeout_ms does).
 *
 * The datagrams under way of all sockets lie in one pool (delay_queue.h): at most
 * DELAY_QUEUE_DATAGRAMS_MAX, 64 MiB. A datagram that finds it full is dropped, and counted as
 * `overflown`. Closing a socket sends what is on its outgoing link at once, as nobody is left to do
 * it later, and forgets what is on its incoming link.
 *
 * `stats` are those of the net below: incoming counts before the link, outgoing counts behind it.
 */
#ifndef STARLING_PROTO_NET_LINK_IMPAIRED_NET_H
#define STARLING_PROTO_NET_LINK_IMPAIRED_NET_H

#include <stdint.h>

#include "proto/net/link/link_model.h"
#include "proto/net/net.h"

struct impaired_net;

/*
 * `below` must outlive it; the specs are copied. NULL when out of memory. Choose its net with
 * net_use before a socket is opened.
 */
struct impaired_net *impaired_net_create(struct net *below, const struct link_model_spec *in,
					 const struct link_model_spec *out, uint64_t seed);

/* Closes the sockets that are open, and frees it. It must not be the current net. NULL is fine. */
void impaired_net_destroy(struct impaired_net *impaired);

struct net *impaired_net_as_net(struct impaired_net *impaired);

struct impaired_net_stats {
	struct link_model_stats in, out;
	uint64_t overflown;    /* the model let them pass, but there was no room to hold them */
	uint64_t overflown_in; /* of these, on the way in */
	uint64_t under_way_in, under_way_out; /* now, on the links of the sockets that are open */
};

/* Sums over all sockets so far. No other thread may use its socket meanwhile. */
void impaired_net_stats(struct impaired_net *impaired, struct impaired_net_stats *stats);

#endif

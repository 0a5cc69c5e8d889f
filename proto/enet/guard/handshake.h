/*
 * handshake: what a host remembers of addresses that want to connect, in three tables of fixed
 * size: the requests of those that have not echoed their cookie (cookie.h), the proofs of those
 * that have, and the connections that came of them. A flood of requests costs other requests, which
 * their senders repeat, and never a proof.
 *
 * The host remembers a connection for longer than a cookie is good: so a recorded handshake that is
 * sent again opens nothing.
 *
 * The oldest request gives way. A proof or connection has one of HANDSHAKE_WAYS places, by a hash
 * with a secret; among these, the oldest gives way. Times are net times. No ENet, no socket, no
 * clock.
 */
#ifndef STARLING_PROTO_ENET_HANDSHAKE_H
#define STARLING_PROTO_ENET_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/enet/guard/cookie.h"
#include "proto/net/net_type.h"

enum {
	HANDSHAKE_REQUESTS = 1024,
	HANDSHAKE_PROOFS = 1024,
	HANDSHAKE_CONNECTIONS = 4096,
	HANDSHAKE_WAYS = 8,
	HANDSHAKE_REQUEST_BYTES = 52, /* CONNECT, with the head before it */
	HANDSHAKE_GOOD_S = 10,        /* a request, and a proof */
	HANDSHAKE_CONNECTION_S = 2 * COOKIE_PERIOD_S,
};

struct handshake;

/* NULL: no memory. */
struct handshake *handshake_create(const uint8_t secret[static COOKIE_SECRET_BYTES]);

/* NULL is allowed. */
void handshake_destroy(struct handshake *handshake);

/* Keeps an address's request. It may have several, as its socket may have several connections. */
void handshake_keep(struct handshake *handshake, const struct net_address *address,
		    const uint8_t bytes[static HANDSHAKE_REQUEST_BYTES], int64_t now_ns);

/* Gives an address's oldest request out, and forgets it. False: there is none. */
bool handshake_take(struct handshake *handshake, const struct net_address *address,
		    uint8_t bytes[static HANDSHAKE_REQUEST_BYTES], int64_t now_ns);

/* The address has echoed its cookie. */
void handshake_prove(struct handshake *handshake, const struct net_address *address,
		     int64_t now_ns);

/* Whether the address has done so within HANDSHAKE_GOOD_S. */
bool handshake_is_proven(const struct handshake *handshake, const struct net_address *address,
			 int64_t now_ns);

/* The address's connection stands. */
void handshake_note_connection(struct handshake *handshake, const struct net_address *address,
			       uint32_t connection, int64_t now_ns);

/* Whether it did within HANDSHAKE_CONNECTION_S. */
bool handshake_had_connection(const struct handshake *handshake, const struct net_address *address,
			      uint32_t connection, int64_t now_ns);

#endif

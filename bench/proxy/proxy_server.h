/*
 * proxy_server: where the server behind the proxy is: the addresses of its name, of which one is in
 * use, for all clients. Addresses and times only: no socket, no clock.
 *
 * Whether an address is the server's is known by its answers alone. As long as none has come, each
 * address is tried for PROXY_TRY_MS of clients' asking, in turn. One that has answered is kept
 * until it says nothing for PROXY_GONE_MS of it. All of this counts from what the lines' delays
 * leave time for, and happens as clients ask; where nobody asks, nothing is missing.
 */
#ifndef STARLING_BENCH_PROXY_SERVER_H
#define STARLING_BENCH_PROXY_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/endpoint.h"
#include "proto/net/lookup.h"

enum {
	PROXY_TRY_MS = 250, /* as browsers do (RFC 8305) */
	PROXY_GONE_MS = 8000,
};

struct proxy_server {
	int64_t delay_ns; /* there and back, of the lines */

	struct net_address list[LOOKUP_ADDRESSES_MAX];
	size_t count, at;
	bool has_answered; /* the present one */
	int64_t asked_ns;  /* since when the server owes an answer; 0: it does not */
	int64_t tried_ns;  /* since when the present address does */
};

/* Looks `to` up; may block. False: no address is known. */
bool proxy_server_find(struct proxy_server *server, const struct endpoint *to);

/* A client's datagram is to go to the server: where to. Times are above 0. */
const struct net_address *proxy_server_ask(struct proxy_server *server, int64_t now_ns);

/* A datagram came from there. False: that is not the server. */
bool proxy_server_hear(struct proxy_server *server, const struct net_address *from);

#endif

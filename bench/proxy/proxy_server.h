/*
 * proxy_server: where the server behind the proxy is: the addresses of its name, of which one is in
 * use, for all clients. Addresses and times only: no socket, no clock.
 *
 * Whether an address is the server's is known by its answers alone. As long as none has come, each
 * address is tried for PROXY_TRY_MS of clients' asking, in turn. One that has answered is kept
 * until it says nothing for PROXY_GONE_MS of it, or until the name leads elsewhere: it is looked up
 * again when a second has passed without an answer, without blocking. All of this counts from what
 * the lines' delays leave time for, and happens as clients ask; where nobody asks, nothing is
 * missing.
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
	PROXY_LOOK_AGAIN_MS = 1000,
};

/* Whether the proxy must not pass on to an address, because it listens there itself. */
typedef bool proxy_server_is_own_function(void *context, const struct net_address *address);

struct proxy_server {
	const struct endpoint *to;
	proxy_server_is_own_function *is_own;
	void *context;
	int64_t delay_ns; /* there and back, of the lines */

	struct net_address list[LOOKUP_ADDRESSES_MAX];
	size_t count, at;
	bool has_answered; /* the present one */
	int64_t asked_ns;  /* since when the server owes an answer; 0: it does not */
	int64_t tried_ns;  /* since when the present address does */
	int64_t looked_ns; /* when the name was looked up again last */
	struct lookup lookup;
};

/* Looks `to` up, which must outlive it; may block. False: no address is known. */
bool proxy_server_find(struct proxy_server *server, const struct endpoint *to);

/* Which of the addresses is the proxy's own; NULL: none. */
const struct net_address *proxy_server_own(const struct proxy_server *server);

/* A client's datagram is to go to the server: where to. Times are above 0. */
const struct net_address *proxy_server_ask(struct proxy_server *server, int64_t now_ns);

/* A datagram came from there. False: that is not the server. */
bool proxy_server_hear(struct proxy_server *server, const struct net_address *from);

void proxy_server_fini(struct proxy_server *server);

#endif

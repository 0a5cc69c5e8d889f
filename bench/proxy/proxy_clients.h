/*
 * proxy_clients: whom the proxy serves, each known by its address. Bounded: one more than the table
 * holds is refused, so that it costs nobody a session, unless somebody is idle for good. Addresses
 * and times only: no socket is opened or closed here, and no clock is read.
 */
#ifndef STARLING_BENCH_PROXY_CLIENTS_H
#define STARLING_BENCH_PROXY_CLIENTS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"

enum {
	PROXY_CLIENTS_MAX = 256,
	/* Longer than any game that still runs is silent both ways, and than a home router waits.
	 */
	PROXY_IDLE_S = 60,
};

/* A client's address, and the socket towards the server that stands for it. */
struct proxy_client {
	struct net_address address;
	int socket;
	uint16_t port;    /* of that socket; 0: not known yet */
	int64_t heard_ns; /* when something last came, either way */
};

/* One that is all zero is empty. */
struct proxy_clients {
	struct proxy_client list[PROXY_CLIENTS_MAX];
	size_t count;
	size_t last_found; /* datagrams of one client come in rows */
};

/* NULL: the address is no client's. Valid until the next proxy_clients_place. */
struct proxy_client *proxy_clients_find(struct proxy_clients *clients,
					const struct net_address *address);

/*
 * A place for one more, for the caller to fill: a new one, with socket -1, or that of a client that
 * was idle for PROXY_IDLE_S and for longest, with its socket, which is the caller's to close. NULL:
 * all are taken.
 */
struct proxy_client *proxy_clients_place(struct proxy_clients *clients, int64_t now_ns);

#endif

/*
 * network: a network namespace with one end of a tunnel in it: one side of a link that a program
 * makes between two parts of itself.
 */
#ifndef STARLING_PROTO_NET_NETWORK_H
#define STARLING_PROTO_NET_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/netns/namespaces.h"

struct network {
	int space, tunnel; /* descriptors; -1: it is not made */
};

#define NETWORK_NONE ((struct network){ -1, -1 })

/*
 * Makes it, and moves this process into it (namespaces_make); the tunnel has `count` addresses from
 * `host` on, in host byte order. Processes forked from here on are in it. False with a sentence in
 * `error`: close the network all the same.
 */
bool network_make(struct network *network, uint32_t host, size_t count,
		  char error[static NAMESPACES_ERROR_BYTES]);

/* Accepts one that is not made. */
void network_close(struct network *network);

#endif

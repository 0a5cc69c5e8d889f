/* listener: the socket (TCP) on which the door is. */
#ifndef STARLING_PROTO_WEB_LISTENER_H
#define STARLING_PROTO_WEB_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

/* Whether an address in figures is this machine's loopback. False also of what is no address. */
bool listener_is_loopback(const char *host);

/*
 * Opens it on an address in figures. Its descriptor, which never blocks, and the real port in
 * `port`; or a negative errno value (-EINVAL: no address).
 */
int listener_open(const char *host, uint16_t *port);

/* The next connection, whose descriptor never blocks; or a negative errno value. */
int listener_accept(int listener);

#endif

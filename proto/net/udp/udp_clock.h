/*
 * udp_clock: the clock of real sockets.
 */
#ifndef STARLING_PROTO_NET_UDP_UDP_CLOCK_H
#define STARLING_PROTO_NET_UDP_UDP_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, in nanoseconds. */
int64_t udp_clock_ns(void);

#endif

/*
 * platform: ENet's platform file, ours. It defines the enet_socket_*, enet_address_*, enet_time_* and
 * other functions that ENet's unix.c would, so that an unmodified libenet runs on the current
 * `struct net` (net.h).
 *
 * That works because Debian's libenet calls these through its PLT, where a program's own definition
 * comes first. A libenet bound to itself (linked with -Bsymbolic) would slip past in silence, so
 * every program asks platform_check at start.
 */
#ifndef STARLING_PROTO_NET_PLATFORM_H
#define STARLING_PROTO_NET_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

struct _ENetHost;

/*
 * Initialises ENet, once for the process (later calls answer the same), with an allocator that
 * zeroes: ENet hands out fragments that were never filled, and what lay in the memory before must not
 * leave with them. Then checks that libenet's core really calls our functions, by driving a host over
 * a net that only counts; nothing is sent.
 * 0, or -ENOTSUP with a sentence in `why` (always terminated) that says which function was not called
 * and what to do.
 */
int platform_init(char *why, size_t why_bytes);

/*
 * When `host` next has something to do by itself (a retransmission, a ping, a time-out), in net time;
 * INT64_MAX when nothing. ENet has no call for it; this reads its public lists. Call after
 * enet_host_service found no more events.
 */
int64_t platform_deadline_ns(const struct _ENetHost *host);

/* The net socket of `host`, for `struct net`'s functions and for poll. */
int platform_socket(const struct _ENetHost *host);

#endif

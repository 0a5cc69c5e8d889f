/*
 * sim: a simulated datagram network in memory, on virtual time, as a `struct net`.
 *
 * It has any number of sockets in one process. Only sim_advance_to and `wait` move the time. A
 * fixed delay or the caller's function decides each datagram's fate as it is sent; datagrams due at
 * the same instant arrive in the order in which they were sent. So everything follows from the seed
 * and the order of the calls, on any machine.
 *
 * Sockets take addresses by bind, of any hosts; one bound to host 0 receives for all hosts and
 * sends as 127.0.0.1. A datagram that arrives where no socket is bound is gone. An inbox holds
 * SIM_INBOX_DATAGRAMS; further datagrams count as the kernel's drops. A socket not bound yet
 * takes the next free port with its first send, as a real one does.
 *
 * A sim and its sockets belong to one thread at a time; several sims may live side by side
 * (net_use_thread).
 */
#ifndef STARLING_PROTO_NET_SIM_SIM_H
#define STARLING_PROTO_NET_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"

enum {
	SIM_INBOX_DATAGRAMS = 4096,
	SIM_START_NS = 1000000000, /* the time at the start: ENet takes 0 for "never" */
	SIM_DELAY_NS = 1000000,    /* the fixed delay of a new sim */
	/* Numbers of sockets start here, so that one used by mistake is nobody's descriptor. */
	SIM_SOCKET_FIRST = 1 << 24,
};

struct sim;

/* A datagram as it is sent. The pointers are good for the call only. */
struct sim_datagram {
	struct net_address from, to;
	const void *data;
	size_t size;
	int64_t sent_ns;
	uint64_t serial; /* how many were sent before it */
};

struct sim_fate {
	int64_t delay_ns;      /* comes filled with the fixed delay; below 0 counts as 0 */
	bool is_doubled;       /* comes as false; true: a copy arrives too ... */
	int64_t copy_delay_ns; /* ... after this */
};

/* Decides what becomes of a datagram: false loses it. It must not call the sim. */
typedef bool sim_fate_function(void *context, const struct sim_datagram *datagram,
			       struct sim_fate *fate);

/* How a datagram's way ended that was not lost on it. */
enum sim_end {
	SIM_ARRIVED,
	SIM_UNKNOWN, /* no socket has its address (any more) */
	SIM_FULL,    /* the socket's inbox was full */
};

/* Sees each datagram as its way ends, copies too. It must not call the sim. */
typedef void sim_end_function(void *context, const struct sim_datagram *datagram, int64_t now_ns,
			      enum sim_end end);

/* NULL when out of memory. */
struct sim *sim_create(uint64_t seed);

/* Frees it with its sockets and all that is under way. NULL is fine. */
void sim_destroy(struct sim *sim);

/* The network for net_use; it lives as long as the sim. */
struct net *sim_net(struct sim *sim);

/* How long each datagram takes from now on. */
void sim_set_delay(struct sim *sim, int64_t delay_ns);

/* Who decides from now on; NULL: the fixed delay, nothing lost. `context` stays the caller's. */
void sim_set_fate(struct sim *sim, sim_fate_function *decide, void *context);

/* Who sees the ends from now on; NULL: nobody. `context` stays the caller's. */
void sim_set_end(struct sim *sim, sim_end_function *see, void *context);

/*
 * On which host (network byte order) the sockets are that are bound to host 0 from now on, by name
 * or by their first send; 0, as in a new sim: on none of their own.
 */
void sim_set_host(struct sim *sim, uint32_t host);

/*
 * All sockets of a host have another address from now on, as behind a NAT that changed its mind:
 * what is sent, or under way, to the old one is gone. No socket may have the new address yet.
 */
void sim_move(struct sim *sim, uint32_t from, uint32_t to);

int64_t sim_now_ns(const struct sim *sim);

/* When the next datagram under way arrives; always later than now. INT64_MAX when none is. */
int64_t sim_next_ns(const struct sim *sim);

/* Moves the time to `ns`, never back, with all arrivals on the way. */
void sim_advance_to(struct sim *sim, int64_t ns);

/*
 * `wait` here: 1 when a datagram lies in the socket's inbox; else moves the time to the earlier of
 * `until_ns` and the next arrival at any socket, and says whether that was one for this socket.
 * -EDEADLK when nothing is under way and `until_ns` is INT64_MAX: it would never end.
 */

#endif

/*
 * sim_queue: what is under way in a simulated network, by time of arrival, then by serial number.
 */
#ifndef STARLING_PROTO_NET_SIM_SIM_QUEUE_H
#define STARLING_PROTO_NET_SIM_SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"

/* One datagram on its way, or in an inbox. */
struct sim_flight {
	struct sim_flight *next; /* in the inbox */
	struct net_address from, to;
	int64_t sent_ns;
	uint64_t serial;
	size_t size;
	uint8_t data[];
};

struct sim_entry {
	int64_t due_ns;
	uint64_t serial;
	struct sim_flight *flight;
};

/* A binary heap; all zero is an empty one. It owns its flights. */
struct sim_queue {
	struct sim_entry *entries;
	size_t count, capacity;
	uint64_t serial; /* of the next that is added */
};

/* Takes the flight over. False when out of memory: it stays the caller's. */
bool sim_queue_add(struct sim_queue *queue, int64_t due_ns, struct sim_flight *flight);

/* When the first is due; INT64_MAX when the queue is empty. */
int64_t sim_queue_next_ns(const struct sim_queue *queue);

/* Hands out the first; the queue is not empty. */
struct sim_flight *sim_queue_take(struct sim_queue *queue);

void sim_queue_fini(struct sim_queue *queue);

#endif

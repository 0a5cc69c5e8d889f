/*
 * delay_queue: datagrams under way, each until its time, in memory that is taken once.
 *
 * A pool holds the datagrams of many queues; a queue is a heap of its own. Adding and taking cost a
 * few steps on average and never allocate. Several threads may use the pool, one a queue.
 */
#ifndef STARLING_PROTO_NET_LINK_DELAY_QUEUE_H
#define STARLING_PROTO_NET_LINK_DELAY_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"

enum {
	/* 64 MiB in all, of which the system gives as much as was in use at once. A datagram above
	 * 4 KiB counts as several. */
	DELAY_QUEUE_DATAGRAMS_MAX = 16384,
};

/* One datagram under way. Links are places in the pool, plus 1; 0 is none. */
struct delay_queue_item {
	int64_t due_ns;
	uint64_t serial;
	struct net_address peer;
	uint32_t child, sibling, size;
};

struct delay_queue_pool {
	pthread_mutex_t mutex;
	struct delay_queue_item *items;
	uint8_t *bytes;
	size_t place_bytes;  /* for each; memory only where a datagram lies */
	uint32_t free, used; /* the newest free one; how many were ever in use */
	uint32_t taken;      /* of DELAY_QUEUE_DATAGRAMS_MAX */
};

/* All zero is an empty queue. */
struct delay_queue {
	uint32_t first, count;
	uint64_t serial; /* of the next that is added */
};

/* For datagrams of at most `max_bytes`. 0, or -ENOMEM. */
int delay_queue_pool_init(struct delay_queue_pool *pool, size_t max_bytes);

/* Accepts a pool that is all zero. */
void delay_queue_pool_fini(struct delay_queue_pool *pool);

/*
 * Puts a copy of a datagram, of 0 to `max_bytes` bytes made of `count` buffers, on the queue. False
 * when the pool is full.
 */
bool delay_queue_add(struct delay_queue *queue, struct delay_queue_pool *pool, int64_t due_ns,
		     const struct net_address *peer, const struct net_buffer *buffers,
		     size_t count);

/* When the first one is due; INT64_MAX when the queue is empty. */
int64_t delay_queue_next_ns(const struct delay_queue *queue, const struct delay_queue_pool *pool);

/*
 * The first one; of those due together the one added first. Its bytes are valid until it is
 * removed. The queue must not be empty.
 */
const struct delay_queue_item *delay_queue_first(const struct delay_queue *queue,
						 const struct delay_queue_pool *pool,
						 const uint8_t **bytes);
void delay_queue_remove_first(struct delay_queue *queue, struct delay_queue_pool *pool);

#endif

/*
 * transit: datagrams under way, each until its time, in memory that is taken once.
 *
 * A pool holds the datagrams of many lines, which take from it by turns; a line is a heap of those
 * on it. Adding and taking cost a few steps in the average and never allocate. The pool may be used
 * by several threads, a line by one.
 */
#ifndef STARLING_PROTO_NET_TRANSIT_H
#define STARLING_PROTO_NET_TRANSIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"

enum {
	/* 64 MiB in all, of which the system gives what was in use at once, 4 KiB for each. One
	 * that is larger counts as several. */
	TRANSIT_DATAGRAMS_MAX = 16384,
};

/* One datagram under way. Links are places in the pool, plus 1; 0 is none. */
struct transit_item {
	int64_t due_ns;
	uint64_t serial;
	struct net_address peer;
	uint32_t child, sibling, size;
};

struct transit_pool {
	pthread_mutex_t mutex;
	struct transit_item *items;
	uint8_t *bytes;
	size_t place_bytes;  /* for each; memory only where a datagram lies */
	uint32_t free, used; /* the newest free one; how many were ever in use */
	uint32_t taken;      /* of TRANSIT_DATAGRAMS_MAX */
};

/* All zero is an empty line. */
struct transit {
	uint32_t first, count;
	uint64_t serial; /* of the next that is added */
};

/* For datagrams of at most `max_bytes`. 0, or -ENOMEM. */
int transit_pool_init(struct transit_pool *pool, size_t max_bytes);

/* Accepts a pool that is all zero. */
void transit_pool_fini(struct transit_pool *pool);

/*
 * Puts a copy of a datagram, of 0 to `max_bytes` bytes made of `count` buffers, on the line. False
 * when the pool is full.
 */
bool transit_add(struct transit *line, struct transit_pool *pool, int64_t due_ns,
		 const struct net_address *peer, const struct net_buffer *buffers, size_t count);

/* When the first one is due; INT64_MAX when the line is empty. */
int64_t transit_next_ns(const struct transit *line, const struct transit_pool *pool);

/*
 * The first one, of those due together the one added first; its bytes are good until it is removed.
 * Only of a line that is not empty.
 */
const struct transit_item *transit_first(const struct transit *line,
					 const struct transit_pool *pool, const uint8_t **bytes);
void transit_remove_first(struct transit *line, struct transit_pool *pool);

#endif

/*
 * heap: what is due first of many. A binary heap of nodes that lie in their owners' structs, each
 * of which knows its place: so that one can be moved or taken out wherever it stands, in the
 * logarithm of their number.
 */
#ifndef STARLING_RELAY_SCHEDULE_HEAP_H
#define STARLING_RELAY_SCHEDULE_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* For one heap. {0} but for its owner is one that is in none. */
struct heap_node {
	void *owner;
	uint64_t number; /* of two that are due together, the lower one comes first */
	size_t place;    /* from 1 on; 0: it is not in the heap */
};

struct heap_item {
	int64_t due_ns;
	struct heap_node *node;
};

/* {0} is empty, and has a place for none. */
struct heap {
	struct heap_item *items;
	size_t count;
};

/* Makes places for `capacity` nodes. -ENOMEM. */
int heap_init(struct heap *heap, size_t capacity);
void heap_fini(struct heap *heap);

/* Puts the node in, or moves it to where it belongs now; the caller knows of a place. */
void heap_put(struct heap *heap, struct heap_node *node, int64_t due_ns);

/* Takes the node out, if it is in. */
void heap_remove(struct heap *heap, struct heap_node *node);

/* The owner of what is due first; NULL: the heap is empty. */
void *heap_first(const struct heap *heap);

/* When that is; INT64_MAX: the heap is empty. */
int64_t heap_due_ns(const struct heap *heap);

#endif

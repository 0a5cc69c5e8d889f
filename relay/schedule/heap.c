#include "relay/schedule/heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

int heap_init(struct heap *heap, size_t capacity)
{
	*heap = (struct heap){ .items = calloc(capacity, sizeof(heap->items[0])) };
	return heap->items ? 0 : -ENOMEM;
}

void heap_fini(struct heap *heap)
{
	free(heap->items);
	*heap = (struct heap){ 0 };
}

static bool is_before(const struct heap_item *one, const struct heap_item *other)
{
	return one->due_ns < other->due_ns ||
	       (one->due_ns == other->due_ns && one->node->number < other->node->number);
}

static void set(struct heap *heap, size_t at, struct heap_item item)
{
	heap->items[at] = item;
	item.node->place = at + 1;
}

/* Stores the item at the free place `at`, or above it. */
static void sift_up(struct heap *heap, size_t at, struct heap_item item)
{
	for (; at > 0 && is_before(&item, &heap->items[(at - 1) / 2]); at = (at - 1) / 2)
		set(heap, at, heap->items[(at - 1) / 2]);
	set(heap, at, item);
}

/* The earlier one of those below `at`; the heap's count where there is none. */
static size_t below(const struct heap *heap, size_t at)
{
	const size_t left = 2 * at + 1;

	if (left >= heap->count)
		return heap->count;
	return left +
	       (left + 1 < heap->count && is_before(&heap->items[left + 1], &heap->items[left]));
}

/* Stores the item at the free place `at`, above it or below it. */
static void sift(struct heap *heap, size_t at, struct heap_item item)
{
	size_t next;

	while ((next = below(heap, at)) < heap->count && is_before(&heap->items[next], &item)) {
		set(heap, at, heap->items[next]);
		at = next;
	}
	sift_up(heap, at, item);
}

void heap_put(struct heap *heap, struct heap_node *node, int64_t due_ns)
{
	const struct heap_item item = { .due_ns = due_ns, .node = node };

	if (node->place > 0)
		sift(heap, node->place - 1, item);
	else
		sift_up(heap, heap->count++, item);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_item last;

	if (node->place == 0)
		return;
	last = heap->items[--heap->count];
	if (last.node != node)
		sift(heap, node->place - 1, last);
	node->place = 0;
}

void *heap_first(const struct heap *heap)
{
	return heap->count > 0 ? heap->items[0].node->owner : NULL;
}

int64_t heap_due_ns(const struct heap *heap)
{
	return heap->count > 0 ? heap->items[0].due_ns : INT64_MAX;
}

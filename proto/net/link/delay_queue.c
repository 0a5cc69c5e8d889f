#include "proto/net/link/delay_queue.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* Mapped, not allocated: a page costs nothing until a datagram lies in it. */
static void *map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

enum {
	UNIT_BYTES = NET_DATAGRAM_MAX_BYTES, /* what one of DELAY_QUEUE_DATAGRAMS_MAX has */
};

static const size_t items_bytes = DELAY_QUEUE_DATAGRAMS_MAX * sizeof(struct delay_queue_item);

static uint32_t units_of(size_t size)
{
	return size > UNIT_BYTES ? (uint32_t)((size + UNIT_BYTES - 1) / UNIT_BYTES) : 1;
}

static size_t datagrams_bytes(const struct delay_queue_pool *pool)
{
	return DELAY_QUEUE_DATAGRAMS_MAX * pool->place_bytes;
}

int delay_queue_pool_init(struct delay_queue_pool *pool, size_t max_bytes)
{
	*pool = (struct delay_queue_pool){ .place_bytes =
						   (size_t)units_of(max_bytes) * UNIT_BYTES };
	pool->items = map(items_bytes);
	pool->bytes = map(datagrams_bytes(pool));
	if (pool->items && pool->bytes) {
		pthread_mutex_init(&pool->mutex, NULL); /* which cannot fail on Linux */
		return 0;
	}
	if (pool->items)
		munmap(pool->items, items_bytes);
	if (pool->bytes)
		munmap(pool->bytes, datagrams_bytes(pool));
	*pool = (struct delay_queue_pool){ 0 };
	return -ENOMEM;
}

void delay_queue_pool_fini(struct delay_queue_pool *pool)
{
	if (!pool->items)
		return;
	munmap(pool->items, items_bytes);
	munmap(pool->bytes, datagrams_bytes(pool));
	pthread_mutex_destroy(&pool->mutex);
	*pool = (struct delay_queue_pool){ 0 };
}

static struct delay_queue_item *item_at(const struct delay_queue_pool *pool, uint32_t place)
{
	return &pool->items[place - 1];
}

static uint8_t *bytes_at(const struct delay_queue_pool *pool, uint32_t place)
{
	return pool->bytes + (size_t)(place - 1) * pool->place_bytes;
}

/* Places: those given back first, since their memory is there already. */

/* A free unit implies a free place: a datagram takes one place, and one unit or more. */
static uint32_t take_place(struct delay_queue_pool *pool, uint32_t units)
{
	uint32_t place = 0;

	pthread_mutex_lock(&pool->mutex);
	if (units <= DELAY_QUEUE_DATAGRAMS_MAX - pool->taken) {
		pool->taken += units;
		place = pool->free;
		if (place > 0)
			pool->free = item_at(pool, place)->sibling;
		else
			place = ++pool->used;
	}
	pthread_mutex_unlock(&pool->mutex);
	return place;
}

static void give_back(struct delay_queue_pool *pool, uint32_t place)
{
	const uint32_t units = units_of(item_at(pool, place)->size);

	/* The system takes back all but the unit that each place keeps. */
	if (units > 1)
		madvise(bytes_at(pool, place) + UNIT_BYTES, pool->place_bytes - UNIT_BYTES,
			MADV_DONTNEED);
	pthread_mutex_lock(&pool->mutex);
	pool->taken -= units;
	item_at(pool, place)->sibling = pool->free;
	pool->free = place;
	pthread_mutex_unlock(&pool->mutex);
}

/* A pairing heap: a tree whose every node is due before its children. */

static bool is_before(const struct delay_queue_item *a, const struct delay_queue_item *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->serial < b->serial;
}

/* Makes the later of two trees a child of the other. Either may be none. */
static uint32_t merge(const struct delay_queue_pool *pool, uint32_t one, uint32_t other)
{
	uint32_t first = one, second = other;

	if (one == 0 || other == 0)
		return one + other;
	if (is_before(item_at(pool, other), item_at(pool, one))) {
		first = other;
		second = one;
	}
	item_at(pool, second)->sibling = item_at(pool, first)->child;
	item_at(pool, first)->child = second;
	return first;
}

/* Takes the first tree off a list of siblings. */
static uint32_t cut(const struct delay_queue_pool *pool, uint32_t *list)
{
	const uint32_t tree = *list;

	if (tree > 0) {
		*list = item_at(pool, tree)->sibling;
		item_at(pool, tree)->sibling = 0;
	}
	return tree;
}

/* One tree of a list: in pairs first, then the pairs from the last to the first. */
static uint32_t merge_list(const struct delay_queue_pool *pool, uint32_t list)
{
	uint32_t pairs = 0, result = 0;

	while (list > 0) {
		const uint32_t one = cut(pool, &list), other = cut(pool, &list);
		const uint32_t pair = merge(pool, one, other);

		item_at(pool, pair)->sibling = pairs;
		pairs = pair;
	}
	while (pairs > 0)
		result = merge(pool, result, cut(pool, &pairs));
	return result;
}

/* A queue */

bool delay_queue_add(struct delay_queue *queue, struct delay_queue_pool *pool, int64_t due_ns,
		     const struct net_address *peer, const struct net_buffer *buffers, size_t count)
{
	uint32_t size = 0, place;

	for (size_t i = 0; i < count; i++)
		size += (uint32_t)buffers[i].size;
	place = take_place(pool, units_of(size));
	if (place == 0)
		return false;
	size = 0;
	for (size_t i = 0; i < count; i++) {
		if (buffers[i].size > 0)
			memcpy(bytes_at(pool, place) + size, buffers[i].data, buffers[i].size);
		size += (uint32_t)buffers[i].size;
	}
	*item_at(pool, place) = (struct delay_queue_item){
		.due_ns = due_ns,
		.serial = queue->serial++,
		.peer = *peer,
		.size = size,
	};
	queue->first = merge(pool, queue->first, place);
	queue->count++;
	return true;
}

int64_t delay_queue_next_ns(const struct delay_queue *queue, const struct delay_queue_pool *pool)
{
	return queue->first > 0 ? item_at(pool, queue->first)->due_ns : INT64_MAX;
}

const struct delay_queue_item *delay_queue_first(const struct delay_queue *queue,
						 const struct delay_queue_pool *pool,
						 const uint8_t **bytes)
{
	*bytes = bytes_at(pool, queue->first);
	return item_at(pool, queue->first);
}

void delay_queue_remove_first(struct delay_queue *queue, struct delay_queue_pool *pool)
{
	const uint32_t place = queue->first;

	queue->first = merge_list(pool, item_at(pool, place)->child);
	queue->count--;
	give_back(pool, place);
}

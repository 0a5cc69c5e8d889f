#include "proto/enet/pool.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_ON false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_ON false
#endif
#endif
#ifndef IS_ON
#define IS_ON true
#endif

enum {
	LEAST_BITS = 5, /* of the smallest size, 32 */
	MOST_BITS = 12, /* of the largest, 4,096 */
	KINDS = 2 * (MOST_BITS - LEAST_BITS) + 1,
	NO_KIND = KINDS, /* not of a list's size: malloc's own */
};

_Static_assert(POOL_BLOCK_MAX_BYTES == 1 << MOST_BITS, "the largest kind");

/* Stands before each block, which follows at the alignment of malloc. */
struct head {
	alignas(max_align_t) struct head *next; /* in its list, while it is kept */
	unsigned kind;
};

struct pool {
	struct head *kept[KINDS];
	size_t kept_bytes;
	struct pool_counts counts;
	bool is_freed_at_end; /* of the thread: what is kept will be */
};

static _Thread_local struct pool pool;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

/* The n-th size: 32, 48, 64, 96, 128, ... */
static size_t size_of_kind(unsigned kind)
{
	return (size_t)(kind % 2 == 0 ? 32 : 48) << kind / 2;
}

/* The smallest size that holds `size` bytes. */
static unsigned kind_of(size_t size)
{
	unsigned bits, kind;

	if (size <= (size_t)1 << LEAST_BITS)
		return 0;
	if (size > POOL_BLOCK_MAX_BYTES)
		return NO_KIND;
	/* Above 2 to the `bits`, up to its double; in between stands one and a half times it. */
	bits = 63 - (unsigned)__builtin_clzll((unsigned long long)size - 1);
	kind = 2 * (bits - LEAST_BITS) + 1;
	return size > size_of_kind(kind) ? kind + 1 : kind;
}

void pool_drop(void)
{
	for (unsigned kind = 0; kind < KINDS; kind++) {
		while (pool.kept[kind]) {
			struct head *head = pool.kept[kind];

			pool.kept[kind] = head->next;
			free(head);
		}
	}
	pool.kept_bytes = 0;
}

/* Called in the thread that ends. */
static void drain(void *context)
{
	(void)context;
	pool_drop();
	pool.is_freed_at_end = false;
}

static void make_key(void)
{
	has_key = pthread_key_create(&key, drain) == 0;
}

/* Has the thread's end free its lists. False: nothing may be kept, as it would leak. */
static bool free_at_end(void)
{
	if (!pool.is_freed_at_end) {
		pthread_once(&once, make_key);
		pool.is_freed_at_end = has_key && pthread_setspecific(key, &pool) == 0;
	}
	return pool.is_freed_at_end;
}

static void *ask_system(unsigned kind, size_t size)
{
	size_t bytes = kind == NO_KIND ? size : size_of_kind(kind);
	struct head *head =
		bytes < SIZE_MAX - sizeof(*head) ? calloc(1, sizeof(*head) + bytes) : NULL;

	pool.counts.system++;
	if (!head)
		return NULL;
	head->kind = kind;
	return head + 1;
}

/* A kept block, with its former content; NULL: there is none. */
static void *take_kept(unsigned kind)
{
	struct head *head = kind == NO_KIND ? NULL : pool.kept[kind];

	if (!head)
		return NULL;
	pool.kept[kind] = head->next;
	/* The next block is asked for soon, and has been out of the cache for a while. */
	__builtin_prefetch(head->next, 1);
	pool.kept_bytes -= size_of_kind(kind);
	return head + 1;
}

void *pool_take(size_t size)
{
	const unsigned kind = IS_ON ? kind_of(size) : NO_KIND;
	void *block = take_kept(kind);

	pool.counts.asked++;
	return block ? memset(block, 0, size) : ask_system(kind, size);
}

void *pool_copy(const void *data, size_t size)
{
	const unsigned kind = IS_ON ? kind_of(size) : NO_KIND;
	void *block = take_kept(kind);

	pool.counts.asked++;
	if (!block)
		block = ask_system(kind, size);
	return block && size > 0 ? memcpy(block, data, size) : block;
}

void pool_give(void *block)
{
	struct head *head;

	if (!block)
		return;
	head = (struct head *)block - 1;
	if (head->kind == NO_KIND || !free_at_end() ||
	    pool.kept_bytes + size_of_kind(head->kind) > POOL_KEEP_BYTES) {
		free(head);
		return;
	}
	head->next = pool.kept[head->kind];
	pool.kept[head->kind] = head;
	pool.kept_bytes += size_of_kind(head->kind);
}

bool pool_is_on(void)
{
	return IS_ON;
}

struct pool_counts pool_counts(void)
{
	return pool.counts;
}

/*
 * pool: ENet's memory, kept for reuse. ENet allocates three blocks for each message and frees them
 * a moment later: a relay would spend more time in malloc than on the messages.
 *
 * Blocks have sizes of two steps an octave, from 32 to 4,096 bytes. A block given back is kept in
 * the list of its size, up to POOL_KEEP_BYTES in all lists of a thread. Larger blocks, and those
 * above that bound, come from malloc and go back to free. In a steady state nothing reaches malloc.
 *
 * ENet hands out fragments that were never filled, and memory's former content must not leave with
 * them: so each block comes zeroed, as far as it was asked for.
 *
 * Each thread has lists of its own, without locks. Another thread may give a block back, and then
 * keeps it. A thread's end frees its lists.
 *
 * Under AddressSanitizer nothing is kept, so that it sees each use after a free.
 */
#ifndef STARLING_PROTO_ENET_POOL_H
#define STARLING_PROTO_ENET_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	POOL_BLOCK_MAX_BYTES = 4096,
	POOL_KEEP_BYTES = 4 << 20,
};

/* Counts of the calling thread; each only grows. */
struct pool_counts {
	uint64_t asked;  /* blocks that were asked for */
	uint64_t system; /* of these, those that came from malloc */
};

/* A zeroed block, aligned for anything; NULL when there is no memory. Give it back. */
void *pool_take(size_t size);

/* A block with a copy of `data`, not zeroed; otherwise as pool_take. */
void *pool_copy(const void *data, size_t size);

/* NULL is allowed. */
void pool_give(void *block);

/* Frees what the calling thread keeps. */
void pool_drop(void);

/* Whether blocks are kept at all. */
bool pool_is_on(void);

struct pool_counts pool_counts(void);

#endif

/*
 * pool: the memory that ENet asks for, kept for the next time. ENet allocates three blocks for each
 * message and frees them a moment later; a relay would spend more time in malloc than on the
 * messages.
 *
 * Blocks come in sizes of two steps an octave, from 32 to 4,096 bytes, each kept in a list when it
 * is given back, at most POOL_KEEP_BYTES in all of a thread's lists; larger ones, and what is above
 * that, come from malloc and go back to free. So what is kept follows the busiest moment so far,
 * up to the bound, and in a steady state nothing reaches malloc.
 *
 * Every block that ENet asks for comes zeroed, as far as it was asked for: it hands out fragments
 * that were never filled, and what lay in the memory before must not leave with them.
 *
 * Each thread has lists of its own, without locks. A block may be given back by another thread than
 * took it; it then stays with that one. A thread's blocks are freed as it ends.
 *
 * Under AddressSanitizer nothing is kept, so that it sees each use of what was given back.
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
	uint64_t system; /* of these, those that malloc was */
};

/* A zeroed block, aligned for anything; NULL when there is no memory. Give it back. */
void *pool_take(size_t size);

/* A block with a copy of `data` in it, which need not be zeroed first. As pool_take otherwise. */
void *pool_copy(const void *data, size_t size);

/* NULL is allowed. */
void pool_give(void *block);

/* Frees what the calling thread keeps. */
void pool_drop(void);

/* Whether blocks are kept at all. */
bool pool_is_on(void);

struct pool_counts pool_counts(void);

#endif

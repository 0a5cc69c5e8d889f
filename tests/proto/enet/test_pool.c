#include "proto/enet/pool.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/seeded_random.h"

enum {
	BLOCKS = 256,
};

struct block {
	uint8_t *bytes;
	size_t size;
	uint8_t filled;
};

static bool is_filled(const uint8_t *bytes, size_t size, uint8_t with)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != with)
			return false;
	return true;
}

static void a_block_is_zeroed_aligned_and_of_one_owner(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	struct block blocks[BLOCKS] = { 0 };

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct block *block = &blocks[seeded_random_between(&seed, 0, BLOCKS - 1)];

		if (block->bytes) {
			assert_true(is_filled(block->bytes, block->size, block->filled));
			pool_give(block->bytes);
			block->bytes = NULL;
			continue;
		}
		block->size = (size_t)seeded_random_spread(&seed, 0, 6000);
		block->bytes = pool_take(block->size);
		assert_non_null(block->bytes);
		assert_int_equal((uintptr_t)block->bytes % _Alignof(max_align_t), 0);
		assert_true(is_filled(block->bytes, block->size, 0));
		block->filled = (uint8_t)seeded_random_between(&seed, 1, 255);
		memset(block->bytes, block->filled, block->size);
	}
	for (size_t i = 0; i < BLOCKS; i++)
		pool_give(blocks[i].bytes);
	pool_give(NULL);
}

static void a_block_given_back_is_reused_before_malloc(void **state)
{
	struct pool_counts before;

	(void)state;
	if (!pool_is_on())
		skip();
	for (size_t size = 1; size <= POOL_BLOCK_MAX_BYTES; size = size * 5 / 3 + 1)
		pool_give(pool_take(size));
	before = pool_counts();
	for (size_t size = 1; size <= POOL_BLOCK_MAX_BYTES; size = size * 5 / 3 + 1)
		pool_give(pool_take(size));
	assert_int_equal(pool_counts().system, before.system);
	assert_true(pool_counts().asked > before.asked);
}

static void a_copy_holds_the_data_whatever_the_block_held(void **state)
{
	static const size_t sizes[] = { 0, 1, 31, 32, 33, 1148, 4096, 4097, 6000 };
	static uint8_t data[6000];

	(void)state;
	memset(data, 0x5a, sizeof(data));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const uint64_t asked = pool_counts().asked;
		uint8_t *dirty = pool_take(sizes[i]), *copy;

		assert_non_null(dirty);
		memset(dirty, 0xee, sizes[i]);
		pool_give(dirty);
		copy = pool_copy(data, sizes[i]);
		assert_non_null(copy);
		assert_int_equal((uintptr_t)copy % _Alignof(max_align_t), 0);
		assert_true(is_filled(copy, sizes[i], 0x5a));
		assert_int_equal(pool_counts().asked, asked + 2);
		pool_give(copy);
		/* And ENet's blocks are zeroed as before. */
		dirty = pool_take(sizes[i]);
		assert_true(is_filled(dirty, sizes[i], 0));
		pool_give(dirty);
	}
}

static void a_block_too_large_for_memory_is_null(void **state)
{
	(void)state;
	assert_null(pool_take(SIZE_MAX));
	assert_null(pool_take(SIZE_MAX - 8));
}

static void *give_all(void *context)
{
	void **blocks = context;

	for (size_t i = 0; i < BLOCKS; i++)
		pool_give(blocks[i]);
	return (void *)(uintptr_t)pool_counts().asked;
}

static void another_thread_may_give_a_block_back(void **state)
{
	void *blocks[BLOCKS], *asked;
	pthread_t thread;

	(void)state;
	for (size_t i = 0; i < BLOCKS; i++)
		blocks[i] = pool_take(i * 8);
	assert_int_equal(pthread_create(&thread, NULL, give_all, blocks), 0);
	assert_int_equal(pthread_join(thread, &asked), 0);
	assert_int_equal((uintptr_t)asked, 0);
}

/* A relay and its members, all in one thread, on the simulated network. */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_is_zeroed_aligned_and_of_one_owner),
		cmocka_unit_test(a_block_given_back_is_reused_before_malloc),
		cmocka_unit_test(a_copy_holds_the_data_whatever_the_block_held),
		cmocka_unit_test(a_block_too_large_for_memory_is_null),
		cmocka_unit_test(another_thread_may_give_a_block_back),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}

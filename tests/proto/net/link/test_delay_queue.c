/* Datagrams under way: their order, their memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/link/delay_queue.h"
#include "tests/fixtures/seeded_random.h"

static struct delay_queue_pool pool;

static int set_up(void **state)
{
	(void)state;
	return delay_queue_pool_init(&pool, NET_ANY_SIZE_MAX_BYTES);
}

static int tear_down(void **state)
{
	(void)state;
	delay_queue_pool_fini(&pool);
	return 0;
}

static bool add(struct delay_queue *queue, int64_t due_ns, const void *data, size_t size)
{
	const struct net_address peer = { .host = 1, .port = (uint16_t)(due_ns & 0xffff) };
	const struct net_buffer buffers[] = {
		{ data, size / 2 }, { (const uint8_t *)data + size / 2, size - size / 2 }
	};

	return delay_queue_add(queue, &pool, due_ns, &peer, buffers, 2);
}

/* Takes the first and checks that it is as it was added. */
static void take(struct delay_queue *queue, int64_t due_ns, const void *data, size_t size)
{
	const uint8_t *bytes;
	const struct delay_queue_item *item = delay_queue_first(queue, &pool, &bytes);

	assert_int_equal(delay_queue_next_ns(queue, &pool), due_ns);
	assert_int_equal(item->due_ns, due_ns);
	assert_int_equal(item->peer.port, due_ns & 0xffff);
	assert_int_equal(item->size, size);
	assert_memory_equal(bytes, data, size);
	delay_queue_remove_first(queue, &pool);
}

/* The queue against a model that looks through all datagrams. */
static void any_mix_of_coming_and_going_keeps_the_order_of_time(void **state)
{
	enum {
		QUEUES = 3,
		MOST = 500,
	};
	struct seeded_random seed = seeded_random_from_environment();
	struct delay_queue queues[QUEUES] = { 0 };
	struct {
		int64_t due_ns;
		uint64_t serial;
	} known[QUEUES][MOST];
	size_t counts[QUEUES] = { 0 };

	(void)state;
	for (uint64_t step = 0; step < 50000; step++) {
		const size_t n = seeded_random_between(&seed, 0, QUEUES - 1);
		const bool is_growing = step / 5000 % 2 == 0;
		size_t first = 0;

		if (counts[n] < MOST && seeded_random_between(&seed, 0, 9) < (is_growing ? 7 : 3)) {
			known[n][counts[n]].due_ns = (int64_t)seeded_random_between(&seed, 0, 200);
			known[n][counts[n]].serial = step;
			assert_true(
				add(&queues[n], known[n][counts[n]++].due_ns, &step, sizeof(step)));
			continue;
		}
		if (counts[n] == 0)
			continue;
		for (size_t i = 1; i < counts[n]; i++)
			if (known[n][i].due_ns < known[n][first].due_ns)
				first = i;
		take(&queues[n], known[n][first].due_ns, &known[n][first].serial, sizeof(step));
		counts[n]--;
		memmove(&known[n][first], &known[n][first + 1],
			(counts[n] - first) * sizeof(known[n][0]));
	}
}

static void a_full_pool_takes_no_more_until_one_has_left(void **state)
{
	static const uint8_t largest[NET_DATAGRAM_MAX_BYTES] = { 1, 2, 3 };
	struct delay_queue queue = { 0 }, other = { 0 };

	(void)state;
	for (int64_t i = 0; i < DELAY_QUEUE_DATAGRAMS_MAX; i++)
		assert_true(add(&queue, i, largest, sizeof(largest)));
	assert_false(add(&queue, 0, largest, sizeof(largest)));
	assert_false(add(&other, 0, largest, sizeof(largest)));
	take(&queue, 0, largest, sizeof(largest));
	assert_true(add(&other, 7, largest, sizeof(largest)));
	assert_false(add(&queue, 0, largest, sizeof(largest)));
	take(&other, 7, largest, sizeof(largest));
	for (int64_t i = 1; i < DELAY_QUEUE_DATAGRAMS_MAX; i++)
		take(&queue, i, largest, sizeof(largest));
	for (int64_t i = 0; i < DELAY_QUEUE_DATAGRAMS_MAX; i++)
		assert_true(add(&other, i, largest, 100));
	assert_false(add(&other, 0, largest, 100));
}

static void an_empty_one_and_the_largest_come_back_whole(void **state)
{
	static uint8_t largest[NET_ANY_SIZE_MAX_BYTES];
	struct delay_queue queue = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(largest); i++)
		largest[i] = (uint8_t)(i % 251);
	for (int round = 0; round < 3; round++) {
		assert_true(add(&queue, 1, largest, sizeof(largest)));
		assert_true(add(&queue, 2, "", 0));
		assert_true(add(&queue, 3, largest, NET_DATAGRAM_MAX_BYTES + 1));
		assert_int_equal(queue.count, 3);
		take(&queue, 1, largest, sizeof(largest));
		take(&queue, 2, "", 0);
		take(&queue, 3, largest, NET_DATAGRAM_MAX_BYTES + 1);
		assert_int_equal(queue.count, 0);
	}
}

#define POOLED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		POOLED(any_mix_of_coming_and_going_keeps_the_order_of_time),
		POOLED(an_empty_one_and_the_largest_come_back_whole),
		POOLED(a_full_pool_takes_no_more_until_one_has_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

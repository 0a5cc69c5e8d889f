/* Which arrivals were reordered, and how far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/measure/reorder.h"
#include "tests/fixtures/seeded_random.h"

enum {
	SEEDS = 500,
	ARRIVALS = 300,
};

static void arrivals_have_the_extents_that_a_pencil_gives(void **state)
{
	static const struct {
		size_t count;
		uint32_t numbers[12];
		unsigned extents[12];
	} cases[] = {
		{ 5, { 1, 2, 3, 4, 5 }, { 0 } },
		/* A gap is a loss, not a reordering. */
		{ 4, { 1, 2, 5, 6 }, { 0 } },
		/* One late packet: after 5, 6, 7 and 8. */
		{ 10, { 1, 2, 3, 5, 6, 7, 8, 4, 9, 10 }, { 0, 0, 0, 0, 0, 0, 0, 4 } },
		/* A late block: each is held against 7, the earliest that is greater. */
		{ 11, { 1, 2, 3, 7, 8, 9, 10, 4, 5, 6, 11 }, { 0, 0, 0, 0, 0, 0, 0, 4, 5, 6, 0 } },
		/* One early packet makes all that it overtook reordered. */
		{ 6, { 1, 5, 2, 3, 4, 6 }, { 0, 0, 1, 2, 3, 0 } },
		/* Neighbours changed places. */
		{ 4, { 2, 1, 4, 3 }, { 0, 1, 0, 1 } },
		/* The first arrival begins the stream; one before it is late all the same. */
		{ 3, { 9, 0, 10 }, { 0, 1, 0 } },
		/* Late ones among themselves: 3 after 9 and 6, 6 after 9. */
		{ 4, { 1, 9, 6, 3 }, { 0, 0, 1, 2 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reorder_stream stream = { 0 };
		struct reorder reorder = { 0 };
		size_t reordered = 0;

		for (size_t j = 0; j < cases[i].count; j++) {
			assert_int_equal(reorder_take(&reorder, &stream, cases[i].numbers[j]),
					 cases[i].extents[j]);
			reordered += cases[i].extents[j] > 0;
		}
		assert_int_equal(reorder.arrivals, cases[i].count);
		assert_int_equal(reorder.reordered, reordered);
	}
}

static void extents_are_had_by_nearest_rank(void **state)
{
	struct reorder reorder = { .reordered = 200, .extents = { [1] = 100, [2] = 98, [7] = 2 } };
	struct reorder none = { 0 };

	(void)state;
	assert_int_equal(reorder_extent(&reorder, 0.50), 1);
	assert_int_equal(reorder_extent(&reorder, 0.51), 2);
	assert_int_equal(reorder_extent(&reorder, 0.99), 2);
	assert_int_equal(reorder_extent(&reorder, 1), 7);
	assert_int_equal(reorder_extent(&none, 1), 0);
}

/* The extent as it is defined, over the whole list. */
static unsigned extent_in(const uint32_t *numbers, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (numbers[j] > numbers[i])
			return (unsigned)(i - j);
	return 0;
}

/* Each packet is put back by a while that chance gives, some are lost; nothing comes twice. */
static size_t shuffle(struct seeded_random *seed, uint32_t numbers[ARRIVALS])
{
	uint64_t keys[ARRIVALS];
	uint64_t spread = seeded_random_between(seed, 0, RECEIVE_WINDOW_UPDATES - 2), percent;
	size_t count = 0;

	percent = seeded_random_between(seed, 0, 60);
	for (uint32_t i = 0; i < ARRIVALS; i++) {
		uint64_t key = i + seeded_random_between(seed, 0, spread);
		size_t at;

		if (seeded_random_between(seed, 1, 100) <= percent)
			continue;
		for (at = count++; at > 0 && keys[at - 1] > key; at--) {
			keys[at] = keys[at - 1];
			numbers[at] = numbers[at - 1];
		}
		keys[at] = key;
		numbers[at] = i;
	}
	return count;
}

static void extents_agree_with_a_search_of_the_whole_list(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	uint64_t reordered = 0;

	(void)state;
	for (int round = 0; round < SEEDS; round++) {
		struct reorder_stream stream = { 0 };
		struct reorder reorder = { 0 };
		uint32_t numbers[ARRIVALS];
		size_t count = shuffle(&seed, numbers);

		for (size_t i = 0; i < count; i++)
			assert_int_equal(reorder_take(&reorder, &stream, numbers[i]),
					 extent_in(numbers, i));
		reordered += reorder.reordered;
	}
	assert_true(reordered > SEEDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrivals_have_the_extents_that_a_pencil_gives),
		cmocka_unit_test(extents_are_had_by_nearest_rank),
		cmocka_unit_test(extents_agree_with_a_search_of_the_whole_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

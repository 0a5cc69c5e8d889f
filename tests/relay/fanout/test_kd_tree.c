/* The nearest points, by the tree alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/net/random.h"
#include "relay/fanout/kd_tree.h"

enum {
	SEEDS = 1000,
	POINTS = 300,
};

static int64_t pick(struct random *random, int64_t least, int64_t most)
{
	return least + (int64_t)random_below(random, (uint64_t)(most - least) + 1);
}

static int by_distance(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return (a > b) - (a < b);
}

static void put(struct kd_tree *kd_tree, int32_t x, int32_t y, int32_t z)
{
	kd_tree_add(kd_tree, &(struct kd_point){ .position = { x, y, z } });
}

/* All of one kind: spread out, in a crowd, in a row, with one far away, at the ends of the range.
 */
static int32_t any_coordinate(struct random *random, int kind, int axis)
{
	switch (kind) {
	case 0:
		return (int32_t)pick(random, INT32_MIN, INT32_MAX);
	case 1:
		return (int32_t)pick(random, -3, 3);
	case 2:
		return axis == 0 ? (int32_t)pick(random, -1000, 1000) : 7;
	case 3:
		return pick(random, 0, 40) ? (int32_t)pick(random, -50000, 50000) : 1000000000;
	default:
		return pick(random, 0, 1) ? INT32_MIN : INT32_MAX;
	}
}

static void a_search_finds_the_same_as_looking_at_all_points(void **state)
{
	static struct neighbour found[POINTS];
	static uint64_t distances[POINTS];
	struct kd_tree kd_tree = { 0 };

	(void)state;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct random random = random_init(seed);
		int kind = (int)pick(&random, 0, 4);
		size_t count = (size_t)pick(&random, 0, POINTS), within = 0, result;
		size_t limit = (size_t)pick(&random, 1, 40);
		uint64_t reach2 = pick(&random, 0, 1) ? UINT64_MAX : random_u64(&random) >> 20;
		int32_t place[3];

		for (int axis = 0; axis < 3; axis++)
			place[axis] = any_coordinate(&random, kind, axis);
		assert_int_equal(kd_tree_begin(&kd_tree, count), 0);
		for (size_t i = 0; i < count; i++) {
			int32_t at[3];

			for (int axis = 0; axis < 3; axis++)
				at[axis] = any_coordinate(&random, kind, axis);
			put(&kd_tree, at[0], at[1], at[2]);
			distances[i] = kd_tree_distance2(at, place);
			within += distances[i] <= reach2;
		}
		kd_tree_build(&kd_tree);
		/* Owners are NULL here, so nobody is left out. */
		result = kd_tree_find(&kd_tree, place, (const struct member *)&random, reach2,
				      found, limit);
		qsort(distances, count, sizeof(distances[0]), by_distance);
		assert_int_equal(result, within < limit ? within : limit);
		for (size_t i = 0; i < result; i++)
			if (found[i].distance2 != distances[i])
				fail_msg("seed %u: number %zu is at %llu instead of %llu", seed, i,
					 (unsigned long long)found[i].distance2,
					 (unsigned long long)distances[i]);
	}
	kd_tree_fini(&kd_tree);
}

static void distances_at_the_ends_of_the_range_do_not_overflow(void **state)
{
	static const struct {
		int32_t one[3], other[3];
		uint64_t distance2;
	} rows[] = {
		{ { 0, 0, 0 }, { 0, 0, 0 }, 0 },
		{ { 1, 2, 3 }, { 4, 6, 3 }, 25 },
		{ { INT32_MIN, 0, 0 }, { INT32_MAX, 0, 0 }, UINT64_C(18446744065119617025) },
		{ { INT32_MAX, 0, 0 }, { INT32_MIN, 0, 0 }, UINT64_C(18446744065119617025) },
		{ { INT32_MIN, INT32_MIN, 0 }, { INT32_MAX, INT32_MAX, 0 }, UINT64_MAX },
		{ { INT32_MIN, INT32_MIN, INT32_MIN },
		  { INT32_MAX, INT32_MAX, INT32_MAX },
		  UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(kd_tree_distance2(rows[i].one, rows[i].other) == rows[i].distance2);
}

static void a_search_ends_after_its_bound_wherever_the_points_are(void **state)
{
	enum {
		COUNT = 50000,
		LIMIT = 10
	};
	const uint64_t bound = KD_TREE_EXAMINED_EACH * LIMIT + KD_TREE_EXAMINED_LEAST;
	struct kd_tree kd_tree = { 0 };
	struct neighbour found[LIMIT];
	const int32_t place[3] = { 0, 0, 0 };

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		const struct member *someone = (const struct member *)&kd_tree;

		assert_int_equal(kd_tree_begin(&kd_tree, COUNT), 0);
		for (int i = 0; i < COUNT; i++) {
			if (kind == 0) /* all in one point, far away */
				put(&kd_tree, 1000000000, 5, 5);
			else if (kind == 1) /* crowds, each twice as far from the end */
				put(&kd_tree, INT32_MAX - (1 << i % 31), 0, 0);
			else if (kind == 2) /* crowds at the corners of a cube around */
				put(&kd_tree, i & 1 ? 1000 : -1000, i & 2 ? 1000 : -1000,
				    i & 4 ? 1000 : -1000);
			else /* in a row */
				put(&kd_tree, i, 0, 0);
		}
		kd_tree_build(&kd_tree);
		assert_true(kd_tree.box_count <= 2 * COUNT);
		/* All points are of one owner, whose own do not count. */
		assert_int_equal(kd_tree_find(&kd_tree, place, NULL, UINT64_MAX, found, LIMIT), 0);
		assert_int_equal(kd_tree.examined, 0);
		assert_int_equal(kd_tree_find(&kd_tree, place, someone, UINT64_MAX, found, LIMIT),
				 LIMIT);
		/* A row needs a few boxes; a crowd in one point cannot be divided. */
		if (kind == 3)
			assert_in_range(kd_tree.examined, LIMIT, 8 * LIMIT);
		else
			assert_int_equal(kd_tree.examined, bound);
	}
	kd_tree_fini(&kd_tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_search_finds_the_same_as_looking_at_all_points),
		cmocka_unit_test(distances_at_the_ends_of_the_range_do_not_overflow),
		cmocka_unit_test(a_search_ends_after_its_bound_wherever_the_points_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

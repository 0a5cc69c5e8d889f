/* What comes first of many that are put in, moved and taken out, beside a scan of all. */
#include "relay/schedule/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/seeded_random.h"

enum {
	NODES = 40,
	STEPS = 100000,
};

struct owner {
	struct heap_node node;
	int64_t due_ns;
};

/* The earliest, and of those the one with the lowest number; NULL: none is in. */
static struct owner *scan(struct owner *owners)
{
	struct owner *first = NULL;

	for (size_t i = 0; i < NODES; i++)
		if (owners[i].node.place > 0 && (!first || owners[i].due_ns < first->due_ns))
			first = &owners[i];
	return first;
}

static void the_first_is_the_earliest_and_of_equals_the_one_of_the_lowest_number(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	struct owner owners[NODES], *first;
	struct heap heap;

	(void)state;
	assert_int_equal(heap_init(&heap, NODES), 0);
	for (size_t i = 0; i < NODES; i++)
		owners[i] = (struct owner){ .node = { .owner = &owners[i], .number = i } };
	for (unsigned step = 0; step < STEPS; step++) {
		struct owner *owner = &owners[seeded_random_between(&seed, 0, NODES - 1)];

		if (seeded_random_between(&seed, 0, 2) == 0) {
			heap_remove(&heap, &owner->node);
		} else {
			owner->due_ns = (int64_t)seeded_random_between(&seed, 0, 30) - 10;
			heap_put(&heap, &owner->node, owner->due_ns);
		}
		first = scan(owners);
		assert_ptr_equal(heap_first(&heap), first);
		assert_int_equal(heap_due_ns(&heap), first ? first->due_ns : INT64_MAX);
	}
	heap_fini(&heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_first_is_the_earliest_and_of_equals_the_one_of_the_lowest_number),
	};

	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}

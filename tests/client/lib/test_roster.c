/* client/lib/roster: the members and entities of a room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "client/lib/roster.h"

static struct wire_bytes name_of(const char *text, size_t size)
{
	return (struct wire_bytes){ .data = (const uint8_t *)text, .size = size };
}

static int tear_down(void **state)
{
	roster_clear(*state);
	return 0;
}

static int set_up(void **state)
{
	static struct roster roster;

	roster = (struct roster){ 0 };
	*state = &roster;
	return 0;
}

static void entities_added_in_any_order_are_found_and_stand_in_order(void **state)
{
	static const unsigned orders[][8] = {
		{ 0, 1, 2, 3, 4, 5, 6, 7 },
		{ 7, 6, 5, 4, 3, 2, 1, 0 },
		{ 4095, 0, 17, 16, 18, 4094, 1, 100 },
	};
	struct roster *roster = *state;

	for (size_t row = 0; row < 3; row++) {
		struct roster_member *member;

		assert_int_equal(roster_add(roster, 5, name_of("a", 1), 10), 0);
		member = roster_member(roster, 5);
		for (size_t i = 0; i < 8; i++) {
			struct roster_entity *entity =
				roster_find_or_add(roster, member, orders[row][i]);

			assert_non_null(entity);
			assert_int_equal(entity->index, orders[row][i]);
			for (size_t j = 0; j <= i; j++)
				assert_int_equal(roster_entity(member, orders[row][j])->index,
						 orders[row][j]);
		}
		for (size_t i = 1; i < member->count; i++)
			assert_true(member->entities[i - 1].index < member->entities[i].index);
		assert_int_equal(roster->entity_count, 8);
		assert_true(roster_remove(roster, 5));
		assert_int_equal(roster->entity_count, 0);
	}
}

static void members_added_in_any_order_are_found(void **state)
{
	struct roster *roster = *state;

	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(roster_add(roster, 1 + i * 37 % 101, name_of("a", 1), 100), 0);
	assert_int_equal(roster_add(roster, 1, name_of("a", 1), 100), -EEXIST);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(roster_member(roster, 1 + i * 37 % 101)->id, 1 + i * 37 % 101);
	assert_null(roster_member(roster, 500));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			entities_added_in_any_order_are_found_and_stand_in_order, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(members_added_in_any_order_are_found, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

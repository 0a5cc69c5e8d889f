#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/watch/viewport.h"

static void four_numbers_are_read_in_any_order_of_corners(void **state)
{
	struct viewport viewport;

	(void)state;
	assert_true(viewport_parse(&viewport, "105,68,0,-1.5"));
	assert_true(viewport.left == 0 && viewport.right == 105);
	assert_true(viewport.bottom == -1.5 && viewport.top == 68);
}

static void other_texts_are_refused(void **state)
{
	static const char *const texts[] = { "",          "1",         "1,2,3",     "1,2,3,",
					     "1,2,3,4,5", "1,2,3,x",   "1, 2,3,4",  "1,2,1,4",
					     "1,2,3,2",   "nan,2,3,4", "0x1,2,3,4", "1,2,3,1e999" };
	struct viewport viewport;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (viewport_parse(&viewport, texts[i]))
			fail_msg("\"%s\" was taken", texts[i]);
}

static void a_viewport_only_grows_and_holds_the_included_points(void **state)
{
	struct viewport viewport = { 0 }, before;

	(void)state;
	viewport_include(&viewport, 10, 10);
	viewport_include(&viewport, 100, -50);
	before = viewport;
	viewport_include(&viewport, 50, 0);
	assert_memory_equal(&viewport, &before, sizeof(viewport));
	viewport_include(&viewport, -1e6, 1e6);
	assert_true(viewport.left <= -1e6 && viewport.right >= 100);
	assert_true(viewport.bottom <= -50 && viewport.top >= 1e6);
	before = viewport;
	viewport_include(&viewport, NAN, 0);
	viewport_include(&viewport, 0, INFINITY);
	assert_memory_equal(&viewport, &before, sizeof(viewport));
}

static void a_fixed_viewport_does_not_grow(void **state)
{
	struct viewport viewport;

	(void)state;
	assert_true(viewport_parse(&viewport, "0,0,10,10"));
	viewport_include(&viewport, 20, 20);
	assert_true(viewport.right == 10 && viewport.top == 10);
}

static void a_cell_is_twice_as_high_as_wide(void **state)
{
	struct viewport viewport;
	struct viewport_map map;

	(void)state;
	assert_true(viewport_parse(&viewport, "0,0,100,100"));
	map = viewport_fit(&viewport, 80, 24);
	assert_true(map.metres_per_row == 2 * map.metres_per_column);
	assert_true(map.columns * map.metres_per_column >= 100);
	assert_true(map.rows * map.metres_per_row >= 100 - 1e-9);
}

static void corners_fall_on_the_map_and_up_is_up(void **state)
{
	struct viewport viewport;
	struct viewport_map map;
	int column, row, top_row;

	(void)state;
	assert_true(viewport_parse(&viewport, "0,0,40,40"));
	map = viewport_fit(&viewport, 40, 20);
	assert_true(viewport_cell(&map, 0, 40, &column, &top_row));
	assert_int_equal(column, 0);
	assert_int_equal(top_row, 0);
	assert_true(viewport_cell(&map, 40, 0, &column, &row));
	assert_int_equal(column, 39);
	assert_int_equal(row, 19);
	assert_false(viewport_cell(&map, -1, 0, &column, &row));
	assert_false(viewport_cell(&map, 0, 41, &column, &row));
	assert_false(viewport_cell(&map, NAN, 0, &column, &row));
}

static void a_terminal_without_room_has_one_cell(void **state)
{
	struct viewport viewport = { 0 };
	struct viewport_map map = viewport_fit(&viewport, 0, -3);

	(void)state;
	assert_int_equal(map.columns, 1);
	assert_int_equal(map.rows, 1);
	assert_true(map.metres_per_column > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_numbers_are_read_in_any_order_of_corners),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(a_viewport_only_grows_and_holds_the_included_points),
		cmocka_unit_test(a_fixed_viewport_does_not_grow),
		cmocka_unit_test(a_cell_is_twice_as_high_as_wide),
		cmocka_unit_test(corners_fall_on_the_map_and_up_is_up),
		cmocka_unit_test(a_terminal_without_room_has_one_cell),
	};

	return cmocka_run_group_tests_name("viewport", tests, NULL, NULL);
}

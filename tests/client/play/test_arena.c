#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "client/play/arena.h"

/* Runs in steps of a frame. */
static void run(struct arena_mover *mover, double seconds)
{
	for (double at = 0; at < seconds; at += 1.0 / 30)
		arena_step(mover, ARENA_SPEED_MPS, 1.0 / 30);
}

static struct arena_mover in_the_middle(enum arena_heading heading)
{
	return (struct arena_mover){ .x = PAYLOAD_ARENA_WIDTH_M / 2,
				     .y = PAYLOAD_ARENA_HEIGHT_M / 2,
				     .heading = heading };
}

static void each_heading_goes_its_way(void **state)
{
	static const struct {
		enum arena_heading heading;
		int x, y;
	} rows[] = { { ARENA_LEFT, -1, 0 },
		     { ARENA_RIGHT, 1, 0 },
		     { ARENA_UP, 0, 1 },
		     { ARENA_DOWN, 0, -1 },
		     { ARENA_STOP, 0, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena_mover mover = in_the_middle(rows[i].heading), start = mover;

		run(&mover, 0.5);
		assert_int_equal((mover.x > start.x) - (mover.x < start.x), rows[i].x);
		assert_int_equal((mover.y > start.y) - (mover.y < start.y), rows[i].y);
	}
}

static void nobody_leaves_the_field(void **state)
{
	(void)state;
	for (int heading = ARENA_LEFT; heading <= ARENA_DOWN; heading++) {
		struct arena_mover mover = in_the_middle((enum arena_heading)heading);

		run(&mover, 30);
		assert_true(mover.x >= ARENA_MARGIN_M);
		assert_true(mover.x <= PAYLOAD_ARENA_WIDTH_M - ARENA_MARGIN_M);
		assert_true(mover.y >= ARENA_MARGIN_M);
		assert_true(mover.y <= PAYLOAD_ARENA_HEIGHT_M - ARENA_MARGIN_M);
	}
}

static void a_long_pause_is_no_long_jump(void **state)
{
	struct arena_mover mover = in_the_middle(ARENA_RIGHT);

	(void)state;
	run(&mover, 1);
	double before = mover.x;

	arena_step(&mover, ARENA_SPEED_MPS, 60);
	assert_true(mover.x - before < 4);
	arena_step(&mover, ARENA_SPEED_MPS, -1);
	arena_step(&mover, ARENA_SPEED_MPS, NAN);
	assert_true(mover.x - before < 4);
}

static void places_are_in_their_cells(void **state)
{
	static const struct {
		double x, y;
		int column, row;
	} rows[] = {
		{ 0, 0, 0, 9 },
		{ PAYLOAD_ARENA_WIDTH_M, PAYLOAD_ARENA_HEIGHT_M, 19, 0 },
		{ PAYLOAD_ARENA_WIDTH_M / 2, PAYLOAD_ARENA_HEIGHT_M / 2, 10, 4 },
		{ -1e300, 1e300, 0, 0 },
		{ INFINITY, -INFINITY, 19, 9 },
		{ NAN, NAN, 0, 9 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int column, row;

		arena_cell(rows[i].x, rows[i].y, 20, 10, &column, &row);
		assert_int_equal(column, rows[i].column);
		assert_int_equal(row, rows[i].row);
	}
}

static void a_mover_at_rest_or_against_an_edge_does_not_move(void **state)
{
	struct arena_mover mover;

	(void)state;
	arena_place(&mover, 7);
	assert_false(arena_is_moving(&mover));
	mover.heading = ARENA_LEFT;
	run(&mover, 0.5);
	assert_true(arena_is_moving(&mover));
	run(&mover, 30);
	assert_false(arena_is_moving(&mover));
	mover.heading = ARENA_RIGHT;
	run(&mover, 0.5);
	assert_true(arena_is_moving(&mover));
	mover.heading = ARENA_STOP;
	run(&mover, 2);
	assert_false(arena_is_moving(&mover));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_heading_goes_its_way),
		cmocka_unit_test(nobody_leaves_the_field),
		cmocka_unit_test(a_long_pause_is_no_long_jump),
		cmocka_unit_test(places_are_in_their_cells),
		cmocka_unit_test(a_mover_at_rest_or_against_an_edge_does_not_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

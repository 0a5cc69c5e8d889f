#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/sim/movement.h"
#include "client/replay/trace_reader.h"

enum {
	STEPS = 60,
};

static void read_text(struct trace *trace, const char *text)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	char why[TRACE_ERROR_BYTES];

	assert_non_null(file);
	assert_int_equal(trace_reader_read(trace, file, "walk.csv", why), 0);
	fclose(file);
}

/* In how many of `steps` of a quarter of a second thing 0 stands at `x`. */
static size_t steps_at(const char *text, double x, size_t steps)
{
	struct movement movement;
	struct trace trace;
	size_t at = 0;

	read_text(&trace, text);
	assert_int_equal(movement_init(&movement, trace.id_count, &trace, 1), 0);
	for (size_t i = 0; i < steps; i++) {
		at += movement_place(&movement, 0).x == x;
		movement_step(&movement, 0.25);
	}
	movement_fini(&movement);
	trace_fini(&trace);
	return at;
}

/* Two rows, a second each: half of the time here, half of it there. */
static void the_rows_of_the_last_time_stand_as_long_as_the_others(void **state)
{
	static const char jump[] = "t,id,x,y,z\n0,1,0,0,0\n0,2,0,0,0\n1,1,9,0,0\n1,2,9,0,0\n";

	(void)state;
	assert_int_equal(steps_at(jump, 0, 8), 4);
	assert_int_equal(steps_at(jump, 9, 8), 4);
	assert_int_equal(steps_at(jump, 9, 8 * 5), 4 * 5);
}

/* Id 1 has its last row at the end of the trace, a long time after the one before. */
static void a_slow_id_stands_on_its_last_row_for_its_own_interval(void **state)
{
	static const char slow[] = "t,id,x,y,z\n0,1,0,0,0\n0,2,0,0,0\n0.5,2,0,0,0\n2,1,9,0,0\n";

	(void)state;
	assert_int_equal(steps_at(slow, 0, 16), 8);
	assert_int_equal(steps_at(slow, 9, 16), 8);
}

static void a_step_longer_than_the_trace_ends_somewhere_in_a_round(void **state)
{
	static const char brief[] = "t,id,x,y,z\n0,1,0,0,0\n0.03,1,9,0,0\n";
	const size_t at_first = steps_at(brief, 0, STEPS), at_last = steps_at(brief, 9, STEPS);

	(void)state;
	assert_int_equal(at_first + at_last, STEPS);
	assert_true(at_first > 0);
	assert_true(at_last > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rows_of_the_last_time_stand_as_long_as_the_others),
		cmocka_unit_test(a_slow_id_stands_on_its_last_row_for_its_own_interval),
		cmocka_unit_test(a_step_longer_than_the_trace_ends_somewhere_in_a_round),
	};

	return cmocka_run_group_tests_name("movement", tests, NULL, NULL);
}

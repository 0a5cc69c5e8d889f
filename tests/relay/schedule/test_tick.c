/* The fixed rhythm: where in the period each room has its place, and when the next tick is. */

#include "relay/schedule/tick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

static void the_next_tick_is_the_first_end_of_a_period_after_a_time(void **state)
{
	static const struct {
		double hz;
		int64_t phase_ns, after_ns, next_ns;
	} cases[] = {
		{ 50, 0, 0, 20 * MS },
		{ 50, 0, 1, 20 * MS },
		{ 50, 0, 20 * MS - 1, 20 * MS },
		{ 50, 0, 20 * MS, 40 * MS }, /* the one that ends now has ended */
		{ 50, 3 * MS, 12 * MS, 23 * MS },
		{ 0.5, 3 * MS, 12 * MS, 2003 * MS },
		{ 1000, 0, 5 * MS + 1, 6 * MS },
		{ 50, -7 * MS, 1 * MS, 13 * MS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(tick_next_ns(cases[i].hz, cases[i].phase_ns, cases[i].after_ns) ==
			    cases[i].next_ns);
}

static void a_flush_follows_at_a_tick_unless_the_one_before_was_late_or_long(void **state)
{
	static const struct {
		const char *what;
		int64_t since_ns, begun_ns, out_ns, due_ns;
	} cases[] = {
		{ "the first", 1003 * MS, 0, 0, 1020 * MS },
		{ "at its time", 1003 * MS, 1000 * MS, 1002 * MS, 1020 * MS },
		{ "a little late", 1003 * MS, 1008 * MS, 1009 * MS, 1020 * MS },
		{ "very late", 1003 * MS, 1012 * MS, 1013 * MS, 1040 * MS },
		{ "long, though less than a period", 1003 * MS, 1000 * MS, 1018 * MS,
		  1022 * MS + MS / 2 },
		{ "longer than a period", 1003 * MS, 1000 * MS, 1024 * MS, 1030 * MS },
		{ "nothing came for long", 1061 * MS, 1000 * MS, 1024 * MS, 1080 * MS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (tick_due_ns(50, 0, cases[i].since_ns, cases[i].begun_ns, cases[i].out_ns) !=
		    cases[i].due_ns)
			fail_msg("%s", cases[i].what);
}

static void no_room_has_a_phase_that_is_still_to_come(void **state)
{
	(void)state;
	for (uint64_t number = 0; number < 1000; number++) {
		const int64_t now_ns = 123 * MS + (int64_t)number * 1001;
		const int64_t phase_ns = tick_phase_ns(60, number, 123 * MS, now_ns);

		assert_true(phase_ns <= now_ns);
		assert_true(phase_ns > 123 * MS - 1000 * MS / 60 - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_tick_is_the_first_end_of_a_period_after_a_time),
		cmocka_unit_test(a_flush_follows_at_a_tick_unless_the_one_before_was_late_or_long),
		cmocka_unit_test(no_room_has_a_phase_that_is_still_to_come),
	};

	return cmocka_run_group_tests_name("tick", tests, NULL, NULL);
}

/* The fixed rhythm: where in the period each room has its place, and when the next tick is. */

#include "relay/schedule/tick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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

static void the_first_room_counts_from_its_own_beginning(void **state)
{
	(void)state;
	assert_true(tick_phase_ns(50, 0, 123 * MS, 123 * MS) == 123 * MS);
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

/* Where in the period a room's ticks are, in ns. */
static int64_t place(double hz, uint64_t number)
{
	const int64_t period_ns = (int64_t)(1e9 / hz);
	const int64_t now_ns = 10 * period_ns;

	return (tick_phase_ns(hz, number, now_ns, now_ns) + period_ns) % period_ns;
}

/* How many of `rooms` rooms have each place; returns how many places there are. */
static size_t places(double hz, unsigned rooms, int64_t *at_ns, unsigned *count, size_t capacity)
{
	size_t found = 0, i;

	for (unsigned number = 0; number < rooms; number++) {
		const int64_t at = place(hz, number);

		for (i = 0; i < found && at_ns[i] != at; i++)
			;
		if (i == found) {
			assert_true(found < capacity);
			at_ns[found] = at;
			count[found++] = 0;
		}
		count[i]++;
	}
	return found;
}

static void hundreds_of_rooms_share_a_few_places_evenly(void **state)
{
	static const struct {
		double hz;
		size_t places;
	} cases[] = { { 60, 8 }, { 50, 10 }, { 20, 25 }, { 200, 2 }, { 500, 1 }, { 1000, 1 } };
	int64_t at_ns[64];
	unsigned count[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const unsigned each = 400 / (unsigned)cases[i].places;
		const size_t found = places(cases[i].hz, 400, at_ns, count, 64);

		assert_int_equal(found, cases[i].places);
		for (size_t n = 0; n < found; n++) {
			assert_in_range(count[n], each - 2, each + 2);
			for (size_t other = 0; other < n; other++)
				assert_true(llabs(at_ns[n] - at_ns[other]) >=
					    TICK_SLOT_MS * MS - 1);
		}
	}
}

static void a_few_rooms_have_a_place_each(void **state)
{
	int64_t at_ns[64];
	unsigned count[64];

	(void)state;
	assert_int_equal(places(60, 4, at_ns, count, 64), 4);
	assert_int_equal(places(20, 8, at_ns, count, 64), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_tick_is_the_first_end_of_a_period_after_a_time),
		cmocka_unit_test(a_flush_follows_at_a_tick_unless_the_one_before_was_late_or_long),
		cmocka_unit_test(the_first_room_counts_from_its_own_beginning),
		cmocka_unit_test(no_room_has_a_phase_that_is_still_to_come),
		cmocka_unit_test(hundreds_of_rooms_share_a_few_places_evenly),
		cmocka_unit_test(a_few_rooms_have_a_place_each),
	};

	return cmocka_run_group_tests_name("tick", tests, NULL, NULL);
}

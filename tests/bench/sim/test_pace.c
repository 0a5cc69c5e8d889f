/* When each member's updates are due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "bench/sim/pace.h"
#include "proto/net/random.h"

static void turns_are_in_order_and_each_member_has_its_rate(void **state)
{
	struct pace pace;
	uint32_t next[7] = { 0 };
	int64_t last_ns = 0;

	(void)state;
	pace_init(&pace, 7, 30, 5);
	pace.start_ns = 1000;
	for (uint64_t i = 0; i < 7 * 100; i++) {
		const struct pace_turn turn = pace_turn_at(&pace, i);

		assert_true(turn.due_ns >= last_ns && turn.due_ns >= pace.start_ns);
		assert_int_equal(turn.number, next[turn.member]++);
		assert_true(turn.due_ns == pace_due_ns(&pace, turn.member, turn.number));
		last_ns = turn.due_ns;
	}
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(next[i], 100);
}

static void due_times_do_not_drift(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 2, 30, 1);
	assert_true(pace_due_ns(&pace, 1, 30 * 3600) - pace_due_ns(&pace, 1, 0) ==
		    INT64_C(3600000000000));
}

/* Steps are kept by number: what was asked for before changes no answer. */
static void a_due_time_is_the_same_in_whatever_order_it_is_asked_for(void **state)
{
	static const double rates_hz[] = { 0.3, 29.97, 30, 150, PACE_RATE_MAX_HZ };
	struct random random = random_init(3);

	(void)state;
	for (size_t r = 0; r < sizeof(rates_hz) / sizeof(rates_hz[0]); r++) {
		struct pace pace;

		pace_init(&pace, 1, rates_hz[r], 1);
		for (unsigned i = 0; i < 20000; i++) {
			const uint32_t number = (uint32_t)random_below(
				&random, i % 2 ? 4 * PACE_STEPS : UINT64_C(1) << 32);

			assert_true(pace_due_ns(&pace, 0, number) - pace.phase_ns[0] ==
				    llround(number * 1e9 / rates_hz[r]));
		}
	}
}

static void another_seed_gives_other_phases_within_the_period(void **state)
{
	struct pace one, same, other;

	(void)state;
	pace_init(&one, PACE_MEMBERS_MAX, 20, 1);
	pace_init(&same, PACE_MEMBERS_MAX, 20, 1);
	pace_init(&other, PACE_MEMBERS_MAX, 20, 2);
	assert_memory_equal(one.phase_ns, same.phase_ns, sizeof(one.phase_ns));
	assert_memory_not_equal(one.phase_ns, other.phase_ns, sizeof(one.phase_ns));
	for (unsigned i = 0; i < PACE_MEMBERS_MAX; i++)
		assert_in_range(one.phase_ns[i], 0, 50000000 - 1);
}

/* In the order of the members; a due time is a whole nanosecond, rounded down. */
static void even_phases_part_the_period(void **state)
{
	struct pace pace;

	(void)state;
	pace_init_even(&pace, 8, 20);
	pace.start_ns = 1000;
	for (uint64_t i = 0; i < 8 * 100; i++) {
		const struct pace_turn turn = pace_turn_at(&pace, i);

		assert_int_equal(turn.member, i % 8);
		assert_int_equal(turn.number, i / 8);
		assert_in_range(1000 + i * 6250000 - (uint64_t)turn.due_ns, 0, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_are_in_order_and_each_member_has_its_rate),
		cmocka_unit_test(due_times_do_not_drift),
		cmocka_unit_test(a_due_time_is_the_same_in_whatever_order_it_is_asked_for),
		cmocka_unit_test(another_seed_gives_other_phases_within_the_period),
		cmocka_unit_test(even_phases_part_the_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The rule by itself. A relay that goes by it: test_paced_crowd.c. */
#include "relay/schedule/pacer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/seed.h"

#define MS INT64_C(1000000)
#define US INT64_C(1000)

/* Of what has waited for long, unless said. */

enum {
	LONG_NS = 2 * PACER_EASY_US * 1000,
};

/* Of several states, unless said. */
static void spend(struct pacer *pacer, int64_t begin_ns, int64_t cost_ns, int64_t waited_ns)
{
	pacer_spend(pacer, begin_ns, cost_ns, waited_ns, 2);
}

static void what_costs_nothing_holds_nothing_up(void **state)
{
	struct pacer pacer = { 0 };

	(void)state;
	assert_int_equal(pacer_due_ns(&pacer, 7 * MS), 7 * MS);
	pacer_init(&pacer, 0.2, 16 * MS);
	assert_int_equal(pacer_due_ns(&pacer, 7 * MS), 7 * MS);
	spend(&pacer, 8 * MS, 0, LONG_NS);
	assert_int_equal(pacer_due_ns(&pacer, 8 * MS), 8 * MS);
	spend(&pacer, 9 * MS, -5, LONG_NS);
	assert_int_equal(pacer_due_ns(&pacer, 9 * MS), 9 * MS);
}

static void a_flush_is_paid_for_with_the_rests_after_it(void **state)
{
	struct pacer pacer;

	(void)state;
	pacer_init(&pacer, 0.2, 16 * MS);
	/* What lies 16 ms back was left unused: 3 ms of flushing are paid for at once. */
	spend(&pacer, 100 * MS, 3 * MS, LONG_NS);
	assert_int_equal(pacer_due_ns(&pacer, 103 * MS), 103 * MS);
	/* Of 1 ms more, 1 ms is owed at 103 ms, and a 16th of it passes. */
	spend(&pacer, 103 * MS, MS, LONG_NS);
	assert_int_equal(pacer_due_ns(&pacer, 103 * MS), 103 * MS + MS / 16);
	/* 5 ms for the next, and the millisecond, which has passed at 104 ms. */
	spend(&pacer, 104 * MS, MS, LONG_NS);
	assert_int_equal(pacer_due_ns(&pacer, 104 * MS), 104 * MS + 5 * MS / 16);
	spend(&pacer, 106 * MS, MS, LONG_NS);
	assert_int_equal(pacer_due_ns(&pacer, 106 * MS), 106 * MS + 8 * MS / 16);
	assert_int_equal(pacer_due_ns(&pacer, 250 * MS), 250 * MS);
}

/* So many flushes, each as soon as it may be; when the next may. */
static int64_t spend_in_turn(struct pacer *pacer, int64_t now_ns, int64_t cost_ns, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		spend(pacer, now_ns, cost_ns, LONG_NS);
		now_ns = pacer_due_ns(pacer, now_ns);
	}
	return now_ns;
}

static void a_dear_flush_lengthens_many_rests_a_little_and_is_paid_for_in_whole(void **state)
{
	struct pacer pacer;
	int64_t now_ns, next_ns;

	(void)state;
	pacer_init(&pacer, 0.2, 16 * MS);
	now_ns = spend_in_turn(&pacer, 100 * MS, MS, 200);
	next_ns = spend_in_turn(&pacer, now_ns, MS, 1);
	assert_in_range(next_ns - now_ns, 4990 * US, 5010 * US);
	/* One of 3 ms, which stands for 10 ms more than the others. */
	now_ns = next_ns;
	next_ns = spend_in_turn(&pacer, now_ns, 3 * MS, 1);
	assert_in_range(next_ns - now_ns, 5600 * US, 5650 * US);
	next_ns = spend_in_turn(&pacer, next_ns, MS, 199);
	assert_in_range(next_ns - now_ns, (1000 + 10) * MS - 100 * US, (1000 + 10) * MS + 100 * US);
}

static void a_flush_stands_for_no_more_than_itself_and_the_longest_delay(void **state)
{
	struct pacer pacer;
	int64_t now_ns;

	(void)state;
	pacer_init(&pacer, 0.2, 16 * MS);
	now_ns = spend_in_turn(&pacer, 100 * MS, MS, 200);
	/* 50 ms stand for 66 ms, not for 250, beside the 75 ms that are owed. */
	spend(&pacer, now_ns, 50 * MS, LONG_NS);
	assert_in_range(pacer_due_ns(&pacer, now_ns) - now_ns, 8800 * US, 8825 * US);
}

static void costs_that_change_twofold_change_the_rests_by_less_than_a_quarter(void **state)
{
	struct seed seed = seed_from_environment();

	(void)state;
	for (int round = 0; round < 20; round++) {
		int64_t now_ns = 100 * MS, begin_ns = 0;
		unsigned longer = 0;
		struct pacer pacer;

		pacer_init(&pacer, 0.1, 16 * MS);
		for (unsigned i = 0; i < 10100; i++) {
			const int64_t cost_ns = (seed_between(&seed, 0, 1) ? 120 : 240) * US;
			const int64_t next_ns = spend_in_turn(&pacer, now_ns, cost_ns, 1);

			if (i == 100)
				begin_ns = now_ns;
			/* Of 1.8 ms in the mean; a cost's own would be 1.2 and 2.4. */
			longer += i >= 100 && next_ns - now_ns > 2250 * US;
			now_ns = next_ns;
		}
		assert_in_range(longer, 0, 100); /* 1 % */
		assert_in_range(now_ns - begin_ns, 17700 * MS, 18300 * MS);
	}
}

static void as_long_as_nothing_is_delayed_for_long_a_part_of_the_share_has_to_do(void **state)
{
	static const struct {
		double share;
		int64_t cost_ns, waited_ns, rest_ns;
		size_t states;
	} rows[] = {
		/* An eighth of the share, which keeps the easy delay. */
		{ 0.1, 25 * US, 0, 2000 * US, 2 },
		{ 0.1, 25 * US, 2 * MS, 2000 * US, 2 },
		{ 0.2, 50 * US, 2 * MS, 2000 * US, 2 },
		/* As much of it as keeps that: with the flush, 2.75 ms. */
		{ 0.1, 100 * US, 2 * MS, 2650 * US, 2 },
		{ 0.1, 200 * US, 2 * MS, 2550 * US, 2 },
		{ 0.1, 250 * US, 2 * MS, 2500 * US, 2 },
		/* All of it does not. */
		{ 0.1, 300 * US, 2 * MS, 3000 * US, 2 },
		/* The longer the delay, the more; at a quarter above it, 3.437 ms, all of it. */
		{ 0.1, 100 * US, 2650 * US, 2650 * US, 2 },
		{ 0.1, 100 * US, 2925 * US, 1990 * US, 2 },
		{ 0.1, 100 * US, 3338 * US, 1000 * US, 2 },
		{ 0.1, 100 * US, 6000 * US, 1000 * US, 2 },
		{ 0.1, 25 * US, 3000 * US, 1300 * US, 2 },
		/* A quarter of it for one that nothing came together with. */
		{ 0.1, 50 * US, 0, 2000 * US, 1 },
		{ 0.1, 100 * US, 0, 2650 * US, 1 },
		{ 0.1, 50 * US, 0, 2700 * US, 2 },
		{ 0.1, 50 * US, 0, 2700 * US, 64 },
		{ 1, 100 * US, 0, 100 * US, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pacer pacer;
		int64_t now_ns = 100 * MS, rest_ns = 0;

		pacer_init(&pacer, rows[i].share, 16 * MS);
		for (int n = 0; n < 500; n++) {
			pacer_spend(&pacer, now_ns, rows[i].cost_ns, rows[i].waited_ns,
				    rows[i].states);
			rest_ns = pacer_due_ns(&pacer, now_ns) - now_ns;
			/* At a share of 1 there is no rest but the flush's own time. */
			now_ns += rest_ns > rows[i].cost_ns ? rest_ns : rows[i].cost_ns;
		}
		if (rows[i].share < 1)
			assert_in_range(rest_ns, rows[i].rest_ns - US, rows[i].rest_ns + US);
		else
			assert_in_range(rest_ns, 0, rows[i].rest_ns);
	}
}

static void what_was_flushed_early_is_not_asked_back(void **state)
{
	struct pacer pacer;

	(void)state;
	pacer_init(&pacer, 0.5, 16 * MS);
	for (int64_t ms = 100; ms < 10000; ms += 10) {
		spend(&pacer, ms * MS, 9 * MS, LONG_NS);
		assert_true(pacer_due_ns(&pacer, ms * MS) <= (ms + 16) * MS);
		/* What 16 flushes stand for at most, each with the longest rest. */
		assert_true(pacer.paid_ns <= (ms + 16 * (9 + 16)) * MS);
	}
	/* When the crowd has gone, the others are rid of it in that time. */
	spend(&pacer, 10200 * MS, 10 * US, LONG_NS);
	assert_true(pacer_due_ns(&pacer, 10200 * MS) < 10212 * MS);
	spend(&pacer, 10400 * MS, 10 * US, LONG_NS);
	assert_int_equal(pacer_due_ns(&pacer, 10400 * MS), 10400 * MS);
}

static void a_share_of_one_is_no_rest(void **state)
{
	struct pacer pacer;

	(void)state;
	pacer_init(&pacer, 1, 16 * MS);
	for (int64_t ms = 100; ms < 200; ms++)
		spend(&pacer, ms * MS, MS, LONG_NS);
	assert_int_equal(pacer_due_ns(&pacer, 200 * MS), 200 * MS);
}

static void no_cost_holds_a_state_up_beyond_the_longest_delay(void **state)
{
	struct seed seed = seed_from_environment();

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t max_delay_ns = (int64_t)seed_between(&seed, 1, 1000 * MS);
		int64_t end_ns = (int64_t)seed_between(&seed, 0, INT64_C(1) << 50);
		int64_t since_ns = end_ns - 20 * MS + (int64_t)seed_between(&seed, 0, 40 * MS);
		struct pacer pacer;
		int64_t due_ns;

		pacer_init(&pacer, (double)seed_between(&seed, 1, 100) / 100, max_delay_ns);
		spend(&pacer, end_ns, (int64_t)seed_spread(&seed, 0, INT64_MAX), LONG_NS);
		due_ns = pacer_due_ns(&pacer, since_ns);
		assert_true(due_ns >= since_ns);
		assert_true(due_ns <= since_ns + max_delay_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_costs_nothing_holds_nothing_up),
		cmocka_unit_test(a_flush_is_paid_for_with_the_rests_after_it),
		cmocka_unit_test(
			a_dear_flush_lengthens_many_rests_a_little_and_is_paid_for_in_whole),
		cmocka_unit_test(a_flush_stands_for_no_more_than_itself_and_the_longest_delay),
		cmocka_unit_test(costs_that_change_twofold_change_the_rests_by_less_than_a_quarter),
		cmocka_unit_test(
			as_long_as_nothing_is_delayed_for_long_a_part_of_the_share_has_to_do),
		cmocka_unit_test(what_was_flushed_early_is_not_asked_back),
		cmocka_unit_test(a_share_of_one_is_no_rest),
		cmocka_unit_test(no_cost_holds_a_state_up_beyond_the_longest_delay),
	};

	return cmocka_run_group_tests_name("pacer", tests, NULL, NULL);
}

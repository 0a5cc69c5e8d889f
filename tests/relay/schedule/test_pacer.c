/* The rule by itself. A relay that goes by it: test_paced_crowd.c. */
#include "relay/schedule/pacer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/seeded_random.h"

#define MS INT64_C(1000000)
#define US INT64_C(1000)

/* For states that have waited for long, unless said. */

enum {
	LONG_NS = 2 * PACER_EASY_US * 1000,
};

/* For several states, unless said. */
static void spend(struct pacer *pacer, int64_t begin_ns, int64_t cost_ns, int64_t waited_ns)
{
	pacer_spend(pacer, begin_ns, cost_ns, waited_ns, 2);
}

static void a_flush_without_cost_delays_nothing(void **state)
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

/* Flushes of any cost, each as soon as it may be after some time in which nothing waits. */
static void flushing_takes_its_share_of_any_time_and_what_was_unused_or_is_owed(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (int round = 0; round < 100; round++) {
		const double share = (double)seeded_random_between(&seed, 5, 90) / 100;
		/* A dearer flush would stand for more than is owed at the most. */
		const uint64_t most_ns = (uint64_t)(15e6 * share);
		const int64_t begin_ns = 100 * MS;
		int64_t now_ns = begin_ns, cost_ns = 0;
		struct pacer pacer;

		pacer_init(&pacer, share, 16 * MS);
		for (int i = 0; i < 1000; i++) {
			const int64_t one_ns = (int64_t)seeded_random_spread(&seed, 0, most_ns);

			pacer_spend(&pacer, now_ns, one_ns,
				    (int64_t)seeded_random_spread(&seed, 0, 16 * MS),
				    seeded_random_between(&seed, 1, 64));
			cost_ns += one_ns;
			assert_true((double)cost_ns <=
				    share * (double)(pacer.paid_ns - begin_ns + 16 * MS) + 1000);
			now_ns = pacer_due_ns(
				&pacer,
				now_ns + one_ns + (int64_t)seeded_random_spread(&seed, 0, 5 * MS));
		}
	}
}

static void time_for_an_early_flush_is_not_asked_back(void **state)
{
	struct pacer pacer;

	(void)state;
	pacer_init(&pacer, 0.5, 16 * MS);
	for (int64_t ms = 100; ms < 10000; ms += 10) {
		spend(&pacer, ms * MS, 9 * MS, LONG_NS);
		assert_true(pacer_due_ns(&pacer, ms * MS) <= (ms + 16) * MS);
		/* The span of 16 flushes at most, each with the longest rest. */
		assert_true(pacer.paid_ns <= (ms + 16 * (9 + 16)) * MS);
	}
	/* When the crowd has gone, the others are rid of it in that time. */
	spend(&pacer, 10200 * MS, 10 * US, LONG_NS);
	assert_true(pacer_due_ns(&pacer, 10200 * MS) < 10212 * MS);
	spend(&pacer, 10400 * MS, 10 * US, LONG_NS);
	assert_int_equal(pacer_due_ns(&pacer, 10400 * MS), 10400 * MS);
}

static void no_cost_holds_a_state_up_beyond_the_longest_delay(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t max_delay_ns = (int64_t)seeded_random_between(&seed, 1, 1000 * MS);
		int64_t end_ns = (int64_t)seeded_random_between(&seed, 0, INT64_C(1) << 50);
		int64_t since_ns =
			end_ns - 20 * MS + (int64_t)seeded_random_between(&seed, 0, 40 * MS);
		struct pacer pacer;
		int64_t due_ns;

		pacer_init(&pacer, (double)seeded_random_between(&seed, 1, 100) / 100,
			   max_delay_ns);
		spend(&pacer, end_ns, (int64_t)seeded_random_spread(&seed, 0, INT64_MAX), LONG_NS);
		due_ns = pacer_due_ns(&pacer, since_ns);
		assert_true(due_ns >= since_ns);
		assert_true(due_ns <= since_ns + max_delay_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flush_without_cost_delays_nothing),
		cmocka_unit_test(
			flushing_takes_its_share_of_any_time_and_what_was_unused_or_is_owed),
		cmocka_unit_test(time_for_an_early_flush_is_not_asked_back),
		cmocka_unit_test(no_cost_holds_a_state_up_beyond_the_longest_delay),
	};

	return cmocka_run_group_tests_name("pacer", tests, NULL, NULL);
}

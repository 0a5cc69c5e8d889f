/* The search for the largest load, against made-up relays of a known capacity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "bench/sim/pace.h"
#include "bench/search/search.h"
#include "proto/net/random.h"

enum {
	SEEDS = 2000,
	RUNS_MAX = 40,
};

static const struct search_plan usual = {
	.least = 2,
	.most = 512,
	.start = 16,
	.resolution = 0.05,
	.is_whole = true,
	.settle = 3,
	.confirm = 3,
	.runs_max = RUNS_MAX,
};

/* A relay that carries `capacity`, as noise lets it: each run's own capacity varies by `sigma`,
 * and a share of the runs that it carries fail because of a neighbour. */
struct relay {
	double capacity, sigma, spoilt;
	struct random random;
};

static double uniform(struct relay *relay)
{
	return (double)(random_u64(&relay->random) >> 11) * 0x1p-53;
}

/* About normal: 12 evenly spread numbers have the variance 1 together. */
static double normal(struct relay *relay)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += uniform(relay);
	return sum;
}

static void ask(struct search *search, struct relay *relay, double load)
{
	const double capacity = relay->capacity * (1 + relay->sigma * normal(relay));

	if (uniform(relay) < relay->spoilt)
		search_tell(search, false);
	else
		search_tell(search, load <= capacity);
}

static void run(struct search *search, const struct search_plan *plan, struct relay *relay)
{
	double load;

	assert_int_equal(search_init(search, plan), 0);
	while ((load = search_next(search)) > 0) {
		assert_true(load >= plan->least && load <= plan->most);
		ask(search, relay, load);
		assert_true(search->runs <= plan->runs_max);
	}
}

/* Evenly in the logarithm, from the least load to somewhat above the most. */
static struct relay draw_relay(const struct search_plan *plan, uint64_t seed, double sigma,
			       double spoilt)
{
	struct relay relay = { 0, sigma, spoilt, random_init(seed) };

	relay.capacity = plan->least * pow(1.2 * plan->most / plan->least, uniform(&relay));
	return relay;
}

static void without_noise_the_step_of_the_capacity_is_found_in_few_runs(void **state)
{
	/* As `load --by rate` plans it, to the highest rate that the bench knows. */
	static const struct search_plan rates = { .least = 1,
						  .most = PACE_RATE_MAX_HZ,
						  .start = 30,
						  .resolution = 0.05,
						  .settle = 3,
						  .confirm = 3,
						  .runs_max = RUNS_MAX };
	static const struct search_plan *const plans[] = { &usual, &rates };
	static struct search search;

	(void)state;
	for (uint64_t seed = 0; seed < 2 * SEEDS; seed++) {
		const struct search_plan *plan = plans[seed % 2];
		struct relay relay = draw_relay(plan, seed, 0, 0);

		run(&search, plan, &relay);
		assert_true(search_is_complete(&search));
		assert_int_equal(search_left(&search), 0);
		assert_true(search_carried(&search) <= relay.capacity);
		if (search_failed(&search) > 0)
			assert_true(search_failed(&search) > relay.capacity);
		else
			assert_true(search_carried(&search) == plan->most);
		assert_true(search.failed < 0 || search.failed == search.carried + 1);
		assert_true(search.runs <= 24);
	}
}

/* By how many steps of the ladder the answer is off the capacity's own step. */
static double steps_off(const struct search *search, double capacity)
{
	const double carried = fmax(search_carried(search), 1);

	/* Whole numbers have wider steps than the resolution where they are small. */
	if (fabs(carried - capacity) <= 1)
		return 0;
	return fabs(log(carried / fmin(capacity, search->plan.most))) /
	       log1p(search->plan.resolution);
}

static void noise_moves_the_answer_by_few_steps_and_the_search_is_through(void **state)
{
	static const struct {
		double sigma, spoilt, steps, share;
	} rows[] = {
		{ 0.02, 0, 2, 0.98 },
		{ 0.05, 0, 2, 0.95 },
		/* A spoilt run far below the edge could end the growing; so it is asked again. */
		{ 0.02, 0.05, 2, 0.95 },
		{ 0.05, 0.05, 3, 0.94 },
		/* As on a machine that others have, too. */
		{ 0.10, 0.10, 4, 0.90 },
	};
	static struct search search;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned within = 0, complete = 0;

		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			struct relay relay =
				draw_relay(&usual, seed, rows[i].sigma, rows[i].spoilt);

			run(&search, &usual, &relay);
			within += steps_off(&search, relay.capacity) <= rows[i].steps;
			complete += search_is_complete(&search);
		}
		if (within < rows[i].share * SEEDS || complete < 0.97 * SEEDS)
			fail_msg("sigma %g, spoilt %g: %u of %d within %g steps, %u through",
				 rows[i].sigma, rows[i].spoilt, within, SEEDS, rows[i].steps,
				 complete);
	}
}

static void pure_chance_ends_within_the_runs(void **state)
{
	static struct search search;

	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct random random = random_init(seed);
		double load;

		assert_int_equal(search_init(&search, &usual), 0);
		while ((load = search_next(&search)) > 0) {
			assert_in_range(search_left(&search), 1, RUNS_MAX);
			search_tell(&search, random_below(&random, 2) == 0);
		}
		assert_true(search.runs <= RUNS_MAX);
		assert_true(search_failed(&search) == 0 ||
			    search_carried(&search) < search_failed(&search));
	}
}

static void a_relay_that_carries_nothing_and_a_search_out_of_runs_say_so(void **state)
{
	static struct search search;
	struct search_plan plan = usual;
	struct relay none = { 0.1, 0, 0, random_init(1) }, some = { 77, 0, 0, random_init(1) };

	(void)state;
	run(&search, &usual, &none);
	assert_true(search_carried(&search) == 0 && search_failed(&search) == 2);
	assert_true(search_is_complete(&search));
	plan.runs_max = 4;
	run(&search, &plan, &some);
	assert_false(search_is_complete(&search));
	assert_true(search_carried(&search) == 64 && search_failed(&search) == 127);
	assert_int_equal(search.runs, 4);
}

static void tell(struct search *search, double load, bool is_carried)
{
	assert_true(search_next(search) == load);
	search_tell(search, is_carried);
}

static void a_contradiction_is_repaired_and_the_search_goes_on(void **state)
{
	static struct search search;
	struct search_plan plan = usual;
	double load;

	(void)state;
	plan.confirm = 5;
	assert_int_equal(search_init(&search, &plan), 0);
	/* 16 fails twice, and is carried from then on, as all else up to 100. */
	tell(&search, 16, false);
	tell(&search, 16, false);
	while ((load = search_next(&search)) > 0)
		search_tell(&search, load <= 100);
	assert_true(search_carried(&search) <= 100 && search_carried(&search) * 1.06 > 100);
	assert_true(search_is_complete(&search));
}

static void a_limit_ends_the_steps_and_what_was_asked_stands(void **state)
{
	static struct search search;
	double load;

	(void)state;
	for (unsigned limit = 2; limit < 512; limit++) {
		const unsigned capacity = limit % 2 == 0 ? 512 : limit / 2;
		unsigned refused = 0;

		assert_int_equal(search_init(&search, &usual), 0);
		while ((load = search_next(&search)) > 0) {
			if (load <= limit) {
				search_tell(&search, load <= capacity);
				continue;
			}
			assert_int_equal(search_limit(&search, limit), 0);
			refused++;
		}
		assert_true(refused <= 1 && search_is_complete(&search));
		assert_true(search_carried(&search) <= fmin(limit, capacity));
		assert_true(capacity < limit || search_carried(&search) == limit);
	}
}

static void a_limit_that_contradicts_what_was_asked_changes_nothing(void **state)
{
	static const double wrong[] = { 31, 1, 512, NAN };
	static struct search search;
	unsigned all;

	(void)state;
	assert_int_equal(search_init(&search, &usual), 0);
	all = search.count;
	tell(&search, 16, true);
	tell(&search, 32, true);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(search_limit(&search, wrong[i]), -1);
	assert_int_equal(search.count, all);
	assert_int_equal(search_limit(&search, 32), 0);
	assert_true(search_next(&search) == 32);
}

static void a_plan_that_makes_no_sense_is_refused(void **state)
{
	static const struct search_plan wrong[] = {
		{ 0, 512, 16, 0.05, true, 3, 3, RUNS_MAX },
		{ 2, 1, 16, 0.05, true, 3, 3, RUNS_MAX },
		{ 2, 1e6, 16, 0.001, false, 3, 3, RUNS_MAX },
		{ 2, 512, 16, NAN, true, 3, 3, RUNS_MAX },
	};
	static struct search search;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(search_init(&search, &wrong[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_noise_the_step_of_the_capacity_is_found_in_few_runs),
		cmocka_unit_test(noise_moves_the_answer_by_few_steps_and_the_search_is_through),
		cmocka_unit_test(pure_chance_ends_within_the_runs),
		cmocka_unit_test(a_relay_that_carries_nothing_and_a_search_out_of_runs_say_so),
		cmocka_unit_test(a_contradiction_is_repaired_and_the_search_goes_on),
		cmocka_unit_test(a_limit_ends_the_steps_and_what_was_asked_stands),
		cmocka_unit_test(a_limit_that_contradicts_what_was_asked_changes_nothing),
		cmocka_unit_test(a_plan_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

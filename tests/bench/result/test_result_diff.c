/* When two results differ: the test, its chance over many figures, and what is no part of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "bench/result/result_diff.h"
#include "bench/result/welch.h"
#include "proto/net/random.h"

/* Chance. */

static void p_values_are_those_of_the_tables(void **state)
{
	/* Student's t at the two-sided p that stands in any table. */
	static const struct {
		double t, freedom, p;
	} rows[] = {
		{ 12.706, 1, 0.05 }, { 63.657, 1, 0.01 },  { 4.303, 2, 0.05 },
		{ 2.776, 4, 0.05 },  { 8.610, 4, 0.001 },  { 2.306, 8, 0.05 },
		{ 5.041, 8, 0.001 }, { 1.984, 100, 0.05 }, { 0, 5, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const double p = welch_student_p(rows[i].t, rows[i].freedom);

		if (fabs(p - rows[i].p) > 0.001 * rows[i].p)
			fail_msg("t %g of %g: p %g", rows[i].t, rows[i].freedom, p);
	}
}

static void a_difference_is_tested_against_both_spreads(void **state)
{
	/* By hand: means 2 and 6, variances 1 and 4: t = 4 / sqrt(1/3 + 4/3) = 3.0984 with
	 * (5/3)^2 / ((1/9 + 16/9) / 2) = 2.9412 degrees of freedom. */
	static const double one[] = { 1, 2, 3 }, other[] = { 4, 6, 8, NAN }, none[] = { NAN };
	const struct welch_sample a = welch_sample_of(one, 3), b = welch_sample_of(other, 4);
	const struct welch_sample single = welch_sample_of(other, 1),
				  lack = welch_sample_of(none, 1);

	(void)state;
	assert_true(b.count == 3 && b.mean == 6 && b.variance == 4);
	assert_true(fabs(welch_p(&a, &b, 0) - welch_student_p(3.0983867, 2.9411765)) < 1e-6);
	assert_true(fabs(welch_p(&a, &b, 2) - welch_student_p(1.5491933, 2.9411765)) < 1e-6);
	assert_true(welch_p(&a, &b, 4) == 1);
	/* 4 against 2 with a variance of 1: t = 2 / sqrt(1 + 1/3), 2 degrees. */
	assert_true(fabs(welch_p(&single, &a, 0) - welch_student_p(1.7320508, 2)) < 1e-6);
	assert_true(fabs(welch_p(&a, &single, 0) - welch_student_p(1.7320508, 2)) < 1e-6);
	assert_true(isnan(welch_p(&single, &single, 0)) && isnan(welch_p(&a, &lack, 0)));
}

/* Verdicts. */

static struct result *measured(const char *name, const char *unit, const double *values,
			       size_t count, bool is_simulated)
{
	char *argv[] = { "compare" };
	struct result *result = result_create("compare", 1, argv, is_simulated);
	struct result_row *row = result_add_row(result);

	result_label(row, "contender", "starling");
	result_figure(row, name, unit, values, count);
	return result;
}

static void a_verdict_follows_both_spreads_and_a_margin(void **state)
{
	static const struct {
		double old[4], new[4];
		size_t count;
		const char *unit;
		bool is_simulated, repeats;
	} cases[] = {
		{ { 1, 2, 3, 2 }, { 2, 3, 4, 3 }, 4, "us", false, true },
		{ { 1, 1.1, 0.9, 1 }, { 3, 3.1, 2.9, 3 }, 4, "us", false, false },
		/* Far apart, but so are the old ones. */
		{ { 1, 9, 3, 2 }, { 12, 3, 14, 3 }, 4, "us", false, true },
		/* Small spreads, within 5 % of the median; beyond it. */
		{ { 100, 100.1, 100, 99.9 }, { 104, 104.1, 104, 103.9 }, 4, "us", false, true },
		{ { 100, 100.1, 100, 99.9 }, { 107, 107.1, 107, 106.9 }, 4, "us", false, false },
		/* One value each: a third is let pass. */
		{ { 160 }, { 200 }, 1, "1", false, true },
		{ { 160 }, { 220 }, 1, "1", false, false },
		{ { 160 }, { 100 }, 1, "1", false, false },
		{ { 0 }, { 0 }, 1, "1", false, true },
		/* Counts have the variance of chance. */
		{ { 1, 1, 1, 1 }, { 2, 2, 2, 2 }, 4, "1", false, true },
		{ { 1, 1, 1, 1 }, { 90, 90, 90, 90 }, 4, "1", false, false },
		{ { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, 4, "1", false, true },
		{ { 1, 2, 3, 2 }, { 1, 2, 3, 2 }, 4, "us", true, true },
		{ { 1, 2, 3, 2 }, { 1, 2, 3, 2.000001 }, 4, "us", true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct result *before = measured("x", cases[i].unit, cases[i].old, cases[i].count,
						 cases[i].is_simulated);
		struct result *now = measured("x", cases[i].unit, cases[i].new, cases[i].count,
					      cases[i].is_simulated);
		struct result_diff verdict;

		assert_int_equal(result_diff_reach(&verdict, before, now), 0);
		if (result_diff_agrees(&verdict) != cases[i].repeats || !verdict.is_valid ||
		    verdict.inside != cases[i].repeats || verdict.outside == verdict.inside)
			fail_msg("case %zu: %zu inside, %zu outside", i, verdict.inside,
				 verdict.outside);
		result_diff_fini(&verdict);
		result_destroy(before);
		result_destroy(now);
	}
}

static void figures_of_the_bench_itself_are_no_part_of_it(void **state)
{
	static const char *const own[] = { "late_p99_us",        "send_late_p99_us",
					   "naive_delay_p99_us", "naive_delay_p50_us",
					   "wait_share",         "relay_wait_share",
					   "steal_share",        "generator_core_share" };
	static const double old[] = { 1, 1.1, 0.9 }, new[] = { 100, 101, 99 };

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		struct result *before = measured(own[i], "us", old, 3, false);
		struct result *now = measured(own[i], "us", new, 3, false);
		struct result_diff verdict;

		result_figure((struct result_row *)(uintptr_t)result_row(before, 0), "loss", "1",
			      old, 3);
		result_figure((struct result_row *)(uintptr_t)result_row(now, 0), "loss", "1", old,
			      3);
		assert_int_equal(result_diff_reach(&verdict, before, now), 0);
		assert_true(result_diff_agrees(&verdict));
		assert_true(verdict.left_out == 1 && verdict.inside == 1);
		result_diff_fini(&verdict);
		result_destroy(before);
		result_destroy(now);
	}
}

static void what_only_one_of_the_two_has_is_missing(void **state)
{
	static const double values[] = { 1, 2, 3 }, none[] = { NAN, NAN, NAN };
	struct result *before = measured("loss", "1", values, 3, false);
	struct result *now = measured("loss", "1", values, 3, false);
	struct result_row *row = result_add_row(now);
	struct result_diff verdict;

	(void)state;
	result_label(row, "contender", "naive");
	result_figure(row, "loss", "1", values, 3);
	assert_int_equal(result_diff_reach(&verdict, before, now), 0);
	assert_true(verdict.missing == 1 && verdict.inside == 1 && !result_diff_agrees(&verdict));
	result_diff_fini(&verdict);
	assert_int_equal(result_diff_reach(&verdict, now, before), 0);
	assert_true(verdict.missing == 1 && verdict.inside == 1 && !result_diff_agrees(&verdict));
	result_diff_fini(&verdict);
	result_destroy(now);
	now = measured("loss", "1", none, 3, false);
	assert_int_equal(result_diff_reach(&verdict, before, now), 0);
	assert_true(verdict.missing == 1 && !result_diff_agrees(&verdict));
	result_diff_fini(&verdict);
	result_destroy(before);
	result_destroy(now);
}

static void what_is_not_valid_gets_no_verdict_but_the_reason(void **state)
{
	static const double values[] = { 1, 2, 3 };

	(void)state;
	for (int which = 0; which < 2; which++) {
		struct result *results[2] = { measured("loss", "1", values, 3, false),
					      measured("loss", "1", values, 3, false) };
		struct result_diff verdict;
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		result_not_valid(results[which], NULL, "the clock was set");
		assert_int_equal(result_diff_reach(&verdict, results[0], results[1]), 0);
		assert_false(result_diff_agrees(&verdict));
		result_diff_print(&verdict, false, out);
		fclose(out);
		assert_null(strstr(text, "agree"));
		assert_non_null(strstr(text, which == 0 ? "the old result is not valid"
							: "the new result is not valid"));
		assert_non_null(strstr(text, "the clock was set"));
		free(text);
		result_diff_fini(&verdict);
		result_destroy(results[0]);
		result_destroy(results[1]);
	}
}

static struct result *search(double carried, double core_share)
{
	const double shares[] = { core_share, 1.01 * core_share, 0.99 * core_share };
	struct result *result = measured("x", "1", shares, 3, false);
	struct result_row *row = (struct result_row *)(uintptr_t)result_row(result, 0);

	result_figure(row, "carried", "1", &carried, 1);
	return result;
}

static void a_search_that_found_another_load_is_compared_by_that_load_alone(void **state)
{
	static const struct {
		double old[2], new[2];
		bool repeats;
	} rows[] = {
		{ { 160, 0.5 }, { 160, 0.5 }, true },
		{ { 160, 0.5 }, { 160, 0.9 }, false },
		{ { 160, 0.5 }, { 176, 0.9 }, true },
		{ { 160, 0.5 }, { 320, 0.9 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct result *before = search(rows[i].old[0], rows[i].old[1]);
		struct result *now = search(rows[i].new[0], rows[i].new[1]);
		struct result_diff verdict;

		assert_int_equal(result_diff_reach(&verdict, before, now), 0);
		if (result_diff_agrees(&verdict) != rows[i].repeats)
			fail_msg("case %zu: %zu outside", i, verdict.outside);
		result_diff_fini(&verdict);
		result_destroy(before);
		result_destroy(now);
	}
}

/* Sum of twelve uniform ones, which is close to normal. */
static double normal(struct random *random)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += (double)random_below(random, 1 << 30) / (1 << 30);
	return sum;
}

enum {
	FIGURES = 54,
	REPETITIONS = 5,
	RERUNS = 1000,
};

/* `factor`: what the first figure is multiplied by. */
static struct result *drawn(struct random *random, double factor)
{
	struct result *result = NULL;

	for (int i = 0; i < FIGURES; i++) {
		double values[REPETITIONS];
		char name[16];

		for (int n = 0; n < REPETITIONS; n++)
			values[n] = (i == 0 ? factor : 1) * (100 + (1 + i) * normal(random));
		snprintf(name, sizeof(name), "f%d", i);
		if (i == 0)
			result = measured(name, "us", values, REPETITIONS, false);
		else
			result_figure((struct result_row *)(uintptr_t)result_row(result, 0), name,
				      "us", values, REPETITIONS);
	}
	return result;
}

static int count_repeating(double factor)
{
	struct random random = random_init(5);
	int count = 0;

	for (int i = 0; i < RERUNS; i++) {
		struct result *before = drawn(&random, 1), *now = drawn(&random, factor);
		struct result_diff verdict;

		assert_int_equal(result_diff_reach(&verdict, before, now), 0);
		count += result_diff_agrees(&verdict);
		result_diff_fini(&verdict);
		result_destroy(before);
		result_destroy(now);
	}
	return count;
}

static void
of_54_figures_at_which_nothing_changed_any_differs_in_at_most_5_of_100_reruns(void **state)
{
	const int repeating = count_repeating(1);

	(void)state;
	if (repeating < RERUNS * 95 / 100)
		fail_msg("only %d of %d repeat", repeating, RERUNS);
}

static void one_figure_of_54_that_is_a_fifth_larger_is_found(void **state)
{
	const int repeating = count_repeating(1.2);

	(void)state;
	if (repeating > RERUNS / 100)
		fail_msg("%d of %d repeat", repeating, RERUNS);
}

static void the_table_of_what_differs_is_within_100_columns(void **state)
{
	static const double old[] = { 1.23456e-9, 1.23457e-9, 1.23458e-9 },
			    new[] = { 1.23456e+9, 1.23457e+9, 1.23458e+9 };
	char *text = NULL, *rest, *line;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct result *before =
		measured("a_figure_of_a_long_name_that_goes_on_and_on", "us", old, 3, false);
	struct result *now =
		measured("a_figure_of_a_long_name_that_goes_on_and_on", "us", new, 3, false);
	struct result_diff verdict;

	(void)state;
	result_not_valid(now, NULL,
			 "repetition 1: the generator waited for a processor for 10.5 %% of the "
			 "time, over 5 %%; let fewer programs run beside it");
	assert_int_equal(result_diff_reach(&verdict, before, now), 0);
	result_diff_print(&verdict, false, out);
	fclose(out);
	assert_non_null(
		strstr(text, "0 figures are equal within the spreads, 1 differs (*), 0 are only"));
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (strlen(line) > 100)
			fail_msg("too long: %s", line);
	result_diff_fini(&verdict);
	result_destroy(before);
	result_destroy(now);
	free(text);
}

static void calls_are_quoted_and_other_parameters_named(void **state)
{
	char *argv[] = { "compare", "--only", "ours;rm -rf 'x'", "--rate=30" };
	static const double values[] = { 1, 2, 3 };
	struct result *before = result_create("compare", 4, argv, true);
	struct result *now = measured("x", "us", values, 3, true);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	result_parameter(before, "seed", 1);
	result_parameter(before, "rate", 30);
	result_parameter(now, "seed", 7);
	result_parameter(now, "rate", 30);
	result_diff_print_origins(before, now, out);
	fclose(out);
	assert_non_null(strstr(text, "old: starling-bench compare --only "
				     "'ours;rm -rf '\\''x'\\''' --rate=30\n"));
	assert_non_null(strstr(text, "new: starling-bench compare\n"));
	assert_non_null(strstr(text, "parameters: not the same\n  seed "));
	assert_null(strstr(text, "  rate "));
	result_destroy(before);
	result_destroy(now);
	free(text);
}

static void simulated_ones_of_other_parameters_are_compared_by_their_spreads(void **state)
{
	static const double old[] = { 1, 2, 3, 2 }, new[] = { 2, 3, 4, 3 };
	struct result *before = measured("x", "us", old, 4, true);
	struct result *now = measured("x", "us", new, 4, true);
	struct result_diff verdict;

	(void)state;
	assert_int_equal(result_diff_reach(&verdict, before, now), 0);
	assert_false(result_diff_agrees(&verdict));
	result_diff_fini(&verdict);
	result_parameter(now, "seed", 7);
	assert_int_equal(result_diff_reach(&verdict, before, now), 0);
	assert_true(result_diff_agrees(&verdict));
	result_diff_fini(&verdict);
	result_destroy(before);
	result_destroy(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p_values_are_those_of_the_tables),
		cmocka_unit_test(a_difference_is_tested_against_both_spreads),
		cmocka_unit_test(a_verdict_follows_both_spreads_and_a_margin),
		cmocka_unit_test(figures_of_the_bench_itself_are_no_part_of_it),
		cmocka_unit_test(what_only_one_of_the_two_has_is_missing),
		cmocka_unit_test(what_is_not_valid_gets_no_verdict_but_the_reason),
		cmocka_unit_test(a_search_that_found_another_load_is_compared_by_that_load_alone),
		cmocka_unit_test(
			of_54_figures_at_which_nothing_changed_any_differs_in_at_most_5_of_100_reruns),
		cmocka_unit_test(one_figure_of_54_that_is_a_fifth_larger_is_found),
		cmocka_unit_test(the_table_of_what_differs_is_within_100_columns),
		cmocka_unit_test(calls_are_quoted_and_other_parameters_named),
		cmocka_unit_test(simulated_ones_of_other_parameters_are_compared_by_their_spreads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

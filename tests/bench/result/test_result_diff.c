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

#include "bench/result/figures.h"
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

/* Another figure of the only row. */
static void add(struct result *result, const char *name, const double *values, size_t count)
{
	result_figure((struct result_row *)(uintptr_t)result_row(result, 0), name, "1", values,
		      count);
}

/* The verdict, whose figures are gone, as are both results. */
static struct result_diff compared(struct result *before, struct result *now)
{
	struct result_diff verdict;

	assert_int_equal(result_diff_reach(&verdict, before, now), 0);
	result_diff_fini(&verdict);
	result_destroy(before);
	result_destroy(now);
	return verdict;
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
		/* Counts have the variance of chance. */
		{ { 1, 1, 1, 1 }, { 2, 2, 2, 2 }, 4, "1", false, true },
		{ { 1, 1, 1, 1 }, { 90, 90, 90, 90 }, 4, "1", false, false },
		{ { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, 4, "1", false, true },
		{ { 1, 2, 3, 2 }, { 1, 2, 3, 2 }, 4, "us", true, true },
		{ { 1, 2, 3, 2 }, { 1, 2, 3, 2.000001 }, 4, "us", true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct result_diff verdict =
			compared(measured("x", cases[i].unit, cases[i].old, cases[i].count,
					  cases[i].is_simulated),
				 measured("x", cases[i].unit, cases[i].new, cases[i].count,
					  cases[i].is_simulated));

		if (result_diff_agrees(&verdict) != cases[i].repeats || !verdict.is_valid ||
		    verdict.inside != cases[i].repeats || verdict.outside == verdict.inside)
			fail_msg("case %zu: %zu inside, %zu outside", i, verdict.inside,
				 verdict.outside);
	}
}

static void simulated_ones_of_other_parameters_are_compared_by_their_spreads(void **state)
{
	static const double old[] = { 1, 2, 3, 2 }, new[] = { 2, 3, 4, 3 };
	struct result *now = measured("x", "us", new, 4, true);
	struct result_diff verdict;

	(void)state;
	result_parameter(now, "seed", 7);
	verdict = compared(measured("x", "us", old, 4, true), now);
	assert_true(result_diff_agrees(&verdict));
}

static void figures_of_the_bench_itself_are_no_part_of_it(void **state)
{
	static const double old[] = { 1, 1.1, 0.9 }, new[] = { 100, 101, 99 };
	size_t own = 0;

	(void)state;
	for (size_t i = 0; i < figures_count; i++) {
		struct result *before, *now;
		struct result_diff verdict;

		if (!figures[i].is_own)
			continue;
		own++;
		before = measured("bytes_per_update", "B", old, 3, false);
		now = measured("bytes_per_update", "B", old, 3, false);
		add(before, figures[i].name, old, 3);
		add(now, figures[i].name, new, 3);
		verdict = compared(before, now);
		assert_true(result_diff_agrees(&verdict));
		assert_true(verdict.left_out == 1 && verdict.inside == 1);
	}
	assert_true(own > 10);
}

static void what_only_one_of_the_two_has_is_missing(void **state)
{
	static const double values[] = { 1, 2, 3 }, none[] = { NAN, NAN, NAN };

	(void)state;
	for (int which = 0; which < 3; which++) {
		struct result *one = measured("loss", "1", values, 3, false);
		struct result *other = measured("loss", "1", which == 2 ? none : values, 3, false);
		struct result_row *row = which == 2 ? NULL : result_add_row(other);
		struct result_diff verdict;

		result_label(row, "contender", "naive");
		result_figure(row, "loss", "1", values, 3);
		verdict = which == 1 ? compared(other, one) : compared(one, other);
		assert_true(verdict.missing == 1 && verdict.inside == (which < 2));
		assert_false(result_diff_agrees(&verdict));
	}
}

static void a_search_that_found_another_load_is_compared_by_that_load_alone(void **state)
{
	static const struct {
		double loads[2], shares[2];
		bool repeats;
	} rows[] = {
		{ { 160, 160 }, { 0.5, 0.5 }, true },
		{ { 160, 160 }, { 0.5, 0.9 }, false },
		{ { 160, 176 }, { 0.5, 0.9 }, true },
		{ { 160, 320 }, { 0.5, 0.9 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct result *results[2];
		struct result_diff verdict;

		for (size_t n = 0; n < 2; n++) {
			const double share = rows[i].shares[n];
			const double shares[] = { share, 1.01 * share, 0.99 * share };

			results[n] = measured("x", "1", shares, 3, false);
			add(results[n], "carried", &rows[i].loads[n], 1);
		}
		verdict = compared(results[0], results[1]);
		if (result_diff_agrees(&verdict) != rows[i].repeats)
			fail_msg("case %zu: %zu outside", i, verdict.outside);
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
		struct result *before = drawn(&random, 1);
		const struct result_diff verdict = compared(before, drawn(&random, factor));

		count += result_diff_agrees(&verdict);
	}
	return count;
}

static void of_54_figures_nothing_is_found_by_chance_and_a_fifth_more_always(void **state)
{
	const int by_chance = RERUNS - count_repeating(1), missed = count_repeating(1.2);

	(void)state;
	if (by_chance > RERUNS * 5 / 100 || missed > RERUNS / 100)
		fail_msg("of %d: %d by chance, %d missed", RERUNS, by_chance, missed);
}

/* Text. */

/* The whole, of two results that are then gone; to be freed. A line over 100 columns fails. */
static char *printed(struct result *before, struct result *now)
{
	char *text = NULL;
	size_t size, column = 0;
	FILE *out = open_memstream(&text, &size);
	struct result_diff verdict;

	assert_int_equal(result_diff_reach(&verdict, before, now), 0);
	result_diff_print(&verdict, false, out);
	fclose(out);
	for (size_t i = 0; i < size; i++) {
		column = text[i] == '\n' ? 0 : column + 1;
		if (column > 100)
			fail_msg("too long: %s", text);
	}
	result_diff_fini(&verdict);
	result_destroy(before);
	result_destroy(now);
	return text;
}

static void what_is_not_valid_gets_no_verdict_but_the_reason(void **state)
{
	static const double values[] = { 1, 2, 3 };

	(void)state;
	for (int which = 0; which < 2; which++) {
		struct result *results[2] = { measured("loss", "1", values, 3, false),
					      measured("loss", "1", values, 3, false) };
		char *text;

		result_not_valid(results[which], NULL, "the clock was set");
		text = printed(results[0], results[1]);
		assert_null(strstr(text, "agree"));
		assert_non_null(strstr(text, which == 0 ? "the old result is not valid"
							: "the new result is not valid"));
		assert_non_null(strstr(text, "the clock was set"));
		free(text);
	}
}

static void the_table_of_what_differs_is_within_100_columns(void **state)
{
	static const char name[] = "a_figure_of_a_long_name_that_goes_on_and_on";
	static const double old[] = { 1.23456e-9, 1.23457e-9, 1.23458e-9 },
			    new[] = { 1.23456e+9, 1.23457e+9, 1.23458e+9 };
	struct result *now = measured(name, "us", new, 3, false);
	char *text;

	(void)state;
	result_not_valid(now, NULL,
			 "repetition 1: the generator waited for a processor for 10.5 %% of the "
			 "time, over 5 %%; let fewer programs run beside it");
	text = printed(measured(name, "us", old, 3, false), now);
	assert_non_null(
		strstr(text, "0 figures are equal within the spreads, 1 differs (*), 0 are only"));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p_values_are_those_of_the_tables),
		cmocka_unit_test(a_difference_is_tested_against_both_spreads),
		cmocka_unit_test(a_verdict_follows_both_spreads_and_a_margin),
		cmocka_unit_test(simulated_ones_of_other_parameters_are_compared_by_their_spreads),
		cmocka_unit_test(figures_of_the_bench_itself_are_no_part_of_it),
		cmocka_unit_test(what_only_one_of_the_two_has_is_missing),
		cmocka_unit_test(a_search_that_found_another_load_is_compared_by_that_load_alone),
		cmocka_unit_test(of_54_figures_nothing_is_found_by_chance_and_a_fifth_more_always),
		cmocka_unit_test(what_is_not_valid_gets_no_verdict_but_the_reason),
		cmocka_unit_test(the_table_of_what_differs_is_within_100_columns),
		cmocka_unit_test(calls_are_quoted_and_other_parameters_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

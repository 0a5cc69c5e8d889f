/* The bound that a load is judged by: its text, and a run held against it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "bench/load/bound.h"

/* Its text. */

static void bounds_are_read_and_told_in_words(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ BOUND_DEFAULT, "age p99 at most 50 ms above the path's own, loss at most 0.1 %" },
		{ "loss=2%", "age p99 at most 50 ms above the path's own, loss at most 2 %" },
		{ "p99=10ms", "delay p99 at most 10 ms, loss at most 0.1 %" },
		{ "p50=500us,p99.9=1.5s,loss=0",
		  "delay p50 at most 0.5 ms, delay p99.9 at most 1500 ms, loss at most 0 %" },
		{ "loss=0.25,age=120ms", "age p99 at most 120 ms, loss at most 25 %" },
		{ "p99=+2ms", "delay p99 at most 2 ms above the path's own, loss at most 0.1 %" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char must[640] = "", words[BOUND_TEXT_BYTES];
		struct bound bound;

		if (!bound_parse(&bound, rows[i].text, must, sizeof(must)))
			fail_msg("%s: %s", rows[i].text, must);
		bound_describe(&bound, words);
		assert_string_equal(words, rows[i].words);
	}
}

static void what_is_no_bound_is_refused_with_the_term(void **state)
{
	static const char *const rows[][2] = {
		{ "", "\"\"" },
		{ "p99", "\"p99\"" },
		{ "p99=", "\"p99=\"" },
		{ "p99=10", "\"p99=10\"" },
		{ "p99=10min", "\"p99=10min\"" },
		{ "p99=-1ms", "\"p99=-1ms\"" },
		{ "p99=0ms", "\"p99=0ms\"" },
		{ "p99=61s", "\"p99=61s\"" },
		{ "p99=0x1ms", "\"p99=0x1ms\"" },
		{ "p99=nanms", "\"p99=nanms\"" },
		{ "p99=1ms,p99=2ms", "\"p99=2ms\"" },
		{ "loss=1%,loss=2%", "\"loss=2%\"" },
		{ "loss=101%", "\"loss=101%\"" },
		{ "loss=0.1%%", "\"loss=0.1%%\"" },
		{ "loss=", "\"loss=\"" },
		{ "p99=1ms,", "\"\"" },
		{ "p98=1ms", "\"p98=1ms\"" },
		{ "p99=1ms p50=1ms", "\"p99=1ms p50=1ms\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char must[640] = "";
		struct bound bound;

		if (bound_parse(&bound, rows[i][0], must, sizeof(must)))
			fail_msg("%s is taken", rows[i][0]);
		assert_non_null(strstr(must, rows[i][1]));
		assert_non_null(strstr(must, "age=50ms"));
	}
}

/* Over a run. */

static const double path_us[BOUND_FIGURES] = { 34000, 100, 300, 400 };

/* 10,000 due, 10 lost; age p99 44 ms, delay p99 1.3 ms. */
static struct generator_result a_run(void)
{
	return (struct generator_result){ .is_done = true,
					  .due = 10000,
					  .delivered = 9990,
					  .p50_us = 200,
					  .p99_us = 1300,
					  .p999_us = 2000,
					  .age_p99_us = 44000 };
}

static double margin_of(const char *text, const struct generator_result *run)
{
	struct bound bound;
	char must[640];

	assert_true(bound_parse(&bound, text, must, sizeof(must)));
	return bound_margin(&bound, run, path_us);
}

static void assert_near(double value, double expected)
{
	if (fabs(value - expected) > 1e-9)
		fail_msg("%.12g is not %.12g", value, expected);
}

static void a_margin_is_that_of_the_figure_nearest_to_its_limit(void **state)
{
	struct generator_result run = a_run();

	(void)state;
	assert_near(margin_of("age=+50ms,loss=1%", &run), 0.2);
	assert_near(margin_of("age=44ms,loss=1%", &run), 1);
	assert_near(margin_of("age=22ms,loss=1%", &run), 2);
	assert_near(margin_of("p99=+2ms,p50=1ms,loss=1%", &run), 0.5);
	assert_near(margin_of("p99.9=1ms,p50=1ms,loss=1%", &run), 2);
	assert_near(margin_of("age=1s,loss=0.2%", &run), 0.5);
	/* Exactly at the bound is within it, whatever rounding makes of 1 - 0.999. */
	assert_true(margin_of("age=1s,loss=0.1%", &run) <= 1 || bound_loss(&run) > 0.001);
	assert_true(margin_of("age=1s,loss=0", &run) > 100);
	run.delivered = run.due;
	assert_near(margin_of("age=88ms,loss=0", &run), 0.5);
}

static void a_run_that_delivered_nothing_or_lacks_a_figure_does_not_keep_to_it(void **state)
{
	struct generator_result run = a_run();

	(void)state;
	run.age_p99_us = -1;
	assert_true(margin_of("age=50ms", &run) > 1);
	assert_true(margin_of("p99=50ms,loss=1%", &run) <= 1);
	run.delivered = 0;
	assert_near(bound_loss(&run), 1);
	assert_true(margin_of("p99=50ms,loss=1%", &run) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_are_read_and_told_in_words),
		cmocka_unit_test(what_is_no_bound_is_refused_with_the_term),
		cmocka_unit_test(a_margin_is_that_of_the_figure_nearest_to_its_limit),
		cmocka_unit_test(
			a_run_that_delivered_nothing_or_lacks_a_figure_does_not_keep_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A self-test as a result document. */
#include "bench/self_test.h"

/* One figure of a delay over the finished repetitions. */

typedef double figure_of(const struct self_test *test, unsigned delay, unsigned repetition);

static double p50_us(const struct self_test *test, unsigned delay, unsigned repetition)
{
	return (double)test->bouts[delay][repetition].load.p50_us;
}

static double p99_us(const struct self_test *test, unsigned delay, unsigned repetition)
{
	return (double)test->bouts[delay][repetition].load.p99_us;
}

static double error_p50_us(const struct self_test *test, unsigned delay, unsigned repetition)
{
	return self_test_error_us(test, delay, repetition, false);
}

static double error_p99_us(const struct self_test *test, unsigned delay, unsigned repetition)
{
	return self_test_error_us(test, delay, repetition, true);
}

static double own_p50_us(const struct self_test *test, unsigned delay, unsigned repetition)
{
	return self_test_own_error_us(test, delay, repetition, false);
}

static double own_p99_us(const struct self_test *test, unsigned delay, unsigned repetition)
{
	return self_test_own_error_us(test, delay, repetition, true);
}

static double late_us(const struct self_test *test, unsigned delay, unsigned repetition)
{
	return (double)test->bouts[delay][repetition].load.late_p99_us;
}

static double line_late_us(const struct self_test *test, unsigned delay, unsigned repetition)
{
	return (double)test->proxies[delay][repetition].late.p99_us;
}

static double delivered(const struct self_test *test, unsigned delay, unsigned repetition)
{
	return (double)test->bouts[delay][repetition].load.delivered;
}

static size_t gather(const struct self_test *test, unsigned delay, figure_of *figure,
		     double values[static SPREAD_MAX])
{
	const unsigned count = self_test_count(test, delay);

	for (unsigned i = 0; i < count; i++)
		values[i] = figure(test, delay, i);
	return count;
}

/* The document. */

static void add_delay(const struct self_test *test, unsigned delay, struct result *document)
{
	static const struct {
		const char *name;
		figure_of *figure;
	} figures[] = {
		{ "delivered", delivered },
		{ "delay_p50_us", p50_us },
		{ "delay_p99_us", p99_us },
		{ "error_p50_us", error_p50_us },
		{ "error_p99_us", error_p99_us },
		{ "own_error_p50_us", own_p50_us },
		{ "own_error_p99_us", own_p99_us },
		{ "late_p99_us", late_us },
		{ "line_late_p99_us", line_late_us },
		{ "machine_wait_share", self_test_wait_share },
	};
	const double known_us = 2e3 * self_test_delays_ms[delay];
	struct result_row *row = result_add_row(document);
	double values[SPREAD_MAX];

	result_label(row, "check", "delay");
	result_label_number(row, "each_way_ms", self_test_delays_ms[delay]);
	result_figure(row, "known_us", NULL, &known_us, 1);
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		result_figure(row, figures[i].name, NULL, values,
			      gather(test, delay, figures[i].figure, values));
}

static void add_clock(const struct clock_step *clock, struct result *document)
{
	struct result_row *row = result_add_row(document);

	result_label(row, "check", "clock");
	result_figure(row, "resolution_ns", NULL, &clock->resolution_ns, 1);
	result_figure(row, "least_step_ns", NULL, &clock->least_ns, 1);
	result_figure(row, "read_ns", NULL, &clock->read_ns, 1);
}

void self_test_document(const struct self_test *test, struct result *document)
{
	char text[SELF_TEST_REASON_BYTES];
	const char *reason = self_test_why_not_valid(test, text);

	result_parameter(document, "members", SELF_TEST_MEMBERS);
	result_parameter(document, "rate_hz", SELF_TEST_RATE_HZ);
	result_parameter(document, "seconds", test->seconds);
	result_parameter(document, "warm_up_seconds", GENERATOR_WARM_UP_S);
	result_parameter(document, "repeat", test->repeat);
	result_parameter(document, "seed", (double)test->seed);
	result_parameter(document, "pinned", test->is_pinned);
	result_parameter(document, "awake", test->is_awake);
	result_parameter(document, "before_others", test->is_first);
	for (unsigned delay = 0; delay < SELF_TEST_DELAYS && self_test_count(test, delay) > 0;
	     delay++)
		add_delay(test, delay, document);
	add_clock(&test->clock, document);
	if (reason)
		result_not_valid(document, NULL, "%s", reason);
}


#include "bench/result/word_wrap.h"
#include "bench/self_test.h"
#include "proto/wire/text.h"

enum {
	RANGE_COLUMNS = 15,
};

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

static struct spread spread(const struct self_test *test, unsigned delay, figure_of *figure)
{
	double values[SPREAD_MAX];

	return spread_of(values, gather(test, delay, figure, values));
}

/* The table and the words. */

static void print_spread(FILE *out, const struct spread *figure)
{
	char range[48];

	/* On a machine that does not get to it, in seconds. */
	if (snprintf(range, sizeof(range), "%.0f to %.0f", figure->min, figure->max) >
	    RANGE_COLUMNS)
		snprintf(range, sizeof(range), "%.2f to %.2f s", figure->min / 1e6,
			 figure->max / 1e6);
	fprintf(out, " %7.0f %-*s", figure->median, RANGE_COLUMNS, range);
}

static void print_table(const struct self_test *test, FILE *out)
{
	fprintf(out, "\n%-8s %8s %-23s %-23s %-23s %9s\n", "", "", "measured - known, p50",
		"measured - known, p99", "p50 beyond the path's", "late p99");
	fprintf(out, "%-8s %8s %7s %-15s %7s %-15s %7s %-15s %9s\n", "each way", "known us", "us",
		"min to max", "us", "min to max", "us", "min to max", "us");
	for (unsigned delay = 0; delay < SELF_TEST_DELAYS && self_test_count(test, delay) > 0;
	     delay++) {
		const struct spread p50 = spread(test, delay, error_p50_us),
				    p99 = spread(test, delay, error_p99_us),
				    own = spread(test, delay, own_p50_us);

		fprintf(out, "%5g ms %8.0f", self_test_delays_ms[delay],
			2e3 * self_test_delays_ms[delay]);
		print_spread(out, &p50);
		print_spread(out, &p99);
		print_spread(out, &own);
		fprintf(out, " %9.0f\n", spread(test, delay, late_us).median);
	}
}

static void say_errors(struct word_wrap *words, const struct self_test *test)
{
	const struct spread path50 = spread(test, 0, error_p50_us),
			    path99 = spread(test, 0, error_p99_us);

	word_wrap_say(words,
		      "Without a delay the path (generator, proxy, raw fan-out, proxy, generator) "
		      "takes %.0f~us at p50 and %.0f~us at p99.",
		      path50.median, path99.median);
	for (unsigned delay = 1; delay < SELF_TEST_DELAYS && self_test_count(test, delay) > 0;
	     delay++) {
		const struct spread own50 = spread(test, delay, own_p50_us),
				    own99 = spread(test, delay, own_p99_us);

		word_wrap_say(words,
			      "With %g~ms known, the bench measures %+.0f~us (%+.0f~to~%+.0f) "
			      "beyond that and the known at p50, %+.0f~us (%+.0f~to~%+.0f) at p99.",
			      2 * self_test_delays_ms[delay], own50.median, own50.min, own50.max,
			      own99.median, own99.min, own99.max);
	}
}

static void say_clock(struct word_wrap *words, const struct clock_step *clock)
{
	word_wrap_say(words,
		      "The clock steps by %.0f~ns at least (it claims %.0f~ns) and takes %.0f~ns "
		      "to read.",
		      clock->least_ns, clock->resolution_ns, clock->read_ns);
}

void self_test_print(const struct self_test *test, FILE *out)
{
	struct word_wrap words = { .out = out };
	const char *reason = self_test_why_not_valid(test);

	fprintf(out,
		"the bench's own error: %d members at %d Hz through a proxy with known delays\n"
		"%g s after %g s of warm-up; medians of %u %s, delays in turn; seed %llu; "
		"%s%s\n",
		SELF_TEST_MEMBERS, SELF_TEST_RATE_HZ, test->seconds, GENERATOR_WARM_UP_S,
		self_test_count(test, 0),
		text_plural(self_test_count(test, 0), "repetition", "repetitions"),
		(unsigned long long)test->seed, test->is_pinned ? "pinned" : "not pinned",
		test->is_awake ? ", awake" : "");
	print_table(test, out);
	fputc('\n', out);
	say_errors(&words, test);
	say_clock(&words, &test->clock);
	word_wrap_end(&words);
	if (!reason)
		return;
	word_wrap_say(&words, "not valid: %s", reason);
	word_wrap_end(&words);
}

/* The document. */

static void add_delay(const struct self_test *test, unsigned delay, struct result *document)
{
	static const struct {
		const char *name, *unit;
		figure_of *figure;
	} figures[] = {
		{ "delivered", "1", delivered },          { "delay_p50_us", "us", p50_us },
		{ "delay_p99_us", "us", p99_us },         { "error_p50_us", "us", error_p50_us },
		{ "error_p99_us", "us", error_p99_us },   { "own_error_p50_us", "us", own_p50_us },
		{ "own_error_p99_us", "us", own_p99_us }, { "late_p99_us", "us", late_us },
	};
	const double known_us = 2e3 * self_test_delays_ms[delay];
	struct result_row *row = result_add_row(document);
	double values[SPREAD_MAX];

	result_label(row, "check", "delay");
	result_label_number(row, "each_way_ms", self_test_delays_ms[delay]);
	result_figure(row, "known_us", "us", &known_us, 1);
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		result_figure(row, figures[i].name, figures[i].unit, values,
			      gather(test, delay, figures[i].figure, values));
}

static void add_clock(const struct clock_step *clock, struct result *document)
{
	struct result_row *row = result_add_row(document);

	result_label(row, "check", "clock");
	result_figure(row, "resolution_ns", "ns", &clock->resolution_ns, 1);
	result_figure(row, "least_step_ns", "ns", &clock->least_ns, 1);
	result_figure(row, "read_ns", "ns", &clock->read_ns, 1);
}

void self_test_document(const struct self_test *test, struct result *document)
{
	const char *reason = self_test_why_not_valid(test);

	result_parameter(document, "members", SELF_TEST_MEMBERS);
	result_parameter(document, "rate_hz", SELF_TEST_RATE_HZ);
	result_parameter(document, "seconds", test->seconds);
	result_parameter(document, "warm_up_seconds", GENERATOR_WARM_UP_S);
	result_parameter(document, "repeat", test->repeat);
	result_parameter(document, "seed", (double)test->seed);
	result_parameter(document, "pinned", test->is_pinned);
	result_parameter(document, "awake", test->is_awake);
	for (unsigned delay = 0; delay < SELF_TEST_DELAYS && self_test_count(test, delay) > 0;
	     delay++)
		add_delay(test, delay, document);
	add_clock(&test->clock, document);
	if (reason)
		result_not_valid(document, NULL, "%s", reason);
}

#include "bench/result/build/self_test.h"

#include <math.h>
#include <stdio.h>

#include "bench/result/build/values.h"

const double self_test_delays_ms[SELF_TEST_DELAYS] = { 0, 1, 10 };

/* Figures. */

unsigned self_test_count(const struct self_test *test, unsigned delay)
{
	return test->finished + (delay < test->begun);
}

double self_test_error_us(const struct self_test *test, unsigned delay, unsigned repetition,
			  bool is_p99)
{
	const struct generator_result *load = &test->runs[delay][repetition].load;

	return (double)(is_p99 ? load->p99_us : load->p50_us) - 2e3 * self_test_delays_ms[delay];
}

static double least_of_path_us(const struct self_test *test, bool is_p99)
{
	double least_us = self_test_error_us(test, 0, 0, is_p99);

	for (unsigned n = 1; n < self_test_count(test, 0); n++)
		least_us = fmin(least_us, self_test_error_us(test, 0, n, is_p99));
	return least_us;
}

double self_test_own_error_us(const struct self_test *test, unsigned delay, unsigned repetition,
			      bool is_p99)
{
	return self_test_error_us(test, delay, repetition, is_p99) - least_of_path_us(test, is_p99);
}

double self_test_wait_share(const struct self_test *test, unsigned delay, unsigned repetition)
{
	const struct run_validity *validity = &test->runs[delay][repetition].load.validity;
	const double shares[] = { validity->generator_wait_share, validity->relay_wait_share,
				  validity->steal_share,
				  test->proxies[delay][repetition].wait_share };
	double sum = 0;

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		sum += isfinite(shares[i]) ? shares[i] : 0;
	return sum;
}

/* The verdict. */

static bool is_any(const struct self_test *test,
		   bool (*is_wrong)(const struct self_test *test, unsigned delay, unsigned n))
{
	for (unsigned delay = 0; delay < SELF_TEST_DELAYS; delay++)
		for (unsigned n = 0; n < self_test_count(test, delay); n++)
			if (is_wrong(test, delay, n))
				return true;
	return false;
}

/* By more than the microsecond to which delays are cut. */
static bool is_impossible(const struct self_test *test, unsigned delay, unsigned n)
{
	return self_test_error_us(test, delay, n, false) < -1;
}

static bool has_lost(const struct self_test *test, unsigned delay, unsigned n)
{
	return test->runs[delay][n].load.delivered < test->runs[delay][n].load.due;
}

static bool is_beyond(const struct self_test *test, unsigned delay, unsigned n)
{
	return test->runs[delay][n].load.late_p99_us > SELF_TEST_P99_MAX_US ||
	       test->proxies[delay][n].late_p99_us > SELF_TEST_P99_MAX_US ||
	       self_test_error_us(test, delay, n, true) > SELF_TEST_P99_MAX_US;
}

static const char *describe(const struct self_test *test, unsigned delay,
			    char reason[static SELF_TEST_REASON_BYTES])
{
	double share = 0, error_ms = 0;

	for (unsigned n = 0; n < self_test_count(test, delay); n++) {
		if (!is_beyond(test, delay, n))
			continue;
		share = fmax(share, self_test_wait_share(test, delay, n));
		error_ms = fmax(error_ms, self_test_error_us(test, delay, n, true) / 1e3);
	}
	snprintf(reason, SELF_TEST_REASON_BYTES,
		 "over half of the repetitions were late or off by over 1 ms at p99, by up to %.1f "
		 "ms; the machine kept the bench's processes waiting for up to %.1f %% of the time "
		 "(run queue and steal): where that is much, measure again when it is quiet",
		 error_ms, 100 * share);
	return reason;
}

/* NULL: no delay's p99 was beyond what may be in over half of the repetitions. */
static const char *p99_reason(const struct self_test *test,
			      char reason[static SELF_TEST_REASON_BYTES])
{
	for (unsigned delay = 0; delay < SELF_TEST_DELAYS; delay++) {
		unsigned beyond = 0;

		for (unsigned n = 0; n < self_test_count(test, delay); n++)
			beyond += is_beyond(test, delay, n);
		if (2 * beyond > self_test_count(test, delay))
			return describe(test, delay, reason);
	}
	return NULL;
}

const char *self_test_why_not_valid(const struct self_test *test,
				    char reason[static SELF_TEST_REASON_BYTES])
{
	if (test->finished < test->repeat)
		return "not all repetitions were finished";
	if (is_any(test, is_impossible))
		return "a delay was measured that is shorter than the known one";
	if (is_any(test, has_lost))
		return "updates were lost on the way, though the links lose none";
	return p99_reason(test, reason);
}

/* The document. */

static void take(struct values *values, const struct self_test *test, unsigned delay, unsigned n)
{
	const struct generator_result *load = &test->runs[delay][n].load;
	const struct value all[] = {
		{ "delivered", (double)load->delivered },
		{ "delay_p50_us", (double)load->p50_us },
		{ "delay_p99_us", (double)load->p99_us },
		{ "error_p50_us", self_test_error_us(test, delay, n, false) },
		{ "error_p99_us", self_test_error_us(test, delay, n, true) },
		{ "own_error_p50_us", self_test_own_error_us(test, delay, n, false) },
		{ "own_error_p99_us", self_test_own_error_us(test, delay, n, true) },
		{ "late_p99_us", (double)load->late_p99_us },
		{ "line_late_p99_us", (double)test->proxies[delay][n].late_p99_us },
		{ "machine_wait_share", self_test_wait_share(test, delay, n) },
	};

	VALUES_TAKE(values, all);
}

static void add_delay(const struct self_test *test, unsigned delay, struct result *document)
{
	const double known_us = 2e3 * self_test_delays_ms[delay];
	struct result_row *row = result_add_row(document);
	struct values values = { 0 };

	result_label(row, "check", "delay");
	result_label_number(row, "each_way_ms", self_test_delays_ms[delay]);
	result_figure(row, "known_us", NULL, &known_us, 1);
	for (unsigned n = 0; n < self_test_count(test, delay); n++)
		take(&values, test, delay, n);
	values_add(&values, row);
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
	result_parameter_seed(document, test->seed);
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

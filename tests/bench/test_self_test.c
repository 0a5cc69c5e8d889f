/* Self-test's words on what was finished, and its verdict on what was measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/result/text/print.h"
#include "bench/result/build/self_test.h"

/* Each run is 100 us above what is known, and one less with each repetition. */
static struct self_test *stopped(unsigned finished, unsigned begun)
{
	struct self_test *test = calloc(1, sizeof(*test));

	assert_non_null(test);
	*test = (struct self_test){
		.repeat = 3, .seconds = 2, .seed = 1, .finished = finished, .begun = begun
	};
	for (unsigned delay = 0; delay < SELF_TEST_DELAYS; delay++)
		for (unsigned n = 0; n < self_test_count(test, delay); n++) {
			struct generator_result *load = &test->runs[delay][n].load;

			load->p50_us = (int64_t)(2e3 * self_test_delays_ms[delay]) + 101 - n;
			load->p99_us = load->p50_us + 500;
			load->due = load->delivered = 1000;
		}
	return test;
}

/* To be freed. */
static char *printed(const struct self_test *test)
{
	char *text = NULL;
	size_t size = 0, column = 0;
	FILE *out = open_memstream(&text, &size);
	struct result *document = result_create("self-test", 0, NULL, false);

	assert_non_null(document);
	self_test_document(test, document);
	print_result(document, false, out);
	fclose(out);
	result_destroy(document);
	for (size_t i = 0; i < size; i++) {
		column = text[i] == '\n' ? 0 : column + 1;
		if (column > 100)
			fail_msg("wider than 100: %s", text);
	}
	assert_null(strstr(text, "nan"));
	return text;
}

static void what_was_measured_before_it_was_stopped_is_printed_and_marked(void **state)
{
	static const struct {
		unsigned finished, begun;
		const char *has[3], *has_not;
	} cases[] = {
		{ 0, 1, { "Without a delay", "\n  0 ", "not valid: not all" }, "With 2 ms" },
		{ 0, 2, { "\n  0 ", "\n  1 ", "With 2 ms" }, "With 20 ms" },
		{ 1, 1, { "\n  1 ", "\n  10 ", "With 20 ms" }, "With 21 ms" },
		{ 2, 0, { "\n  10 ", "With 20 ms", "not valid: not all" }, "With 21 ms" },
		{ 3, 0, { "\n  10 ", "With 20 ms", "20000 " }, "not valid" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct self_test *test = stopped(cases[i].finished, cases[i].begun);
		char *text = printed(test);

		for (size_t n = 0; n < 3; n++)
			if (!strstr(text, cases[i].has[n]))
				fail_msg("no \"%s\" in: %s", cases[i].has[n], text);
		if (strstr(text, cases[i].has_not))
			fail_msg("\"%s\" in: %s", cases[i].has_not, text);
		free(text);
		free(test);
	}
}

static void a_disturbed_path_makes_no_error_negative(void **state)
{
	struct self_test *test = stopped(3, 0);

	(void)state;
	test->runs[0][1].load.p50_us += 5000;
	test->runs[0][1].load.p99_us += 9000;
	for (unsigned delay = 0; delay < SELF_TEST_DELAYS; delay++)
		for (unsigned n = 0; n < 3; n++)
			for (int is_p99 = 0; is_p99 < 2; is_p99++)
				assert_true(self_test_own_error_us(test, delay, n, is_p99) >= 0);
	free(test);
}

/* One disturbance of a repetition. */
struct disturbance {
	int64_t p50_us, p99_us, late_p99_us, proxy_late_p99_us; /* more than else */
	double wait_share, relay_wait_share;
	uint64_t lost;
};

static void disturb(struct self_test *test, unsigned delay, unsigned n, struct disturbance by)
{
	struct generator_result *load = &test->runs[delay][n].load;

	load->p50_us += by.p50_us;
	load->p99_us += by.p99_us;
	load->late_p99_us += by.late_p99_us;
	load->delivered -= by.lost;
	load->validity.relay_wait_share += by.relay_wait_share;
	test->proxies[delay][n].late_p99_us += by.proxy_late_p99_us;
	test->proxies[delay][n].wait_share += by.wait_share;
}

static const struct {
	const char *name;
	struct disturbance by;
	unsigned repetitions; /* of three */
	const char *reason;   /* NULL: it stays valid */
} verdicts[] = {
	{ "one repetition of three may be disturbed", { .p99_us = 9000 }, 1, NULL },
	{ "a p99 beyond the bound is said", { .p99_us = 900 }, 2, "by up to 1.5 ms" },
	{ "so is for how long processes waited",
	  { .p99_us = 900, .wait_share = 0.1, .relay_wait_share = 0.02 },
	  2,
	  "waiting for up to 12.0 %" },
	{ "late sends are beyond it", { .late_p99_us = 1001 }, 3, "over 1 ms at p99" },
	{ "late links, too", { .proxy_late_p99_us = 1001 }, 3, "over 1 ms at p99" },
	{ "a delay below the known one is never valid",
	  { .p50_us = -103, .wait_share = 1 },
	  1,
	  "shorter than the known" },
	{ "a loss is never valid", { .lost = 1 }, 1, "lost" },
};

static void the_verdict_says_the_error_and_the_machines_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		struct self_test *test = stopped(3, 0);
		char text[SELF_TEST_REASON_BYTES];
		const char *reason;

		for (unsigned n = 0; n < verdicts[i].repetitions; n++)
			disturb(test, 1, n, verdicts[i].by);
		reason = self_test_why_not_valid(test, text);
		if (!reason != !verdicts[i].reason ||
		    (reason && !strstr(reason, verdicts[i].reason)))
			fail_msg("%s: %s", verdicts[i].name, reason ? reason : "valid");
		free(test);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_measured_before_it_was_stopped_is_printed_and_marked),
		cmocka_unit_test(a_disturbed_path_makes_no_error_negative),
		cmocka_unit_test(the_verdict_says_the_error_and_the_machines_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What the self-test says of repetitions that were finished, and of one that it was stopped in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/result/text/print.h"
#include "bench/self_test.h"

/* Each bout is 100 us above what is known, and one more with each repetition. */
static struct self_test *stopped(unsigned finished, unsigned begun)
{
	struct self_test *test = calloc(1, sizeof(*test));

	assert_non_null(test);
	*test = (struct self_test){
		.repeat = 3, .seconds = 2, .seed = 1, .finished = finished, .begun = begun
	};
	for (unsigned delay = 0; delay < SELF_TEST_DELAYS; delay++)
		for (unsigned n = 0; n < self_test_count(test, delay); n++) {
			struct generator_result *load = &test->bouts[delay][n].load;

			load->p50_us = (int64_t)(2e3 * self_test_delays_ms[delay]) + 100 + n;
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

/* As where others have the processor: the table keeps to its width, and its columns. */
static void what_takes_a_tenth_of_a_second_and_more_fits_the_table(void **state)
{
	struct self_test *test = stopped(3, 0);
	char *text;

	(void)state;
	for (unsigned delay = 0; delay < SELF_TEST_DELAYS; delay++)
		for (unsigned n = 0; n < 3; n++) {
			struct generator_result *load = &test->bouts[delay][n].load;

			load->p50_us = 112263 + 60000 * delay + n;
			load->p99_us = 9260280 + n;
			load->late_p99_us = 259752;
		}
	text = printed(test);
	assert_non_null(strstr(text, " 112264 112263-112265 "));
	assert_non_null(strstr(text, " 9260281 9260280-9260282 "));
	free(text);
	free(test);
}

static void the_document_has_the_delays_that_were_measured(void **state)
{
	struct self_test *test = stopped(0, 2);
	char *const argv[] = { "self-test" };
	struct result *document = result_create("self-test", 1, argv, false);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(document);
	self_test_document(test, document);
	assert_int_equal(result_print(document, out), 0);
	fclose(out);
	assert_non_null(strstr(text, "not all repetitions were finished"));
	assert_non_null(strstr(text, "\"1\""));
	assert_null(strstr(text, "\"10\""));
	result_destroy(document);
	free(text);
	free(test);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_measured_before_it_was_stopped_is_printed_and_marked),
		cmocka_unit_test(what_takes_a_tenth_of_a_second_and_more_fits_the_table),
		cmocka_unit_test(the_document_has_the_delays_that_were_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

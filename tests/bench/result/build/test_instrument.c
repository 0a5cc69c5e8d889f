/* The bench's own error in a result of real sockets: never more than the delay, and said once. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/result/build/instrument.h"
#include "bench/result/text/words.h"

static const struct clock_step clock_of_20_ns = { .resolution_ns = 1, .least_ns = 20 };

static const struct instrument_run quiet = { .delay_p99_us = 1230,
					     .late_p50_us = 20,
					     .late_p99_us = 78,
					     .late_max_us = 90,
					     .call_p50_ns = 2000,
					     .call_p99_ns = 4000 };

static void the_own_share_is_lateness_and_what_cannot_be_told_apart(void **state)
{
	struct instrument_run late = quiet, nothing = { .delay_p99_us = -1, .late_p99_us = 5 };
	struct instrument_run links = quiet, read = quiet;
	const double own_us = instrument_own_p99_us(&clock_of_20_ns, &quiet);

	(void)state;
	/* 78 of lateness, 1 of whole microseconds, 1.2 of the histogram, two steps of the clock. */
	assert_true(own_us > 80.2 && own_us < 80.3);
	late.late_p99_us = 5000;
	assert_true(instrument_own_p99_us(&clock_of_20_ns, &late) == (double)late.delay_p99_us);
	links.line_late_p99_us = 100; /* of each of two */
	assert_true(fabs(instrument_own_p99_us(&clock_of_20_ns, &links) - own_us - 200) < 1e-6);
	read.is_read_late = true;
	assert_true(fabs(instrument_own_p99_us(&clock_of_20_ns, &read) - own_us - 78) < 1e-6);
	assert_true(isnan(instrument_own_p99_us(&clock_of_20_ns, &nothing)));
}

/* To be freed: of a row that has this label and these runs. */
static char *said(const char *step, const struct instrument_run *run)
{
	const double p99_us = (double)quiet.delay_p99_us, late_us = (double)quiet.late_p99_us;
	struct result *document = result_create("load", 0, NULL, false);
	struct result_row *row = result_add_row(document);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	result_label(row, "step", step);
	result_figure(row, "delay_p99_us", NULL, &p99_us, 1);
	result_figure(row, "late_p99_us", NULL, &late_us, 1);
	if (run)
		instrument_add(row, &clock_of_20_ns, run, 1);
	words_instrument(document, out);
	fclose(out);
	result_destroy(document);
	for (size_t i = 0; i < size; i++)
		text[i] = text[i] == '\n' ? ' ' : text[i];
	return text;
}

static void one_sentence_says_how_much_is_the_benchs_own(void **state)
{
	char *text = said("result", &quiet);

	(void)state;
	assert_string_equal(text, "Of the p99 of 1.23 ms at most 0.08 ms is the bench's own: it "
				  "sent up to 0.078 ms late (p99), of which a send took up to 4.0 "
				  "us (p99), its clock cannot tell 20 ns apart nor its histogram "
				  "0.1 %, and it lost 0 datagrams itself. ");
	free(text);
}

static void nothing_is_said_of_a_step_of_a_search_or_without_real_sockets(void **state)
{
	char *step = said("3", &quiet), *simulated = said("result", NULL);

	(void)state;
	assert_string_equal(step, "");
	assert_string_equal(simulated, "");
	free(step);
	free(simulated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_own_share_is_lateness_and_what_cannot_be_told_apart),
		cmocka_unit_test(one_sentence_says_how_much_is_the_benchs_own),
		cmocka_unit_test(nothing_is_said_of_a_step_of_a_search_or_without_real_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

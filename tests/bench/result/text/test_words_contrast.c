/* The repetitions of a contrast together, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "bench/result/text/words.h"
#include "tests/fixtures/bench/contrast_fixture.h"
#include "tests/fixtures/row_tests.h"

enum {
	REPEAT = CONTRAST_FIXTURE_REPEAT,
	DUE = CONTRAST_FIXTURE_DUE,
};

static const struct order {
	const char *name;
	struct spread one, other; /* median, min, max */
	double same;
	enum words_order order;
} orders[] = {
	{ "equal values are the same", { 5, 5, 5 }, { 5, 5, 5 }, 0, WORDS_SAME },
	{ "single values within what is the same are", { 5, 5, 5 }, { 6, 6, 6 }, 1, WORDS_SAME },
	{ "beyond it one is less", { 5, 5, 5 }, { 6.1, 6.1, 6.1 }, 1, WORDS_LESS },
	{ "or more", { 6.1, 6.1, 6.1 }, { 5, 5, 5 }, 1, WORDS_MORE },
	{ "spreads apart tell", { 10, 8, 12 }, { 20, 13, 30 }, 1, WORDS_LESS },
	{ "and the other way round", { 20, 13, 30 }, { 10, 8, 12 }, 1, WORDS_MORE },
	{ "spreads that touch do not", { 10, 8, 13 }, { 20, 13, 30 }, 1, WORDS_UNCLEAR },
	{ "nor one within the other", { 10, 9, 11 }, { 20, 5, 30 }, 1, WORDS_UNCLEAR },
	{ "narrow ones next to each other are the same",
	  { 10, 9.9, 10.1 },
	  { 10.4, 10.2, 10.5 },
	  1,
	  WORDS_SAME },
	{ "apart, but by less than counts, is unclear",
	  { 10, 9, 10.2 },
	  { 10.5, 10.3, 12 },
	  1,
	  WORDS_UNCLEAR },
	{ "what was never measured is told from nothing",
	  { NAN, NAN, NAN },
	  { 5, 5, 5 },
	  1,
	  WORDS_UNCLEAR },
};

static void check_order(void **state)
{
	const struct order *order = *state;

	assert_int_equal(words_order(order->one, order->other, order->same), order->order);
}

/* Unsequenced, sequenced and reliable, whose ages at p99 are so many ms in each repetition. */
static struct contrast *with_ages(const unsigned ages_ms[3][REPEAT])
{
	struct contrast *contrast = contrast_fixture_open(3, false);

	for (unsigned n = 0; n < REPEAT; n++)
		for (size_t carrier = 0; carrier < 3; carrier++)
			contrast_fixture_take(
				contrast, carrier,
				(struct trial_result){
					.due = DUE,
					.delivered = DUE - ages_ms[carrier][n],
					.lost = ages_ms[carrier][n],
					.age_p99_us = ages_ms[carrier][n] * INT64_C(1000),
				});
	return contrast;
}

static void the_words_claim_what_the_spreads_tell(void **state)
{
	static const unsigned ages_ms[3][REPEAT] = { { 100, 110, 104 },
						     { 108, 120, 112 },
						     { 300, 280, 310 } };
	struct contrast *contrast = with_ages(ages_ms);
	char *text = contrast_fixture_said(contrast);

	(void)state;
	assert_non_null(strstr(text, "medians of the repetitions"));
	assert_non_null(strstr(text, "Choose unsequenced: for 99 % of the time the newest state "
				     "that a member has of another is at most 104 ms old (not told "
				     "apart: sequenced) and with reliable at most 300 ms. With "
				     "reliable, what follows a lost update waits for its repeat. "
				     "With reliable, 30.0 % of the updates are lost, with "
				     "unsequenced 10.4 %."));
	assert_non_null(strstr(text, " 100-110 "));
	assert_non_null(strstr(text, "10.00-11.00"));
	free(text);
	contrast_fixture_close(contrast);
}

static void the_words_claim_nothing_where_spreads_overlap(void **state)
{
	static const unsigned ages_ms[3][REPEAT] = { { 100, 301, 104 },
						     { 108, 120, 112 },
						     { 300, 280, 310 } };
	struct contrast *contrast = with_ages(ages_ms);
	char *text = contrast_fixture_said(contrast);

	(void)state;
	assert_non_null(strstr(text, "104 ms old (not told apart: sequenced, reliable). "));
	assert_null(strstr(text, "With reliable"));
	free(text);
	contrast_fixture_close(contrast);
}

static void large_figures_keep_to_the_table(void **state)
{
	struct contrast *contrast = contrast_fixture_open(TRIAL_CARRIER_COUNT, false);
	char *text;

	(void)state;
	for (unsigned n = 0; n < REPEAT; n++)
		for (size_t carrier = 0; carrier < TRIAL_CARRIER_COUNT; carrier++)
			contrast_fixture_take(
				contrast, carrier,
				(struct trial_result){ .due = DUE,
						       .lost = DUE - n,
						       .delivered = n,
						       .age_p50_us = 9999900,
						       .age_p99_us = 99999900 - n * 99900,
						       .age_max_us = 99999900,
						       .longest_stall_us = 99999900 });
	text = contrast_fixture_printed(contrast);
	assert_non_null(strstr(text, "99.8-100.0"));
	assert_non_null(strstr(text, "99800-100000"));
	free(text);
	contrast_fixture_close(contrast);
}

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(the_words_claim_what_the_spreads_tell),
		cmocka_unit_test(the_words_claim_nothing_where_spreads_overlap),
		cmocka_unit_test(large_figures_keep_to_the_table),
	};
	struct CMUnitTest tests[ROW_TESTS_COUNT(single) + ROW_TESTS_COUNT(orders)];
	size_t count = 0;

	for (size_t i = 0; i < ROW_TESTS_COUNT(single); i++)
		tests[count++] = single[i];
	ROW_TESTS_ADD(tests, count, orders, check_order);
	return _cmocka_run_group_tests("words_contrast", tests, count, NULL, NULL);
}

/* What several repetitions of a contrast say together: figures, words, marks, curves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <unistd.h>

#include "bench/contrast_rows.h"
#include "bench/contrast_spread.h"
#include "bench/hist_text.h"

enum {
	REPEAT = 3,
	DUE = 1000,
	WIDTH = 100,
};

/* Turns. */

static void repetitions_take_turns_line_by_line(void **state)
{
	static const struct contrast_turn turns[] = {
		{ .line = 0, .carrier = 0, .repetition = 0 },
		{ .line = 0, .carrier = 1, .repetition = 0 },
		{ .line = 0, .carrier = 0, .repetition = 1 },
		{ .line = 0, .carrier = 1, .repetition = 1 },
		{ .line = 1, .carrier = 0, .repetition = 0 },
		{ .line = 1, .carrier = 1, .repetition = 0 },
		{ .line = 1, .carrier = 0, .repetition = 1 },
		{ .line = 1, .carrier = 1, .repetition = 1 },
	};
	struct contrast *contrast = calloc(1, sizeof(*contrast));

	(void)state;
	assert_non_null(contrast);
	contrast->line_count = contrast->carrier_count = contrast->repeat = 2;
	assert_int_equal(contrast_runs(contrast), sizeof(turns) / sizeof(turns[0]));
	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		const struct contrast_turn turn = contrast_turn(contrast, i);

		assert_int_equal(turn.line, turns[i].line);
		assert_int_equal(turn.carrier, turns[i].carrier);
		assert_int_equal(turn.repetition, turns[i].repetition);
	}
	free(contrast);
}

/* One line and these carriers, with room for REPEAT repetitions and nothing measured. */
static struct contrast *make(size_t carriers, bool wants_curves)
{
	struct contrast *contrast = calloc(1, sizeof(*contrast));

	assert_non_null(contrast);
	contrast->line_count = 1;
	snprintf(contrast->lines[0].text, sizeof(contrast->lines[0].text), "loss=1%%");
	contrast->carrier_count = carriers;
	for (size_t i = 0; i < carriers; i++)
		contrast->carriers[i] = (enum trial_carrier)i;
	contrast->is_live = true;
	contrast->repeat = REPEAT;
	contrast->seed = 40;
	contrast->wants_curves = wants_curves;
	contrast->trial = (struct trial_config){ .members = 2, .rate_hz = 20, .seconds = 1 };
	assert_true(contrast_open(contrast));
	return contrast;
}

static void destroy(struct contrast *contrast)
{
	contrast_close(contrast);
	free(contrast);
}

static void take(struct contrast *contrast, size_t carrier, struct trial_result result)
{
	struct trial_result *place = contrast_choose(contrast, 0, carrier);

	result.check.is_live = true;
	*place = result;
	assert_true(contrast_keep(contrast, 0, carrier));
}

static void each_repetition_has_the_next_seed_and_the_first_the_track(void **state)
{
	struct contrast *contrast = make(2, true);

	(void)state;
	for (unsigned n = 0; n < REPEAT; n++)
		for (size_t carrier = 0; carrier < 2; carrier++) {
			struct trial_result *place = contrast_choose(contrast, 0, carrier);

			assert_ptr_equal(place, &contrast_row(contrast, 0, carrier)->results[n]);
			assert_int_equal(contrast->trial.seed, 40 + n);
			assert_int_equal(contrast->trial.track != NULL, n == 0);
			assert_non_null(contrast->trial.ages);
			assert_true(contrast_keep(contrast, 0, carrier));
		}
	assert_int_equal(contrast->done, contrast_runs(contrast));
	assert_true(contrast_are_all_valid(contrast));
	destroy(contrast);
}

/* Summing up. */

static const struct sum {
	const char *name;
	unsigned count; /* of the repetitions */
	struct trial_result results[REPEAT];
	struct spread p99_ms, lost_percent;
} sums[] = {
	{ "one repetition is its own median",
	  1,
	  { { .due = DUE, .lost = 10, .age_p99_us = 2000 } },
	  { 2, 2, 2 },
	  { 1, 1, 1 } },
	{ "of two the median is between them",
	  2,
	  { { .due = DUE, .lost = 10, .age_p99_us = 2000 },
	    { .due = DUE, .lost = 30, .age_p99_us = 5000 } },
	  { 3.5, 2, 5 },
	  { 2, 1, 3 } },
	{ "of three, in any order, it is the middle one",
	  3,
	  { { .due = DUE, .lost = 70, .age_p99_us = 9000 },
	    { .due = DUE, .lost = 10, .age_p99_us = 1000 },
	    { .due = DUE, .lost = 20, .age_p99_us = 4000 } },
	  { 4, 1, 9 },
	  { 2, 1, 7 } },
	{ "a share is of its own repetition's whole",
	  2,
	  { { .due = 100, .lost = 50, .age_p99_us = 1 }, { .due = 1000, .age_p99_us = 1 } },
	  { 0.001, 0.001, 0.001 },
	  { 25, 0, 50 } },
	{ "a repetition in which nothing came has no age to count",
	  3,
	  { { .due = DUE, .lost = DUE, .age_p99_us = -1 },
	    { .due = DUE, .age_p99_us = 3000 },
	    { .due = DUE, .age_p99_us = 5000 } },
	  { 4, 3, 5 },
	  { 0, 0, 100 } },
	{ "where nothing ever came there is none",
	  2,
	  { { .due = DUE, .lost = DUE, .age_p99_us = -1 },
	    { .due = DUE, .lost = DUE, .age_p99_us = -1 } },
	  { NAN, NAN, NAN },
	  { 100, 100, 100 } },
};

static void expect_spread(struct spread got, struct spread want)
{
	if (isnan(want.median)) {
		assert_true(isnan(got.median) && isnan(got.min) && isnan(got.max));
		return;
	}
	if (fabs(got.median - want.median) > 1e-9 || fabs(got.min - want.min) > 1e-9 ||
	    fabs(got.max - want.max) > 1e-9)
		fail_msg("%g (%g to %g) instead of %g (%g to %g)", got.median, got.min, got.max,
			 want.median, want.min, want.max);
}

static void check_sum(void **state)
{
	const struct sum *sum = *state;
	struct contrast *contrast = make(1, false);
	const struct contrast_row *row = contrast_row(contrast, 0, 0);

	for (unsigned i = 0; i < sum->count; i++)
		take(contrast, 0, sum->results[i]);
	expect_spread(contrast_ms(row, "age_p99_us"), sum->p99_ms);
	expect_spread(contrast_share(row, "lost", "due"), sum->lost_percent);
	assert_true(isnan(contrast_median(row, "no such figure")));
	destroy(contrast);
}

static const struct order {
	const char *name;
	struct spread one, other; /* median, min, max */
	double same;
	enum contrast_order order;
} orders[] = {
	{ "equal values are the same", { 5, 5, 5 }, { 5, 5, 5 }, 0, CONTRAST_SAME },
	{ "single values within what is the same are", { 5, 5, 5 }, { 6, 6, 6 }, 1, CONTRAST_SAME },
	{ "beyond it one is less", { 5, 5, 5 }, { 6.1, 6.1, 6.1 }, 1, CONTRAST_LESS },
	{ "or more", { 6.1, 6.1, 6.1 }, { 5, 5, 5 }, 1, CONTRAST_MORE },
	{ "spreads apart tell", { 10, 8, 12 }, { 20, 13, 30 }, 1, CONTRAST_LESS },
	{ "and the other way round", { 20, 13, 30 }, { 10, 8, 12 }, 1, CONTRAST_MORE },
	{ "spreads that touch do not", { 10, 8, 13 }, { 20, 13, 30 }, 1, CONTRAST_UNCLEAR },
	{ "nor one within the other", { 10, 9, 11 }, { 20, 5, 30 }, 1, CONTRAST_UNCLEAR },
	{ "narrow ones next to each other are the same",
	  { 10, 9.9, 10.1 },
	  { 10.4, 10.2, 10.5 },
	  1,
	  CONTRAST_SAME },
	{ "apart, but by less than counts, is unclear",
	  { 10, 9, 10.2 },
	  { 10.5, 10.3, 12 },
	  1,
	  CONTRAST_UNCLEAR },
	{ "what was never measured is told from nothing",
	  { NAN, NAN, NAN },
	  { 5, 5, 5 },
	  1,
	  CONTRAST_UNCLEAR },
};

static void check_order(void **state)
{
	const struct order *order = *state;

	assert_int_equal(contrast_order(order->one, order->other, order->same), order->order);
}

/* What is printed, to be freed; nothing of it wider than a table may be. */
static char *printed(const struct contrast *contrast)
{
	FILE *real = stdout;
	char *text = NULL;
	size_t size = 0, column = 0;

	stdout = open_memstream(&text, &size);
	contrast_print_table(contrast);
	contrast_print_notes(contrast);
	contrast_print_words(contrast);
	fclose(stdout);
	stdout = real;
	for (size_t i = 0; i < size; i++) {
		column = text[i] == '\n' ? 0 : column + 1;
		if (column > WIDTH)
			fail_msg("wider than %d: %s", WIDTH, text);
	}
	return text;
}

/* As one line, so that sentences can be found. */
static char *said(const struct contrast *contrast)
{
	char *text = printed(contrast);

	for (char *end = text; (end = strchr(end, '\n'));)
		*end = ' ';
	return text;
}

/* Unsequenced, sequenced and reliable, whose ages at p99 are so many ms in each repetition. */
static struct contrast *with_ages(const unsigned ages_ms[3][REPEAT])
{
	struct contrast *contrast = make(3, false);

	for (unsigned n = 0; n < REPEAT; n++)
		for (size_t carrier = 0; carrier < 3; carrier++)
			take(contrast, carrier,
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
	char *text = said(contrast);

	(void)state;
	assert_non_null(strstr(text, "medians of 3 repetitions of 1 s, in turn, seeds 40 to 42"));
	assert_non_null(strstr(text, "where the spreads overlap: unsequenced and sequenced "
				     "(104.0 ms); oldest: reliable (300.0 ms)."));
	assert_non_null(strstr(text, "What sequenced and unsequenced lose (11.2 %, 10.4 %) is not "
				     "told apart."));
	assert_non_null(strstr(text, "is 300 ms old at p99, where unsequenced is 104 ms old"));
	assert_non_null(strstr(text, "100.0-110.0"));
	assert_non_null(strstr(text, "10.00-11.00"));
	free(text);
	destroy(contrast);
}

static void the_words_claim_nothing_where_spreads_overlap(void **state)
{
	static const unsigned ages_ms[3][REPEAT] = { { 100, 301, 104 },
						     { 108, 120, 112 },
						     { 300, 280, 310 } };
	struct contrast *contrast = with_ages(ages_ms);
	char *text = said(contrast);

	(void)state;
	assert_non_null(strstr(text, "the youngest (104.0 ms) and the oldest (300.0 ms) are not "
				     "told apart"));
	assert_non_null(strstr(text, "Reliable and unsequenced (300 and 104 ms old at p99) are not "
				     "told apart"));
	assert_null(strstr(text, "oldest:"));
	assert_null(strstr(text, "Reliable loses"));
	free(text);
	destroy(contrast);
}

static void large_figures_keep_to_the_table(void **state)
{
	struct contrast *contrast = make(TRIAL_CARRIER_COUNT, false);
	char *text;

	(void)state;
	contrast->wants_more = true;
	for (unsigned n = 0; n < REPEAT; n++)
		for (size_t carrier = 0; carrier < TRIAL_CARRIER_COUNT; carrier++)
			take(contrast, carrier,
			     (struct trial_result){ .due = DUE,
						    .lost = DUE - n,
						    .delivered = n,
						    .age_p50_us = 9999900,
						    .age_p99_us = 99999900 - n * 99900,
						    .age_max_us = 99999900,
						    .longest_stall_us = 99999900 });
	text = printed(contrast);
	assert_non_null(strstr(text, "99.80-100.00"));
	assert_non_null(strstr(text, "99800-100000"));
	free(text);
	destroy(contrast);
}

/* Marks. */

static const cJSON *part(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!item)
		fail_msg("no \"%s\"", name);
	return item;
}

static cJSON *document_of(const struct contrast *contrast)
{
	char *const argv[] = { "contrast", "--live" };
	struct result *result = contrast_result(contrast, 2, argv);
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	cJSON *document;

	assert_non_null(result);
	assert_int_equal(result_print(result, file), 0);
	fclose(file);
	document = cJSON_Parse(text);
	assert_non_null(document);
	free(text);
	result_destroy(result);
	return document;
}

static void a_repetition_that_fails_a_check_is_named(void **state)
{
	struct contrast *contrast = make(1, false);
	char *text;
	cJSON *document;
	const cJSON *row;

	(void)state;
	take(contrast, 0, (struct trial_result){ .due = DUE });
	take(contrast, 0, (struct trial_result){ .due = DUE, .check.late_p99_us = 2500 });
	take(contrast, 0, (struct trial_result){ .due = DUE });
	assert_false(contrast_are_all_valid(contrast));
	text = said(contrast);
	assert_non_null(strstr(text, " ! unsequenced "));
	assert_non_null(strstr(text, "! not valid: unsequenced: repetition 2: sends were 2.5 ms "
				     "late at p99"));
	assert_null(strstr(text, "repetition 1"));
	assert_null(strstr(text, "Not complete"));
	document = document_of(contrast);
	row = cJSON_GetArrayItem(part(document, "rows"), 0);
	assert_true(cJSON_IsFalse(part(row, "valid")));
	assert_int_equal(cJSON_GetArraySize(part(row, "reasons")), 1);
	assert_string_equal(cJSON_GetArrayItem(part(row, "reasons"), 0)->valuestring,
			    "repetition 2: sends were 2.5 ms late at p99");
	cJSON_Delete(document);
	free(text);
	destroy(contrast);
}

static void what_was_measured_before_it_was_stopped_is_kept_and_marked(void **state)
{
	struct contrast *contrast = make(2, false);
	char *text;
	cJSON *document;
	const cJSON *row, *values;

	(void)state;
	take(contrast, 0, (struct trial_result){ .due = DUE, .age_p99_us = 1000 });
	take(contrast, 1, (struct trial_result){ .due = DUE, .age_p99_us = 2000 });
	take(contrast, 0, (struct trial_result){ .due = DUE, .age_p99_us = 3000 });
	assert_false(contrast_are_all_valid(contrast));
	text = said(contrast);
	assert_non_null(strstr(text, "! not valid: unsequenced: only 2 of 3 repetitions were "
				     "finished"));
	assert_non_null(strstr(text, "! not valid: sequenced: only 1 of 3 repetitions were "
				     "finished"));
	assert_non_null(strstr(text, "Not complete: 3 of 6 runs"));
	document = document_of(contrast);
	row = cJSON_GetArrayItem(part(document, "rows"), 0);
	values = part(part(part(row, "figures"), "age_p99_us"), "values");
	assert_int_equal(cJSON_GetArraySize(values), 2);
	assert_true(cJSON_GetArrayItem(values, 1)->valuedouble == 3000);
	assert_true(part(part(part(row, "figures"), "age_p99_us"), "median")->valuedouble == 2000);
	assert_string_equal(part(part(document, "parameters"), "seeds")->valuestring, "40 to 42");
	assert_string_equal(cJSON_GetArrayItem(part(document, "reasons"), 2)->valuestring,
			    "stopped after 3 of 6 runs");
	cJSON_Delete(document);
	free(text);
	destroy(contrast);
}

static void a_short_run_in_a_sequenced_channel_is_not_valid(void **state)
{
	struct contrast *contrast = make(2, false);
	const struct trial_result passed = { .due = DUE,
					     .age_p99_us = 1000,
					     .channels = 4,
					     .channels_round = 4,
					     .channel_packets = 65000 };
	struct trial_result shorter = passed;
	cJSON *document;
	char *text;

	(void)state;
	shorter.channels_round = 3;
	shorter.channel_packets = 500;
	for (unsigned n = 0; n < REPEAT; n++) {
		take(contrast, 0, (struct trial_result){ .due = DUE, .age_p99_us = 1000 });
		take(contrast, 1, n == 1 ? shorter : passed);
	}
	assert_false(contrast_are_all_valid(contrast));
	text = said(contrast);
	assert_non_null(strstr(text, " ! sequenced "));
	assert_non_null(strstr(text, "! not valid: sequenced: repetition 2: 1 of 4 sequenced "
				     "channels did not carry ENet's 65,536th packet"));
	assert_non_null(
		strstr(text, "Not valid: a channel of sequenced had no more than 500 packets"));
	assert_null(strstr(text, "Note:"));
	document = document_of(contrast);
	assert_true(cJSON_IsFalse(part(cJSON_GetArrayItem(part(document, "rows"), 1), "valid")));
	assert_true(cJSON_IsTrue(part(cJSON_GetArrayItem(part(document, "rows"), 0), "valid")));
	cJSON_Delete(document);
	free(text);
	destroy(contrast);
}

static void where_numbers_begin_is_for_sequenced_alone_and_never_when_strict(void **state)
{
	struct contrast *contrast = make(2, false);

	(void)state;
	contrast->trial.seconds = 5;
	contrast_choose(contrast, 0, 0);
	assert_int_equal(contrast->trial.sequence_up | contrast->trial.sequence_down, 0);
	contrast_choose(contrast, 0, 1);
	/* A second and a quarter of five, at 20 Hz. */
	assert_int_equal(contrast->trial.sequence_up, 65536 - 45);
	assert_int_equal(contrast->trial.sequence_down, 65536 - 45);
	contrast->trial.members = 64;
	contrast_choose(contrast, 0, 1);
	assert_int_equal(contrast->trial.sequence_down, 65536 - 563);
	contrast->trial.tick_hz = 30;
	contrast_choose(contrast, 0, 1);
	assert_int_equal(contrast->trial.sequence_down, 65536 - 68);
	contrast->is_strict = true;
	contrast_choose(contrast, 0, 1);
	assert_int_equal(contrast->trial.sequence_up | contrast->trial.sequence_down, 0);
	destroy(contrast);
}

/*
 * Curves. Repetitions of 9 s at an age of 0 to 10 ms, and of 1 s at 990 to 1,000 ms: the median of
 * the two medians is far from that of all the time, which is still below 10 ms.
 */
static void ages_of_all_repetitions_are_one_distribution(void **state)
{
	struct contrast *contrast = make(1, true);
	cJSON *document;
	const cJSON *x;

	(void)state;
	contrast_choose(contrast, 0, 0)->age_cdf_us[0] = 123456;
	for (int i = 0; i < 900; i++)
		sawtooth_add(contrast->trial.ages, 0, 10000000);
	assert_true(contrast_keep(contrast, 0, 0));
	contrast_choose(contrast, 0, 0);
	for (int i = 0; i < 100; i++)
		sawtooth_add(contrast->trial.ages, 990000000, 1000000000);
	assert_true(contrast_keep(contrast, 0, 0));
	document = document_of(contrast);
	x = part(part(part(cJSON_GetArrayItem(part(document, "rows"), 0), "series"), "age_cdf"),
		 "x");
	for (int percent = 0; percent < 100; percent++) {
		const double want = percent < 90 ? percent / 9.0 : 990 + (percent - 90);
		const double got = cJSON_GetArrayItem(x, percent)->valuedouble;

		/* At 90 % both ends will do. */
		if (percent != 90 && fabs(got - want) > 0.001 * want + 0.002)
			fail_msg("at %d %%: %g ms instead of %g", percent, got, want);
	}
	cJSON_Delete(document);
	destroy(contrast);
}

static void delays_of_all_repetitions_are_in_one_file(void **state)
{
	char folder[] = "/tmp/starling-hist-XXXXXX", path[64], error[HIST_ERROR_BYTES];
	struct contrast *contrast = make(1, false);
	struct hist *hist = calloc(1, sizeof(*hist));
	FILE *file;

	(void)state;
	assert_non_null(hist);
	contrast_close(contrast);
	contrast->hist_folder = mkdtemp(folder);
	assert_true(contrast_open(contrast));
	for (int64_t n = 1; n <= REPEAT; n++) {
		contrast_choose(contrast, 0, 0);
		assert_true(hist_record(contrast->trial.delays, n * 1000000));
		assert_true(contrast_keep(contrast, 0, 0));
	}
	snprintf(path, sizeof(path), "%s/line1-unsequenced.hgrm", folder);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(hist_load(hist, file, HIST_TEXT_UNIT_NS, error), 0);
	fclose(file);
	assert_int_equal(hist->count, REPEAT);
	unlink(path);
	rmdir(folder);
	free(hist);
	destroy(contrast);
}

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

int main(void)
{
	const struct CMUnitTest single[] = {
		cmocka_unit_test(repetitions_take_turns_line_by_line),
		cmocka_unit_test(each_repetition_has_the_next_seed_and_the_first_the_track),
		cmocka_unit_test(the_words_claim_what_the_spreads_tell),
		cmocka_unit_test(the_words_claim_nothing_where_spreads_overlap),
		cmocka_unit_test(large_figures_keep_to_the_table),
		cmocka_unit_test(a_repetition_that_fails_a_check_is_named),
		cmocka_unit_test(what_was_measured_before_it_was_stopped_is_kept_and_marked),
		cmocka_unit_test(a_short_run_in_a_sequenced_channel_is_not_valid),
		cmocka_unit_test(where_numbers_begin_is_for_sequenced_alone_and_never_when_strict),
		cmocka_unit_test(ages_of_all_repetitions_are_one_distribution),
		cmocka_unit_test(delays_of_all_repetitions_are_in_one_file),
	};
	struct CMUnitTest tests[ROWS(single) + ROWS(sums) + ROWS(orders)];
	size_t count = 0;

	for (size_t i = 0; i < ROWS(single); i++)
		tests[count++] = single[i];
	for (size_t i = 0; i < ROWS(sums); i++)
		tests[count++] =
			(struct CMUnitTest){ .name = sums[i].name,
					     .test_func = check_sum,
					     .initial_state = (void *)(uintptr_t)&sums[i] };
	for (size_t i = 0; i < ROWS(orders); i++)
		tests[count++] =
			(struct CMUnitTest){ .name = orders[i].name,
					     .test_func = check_order,
					     .initial_state = (void *)(uintptr_t)&orders[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Several repetitions of a contrast together: turns, marks, curves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include "tests/fixtures/bench/contrast_fixture.h"
#include "tests/fixtures/bench/result_document.h"

#define MS INT64_C(1000000)

enum {
	REPEAT = CONTRAST_FIXTURE_REPEAT,
	DUE = CONTRAST_FIXTURE_DUE,
};

/* Turns. */

static void repetitions_take_turns_link_by_link(void **state)
{
	struct contrast contrast = { .link_count = 2, .carrier_count = 2, .repeat = 2 };

	(void)state;
	assert_int_equal(contrast_runs(&contrast), 8);
	for (size_t i = 0; i < 8; i++) {
		const struct contrast_turn turn = contrast_turn(&contrast, i);

		assert_int_equal(turn.link, i / 4);
		assert_int_equal(turn.repetition, i / 2 % 2);
		assert_int_equal(turn.carrier, i % 2);
	}
}

static void each_repetition_has_the_next_seed_and_the_first_the_track(void **state)
{
	struct contrast *contrast = contrast_fixture_open(2, true);

	(void)state;
	for (unsigned n = 0; n < REPEAT; n++)
		for (size_t carrier = 0; carrier < 2; carrier++) {
			struct trial_result *place = contrast_choose(contrast, 0, carrier);

			assert_ptr_equal(place, &contrast_row(contrast, 0, carrier)->results[n]);
			assert_int_equal(contrast->trial.seed, 40 + n);
			assert_int_equal(contrast->trial.track != NULL, n == 0);
			assert_non_null(contrast->trial.ages);
			contrast_keep(contrast, 0, carrier);
		}
	assert_int_equal(contrast->done, contrast_runs(contrast));
	assert_true(contrast_are_all_valid(contrast));
	contrast_fixture_close(contrast);
}

/* Marks. */

static const cJSON *row_at(const cJSON *document, int n)
{
	return cJSON_GetArrayItem(result_document_part(document, "rows"), n);
}

static const char *text_at(const cJSON *parent, const char *list, int n)
{
	return cJSON_GetArrayItem(result_document_part(parent, list), n)->valuestring;
}

static void a_repetition_that_fails_a_check_is_named(void **state)
{
	struct contrast *contrast = contrast_fixture_open(1, false);
	char *text;
	cJSON *document;
	const cJSON *row;

	(void)state;
	contrast_fixture_take(contrast, 0, (struct trial_result){ .due = DUE });
	contrast_fixture_take(
		contrast, 0,
		(struct trial_result){ .due = DUE, .check.validity.late_p99_us = 2500 });
	contrast_fixture_take(contrast, 0, (struct trial_result){ .due = DUE });
	assert_false(contrast_are_all_valid(contrast));
	text = contrast_fixture_said(contrast);
	assert_non_null(strstr(text, " ! unsequenced "));
	assert_non_null(strstr(text, "! not valid: unsequenced: repetition 2: the generator "
				     "sent 2.50 ms late"));
	assert_null(strstr(text, "repetition 1"));
	assert_null(strstr(text, "stopped after"));
	document = contrast_fixture_document(contrast);
	row = row_at(document, 0);
	assert_true(cJSON_IsFalse(result_document_part(row, "valid")));
	assert_int_equal(cJSON_GetArraySize(result_document_part(row, "reasons")), 1);
	assert_string_equal(text_at(row, "reasons", 0),
			    "repetition 2: the generator sent 2.50 ms late (p99, bound 1 ms)");
	cJSON_Delete(document);
	free(text);
	contrast_fixture_close(contrast);
}

/* The next repetition of the first carrier: how late it was, and one age on the way. */
static void measure(struct contrast *contrast, int64_t late_us, int64_t age_ns)
{
	struct trial_result *place = contrast_choose(contrast, 0, 0);

	*place = (struct trial_result){ .due = DUE, .age_p99_us = age_ns / 1000 };
	place->check = (struct trial_check){ .is_live = true, .validity.late_p99_us = late_us };
	age_distribution_add(contrast->trial.ages, 0, age_ns);
	if (contrast->trial.track)
		assert_int_equal(age_track_take(contrast->trial.track, 0, -age_ns / 1000), 0);
}

static void a_spoiled_repetition_is_measured_again_and_leaves_nothing_but_that(void **state)
{
	struct contrast *contrast = contrast_fixture_open(1, true);
	const struct contrast_row *row = contrast_row(contrast, 0, 0);
	const char *says = "2 repetitions were measured again; the generator sent over 1 ms late "
			   "(p99) (2)";
	char said[96], *text;
	cJSON *document;

	(void)state;
	contrast->again = 2;
	for (unsigned n = 0; n < 2; n++) {
		measure(contrast, 2500, 1000 * MS);
		assert_true(contrast_sets_aside(contrast, 0, 0));
		assert_int_equal(contrast->done + row->count, 0);
	}
	for (unsigned n = 0; n < REPEAT; n++) {
		/* The last is spoiled as well, and there is no time left for it. */
		measure(contrast, n + 1 < REPEAT ? 0 : 2500, 10 * MS);
		assert_int_equal(contrast->trial.seed, 40 + n);
		assert_false(contrast_sets_aside(contrast, 0, 0));
		contrast_keep(contrast, 0, 0);
	}
	assert_int_equal(row->ages.count, REPEAT);
	assert_int_equal(row->ages.max_ns, 10 * MS);
	assert_int_equal(row->track.count, 1);
	assert_int_equal(row->track.updates[0].origin_us, -10000);
	text = contrast_fixture_said(contrast);
	snprintf(said, sizeof(said), "unsequenced: %s", says);
	assert_non_null(strstr(text, said));
	assert_non_null(strstr(text, "! not valid: unsequenced: repetition 3: the generator"));
	document = contrast_fixture_document(contrast);
	assert_string_equal(text_at(row_at(document, 0), "notes", 0), says);
	assert_true(result_document_part(result_document_part(document, "parameters"), "again")
			    ->valuedouble == 2);
	cJSON_Delete(document);
	free(text);
	contrast_fixture_close(contrast);
}

static void what_was_measured_before_it_was_stopped_is_kept_and_marked(void **state)
{
	struct contrast *contrast = contrast_fixture_open(2, false);
	char *text;
	cJSON *document;

	(void)state;
	contrast_fixture_take(contrast, 0, (struct trial_result){ .due = DUE, .age_p99_us = 1000 });
	contrast_fixture_take(contrast, 1, (struct trial_result){ .due = DUE, .age_p99_us = 2000 });
	contrast_fixture_take(contrast, 0, (struct trial_result){ .due = DUE, .age_p99_us = 3000 });
	assert_false(contrast_are_all_valid(contrast));
	text = contrast_fixture_said(contrast);
	assert_non_null(strstr(text, "! not valid: unsequenced: only 2 of 3 repetitions were "
				     "finished"));
	assert_non_null(strstr(text, "! not valid: sequenced: only 1 of 3 repetitions were "
				     "finished"));
	assert_non_null(strstr(text, "not valid: stopped after 3 of 6 runs"));
	document = contrast_fixture_document(contrast);
	assert_true(result_document_value(row_at(document, 0), "age_p99_us", 1) == 3000);
	assert_true(result_document_median(row_at(document, 0), "age_p99_us") == 2000);
	assert_string_equal(
		result_document_part(result_document_part(document, "parameters"), "seeds")
			->valuestring,
		"40 to 42");
	assert_string_equal(text_at(document, "reasons", 2), "stopped after 3 of 6 runs");
	cJSON_Delete(document);
	free(text);
	contrast_fixture_close(contrast);
}

static void a_short_run_in_a_sequenced_channel_is_not_valid(void **state)
{
	struct contrast *contrast = contrast_fixture_open(2, false);
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
		contrast_fixture_take(contrast, 0,
				      (struct trial_result){ .due = DUE, .age_p99_us = 1000 });
		contrast_fixture_take(contrast, 1, n == 1 ? shorter : passed);
	}
	assert_false(contrast_are_all_valid(contrast));
	text = contrast_fixture_said(contrast);
	assert_non_null(strstr(text, " ! sequenced "));
	assert_non_null(strstr(text, "! not valid: sequenced: repetition 2: 1 of 4 sequenced "
				     "channels did not carry ENet's 65,536th packet"));
	document = contrast_fixture_document(contrast);
	assert_true(cJSON_IsFalse(result_document_part(row_at(document, 1), "valid")));
	assert_true(cJSON_IsTrue(result_document_part(row_at(document, 0), "valid")));
	cJSON_Delete(document);
	free(text);
	contrast_fixture_close(contrast);
}

static void where_numbers_begin_is_for_sequenced_alone_and_never_when_strict(void **state)
{
	struct contrast *contrast = contrast_fixture_open(2, false);

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
	contrast_fixture_close(contrast);
}

/*
 * Curves. Repetitions of 9 s at an age of 0 to 10 ms, and of 1 s at 990 to 1,000 ms: the median of
 * the two medians is far from that of all the time, which is still below 10 ms.
 */
static void ages_of_all_repetitions_are_one_distribution(void **state)
{
	struct contrast *contrast = contrast_fixture_open(1, true);
	cJSON *document;
	const cJSON *x;

	(void)state;
	contrast_choose(contrast, 0, 0);
	for (int i = 0; i < 900; i++)
		age_distribution_add(contrast->trial.ages, 0, 10000000);
	contrast_keep(contrast, 0, 0);
	contrast_choose(contrast, 0, 0);
	for (int i = 0; i < 100; i++)
		age_distribution_add(contrast->trial.ages, 990000000, 1000000000);
	contrast_keep(contrast, 0, 0);
	document = contrast_fixture_document(contrast);
	x = result_document_part(row_at(document, 0), "series");
	x = result_document_part(result_document_part(x, "age_cdf"), "x");
	for (int percent = 0; percent < 100; percent++) {
		const double want = percent < 90 ? percent / 9.0 : 990 + (percent - 90);
		const double got = cJSON_GetArrayItem(x, percent)->valuedouble;

		/* At 90 % both ends will do. */
		if (percent != 90 && fabs(got - want) > 0.001 * want + 0.002)
			fail_msg("at %d %%: %g ms instead of %g", percent, got, want);
	}
	cJSON_Delete(document);
	contrast_fixture_close(contrast);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repetitions_take_turns_link_by_link),
		cmocka_unit_test(each_repetition_has_the_next_seed_and_the_first_the_track),
		cmocka_unit_test(a_repetition_that_fails_a_check_is_named),
		cmocka_unit_test(
			a_spoiled_repetition_is_measured_again_and_leaves_nothing_but_that),
		cmocka_unit_test(what_was_measured_before_it_was_stopped_is_kept_and_marked),
		cmocka_unit_test(a_short_run_in_a_sequenced_channel_is_not_valid),
		cmocka_unit_test(where_numbers_begin_is_for_sequenced_alone_and_never_when_strict),
		cmocka_unit_test(ages_of_all_repetitions_are_one_distribution),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

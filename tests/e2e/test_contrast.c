/* starling-bench contrast as a program: what it prints, and how it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <math.h>

#include <cjson/cJSON.h>

#include "tests/fixtures/bench/result_document.h"
#include "tests/fixtures/process.h"

#define WORDS(...) ((const char *const[]){ "starling-bench", "contrast", __VA_ARGS__, NULL })
#define SHORT      "--seconds", "3", "--members", "3"

/* Under the sanitizers, on a slow machine, eight scenarios take a minute and a half. */
static const double patience_s = 240;

/* The program's output on stdout; the caller frees it. */
static char *output_of(const char *const *words, int status)
{
	struct process process = { 0 };
	char *text;

	process_start(&process, words);
	assert_int_equal(process_finish(&process, patience_s), status);
	text = strdup(process.out_text);
	assert_non_null(text);
	process_end(&process);
	return text;
}

static void two_runs_print_the_same_bytes(void **state)
{
	const char *const *words =
		WORDS("--json", SHORT, "--repeat", "2", "--scenario", "wifi,bufferbloat");
	char *first = output_of(words, 0), *second = output_of(words, 0);

	(void)state;
	assert_string_equal(first, second);
	assert_true(strlen(first) > 500);
	free(first);
	free(second);
}

static void no_line_of_the_table_is_longer_than_100_columns(void **state)
{
	char *text = output_of(WORDS("--scenario",
				     "lan,fibre,wifi,mobile,lossy,delay-step,blackout,bufferbloat",
				     "--members", "3", "--tick", "30", "--payload", "40", "--more",
				     "--seconds", "10", "--repeat", "2"),
			       0);
	char *rest = text, *line;

	(void)state;
	while ((line = strsep(&rest, "\n")))
		if (strlen(line) > 100)
			fail_msg("%zu columns: %s", strlen(line), line);
	free(text);
}

static void modes_are_had_in_any_order_with_the_same_figures(void **state)
{
	char *forth = output_of(WORDS(SHORT, "--csv", "--repeat", "1", "--impair",
				      "loss=3%,delay=9ms", "--modes", "raw,sequenced"),
				0);
	char *back = output_of(WORDS(SHORT, "--csv", "--repeat", "1", "--impair",
				     "loss=3%,delay=9ms", "--modes", "sequenced,raw"),
			       0);
	char *row = strstr(forth, ",raw,"), *same = strstr(back, ",raw,");

	(void)state;
	assert_non_null(row);
	assert_non_null(same);
	assert_memory_equal(row, same, strcspn(row, "\n"));
	row = strstr(forth, ",sequenced,");
	same = strstr(back, ",sequenced,");
	assert_memory_equal(row, same, strcspn(row, "\n"));
	free(forth);
	free(back);
}

static void every_csv_record_has_as_many_fields_as_the_names(void **state)
{
	char *text = output_of(WORDS(SHORT, "--repeat", "2", "--csv", "--scenario", "wifi",
				     "--seed", "18446744073709551614"),
			       0);
	char *rest = text, *line;
	size_t names = 0, lines = 0;

	(void)state;
	assert_non_null(strstr(text, ",18446744073709551614,"));
	assert_non_null(strstr(text, ",18446744073709551615,"));
	while ((line = strsep(&rest, "\n")) && *line) {
		size_t fields = 1;
		int is_quoted = 0;

		for (; *line; line++) {
			is_quoted ^= *line == '"';
			fields += *line == ',' && !is_quoted;
		}
		names = names ? names : fields;
		assert_int_equal(fields, names);
		lines++;
	}
	/* Each carrier, as often as it is repeated. */
	assert_int_equal(lines, 1 + 7 * 2);
	free(text);
}

/* By default ENet's numbers begin where the 65,536th packet falls into the span. */
static void a_sequenced_run_passes_the_65536th_packet_or_is_not_valid(void **state)
{
	char *lax = output_of(WORDS(SHORT, "--repeat", "1", "--json", "--scenario", "lan"), 0);
	char *strict = output_of(
		WORDS(SHORT, "--repeat", "1", "--json", "--scenario", "lan", "--strict"), 3);
	/* Nothing comes down in the second half of the span, so numbers do not go round. */
	char *few = output_of(
		WORDS(SHORT, "--impair", "delay=1ms,at=2s:blackout=3s", "--modes", "sequenced"), 3);
	char *words =
		output_of(WORDS(SHORT, "--scenario", "lan", "--strict", "--modes", "sequenced"), 3);
	char *others = output_of(WORDS(SHORT, "--impair", "none", "--strict", "--modes", "raw"), 0);
	cJSON *document = cJSON_Parse(strict), *row;

	(void)state;
	assert_null(strstr(lax, "\"valid\":\tfalse"));
	assert_non_null(strstr(few, "! not valid: sequenced: repetition 1: "));
	assert_non_null(strstr(few, "\n! sequenced "));
	assert_non_null(strstr(words, "! not valid: sequenced: repetition 1: "));
	assert_null(strstr(others, "65,536"));
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(document, "valid")));
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(document, "rows"))
	{
		const char *mode = result_document_label(row, "mode");
		int is_valid = cJSON_IsTrue(cJSON_GetObjectItem(row, "valid"));

		assert_int_equal(is_valid, strcmp(mode, "sequenced") != 0);
		assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(row, "reasons")),
				 !is_valid);
	}
	cJSON_Delete(document);
	free(lax);
	free(few);
	free(strict);
	free(words);
	free(others);
}

static double figure(const cJSON *row, const char *name)
{
	return result_document_value(row, name, 0);
}

/* The causes of all updates that did not arrive. */
static double causes(const cJSON *row)
{
	static const char *const names[] = { "cause_session",   "cause_unsent",
					     "cause_line_up",   "cause_superseded",
					     "cause_refused",   "cause_overtaken",
					     "cause_line_down", "cause_under_way",
					     "cause_unknown" };
	double sum = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		sum += figure(row, names[i]);
	return sum;
}

static void every_row_of_the_json_makes_sense(void **state)
{
	char *text =
		output_of(WORDS(SHORT, "--repeat", "1", "--json", "--scenario", "wifi,lossy"), 0);
	cJSON *document = cJSON_Parse(text), *row;
	size_t rows = 0;

	(void)state;
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(document, "rows"))
	{
		const char *mode = result_document_label(row, "mode");
		double lost = figure(row, "lost"), delivered = figure(row, "delivered");
		double in_periods = figure(row, "loss_periods") * figure(row, "loss_period_mean");

		assert_true(figure(row, "due") == delivered + lost + figure(row, "skipped"));
		assert_true(causes(row) == lost + figure(row, "skipped"));
		assert_true(figure(row, "cause_unknown") == 0);
		assert_true(in_periods > lost - 0.001 && in_periods < lost + 0.001);
		assert_true(figure(row, "loss_period_longest") <= lost);
		assert_true(figure(row, "reordered") <= delivered);
		assert_true(figure(row, "reorder_extent_p99") <= figure(row, "reorder_extent_max"));
		assert_true(figure(row, "pdv_p50_us") <= figure(row, "pdv_p99_us"));
		assert_true(figure(row, "jitter_median_us") <= figure(row, "jitter_worst_us"));
		assert_true(figure(row, "hol_waited") <= figure(row, "hol_count"));
		if (strcmp(mode, "raw") == 0 || strcmp(mode, "unsequenced") == 0)
			assert_true(figure(row, "hol_max_us") == 0);
		if (strcmp(mode, "reliable") == 0)
			assert_true(lost == 0);
		/* A session asks for the time; a carrier without a session has no round trips. */
		if (strcmp(mode, "raw") == 0 || strcmp(mode, "redundant") == 0) {
			assert_true(figure(row, "rtt_count") == 0);
			assert_true(isnan(result_document_median(row, "rtt_p50_us")));
		} else {
			assert_true(figure(row, "rtt_count") > 0);
			assert_true(figure(row, "rtt_p50_us") > figure(row, "delay_p50_us") / 2);
			assert_true(figure(row, "rtt_p50_us") <= figure(row, "rtt_max_us"));
		}
		assert_true(figure(row, "worst_age_p99_us") >= figure(row, "age_p99_us"));
		assert_true(figure(row, "datagrams_per_update") > 0);
		rows++;
	}
	assert_int_equal(rows, 14);
	cJSON_Delete(document);
	free(text);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
}

#define REPORT(...) ((const char *const[]){ "starling-bench", "report", __VA_ARGS__, NULL })
#define DIFF(...)   ((const char *const[]){ "starling-bench", "diff", __VA_ARGS__, NULL })

static void two_results_agree_and_one_that_was_altered_does_not(void **state)
{
	char paths[2][32] = { "/tmp/starling-result-XXXXXX", "/tmp/starling-result-XXXXXX" };
	char *text = output_of(
		WORDS(SHORT, "--json", "--scenario", "lossy", "--modes", "raw,unsequenced"), 0);
	char *digit, *said;

	(void)state;
	close(mkstemp(paths[0]));
	close(mkstemp(paths[1]));
	write_text(paths[0], text);
	said = output_of(DIFF(paths[0], paths[0]), 0);
	assert_non_null(strstr(said, "old: starling-bench contrast "));
	assert_non_null(strstr(said, "the two agree\n"));
	free(said);
	/* The first value of the delivered share. */
	digit = strstr(strstr(strstr(text, "\"delivered\""), "\"values\""), "[") + 1;
	*digit = *digit == '9' ? '8' : (char)(*digit + 1);
	write_text(paths[1], text);
	said = output_of(DIFF(paths[0], paths[1]), 3);
	assert_non_null(strstr(said, "* delivered "));
	assert_non_null(strstr(said, "1 differs"));
	free(said);
	memcpy(strstr(text, "\"contrast\""), "\"compare\" ", 10);
	write_text(paths[1], text);
	process_expect_failure(DIFF(paths[0], paths[1]), 2, "command is \"compare\"",
			       "expected \"contrast\"");
	said = output_of(REPORT(paths[0], "--out", "-"), 0);
	assert_int_equal(strncmp(said, "<!doctype html>", 15), 0);
	free(said);
	said = output_of(REPORT(paths[0], "--markdown", "--out", "-"), 0);
	assert_non_null(strstr(said, "| unsequenced |"));
	assert_int_equal(access("-", F_OK), -1);
	free(said);
	process_expect_failure(REPORT("--out", paths[0], paths[0]), 2, "--out /tmp/",
			       "would be lost; give another name");
	free(output_of(DIFF(paths[0], paths[0]), 0));
	write_text(paths[1], "{\"format\": 7}");
	process_expect_failure(DIFF(paths[0], paths[1]), 1, "format is 7", "starling-bench result");
	process_expect_failure(REPORT("--markdown", paths[1]), 1, "format is 7",
			       "starling-bench result");
	unlink(paths[0]);
	unlink(paths[1]);
	free(text);
}

static void a_change_of_the_link_after_the_end_is_told(void **state)
{
	static const struct {
		const char *impair, *told;
	} rows[] = {
		{ "at=4s:blackout=1s", "" },
		{ "at=4s:blackout=2s", "to see it all, give --seconds 4\n" },
		{ "at=86400s:loss=1%", "to see it all, give --seconds 86398\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct process process = { 0 };

		process_start(&process, WORDS(SHORT, "--repeat", "1", "--modes", "raw", "--impair",
					      rows[i].impair));
		assert_int_equal(process_finish(&process, 60), 0);
		assert_int_equal(strstr(process.err_text, "the link changes until") != NULL,
				 rows[i].told[0] != '\0');
		assert_non_null(strstr(process.err_text, rows[i].told));
		process_end(&process);
	}
}

/* Repetitions */

static const char *note_at(const cJSON *row, int n)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItem(row, "notes"), n)->valuestring;
}

/* The digest is that of the seed: it is the same run. */
static void the_nth_repetition_is_a_run_with_the_nth_seed(void **state)
{
	static const char *const seeds[] = { "5", "6" };
	char *all = output_of(WORDS(SHORT, "--json", "--impair", "loss=9%,jitter=5ms", "--seed",
				    "5", "--repeat", "2"),
			      0);
	cJSON *repeated = cJSON_Parse(all);

	(void)state;
	assert_string_equal(
		cJSON_GetObjectItem(cJSON_GetObjectItem(repeated, "parameters"), "seeds")
			->valuestring,
		"5 to 6");
	for (int n = 0; n < 2; n++) {
		char *one = output_of(WORDS(SHORT, "--json", "--impair", "loss=9%,jitter=5ms",
					    "--repeat", "1", "--seed", seeds[n]),
				      0);
		cJSON *document = cJSON_Parse(one), *row;

		cJSON_ArrayForEach(row, cJSON_GetObjectItem(document, "rows"))
		{
			const cJSON *same = result_document_row(repeated, "mode",
								result_document_label(row, "mode"));
			char which[64];

			assert_true(result_document_value(same, "lost", n) == figure(row, "lost"));
			assert_true(result_document_value(same, "age_p99_us", n) ==
				    figure(row, "age_p99_us"));
			snprintf(which, sizeof(which), "repetition %d: %s", n + 1, note_at(row, 0));
			assert_string_equal(note_at(same, n), which);
		}
		cJSON_Delete(document);
		free(one);
	}
	cJSON_Delete(repeated);
	free(all);
}

static void unwrap(char *text)
{
	while ((text = strchr(text, '\n')))
		*text = ' ';
}

/* The sentences follow the figures on every link. */
static void the_words_say_what_the_figures_show(void **state)
{
	char *step =
		output_of(WORDS("--scenario", "delay-step", "--repeat", "2", "--seconds", "30"), 0);
	char *lossy =
		output_of(WORDS("--scenario", "lossy", "--repeat", "2", "--seconds", "20"), 0);

	(void)state;
	unwrap(step);
	unwrap(lossy);
	assert_non_null(strstr(step, "and with throttled at most"));
	assert_null(strstr(step, "of its updates waited"));
	assert_non_null(strstr(lossy, "On lossy: Choose unsequenced: "));
	assert_non_null(strstr(lossy, "of its updates waited"));
	free(step);
	free(lossy);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)); text++)
		count++;
	return count;
}

/* Without a flag but for the time: one table, its columns' meanings, and three sentences. */
static void a_first_run_answers_in_one_table_and_three_sentences(void **state)
{
	char *text = output_of(WORDS("--seconds", "10"), 0), *words;

	(void)state;
	assert_int_equal(count_of(text, "each member's link"), 1);
	assert_null(strstr(text, " \n"));
	words = strstr(text, "\n\nChoose ");
	assert_non_null(words);
	unwrap(words);
	assert_int_equal(count_of(words, ". "), 3);
	free(text);
}

static void the_parts_of_an_age_are_in_the_json_and_add_up_to_it(void **state)
{
	static const char *const parts[] = { "sender", "up",     "relay", "queue",   "down",
					     "repeat", "behind", "next",  "overdue", "unknown" };
	char *text = output_of(
		WORDS(SHORT, "--repeat", "2", "--modes", "reliable", "--why", "--json"), 0);
	cJSON *document = cJSON_Parse(text);
	const cJSON *row = result_document_row(document, "mode", "reliable");
	double mean = 0, moment = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "why_%s_us", parts[i]);
		mean += result_document_value(row, name, 1);
		snprintf(name, sizeof(name), "moment_%s_us", parts[i]);
		moment += result_document_value(row, name, 1);
	}
	assert_true(mean > 80000 && fabs(mean - result_document_value(row, "why_age_us", 1)) < 1);
	assert_true(moment > 80000 &&
		    fabs(moment - result_document_value(row, "moment_age_us", 1)) < 1);
	cJSON_Delete(document);
	free(text);
}

static void why_is_a_table_and_a_sentence_for_each_mode(void **state)
{
	char *text = output_of(WORDS(SHORT, "--why", "--modes", "reliable"), 0);

	(void)state;
	assert_non_null(strstr(text, "why it is old, in ms, and in % of the age\n"));
	assert_non_null(strstr(text, "reliable, at its oldest, at "));
	assert_non_null(strstr(text, "way up: On the way up to the relay."));
	free(text);
}

static void misuse_is_told_with_what_there_is(void **state)
{
	(void)state;
	process_expect_failure(WORDS("--scenario", "lan,moon"), 2, "there is no \"moon\"",
			       "lan, fibre, wifi, mobile, lossy, delay-step, blackout and "
			       "bufferbloat");
	process_expect_failure(WORDS("--scenario", "lan,"), 2, "there is no \"\"", "lan, fibre");
	process_expect_failure(WORDS("--scenario", "\033[2J"), 2, "\"\\x1b[2J\"", "lan, fibre");
	process_expect_failure(WORDS("--modes", "raw,tcp"), 2, "there is no \"tcp\"",
			       "throttled, raw and redundant");
	process_expect_failure(WORDS("--impair", "none", "--scenario", "lan"), 2, "--impair",
			       "--scenario");
	process_expect_failure(WORDS("--json", "--csv"), 2, "--json", "--csv");
	process_expect_failure(WORDS("--redundancy", "17"), 2, "--redundancy", "16");
	process_expect_failure(WORDS("--payload", "65"), 2, "--payload", "64");
	process_expect_failure(WORDS("--trace", "no/such.csv"), 1, "no/such.csv", "contrast");
	process_expect_failure(WORDS("--members", "64", "--rate", "1000", "--seconds", "3600"), 1,
			       "no memory for 64 members' updates", "shorter time");
	process_expect_failure(WORDS("--impair", "loss=2"), 2, "--impair", "^");
	process_expect_failure(WORDS("--live", "--why"), 2, "--why", "leave out --live");
}

static void a_trace_beyond_the_grain_is_refused_with_the_grain_that_would_do(void **state)
{
	char path[] = "/tmp/starling-far-XXXXXX";
	const int descriptor = mkstemp(path);
	FILE *file = fdopen(descriptor, "w");

	(void)state;
	assert_non_null(file);
	fprintf(file, "t,id,x,y,z\n0,1,368120.5,0,0\n0,2,0,-5620340.25,0\n");
	assert_int_equal(fclose(file), 0);
	process_expect_failure(WORDS("--trace", path), 2, ":3: y is -5620340.25",
			       "pass --grain 5000");
	process_expect_failure(WORDS("--trace", path, "--grain", "1"), 2,
			       ":2: x is 368120.5, and a grain of 1 um reaches 2147.483647 metres",
			       "pass --grain 5000");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_runs_print_the_same_bytes),
		cmocka_unit_test(no_line_of_the_table_is_longer_than_100_columns),
		cmocka_unit_test(modes_are_had_in_any_order_with_the_same_figures),
		cmocka_unit_test(a_change_of_the_link_after_the_end_is_told),
		cmocka_unit_test(every_csv_record_has_as_many_fields_as_the_names),
		cmocka_unit_test(a_sequenced_run_passes_the_65536th_packet_or_is_not_valid),
		cmocka_unit_test(every_row_of_the_json_makes_sense),
		cmocka_unit_test(two_results_agree_and_one_that_was_altered_does_not),
		cmocka_unit_test(the_nth_repetition_is_a_run_with_the_nth_seed),
		cmocka_unit_test(the_words_say_what_the_figures_show),
		cmocka_unit_test(a_first_run_answers_in_one_table_and_three_sentences),
		cmocka_unit_test(the_parts_of_an_age_are_in_the_json_and_add_up_to_it),
		cmocka_unit_test(why_is_a_table_and_a_sentence_for_each_mode),
		cmocka_unit_test(misuse_is_told_with_what_there_is),
		cmocka_unit_test(a_trace_beyond_the_grain_is_refused_with_the_grain_that_would_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The table of counters, and the metrics and the report that are made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "relay/status/counters.h"
#include "relay/status/metrics.h"
#include "relay/status/report.h"
#include "tests/fixtures/relay/rules_fixture.h"

enum {
	PROBE = 7777777,
	LINE_BYTES = 256,
};

static struct snapshot *snapshot; /* it is large */

static int set_up(void **state)
{
	struct config config;

	(void)state;
	config_default(&config);
	snapshot = snapshot_create(&config);
	return snapshot ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	snapshot_destroy(snapshot);
	return 0;
}

/* The caller frees it. */
static char *print_metrics(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	metrics_write(out, snapshot);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void clear(void)
{
	memset(&snapshot->counts, 0, sizeof(snapshot->counts));
	snapshot->counts.is_impaired = snapshot->counts.has_web = true;
}

/* As a sample of the text: its name with its labels. */
static void name_sample(char out[LINE_BYTES], const struct counter *counter, unsigned number)
{
	if (counter->series)
		snprintf(out, LINE_BYTES, "\nstarling_%s{%s=\"%s\"} ", counter->metric,
			 counter->label, counter->series(number));
	else if (counter->label)
		snprintf(out, LINE_BYTES, "\nstarling_%s{%s} ", counter->metric, counter->label);
	else
		snprintf(out, LINE_BYTES, "\nstarling_%s ", counter->metric);
}

static double sample(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	if (!at)
		fail_msg("no sample: %s", name + 1);
	assert_null(strstr(at + 1, name));
	return strtod(at + strlen(name), NULL);
}

/* The report's figure for the count, as JSON. */
static double reported(const struct counter *counter, unsigned number)
{
	const struct relay relay = { .member_count = 0 };
	const struct report report = { .relay = &relay, .counts = &snapshot->counts };
	const cJSON *item;
	char *text = NULL;
	double value;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	cJSON *document;

	assert_true(report_print(out, true, &report));
	assert_int_equal(fclose(out), 0);
	document = cJSON_Parse(text);
	item = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(document, counter->group),
		counter->series ? counter->series(number) : counter->name);
	if (!item)
		fail_msg("the report has no %s %s", counter->group, counter->name);
	value = item->valuedouble;
	cJSON_Delete(document);
	free(text);
	return value;
}

static void move(const struct counter *counter, unsigned number)
{
	const uint64_t wide = PROBE;
	const uint32_t narrow = PROBE;
	char *at = (char *)&snapshot->counts + counter->at + number * counter->bytes;

	if (counter->bytes == sizeof(narrow))
		memcpy(at, &narrow, sizeof(narrow));
	else
		memcpy(at, &wide, sizeof(wide));
}

static void see_moved(const struct counter *counter, unsigned number)
{
	const double unit = counter->unit > 0 ? counter->unit : 1;
	char name[LINE_BYTES], *text;

	clear();
	name_sample(name, counter, number);
	text = print_metrics();
	assert_true(sample(text, name) == 0);
	free(text);
	move(counter, number);
	text = print_metrics();
	if (fabs(sample(text, name) / unit - PROBE) > 1e-3)
		fail_msg("not moved: %s", name + 1);
	assert_true(reported(counter, number) == PROBE);
	free(text);
}

static void every_counter_is_in_the_metrics_and_in_the_report_under_its_own_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < counters_count; i++) {
		unsigned number = counters[i].first;

		if (counters[i].read)
			continue;
		do {
			see_moved(&counters[i], number);
		} while (++number < counters[i].next);
	}
}

static void an_impaired_links_figures_are_in_both(void **state)
{
	char *text;

	(void)state;
	clear();
	snapshot->counts.impaired.in.lost = 5;
	snapshot->counts.impaired.out.lost = 6;
	snapshot->counts.impaired.out.delay_max_ns = 20000000;
	text = print_metrics();
	assert_true(sample(text, "\nstarling_impaired_datagrams_in_total{fate=\"lost\"} ") == 5);
	assert_true(sample(text, "\nstarling_impaired_datagrams_out_total{fate=\"lost\"} ") == 6);
	assert_true(
		sample(text, "\nstarling_impaired_delay_out_seconds{figure=\"delay_max_us\"} ") ==
		0.02);
	free(text);
	for (size_t i = 0; i < counters_count; i++)
		if (counters[i].read && strcmp(counters[i].group, "impair_out") == 0 &&
		    counters[i].first == 0)
			assert_true(reported(&counters[i], 2) == 6);
}

static void rows_of_a_metric_stand_together_and_the_first_has_its_help(void **state)
{
	(void)state;
	for (size_t i = 0; i < counters_count; i++) {
		const bool is_first =
			i == 0 || strcmp(counters[i].metric, counters[i - 1].metric) != 0;
		const size_t size = strlen(counters[i].metric);
		const bool is_total =
			size > 6 && strcmp(counters[i].metric + size - 6, "_total") == 0;

		assert_int_equal(is_first, counters[i].help != NULL);
		assert_int_equal(is_total, !counters[i].is_gauge);
		assert_true(!counters[i].series || counters[i].label);
		for (size_t n = 0; is_first && n < i; n++)
			assert_string_not_equal(counters[n].metric, counters[i].metric);
	}
}

static void what_is_not_there_is_absent_and_not_zero(void **state)
{
	char *text;

	(void)state;
	memset(&snapshot->counts, 0, sizeof(snapshot->counts));
	text = print_metrics();
	assert_null(strstr(text, "http"));
	assert_null(strstr(text, "impaired"));
	free(text);
	clear();
	text = print_metrics();
	assert_non_null(strstr(text, "\nstarling_http_connections_total 0\n"));
	assert_non_null(strstr(text, "\nstarling_impaired_datagrams_overflown_total 0\n"));
	free(text);
}

static void durations_are_counted_up_to_their_bound(void **state)
{
	char *text;

	(void)state;
	clear();
	duration_note(&snapshot->counts.flush, -5);
	duration_note(&snapshot->counts.flush, 8000);
	duration_note(&snapshot->counts.flush, 8001);
	duration_note(&snapshot->counts.lateness, INT64_C(2000000000));
	text = print_metrics();
	assert_true(sample(text, "\nstarling_flush_duration_seconds_bucket{le=\"8e-06\"} ") == 2);
	assert_true(sample(text, "\nstarling_flush_duration_seconds_bucket{le=\"1.6e-05\"} ") == 3);
	assert_true(sample(text, "\nstarling_flush_duration_seconds_bucket{le=\"+Inf\"} ") == 3);
	assert_true(sample(text, "\nstarling_flush_duration_seconds_count ") == 3);
	assert_true(sample(text, "\nstarling_flush_duration_seconds_sum ") == 16.001e-6);
	assert_true(sample(text, "\nstarling_loop_lateness_seconds_bucket{le=\"0.524288\"} ") == 0);
	assert_true(sample(text, "\nstarling_loop_lateness_seconds_count ") == 1);
	assert_true(sample(text, "\nstarling_loop_lateness_seconds_sum ") == 2);
	free(text);
}

static void ages_are_counted_in_seconds(void **state)
{
	char *text;

	(void)state;
	clear();
	/* A stall of 20 s that began at once, and 2.5 ms of another state. */
	age_time_add(&snapshot->counts.accounting.ages, 0, 20000000);
	age_time_add(&snapshot->counts.accounting.ages, 0, 2500);
	text = print_metrics();
	assert_true(sample(text, "\nstarling_member_age_seconds_bucket{le=\"0.005\"} ") == 0.0075);
	assert_true(sample(text, "\nstarling_member_age_seconds_bucket{le=\"10\"} ") == 10.0025);
	assert_true(sample(text, "\nstarling_member_age_seconds_bucket{le=\"+Inf\"} ") == 20.0025);
	assert_true(sample(text, "\nstarling_member_age_seconds_count ") == 20.0025);
	free(text);
}

static void a_state_that_is_published_moves_updates_deliveries_and_ages(void **state)
{
	struct rules_fixture *fixture = *state;
	double ended = 0;
	char *text;

	rules_fixture_join(fixture, 0, "pitch");
	rules_fixture_join(fixture, 1, "pitch");
	rules_fixture_pass(fixture, 100);
	rules_fixture_publish(fixture, 0, 0, 1, 5);
	rules_fixture_pass(fixture, 40);
	rules_fixture_publish(fixture, 0, 0, 2, 6);
	rules_fixture_pass(fixture, 40);
	assert_int_equal(set_up(NULL), 0);
	clear();
	snapshot->counts.accounting = fixture->relay.accounting;
	text = print_metrics();
	assert_true(sample(text, "\nstarling_updates_received_total ") == 2);
	for (unsigned i = 0; i < ACCOUNTING_CAUSE_COUNT; i++) {
		char name[LINE_BYTES];

		snprintf(name, sizeof(name), "\nstarling_deliveries_ended_total{cause=\"%s\"} ",
			 accounting_cause_text((enum accounting_cause)i));
		ended += sample(text, name);
	}
	assert_true(ended == 2);
	assert_true(sample(text, "\nstarling_deliveries_due_total ") ==
		    ended + sample(text, "\nstarling_deliveries_pending "));
	/* Until the second came. */
	assert_true(sample(text, "\nstarling_member_age_seconds_count ") == 0.04);
	free(text);
	tear_down(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_counter_is_in_the_metrics_and_in_the_report_under_its_own_name,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_impaired_links_figures_are_in_both, set_up,
						tear_down),
		cmocka_unit_test(rows_of_a_metric_stand_together_and_the_first_has_its_help),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_absent_and_not_zero, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(durations_are_counted_up_to_their_bound, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(ages_are_counted_in_seconds, set_up, tear_down),
		RULES_TEST(a_state_that_is_published_moves_updates_deliveries_and_ages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

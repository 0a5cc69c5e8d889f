/* load and self-test as one who measures sees them. What they measure here is not judged, as other
 * programs run beside; that it is measured, said and kept is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <signal.h>
#include <unistd.h>

#include "tests/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
/* So wide that a loaded machine keeps to it, too. */
#define WIDE "p99=5s,loss=50%"

enum {
	NOT_VALID = 3,
	PATIENCE_S = 120,
};

static struct process bench, relay;

static int tear_down(void **state)
{
	(void)state;
	process_end(&bench);
	process_end(&relay);
	return 0;
}

static const cJSON *row_of(const cJSON *document, const char *label, const char *text)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(document, "rows"))
	{
		const cJSON *labels = cJSON_GetObjectItemCaseSensitive(row, "labels");
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(labels, label);

		if (cJSON_IsString(item) && strcmp(item->valuestring, text) == 0)
			return row;
	}
	fail_msg("no row with %s \"%s\"", label, text);
	return NULL;
}

static double label_of(const cJSON *row, const char *name)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(row, "labels");

	return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(labels, name));
}

static const cJSON *figure_of(const cJSON *row, const char *name)
{
	const cJSON *figures = cJSON_GetObjectItemCaseSensitive(row, "figures");
	const cJSON *figure = cJSON_GetObjectItemCaseSensitive(figures, name);

	if (!figure)
		fail_msg("no figure \"%s\"", name);
	return figure;
}

static double median_of(const cJSON *row, const char *name)
{
	const cJSON *median = cJSON_GetObjectItemCaseSensitive(figure_of(row, name), "median");

	return cJSON_GetNumberValue(median);
}

static const char *parameter_of(const cJSON *document, const char *name)
{
	const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(document, "parameters");
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, name));

	return text ? text : "";
}

static int values_of(const cJSON *row, const char *name)
{
	return cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(figure_of(row, name), "values"));
}

static void no_line_is_over_100_columns(const char *text)
{
	for (const char *line = text; *line != '\0';) {
		const size_t size = strcspn(line, "\n");

		assert_in_range(size, 0, 100);
		line += size + (line[size] == '\n');
	}
}

static cJSON *run_for_document(const char *const *words, int *status)
{
	cJSON *document;

	process_start(&bench, words);
	*status = process_finish(&bench, PATIENCE_S);
	document = cJSON_Parse(bench.out_text);
	if (!document)
		fail_msg("exit %d: %s", *status, bench.err_text);
	return document;
}

static void a_search_carries_as_many_as_it_may_try(void **state)
{
	const cJSON *found, *path;
	cJSON *document;
	int status;

	(void)state;
	document =
		run_for_document(FLAGS("starling-bench", "load", "--max-members", "8", "--seconds",
				       "0.3", "--repeat", "2", "--bound", WIDE, "--json"),
				 &status);
	assert_int_equal(status, 0);
	assert_string_equal(bench.err_text, ""); /* no progress where there is no terminal */
	path = row_of(document, "step", "path");
	assert_true(label_of(path, "members") == 2);
	found = row_of(document, "step", "result");
	assert_true(median_of(found, "carried") == 8);
	assert_true(median_of(found, "failed") == 0);
	assert_int_equal(values_of(found, "delay_p99_us"), 2);
	assert_true(median_of(found, "delivered_per_s") > 0);
	assert_true(median_of(found, "core_share") > 0);
	assert_true(median_of(found, "generator_core_share") > 0);
	assert_true(median_of(found, "delay_p99_us") > 0);
	assert_true(median_of(found, "peak_bytes") > 100000);
	cJSON_Delete(document);
}

static void rooms_and_rates_are_searched_too(void **state)
{
	cJSON *document;
	int status;

	(void)state;
	document = run_for_document(FLAGS("starling-bench", "load", "--by", "rate", "--members",
					  "3", "--rate", "20", "--max-rate", "40", "--seconds",
					  "0.3", "--repeat", "1", "--contender", "naive", "--bound",
					  WIDE, "--json"),
				    &status);
	assert_int_equal(status, 0);
	assert_true(median_of(row_of(document, "step", "result"), "carried") == 40);
	cJSON_Delete(document);
	process_end(&bench);
	document = run_for_document(FLAGS("starling-bench", "load", "--by", "rooms", "--members",
					  "2", "--max-members", "5", "--seconds", "0.3", "--repeat",
					  "1", "--contender", "every", "--tick", "60", "--bound",
					  WIDE, "--json"),
				    &status);
	assert_int_equal(status, 0);
	assert_string_equal(parameter_of(document, "contender"), "every 60 Hz");
	assert_true(median_of(row_of(document, "step", "result"), "carried") == 2);
	cJSON_Delete(document);
}

static void nothing_is_carried_within_an_impossible_bound(void **state)
{
	int status;

	(void)state;
	process_start(&bench, FLAGS("starling-bench", "load", "--max-members", "4", "--seconds",
				    "0.3", "--repeat", "1", "--bound", "p50=1us"));
	status = process_finish(&bench, PATIENCE_S);
	assert_true(status == 0 || status == NOT_VALID);
	assert_non_null(strstr(bench.out_text, "Nothing is carried within the bound"));
	assert_non_null(strstr(bench.out_text, "Bounded by"));
	assert_int_equal(status == NOT_VALID, strstr(bench.out_text, "not valid") != NULL);
	no_line_is_over_100_columns(bench.out_text);
}

static void a_relay_that_nobody_runs_is_told_at_once(void **state)
{
	const double start_s = process_now_s();

	(void)state;
	process_expect_failure(FLAGS("starling-bench", "load", "--relay", "127.0.0.1:9"), 1,
			       "127.0.0.1:9", "nothing listens");
	assert_true(process_now_s() - start_s < 10);
}

static void a_full_room_bounds_the_search_with_the_relays_own_words(void **state)
{
	char at[32], pid[16], own[16];
	cJSON *document;
	int status;

	(void)state;
	snprintf(at, sizeof(at), "127.0.0.1:%u",
		 process_start_relay(&relay, FLAGS("--members", "3")));
	snprintf(pid, sizeof(pid), "%d", (int)relay.pid);
	snprintf(own, sizeof(own), "%d", (int)getpid());
	document = run_for_document(FLAGS("starling-bench", "load", "--relay", at, "--pid", pid,
					  "--max-members", "8", "--seconds", "0.3", "--repeat", "1",
					  "--bound", WIDE, "--json"),
				    &status);
	assert_int_equal(status, 0);
	assert_true(median_of(row_of(document, "step", "result"), "carried") == 3);
	assert_string_equal(parameter_of(document, "bounded_by"), "relay's own limit");
	assert_string_equal(parameter_of(document, "relay_limit"), "3 members in a room");
	assert_string_equal(parameter_of(document, "refusal"), "ROOM_FULL");
	assert_non_null(strstr(parameter_of(document, "refusal_words"), "3 members"));
	cJSON_Delete(document);
	process_end(&bench);
	/* A load that cannot be had at all, another kind of relay, another program's process. */
	process_start(&bench, FLAGS("starling-bench", "load", "--relay", at, "--by", "rate",
				    "--members", "5", "--seconds", "0.1"));
	assert_int_equal(process_finish(&bench, PATIENCE_S), 1);
	assert_non_null(strstr(bench.err_text, "ROOM_FULL"));
	assert_non_null(strstr(bench.out_text, "not valid"));
	no_line_is_over_100_columns(bench.out_text);
	process_expect_failure(
		FLAGS("starling-bench", "load", "--relay", at, "--contender", "naive"), 1, "member",
		"does not speak");
	process_expect_failure(FLAGS("starling-bench", "load", "--relay", at, "--pid", own), 2,
			       "--pid", "does not listen");
}

static void a_relay_that_says_nothing_to_more_clients_bounds_the_search_too(void **state)
{
	char at[32];

	(void)state;
	snprintf(at, sizeof(at), "127.0.0.1:%u",
		 process_start_relay(&relay, FLAGS("--clients", "3")));
	process_start(&bench, FLAGS("starling-bench", "load", "--relay", at, "--max-members", "8",
				    "--seconds", "0.3", "--repeat", "1", "--bound", WIDE));
	assert_int_equal(process_finish(&bench, PATIENCE_S), 0);
	assert_non_null(strstr(bench.out_text, "load carried: 3 members"));
	assert_non_null(strstr(bench.out_text, "own limit"));
	assert_null(strstr(bench.out_text, "not valid"));
	no_line_is_over_100_columns(bench.out_text);
}

static void a_search_out_of_bouts_or_stopped_says_so(void **state)
{
	char at[32];
	cJSON *document;
	int status;

	(void)state;
	document = run_for_document(FLAGS("starling-bench", "load", "--bouts", "1", "--seconds",
					  "0.1", "--bound", WIDE, "--json"),
				    &status);
	assert_int_equal(status, NOT_VALID);
	assert_string_equal(parameter_of(document, "bounded_by"), "out of bouts");
	cJSON_Delete(document);
	process_end(&bench);
	snprintf(at, sizeof(at), "127.0.0.1:%u", process_start_relay(&relay, FLAGS("-v")));
	process_start(&bench, FLAGS("starling-bench", "load", "--relay", at, "--max-members", "4",
				    "--seconds", "1", "--bound", WIDE));
	/* The path's two members have left, so four come next. */
	assert_true(process_await_err(&relay, "member 3 ", PATIENCE_S));
	process_signal(&bench, SIGINT);
	assert_int_equal(process_finish(&bench, PATIENCE_S), 1);
	assert_non_null(strstr(bench.err_text, "stopped"));
	assert_non_null(strstr(bench.out_text, "stopped by a signal"));
	assert_null(strstr(bench.out_text, "to be tried"));
}

static void a_relay_killed_in_the_middle_leaves_what_was_measured(void **state)
{
	char at[32];
	uint16_t port;

	(void)state;
	port = process_start_relay(&relay, FLAGS("-v"));
	snprintf(at, sizeof(at), "127.0.0.1:%u", port);
	process_start(&bench, FLAGS("starling-bench", "load", "--relay", at, "--max-members", "4",
				    "--seconds", "1", "--bound", WIDE, "--json"));
	/* The path's two members have left, so four come next. */
	assert_true(process_await_err(&relay, "member 3 ", PATIENCE_S));
	process_signal(&relay, SIGKILL);
	assert_int_equal(process_finish(&bench, PATIENCE_S), 1);
	assert_non_null(strstr(bench.err_text, at));
	assert_non_null(strstr(bench.out_text, "\"path\""));
	assert_non_null(strstr(bench.out_text, "\"valid\":\tfalse"));
	assert_non_null(strstr(bench.out_text, "\"relay gone\""));
}

static pid_t first_child(pid_t parent)
{
	char path[64];
	FILE *file;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	file = fopen(path, "re");
	if (file && fscanf(file, "%d", &pid) != 1)
		pid = 0;
	if (file)
		fclose(file);
	return pid;
}

static void an_own_relay_that_dies_ends_the_search_at_once(void **state)
{
	const double until_s = process_now_s() + 20;
	pid_t child = 0;

	(void)state;
	process_start(&bench, FLAGS("starling-bench", "load", "--contender", "naive", "--seconds",
				    "600", "--bound", WIDE));
	while (child == 0) {
		assert_true(process_now_s() < until_s);
		child = first_child(bench.pid);
	}
	kill(child, SIGKILL);
	assert_int_equal(process_finish(&bench, 20), 1);
	assert_non_null(strstr(bench.err_text, "naive"));
}

static void misuse_gets_its_sentence(void **state)
{
	const struct {
		const char *const *words;
		int status;
		const char *says, *also;
	} rows[] = {
		{ FLAGS("starling-bench", "load", "--by", "size"), 2, "--by size", "rooms" },
		{ FLAGS("starling-bench", "load", "--bound", "p99=10"), 2, "p99=10", "ms" },
		{ FLAGS("starling-bench", "load", "--tick", "often"), 2, "--tick often", "auto" },
		{ FLAGS("starling-bench", "load", "--contender", "enet"), 2, "--contender enet",
		  "naive" },
		{ FLAGS("starling-bench", "load", "--contender", "udp,tcp"), 2, "udp,tcp",
		  "one of" },
		{ FLAGS("starling-bench", "load", "--members", "8"), 2, "--members",
		  "--max-members" },
		{ FLAGS("starling-bench", "load", "--relay", "192.0.2.1:7777"), 2, "192.0.2.1",
		  "--i-operate-this-relay" },
		{ FLAGS("starling-bench", "load", "--relay", "127.0.0.1:0"), 2, "--relay", "port" },
		{ FLAGS("starling-bench", "load", "--pid", "1"), 2, "--pid", "--relay" },
		{ FLAGS("starling-bench", "load", "--by", "rate", "--members", "500", "--max-rate",
			"1000", "--relay", "127.0.0.1:9"),
		  2, "500 members", "200000" },
		/* The default rate ends where that does. */
		{ FLAGS("starling-bench", "load", "--by", "rate", "--members", "500", "--relay",
			"127.0.0.1:9"),
		  1, "127.0.0.1:9", "nothing listens" },
		{ FLAGS("starling-bench", "load", "--by", "rate", "--members", "500", "--rate",
			"401", "--relay", "127.0.0.1:9"),
		  2, "500 members at 401 Hz", "200000" },
		{ FLAGS("starling-bench", "load", "--by", "rate", "--rate", "60", "--max-rate",
			"59"),
		  2, "--rate", "--max-rate" },
		{ FLAGS("starling-bench", "load", "--by", "rate", "--max-rate", "1001"), 2,
		  "--max-rate 1001", "1000" },
		{ FLAGS("starling-bench", "load", "--programs", "/nowhere"), 1,
		  "/nowhere/starlingd", "--programs" },
		{ FLAGS("starling-bench", "self-test", "--programs", "/nowhere"), 1,
		  "/nowhere/baseline-udp_fanout", "--programs" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		process_expect_failure(rows[i].words, rows[i].status, rows[i].says, rows[i].also);
}

static void the_self_test_measures_what_is_known(void **state)
{
	static const double known_us[] = { 0, 2000, 20000 };
	cJSON *document;
	unsigned seen = 0;
	const cJSON *row;
	int status;

	(void)state;
	document = run_for_document(FLAGS("starling-bench", "--self-test", "--seconds", "0.5",
					  "--repeat", "1", "--json"),
				    &status);
	assert_true(status == 0 || status == NOT_VALID);
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(document, "rows"))
	{
		if (seen == 3)
			break;
		assert_true(median_of(row, "known_us") == known_us[seen]);
		/* Delays are cut to whole microseconds. */
		assert_true(median_of(row, "delay_p50_us") >= known_us[seen] - 1);
		assert_true(median_of(row, "error_p50_us") ==
			    median_of(row, "delay_p50_us") - known_us[seen]);
		/* 8 members, 15 updates each, to 7 others. */
		assert_true(median_of(row, "delivered") <= 840);
		assert_true(median_of(row, "delivered") > 0);
		seen++;
	}
	assert_int_equal(seen, 3);
	row = row_of(document, "check", "clock");
	assert_true(median_of(row, "read_ns") > 0);
	row = row_of(document, "check", "histogram");
	assert_true(median_of(row, "hist_error") <= 0.001);
	cJSON_Delete(document);
}

static void the_self_test_ends_in_words(void **state)
{
	int status;

	(void)state;
	process_start(&bench,
		      FLAGS("starling-bench", "self-test", "--seconds", "0.3", "--repeat", "1"));
	status = process_finish(&bench, PATIENCE_S);
	assert_true(status == 0 || status == NOT_VALID);
	assert_non_null(strstr(bench.out_text, "Without a delay the path"));
	assert_non_null(strstr(bench.out_text, "quantiles"));
	no_line_is_over_100_columns(bench.out_text);
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(a_search_carries_as_many_as_it_may_try),
		E2E(rooms_and_rates_are_searched_too),
		E2E(nothing_is_carried_within_an_impossible_bound),
		E2E(a_relay_that_nobody_runs_is_told_at_once),
		E2E(a_full_room_bounds_the_search_with_the_relays_own_words),
		E2E(a_relay_that_says_nothing_to_more_clients_bounds_the_search_too),
		E2E(a_search_out_of_bouts_or_stopped_says_so),
		E2E(a_relay_killed_in_the_middle_leaves_what_was_measured),
		E2E(an_own_relay_that_dies_ends_the_search_at_once),
		E2E(misuse_gets_its_sentence),
		E2E(the_self_test_measures_what_is_known),
		E2E(the_self_test_ends_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

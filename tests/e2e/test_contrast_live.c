/*
 * contrast --live as its user sees it: every carrier delivers, and no process or namespace is left
 * over.
 */
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
#include <signal.h>
#include <unistd.h>

#include "tests/fixtures/bench/result_document.h"
#include "tests/fixtures/net/networks.h"
#include "tests/fixtures/process.h"

#define WORDS(...)                                                                                 \
	((const char *const[]){ "starling-bench", "contrast", "--live", __VA_ARGS__, NULL })
#define SHORT "--members", "3", "--seconds", "2", "--repeat", "1", "--json"

enum {
	NOT_VALID = 3,
	PATIENCE_S = 180,
	CHILDREN_MAX = 16,
	RUNS_MAX = 10,
	DUE = 3 * 20 * 2 * 2, /* members, a second, to the others, seconds */
};

/* As many as run at the same time: no assertion about figures depends on the machine's speed. */
static struct process runs[RUNS_MAX], repetitions;
static struct process *const bench = &runs[0];

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < RUNS_MAX; i++)
		process_end(&runs[i]);
	return 0;
}

/* The word must be whole: "unsequenced raw" does not hold "sequenced". */
static bool is_one_of(const char *mode, const char *list)
{
	const size_t size = strlen(mode);

	for (const char *found = list; (found = strstr(found, mode)); found += size)
		if ((found == list || found[-1] == ' ') &&
		    (found[size] == ' ' || found[size] == '\0'))
			return true;
	return false;
}

/*
 * A loss so high that hardly any run is without one, and so low that a stream's segment and its
 * repeats are seldom all lost. Reliable datagrams need more loss before one waits for a lost one,
 * which is often there again before the next comes.
 */
static const char *impairment_of(const char *mode)
{
	return is_one_of(mode, "reliable") ? "delay=5ms,loss=10%" : "delay=5ms,loss=3%";
}

static size_t points(const cJSON *row, const char *name)
{
	const cJSON *series = result_document_part(result_document_part(row, "series"), name);

	assert_int_equal(cJSON_GetArraySize(result_document_part(series, "x")),
			 cJSON_GetArraySize(result_document_part(series, "y")));
	return (size_t)cJSON_GetArraySize(result_document_part(series, "x"));
}

static bool is_noted(const cJSON *row, const char *words)
{
	const cJSON *note;

	cJSON_ArrayForEach(note, result_document_part(row, "notes")) if (strstr(note->valuestring,
										words)) return true;
	return false;
}

/*
 * From the socket to the application: a datagram is handed on at once, a stream has no such figure.
 */
static void check_waits(const cJSON *row, const char *mode)
{
	if (is_one_of(mode, "tcp nodelay http")) {
		assert_true(isnan(result_document_median(row, "hol_count")) &&
			    isnan(result_document_median(row, "hol_p99_us")));
		return;
	}
	assert_true(result_document_median(row, "hol_count") > 0);
	assert_true(result_document_median(row, "hol_count") <=
		    result_document_median(row, "delivered"));
	/* Sequenced packets do wait when the 65,536th, which is reliable, is lost. */
	if (is_one_of(mode, "unsequenced raw redundant"))
		assert_true(result_document_median(row, "hol_waited") == 0 &&
			    result_document_median(row, "hol_max_us") == 0);
	if (is_one_of(mode, "reliable"))
		assert_true(result_document_median(row, "hol_waited") > 0 &&
			    result_document_median(row, "hol_max_us") > 0);
}

/* The check counts deliveries and no times, so it holds on a busy machine. */
static void check_row(const cJSON *row)
{
	const char *mode = result_document_label(row, "mode");

	if (result_document_median(row, "delivered") <= 0 ||
	    result_document_median(row, "datagrams") <= 0)
		fail_msg("%s delivered nothing", mode);
	assert_true(result_document_median(row, "due") == DUE);
	assert_true(result_document_median(row, "delivered") + result_document_median(row, "lost") +
			    result_document_median(row, "skipped") ==
		    DUE);
	if (is_one_of(mode, "reliable tcp nodelay") && result_document_median(row, "lost") != 0)
		fail_msg("%s lost %g", mode, result_document_median(row, "lost"));
	if (is_one_of(mode, "unsequenced sequenced raw") &&
	    result_document_median(row, "lost") <= 0)
		fail_msg("%s lost nothing", mode);
	assert_false(is_noted(row, "digest"));
	assert_false(cJSON_HasObjectItem(result_document_part(row, "figures"), "simulated_s"));
	assert_true(result_document_median(row, "delay_p50_us") >= 10000); /* 5 ms each way */
	assert_true(result_document_median(row, "delay_p50_us") <=
		    result_document_median(row, "delay_p99_us"));
	assert_true(result_document_median(row, "age_p50_us") <=
		    result_document_median(row, "age_p99_us"));
	assert_true(result_document_median(row, "age_p99_us") <=
		    result_document_median(row, "age_max_us"));
	assert_true(result_document_median(row, "jitter_median_us") > 0 &&
		    result_document_median(row, "pdv_p99_us") > 0);
	assert_true(result_document_median(row, "up_entered") > 0 &&
		    result_document_median(row, "down_entered") > 0);
	assert_true(result_document_median(row, "send_late_p99_us") >= 0 &&
		    result_document_median(row, "own_drops") >= 0);
	assert_true(result_document_median(row, "own_p99_us") > 0 &&
		    result_document_median(row, "own_p99_us") <=
			    result_document_median(row, "delay_p99_us"));
	check_waits(row, mode);
	assert_true(points(row, "age_cdf") > 100 && points(row, "age_time") > 0);
	assert_int_equal(cJSON_GetArraySize(result_document_part(row, "reasons")) == 0,
			 cJSON_IsTrue(result_document_part(row, "valid")));
}

/* The document of a run with these modes, in their order. */
static void check_run(const struct process *run, const char *modes)
{
	cJSON *document = cJSON_Parse(run->out_text);
	char rows[256] = "";
	const cJSON *row;

	if (run->status != 0 && run->status != NOT_VALID)
		fail_msg("exit %d: %s", run->status, run->err_text);
	assert_non_null(document);
	assert_true(cJSON_IsFalse(result_document_part(document, "simulated")));
	assert_int_equal(cJSON_IsTrue(result_document_part(document, "valid")), run->status == 0);
	cJSON_ArrayForEach(row, result_document_part(document, "rows"))
	{
		check_row(row);
		snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows), "%s%s",
			 rows[0] ? "," : "", result_document_label(row, "mode"));
	}
	assert_string_equal(rows, modes);
	cJSON_Delete(document);
}

static void every_carrier_delivers(void **state)
{
	static const char *const modes[RUNS_MAX] = {
		"unsequenced", "sequenced", "reliable", "shared",  "throttled",
		"raw",         "redundant", "tcp",      "nodelay", "http",
	};

	(void)state;
	networks_need();
	for (size_t i = 0; i < RUNS_MAX; i++)
		process_start(&runs[i], WORDS(SHORT, "--impair", impairment_of(modes[i]), "--modes",
					      modes[i]));
	for (size_t i = 0; i < RUNS_MAX; i++) {
		process_finish(&runs[i], PATIENCE_S);
		check_run(&runs[i], modes[i]);
	}
}

/* A zombie does not run, though nobody has reaped it yet. */
static bool is_running(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(file);
	return state != 'Z';
}

static bool is_called(pid_t pid, const char *name)
{
	char path[64], comm[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = fopen(path, "re");
	if (file && !fgets(comm, sizeof(comm), file))
		comm[0] = '\0';
	if (file)
		fclose(file);
	return strncmp(comm, name, strlen(name)) == 0;
}

/*
 * Waits until the relay `program` (not `other`), the link emulator and the members run, as long as
 * the bench does; returns how many run, and in `relay` which one it is.
 */
static size_t await_children(const struct process *run, const char *program, pid_t other,
			     pid_t pids[CHILDREN_MAX], pid_t *relay)
{
	const double until_s = process_now_s() + 60;

	for (;;) {
		size_t count = process_children(run->pid, pids, CHILDREN_MAX);

		for (size_t i = 0; count >= 3 && i < count; i++)
			if (pids[i] != other && is_called(pids[i], program)) {
				*relay = pids[i];
				return count;
			}
		if (process_now_s() > until_s || !is_running(run->pid))
			fail_msg("no %s was started", program);
	}
}

static void expect_gone(const pid_t *pids, size_t count)
{
	const double until_s = process_now_s() + 5;

	for (size_t i = 0; i < count; i++)
		while (is_running(pids[i]))
			if (process_now_s() > until_s)
				fail_msg("process %d is left over", (int)pids[i]);
}

/* The signal comes in the second repetition: the first is kept, and marked. */
static void check_stopped_table(struct process *run)
{
	assert_int_equal(process_finish(run, 10), 1);
	assert_non_null(strstr(run->err_text, "tcp: repetition 2: stopped"));
	assert_non_null(strstr(run->out_text, "\n! tcp"));
	/* A busy machine adds reasons of its own before it. */
	assert_non_null(strstr(run->out_text, "! not valid: tcp: "));
	assert_non_null(strstr(run->out_text, "only 1 of 2 repetitions were finished"));
	assert_non_null(strstr(run->out_text, "not valid: stopped after 1 of 2 runs"));
}

/* Without --modes there are all of them. */
static void check_stopped_result(struct process *run)
{
	cJSON *document;

	assert_int_equal(process_finish(run, 10), 1);
	assert_non_null(strstr(run->err_text, "sequenced: stopped"));
	document = cJSON_Parse(run->out_text);
	assert_non_null(document);
	assert_true(cJSON_IsFalse(result_document_part(document, "valid")));
	assert_non_null(strstr(run->out_text, "\"stopped after 1 of 10 rows\""));
	assert_int_equal(cJSON_GetArraySize(result_document_part(document, "rows")), 1);
	cJSON_Delete(document);
}

static void ctrl_c_ends_all_and_prints_what_was_measured(void **state)
{
	pid_t table_pids[CHILDREN_MAX], result_pids[CHILDREN_MAX], first_tcp, first_ours, relay;
	size_t table_count, result_count;

	(void)state;
	networks_need();
	process_start(&runs[0], WORDS("--members", "3", "--seconds", "1", "--modes", "tcp",
				      "--impair", "none", "--repeat", "2"));
	process_start(&runs[1], WORDS(SHORT, "--impair", "none"));
	await_children(&runs[0], "baseline-tcp", 0, table_pids, &first_tcp);
	await_children(&runs[1], "starlingd", 0, result_pids, &first_ours);
	table_count = await_children(&runs[0], "baseline-tcp", first_tcp, table_pids, &relay);
	process_signal(&runs[0], SIGINT);
	result_count = await_children(&runs[1], "starlingd", first_ours, result_pids, &relay);
	process_signal(&runs[1], SIGINT);
	check_stopped_table(&runs[0]);
	check_stopped_result(&runs[1]);
	expect_gone(table_pids, table_count);
	expect_gone(result_pids, result_count);
}

/* Starts a run of our relay that lasts until it is ended. Returns as await_children does. */
static size_t start_long_run(pid_t pids[CHILDREN_MAX], pid_t *relay)
{
	networks_need();
	process_start(bench, WORDS("--members", "3", "--seconds", "30", "--modes", "reliable",
				   "--impair", "none"));
	return await_children(bench, "starlingd", 0, pids, relay);
}

static void a_bench_that_is_killed_takes_its_processes_with_it(void **state)
{
	pid_t pids[CHILDREN_MAX], relay;
	const size_t count = start_long_run(pids, &relay);

	(void)state;
	process_signal(bench, SIGKILL);
	process_finish(bench, 10);
	expect_gone(pids, count);
}

static void a_relay_that_goes_in_the_middle_gets_a_sentence(void **state)
{
	pid_t pids[CHILDREN_MAX], relay;
	const size_t count = start_long_run(pids, &relay);

	(void)state;
	kill(relay, SIGKILL);
	assert_int_equal(process_finish(bench, 10), 1);
	assert_non_null(strstr(bench->err_text, "the relay went away in the middle"));
	expect_gone(pids, count);
}

/* Each figure has a value for each repetition, and the seeds are printed. */
static void check_two_repetitions(const char *text)
{
	cJSON *document = cJSON_Parse(text);
	const cJSON *parameters = result_document_part(document, "parameters"), *figure;
	const cJSON *row = cJSON_GetArrayItem(result_document_part(document, "rows"), 0);

	assert_true(result_document_part(parameters, "repeat")->valuedouble == 2);
	assert_true(result_document_part(parameters, "seed")->valuedouble == 7);
	assert_string_equal(result_document_parameter(document, "seeds"), "7 to 8");
	assert_int_equal(cJSON_GetArraySize(result_document_part(document, "rows")), 1);
	cJSON_ArrayForEach(figure, result_document_part(row, "figures"))
	{
		assert_int_equal(cJSON_GetArraySize(result_document_part(figure, "values")), 2);
	}
	assert_true(result_document_median(row, "due") == 2 * 20);
	assert_true(points(row, "age_cdf") > 100 && points(row, "age_time") > 0);
	cJSON_Delete(document);
}

/* They run beside the first tests, as they mostly wait. */
static int start_repetitions(void **state)
{
	(void)state;
	process_start(&repetitions,
		      WORDS("--members", "2", "--seconds", "1", "--modes", "raw", "--impair",
			    "none", "--json", "--repeat", "2", "--seed", "7"));
	return 0;
}

static int end_repetitions(void **state)
{
	(void)state;
	process_end(&repetitions);
	return 0;
}

static void two_live_repetitions_are_in_the_document(void **state)
{
	(void)state;
	networks_need();
	process_finish(&repetitions, PATIENCE_S);
	check_two_repetitions(repetitions.out_text);
}

static void misuse_and_what_is_missing_get_their_sentence(void **state)
{
	(void)state;
	process_expect_failure(WORDS("--sim"), 2, "--sim", "--live");
	process_expect_failure(WORDS("--repeat", "0"), 2, "--repeat", "1 to 64");
	process_expect_failure(WORDS("--modes", "raw,carrier-pigeon"), 2, "carrier-pigeon", "http");
	process_expect_failure(WORDS("--programs", "/nowhere"), 1, "/nowhere/starlingd",
			       "--programs");
	process_expect_failure(
		(const char *const[]){ "starling-bench", "contrast", "--again", "1", NULL }, 2,
		"--again", "--live");
	process_expect_failure(WORDS("--again", "101"), 2, "--again", "0 to 100");
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(every_carrier_delivers),
		E2E(ctrl_c_ends_all_and_prints_what_was_measured),
		E2E(a_bench_that_is_killed_takes_its_processes_with_it),
		E2E(a_relay_that_goes_in_the_middle_gets_a_sentence),
		E2E(two_live_repetitions_are_in_the_document),
		E2E(misuse_and_what_is_missing_get_their_sentence),
	};

	return cmocka_run_group_tests(tests, start_repetitions, end_repetitions);
}

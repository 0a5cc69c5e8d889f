/* compare as its user sees it: each relay in its own process, everything delivered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "tests/fixtures/bench/result_document.h"
#include "tests/fixtures/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	NOT_VALID = 3,
	PATIENCE_S = 90,
	/* 4 members, 10 Hz, 1 s: each of 40 updates to 3 others. */
	DUE = 120,
	ROOMS_DUE = 60, /* 6 members in 3 rooms: each update goes to one other */
	TRIES = 3,
};

/*
 * A run mostly waits, so those that take long start before the first test and run side by side;
 * each test takes the end of its own.
 */
enum run {
	RUN_GONE,
	RUN_TABLE,
	RUN_UNSEQUENCED,
	RUN_RELIABLE,
	RUN_EVERY,
	RUN_ROOMS,
	RUN_OTHERS,
	RUNS,
};

static const char *const *const plans[RUNS] = {
	[RUN_GONE] =
		FLAGS("starling-bench", "compare", "--members", "4", "--rate", "10", "--seconds",
		      "2", "--repeat", "1", "--only", "starling,naive", "--tick", "auto"),
	[RUN_TABLE] =
		FLAGS("starling-bench", "compare", "--members", "3", "--rate", "10", "--seconds",
		      "0.5", "--repeat", "1", "--only", "starling,naive", "--tick", "auto,0,60"),
	[RUN_UNSEQUENCED] = FLAGS("starling-bench", "compare", "--members", "4", "--rate", "10",
				  "--seconds", "1", "--repeat", "1", "--tick", "auto", "--only",
				  "starling,naive,udp,tcp,nodelay", "--json"),
	[RUN_RELIABLE] = FLAGS("starling-bench", "compare", "--members", "4", "--rate", "10",
			       "--mode", "reliable", "--seconds", "1", "--repeat", "1", "--tick",
			       "auto", "--only", "starling,naive,udp,tcp,nodelay", "--json"),
	[RUN_EVERY] =
		FLAGS("starling-bench", "compare", "--members", "4", "--rate", "60", "--seconds",
		      "1", "--repeat", "1", "--tick", "20", "--only", "starling,every", "--json"),
	[RUN_ROOMS] = FLAGS("starling-bench", "compare", "--members", "6", "--rooms", "3", "--rate",
			    "10", "--seconds", "1", "--repeat", "1", "--tick", "auto", "--only",
			    "starling,naive,udp,segment", "--json"),
	[RUN_OTHERS] = FLAGS("starling-bench", "compare", "--members", "4", "--rate", "10",
			     "--seconds", "1", "--repeat", "1", "--only", "udp,mosquitto,nats",
			     "--tick", "auto", "--json"),
};

static struct process runs[RUNS];
static struct process bench; /* belongs to one test alone */

static int start_all(void **state)
{
	(void)state;
	for (enum run n = 0; n < RUNS; n++)
		process_start(&runs[n], plans[n]);
	return 0;
}

static int end_all(void **state)
{
	(void)state;
	for (enum run n = 0; n < RUNS; n++)
		process_end(&runs[n]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	process_end(&bench);
	return 0;
}

/* The value of a row that was measured once. */
static double figure(const cJSON *row, const char *name)
{
	assert_int_equal(cJSON_GetArraySize(result_document_values(row, name)), 1);
	return result_document_value(row, name, 0);
}

/*
 * Every update that was due arrived, or was left out for a newer one. The naive relay may lose
 * more, but less than if it forgot a member: it leaves ENet's throttle on, and each acknowledgement
 * that a busy machine delays makes the throttle drop one more update in sixteen.
 */
static void check_delivered(const cJSON *row, double due, double left_out)
{
	const bool is_throttled = strcmp(result_document_label(row, "contender"), "naive") == 0 &&
				  strcmp(result_document_label(row, "mode"), "unsequenced") == 0;
	const double delivered = figure(row, "delivered");
	const double lost = due - left_out - delivered;

	if (lost < -0.5 || lost > (is_throttled ? due / 5 : 0.5))
		fail_msg("%s, %s, delivered %g of %g, %g left out",
			 result_document_label(row, "contender"),
			 result_document_label(row, "mode"), delivered, due, left_out);
	assert_true((figure(row, "loss") > 0) == (lost > 0.5));
}

static void check_row(const cJSON *row, double due)
{
	check_delivered(row, due, 0);
	assert_true(figure(row, "skipped") == 0);
	assert_true(figure(row, "cpu_us_per_update") > 0);
	/* 20 that cannot be packed, and something of the position. */
	assert_true(figure(row, "bytes_per_update") >= 24);
	assert_true(figure(row, "delay_p50_us") > 0);
	assert_true(figure(row, "delay_p50_us") <= figure(row, "delay_p99_us"));
	assert_true(figure(row, "delay_p99_us") <= figure(row, "delay_max_us"));
	/* Nothing is sent before it is due, so a naive measurement reads no more. */
	assert_true(figure(row, "naive_delay_p50_us") > 0);
	assert_true(figure(row, "naive_delay_p99_us") <= figure(row, "delay_max_us"));
	/* An entity at ten updates a second is, at the median, 50 ms old and the delay. */
	assert_true(figure(row, "age_p50_us") > 40000);
	assert_true(figure(row, "age_p50_us") <= figure(row, "age_p99_us"));
	assert_true(figure(row, "age_p99_us") <= figure(row, "age_max_us"));
	assert_true(figure(row, "peak_bytes") > 100000);
}

static cJSON *read_document(struct process *run)
{
	const int status = process_finish(run, PATIENCE_S);
	cJSON *document;

	if (status != 0 && status != NOT_VALID)
		fail_msg("exit %d: %s", status, run->err_text);
	document = cJSON_Parse(run->out_text);
	assert_non_null(document);
	assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "valid")),
			 status == 0);
	return document;
}

/* Whether each row has all updates that were due, or says that it left them out. */
static bool has_all(const cJSON *document, double due)
{
	const cJSON *row;

	cJSON_ArrayForEach(
		row, result_document_part(document, "rows")) if (figure(row, "delivered") +
									 figure(row, "skipped") <
								 due - 0.5) return false;
	return true;
}

/*
 * The result document of a run, when it has ended; the caller deletes it. On a machine so busy that
 * updates came after the time in which they count, the run is played again, by itself.
 */
static cJSON *document_of(enum run n, double due)
{
	cJSON *document = read_document(&runs[n]);

	for (int i = 1; i < TRIES && !has_all(document, due); i++) {
		cJSON_Delete(document);
		process_end(&runs[n]);
		process_start(&runs[n], plans[n]);
		document = read_document(&runs[n]);
	}
	return document;
}

/* The document of a run in which each of `servers`, NULL behind them, delivered everything. */
static cJSON *delivered_by(enum run n, const char *const *servers, const char *mode)
{
	cJSON *document = document_of(n, DUE);
	const cJSON *rows = result_document_part(document, "rows");
	int count = 0;

	for (; servers[count]; count++) {
		const cJSON *row = cJSON_GetArrayItem(rows, count);

		assert_string_equal(result_document_label(row, "contender"), servers[count]);
		assert_string_equal(result_document_label(row, "mode"), mode);
		check_row(row, DUE);
	}
	assert_int_equal(cJSON_GetArraySize(rows), count);
	return document;
}

static void every_server_with_a_reliable_mode_delivers_everything_in_it(void **state)
{
	(void)state;
	cJSON_Delete(delivered_by(RUN_RELIABLE, FLAGS("starling auto", "naive", "tcp", "nodelay"),
				  "reliable"));
}

static void every_server_delivers_everything(void **state)
{
	cJSON *document = delivered_by(RUN_UNSEQUENCED,
				       FLAGS("starling auto", "naive", "udp", "tcp", "nodelay"),
				       "unsequenced");
	const cJSON *rows = result_document_part(document, "rows");

	(void)state;
	/* Our relay's own system calls, and those of the two that report theirs. */
	for (int i = 0; i < 3; i++)
		assert_true(figure(cJSON_GetArrayItem(rows, i), "syscalls_per_datagram") > 0);
	cJSON_Delete(document);
}

/* 60 updates of each a second, and 20 flushes. */
static void relaying_each_update_leaves_out_none_where_the_newest_replaces_others(void **state)
{
	const double due = 4 * 60 * 3;
	cJSON *document = document_of(RUN_EVERY, due);
	const cJSON *rows = result_document_part(document, "rows");
	const cJSON *newest = cJSON_GetArrayItem(rows, 0), *every = cJSON_GetArrayItem(rows, 1);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(rows), 2);
	assert_string_equal(result_document_label(newest, "contender"), "starling 20 Hz");
	assert_string_equal(result_document_label(every, "contender"), "every 20 Hz");
	assert_true(figure(newest, "skipped") > 0.5);
	assert_true(figure(newest, "delivered") < due / 2);
	assert_true(figure(every, "skipped") == 0);
	assert_true(figure(every, "loss") == 0);
	assert_true(figure(every, "delivered") == due);
	cJSON_Delete(document);
}

static void rooms_are_apart_for_all_that_have_them(void **state)
{
	cJSON *document = document_of(RUN_ROOMS, ROOMS_DUE);
	const cJSON *rows = result_document_part(document, "rows");

	(void)state;
	assert_int_equal(cJSON_GetArraySize(rows), 4);
	for (int i = 0; i < 4; i++)
		check_row(cJSON_GetArrayItem(rows, i), ROOMS_DUE);
	cJSON_Delete(document);
}

/*
 * With both kinds of names in the list, compare names the servers that are not installed and leaves
 * them out.
 */
static void installed_servers_of_others_deliver_everything(void **state)
{
	cJSON *document = document_of(RUN_OTHERS, DUE);
	const char *said = runs[RUN_OTHERS].err_text;
	const cJSON *rows = result_document_part(document, "rows");
	const bool has_mqtt = !strstr(said, "mosquitto is left out"),
		   has_nats = !strstr(said, "nats is left out");

	(void)state;
	assert_int_equal(cJSON_GetArraySize(rows), 1 + has_mqtt + has_nats);
	for (int i = 0; i < cJSON_GetArraySize(rows); i++)
		check_row(cJSON_GetArrayItem(rows, i), DUE);
	cJSON_Delete(document);
	if (!has_mqtt || !has_nats) {
		print_message("%s", said);
		skip();
	}
}

static void no_line_of_the_table_is_over_100_columns(void **state)
{
	const struct process *run = &runs[RUN_TABLE];
	const int status = process_finish(&runs[RUN_TABLE], PATIENCE_S);

	(void)state;
	assert_true(status == 0 || status == NOT_VALID);
	assert_non_null(strstr(run->out_text, "naive takes"));
	assert_true((status == NOT_VALID) == (strstr(run->out_text, "not valid") != NULL));
	process_expect_width(run);
}

static bool is_running(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

static void ctrl_c_ends_all_that_it_started(void **state)
{
	const double until_s = process_now_s() + 10;
	pid_t pids[8] = { 0 };

	(void)state;
	process_start(&bench, FLAGS("starling-bench", "compare", "--members", "4", "--seconds",
				    "60", "--only", "naive"));
	while (process_children(bench.pid, pids, 7) < 2)
		assert_true(process_now_s() < until_s);
	process_signal(&bench, SIGINT);
	assert_int_equal(process_finish(&bench, 5), 1);
	assert_non_null(strstr(bench.err_text, "stopped"));
	for (size_t i = 0; pids[i] != 0; i++)
		assert_false(is_running(pids[i]));
}

/* The figures so far are kept, and marked, and the other relays are measured all the same. */
static void a_relay_that_goes_away_is_said_and_the_rest_is_kept(void **state)
{
	struct process *run = &runs[RUN_GONE];
	char path[64], name[32];
	pid_t pids[8] = { 0 }, relay = 0;
	const double until_s = process_now_s() + 20;

	(void)state;
	while (relay == 0) {
		assert_true(process_now_s() < until_s);
		pids[process_children(run->pid, pids, 7)] = 0;
		for (size_t i = 0; pids[i] != 0; i++) {
			FILE *file;

			snprintf(path, sizeof(path), "/proc/%d/comm", (int)pids[i]);
			file = fopen(path, "re");
			if (file && fscanf(file, "%31s", name) == 1 &&
			    strcmp(name, "starlingd") == 0 && pids[1] != 0)
				relay = pids[i];
			if (file)
				fclose(file);
		}
	}
	/* After the warm-up, so that there are figures. */
	usleep(2000000);
	kill(relay, SIGKILL);
	assert_int_equal(process_finish(run, PATIENCE_S), 1);
	assert_non_null(strstr(run->err_text, "starling auto went away in the middle (signal 9)"));
	assert_non_null(strstr(run->out_text, "went away in the middle"));
	assert_non_null(strstr(run->out_text, "naive takes"));
}

/* Writes the output on stdout to a file for another program; the caller removes it. */
static void save(const struct process *process, char *path)
{
	const int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, process->out_text, process->out_size), process->out_size);
	close(fd);
}

/*
 * With one processor for both, relay and load wait for each other, however often compare retries.
 */
static void what_the_machine_spoils_is_measured_again_and_said(void **state)
{
	char path[] = "/tmp/starling-again-XXXXXX";
	cpu_set_t all, one;
	cJSON *document, *row;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	process_start(&bench,
		      FLAGS("starling-bench", "compare", "--members", "128", "--seconds", "0.5",
			    "--repeat", "1", "--only", "naive", "--again", "1", "--json"));
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	document = read_document(&bench);
	assert_int_equal(bench.status, NOT_VALID);
	row = cJSON_GetArrayItem(result_document_part(document, "rows"), 0);
	if (!process_await_out(&bench, "1 repetition was measured again; ", 0))
		fail_msg("%s", bench.out_text);
	assert_true(figure(row, "delivered") > 0);
	cJSON_Delete(document);
	/* The report says it, too. */
	save(&bench, path);
	process_end(&bench);
	process_start(&bench, FLAGS("starling-bench", "report", "--markdown", path));
	assert_int_equal(process_finish(&bench, PATIENCE_S), 0);
	unlink(path);
	if (!strstr(bench.out_text, "\nnaive: 1 repetition was measured again"))
		fail_msg("%s", bench.out_text);
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* This one is first, since its relay must run for a while. */
		E2E(a_relay_that_goes_away_is_said_and_the_rest_is_kept),
		E2E(every_server_delivers_everything),
		E2E(every_server_with_a_reliable_mode_delivers_everything_in_it),
		E2E(relaying_each_update_leaves_out_none_where_the_newest_replaces_others),
		E2E(rooms_are_apart_for_all_that_have_them),
		E2E(installed_servers_of_others_deliver_everything),
		E2E(no_line_of_the_table_is_over_100_columns),
		E2E(ctrl_c_ends_all_that_it_started),
		E2E(what_the_machine_spoils_is_measured_again_and_said),
	};

	return cmocka_run_group_tests(tests, start_all, end_all);
}

/* contrast --live as one who measures sees it: every carrier delivers, and nothing is left over. */
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
#include <signal.h>

#include "tests/process.h"

#define WORDS(...)                                                                                 \
	((const char *const[]){ "starling-bench", "contrast", "--live", __VA_ARGS__, NULL })
#define SHORT "--members", "3", "--seconds", "1", "--json"
/* The seed's luck has losses early on every line; repeats come in time. */
#define LOSSY "--impair", "delay=5ms,loss=4%"

enum {
	NOT_VALID = 3,
	PATIENCE_S = 180,
	CHILDREN_MAX = 16,
	DUE = 3 * 20 * 2,
};

static struct process bench;

static int tear_down(void **state)
{
	(void)state;
	process_end(&bench);
	return 0;
}

static double number(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(item))
		fail_msg("no number \"%s\"", name);
	return item->valuedouble;
}

static const char *mode_of(const cJSON *row)
{
	return cJSON_GetObjectItemCaseSensitive(row, "mode")->valuestring;
}

static bool is_one_of(const char *mode, const char *list)
{
	const char *found = strstr(list, mode);

	return found && (found[strlen(mode)] == ' ' || found[strlen(mode)] == '\0');
}

/* Whatever the machine does meanwhile: how many, not how fast. */
static void check_row(const cJSON *row, bool is_netns)
{
	const char *mode = mode_of(row);
	const bool is_stream = is_one_of(mode, "tcp nodelay http");
	const cJSON *modelled = cJSON_GetObjectItemCaseSensitive(row, "modelled");

	if (number(row, "delivered") <= 0 || number(row, "datagrams") <= 0)
		fail_msg("%s delivered nothing", mode);
	if (!is_one_of(mode, "unsequenced sequenced reliable shared throttled"))
		assert_true(number(row, "due") == DUE);
	if (is_one_of(mode, "reliable tcp nodelay") && number(row, "lost") != 0)
		fail_msg("%s lost %g", mode, number(row, "lost"));
	if (is_one_of(mode, "unsequenced raw") && number(row, "lost") <= 0)
		fail_msg("%s lost nothing", mode);
	assert_int_equal(cJSON_IsTrue(modelled), is_stream && !is_netns);
	assert_true(number(row, "delay_p50_us") >= 10000); /* 5 ms each way */
	assert_true(number(row, "delay_p50_us") <= number(row, "delay_p99_us"));
	assert_true(number(row, "age_p50_us") <= number(row, "age_p99_us"));
	assert_true(number(row, "age_p99_us") <= number(row, "age_max_us"));
	assert_true(number(row, "up_entered") > 0 && number(row, "down_entered") > 0);
	assert_int_equal(cJSON_HasObjectItem(row, "reason"),
			 !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "valid")));
}

static void check_rows(const char *text, int status, int count, bool is_netns)
{
	cJSON *document = cJSON_Parse(text);
	const cJSON *rows, *row;

	assert_non_null(document);
	assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "valid")),
			 status == 0);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "complete")));
	rows = cJSON_GetObjectItemCaseSensitive(document, "results");
	assert_int_equal(cJSON_GetArraySize(rows), count);
	cJSON_ArrayForEach(row, rows) check_row(row, is_netns);
	cJSON_Delete(document);
}

static void every_carrier_delivers_through_proxies(void **state)
{
	int status;

	(void)state;
	process_start(&bench, WORDS(SHORT, LOSSY));
	status = process_finish(&bench, PATIENCE_S);
	if (status != 0 && status != NOT_VALID)
		fail_msg("exit %d: %s", status, bench.err_text);
	check_rows(bench.out_text, status, 10, false);
}

/* Says why it is left out, where namespaces or TUN devices are not to be had. */
static void each_kind_of_carrier_delivers_between_namespaces(void **state)
{
	int status;

	(void)state;
	process_start(&bench, WORDS(SHORT, LOSSY, "--netns", "--modes",
				    "unsequenced,reliable,raw,tcp,http"));
	status = process_finish(&bench, PATIENCE_S);
	if (status == 1 && (strstr(bench.err_text, "cannot make a network namespace") ||
			    strstr(bench.err_text, "cannot open /dev/net/tun") ||
			    strstr(bench.err_text, "cannot make the device"))) {
		printf("left out: %s", bench.err_text);
		skip();
	}
	if (status != 0 && status != NOT_VALID)
		fail_msg("exit %d: %s", status, bench.err_text);
	check_rows(bench.out_text, status, 5, true);
}

/* The bench's children, from /proc; returns how many. */
static size_t children(pid_t parent, pid_t pids[CHILDREN_MAX])
{
	char path[64];
	FILE *file;
	size_t count = 0;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	file = fopen(path, "re");
	while (file && count < CHILDREN_MAX && fscanf(file, "%d", &pid) == 1)
		pids[count++] = pid;
	if (file)
		fclose(file);
	return count;
}

/* A zombie that nobody reaped yet does not run. */
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

/* Waits until the relay `program`, the medium and the members run; returns how many run. */
static size_t await_children(const char *program, pid_t pids[CHILDREN_MAX])
{
	const double until_s = process_now_s() + 60;

	for (;;) {
		size_t count = children(bench.pid, pids);

		for (size_t i = 0; count >= 3 && i < count; i++)
			if (is_called(pids[i], program))
				return count;
		if (process_now_s() > until_s)
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

static void ctrl_c_ends_all_and_prints_what_was_measured(void **state)
{
	pid_t pids[CHILDREN_MAX];
	size_t count;

	(void)state;
	process_start(&bench, WORDS("--members", "3", "--seconds", "1", "--modes", "raw,tcp",
				    "--impair", "none"));
	count = await_children("baseline-tcp", pids);
	process_signal(&bench, SIGINT);
	assert_int_equal(process_finish(&bench, 10), 1);
	assert_non_null(strstr(bench.err_text, "tcp: stopped"));
	assert_true(strstr(bench.out_text, "\n  raw ") || strstr(bench.out_text, "\n! raw "));
	assert_null(strstr(bench.out_text, "*tcp"));
	for (const char *line = bench.out_text; *line != '\0';) {
		const size_t size = strcspn(line, "\n");

		assert_in_range(size, 0, 100);
		line += size + (line[size] == '\n');
	}
	assert_non_null(strstr(bench.out_text, "Not complete: 1 of 2 rows"));
	expect_gone(pids, count);
}

static void a_bench_that_is_killed_takes_its_processes_with_it(void **state)
{
	pid_t pids[CHILDREN_MAX];
	size_t count;

	(void)state;
	process_start(&bench, WORDS("--members", "3", "--seconds", "30", "--modes", "reliable",
				    "--impair", "none"));
	count = await_children("starlingd", pids);
	process_signal(&bench, SIGKILL);
	process_finish(&bench, 10);
	expect_gone(pids, count);
}

static void a_relay_that_goes_in_the_middle_gets_a_sentence(void **state)
{
	pid_t pids[CHILDREN_MAX];
	size_t count;

	(void)state;
	process_start(&bench, WORDS("--members", "3", "--seconds", "30", "--modes", "reliable",
				    "--impair", "none"));
	count = await_children("starlingd", pids);
	for (size_t i = 0; i < count; i++)
		if (is_called(pids[i], "starlingd"))
			kill(pids[i], SIGKILL);
	assert_int_equal(process_finish(&bench, 10), 1);
	assert_non_null(strstr(bench.err_text, "the relay has gone"));
	expect_gone(pids, count);
}

static void misuse_and_what_is_missing_get_their_sentence(void **state)
{
	(void)state;
	process_expect_failure(WORDS("--sim"), 2, "--sim", "--live");
	process_expect_failure(WORDS("--modes", "raw,carrier-pigeon"), 2, "carrier-pigeon", "http");
	process_expect_failure(WORDS("--programs", "/nowhere"), 1, "/nowhere/starlingd",
			       "--programs");
	process_expect_failure(
		(const char *const[]){ "starling-bench", "contrast", "--netns", NULL }, 2,
		"--netns", "--live");
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(every_carrier_delivers_through_proxies),
		E2E(each_kind_of_carrier_delivers_between_namespaces),
		E2E(ctrl_c_ends_all_and_prints_what_was_measured),
		E2E(a_bench_that_is_killed_takes_its_processes_with_it),
		E2E(a_relay_that_goes_in_the_middle_gets_a_sentence),
		E2E(misuse_and_what_is_missing_get_their_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

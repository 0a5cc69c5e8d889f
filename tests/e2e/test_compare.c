/* compare as one who measures sees it: every relay in its process, everything delivered. */
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

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	NOT_VALID = 3,
	PATIENCE_S = 90,
	/* 4 members, 10 Hz, 1 s: each of 40 updates to 3 others. */
	DUE = 120,
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

static void check_contender(const cJSON *contender)
{
	const cJSON *repetitions = cJSON_GetObjectItemCaseSensitive(contender, "repetitions");
	const cJSON *one = cJSON_GetArrayItem(repetitions, 0);
	const cJSON *label = cJSON_GetObjectItemCaseSensitive(contender, "contender");

	assert_int_equal(cJSON_GetArraySize(repetitions), 1);
	if (number(one, "delivered") != DUE)
		fail_msg("%s delivered %g of %d", label->valuestring, number(one, "delivered"),
			 DUE);
	assert_true(number(one, "due") == DUE);
	assert_true(number(one, "loss") == 0);
	assert_true(number(one, "cpu_us_per_update") > 0);
	/* 20 that cannot be packed, and something of the position. */
	assert_true(number(one, "bytes") >= 24 * DUE);
	assert_true(number(one, "p50_us") > 0);
	assert_true(number(one, "p50_us") <= number(one, "p99_us"));
	assert_true(number(one, "p99_us") <= number(one, "max_us"));
	assert_true(number(one, "peak_bytes") > 100000);
}

static void every_contender_delivers_everything(void **state)
{
	static const char *const labels[] = { "starling", "naive", "udp", "tcp", "nodelay" };
	const cJSON *contenders;
	cJSON *document;
	int status;

	(void)state;
	process_start(&bench, FLAGS("starling-bench", "compare", "--members", "4", "--rate", "10",
				    "--seconds", "1", "--repeat", "1", "--tick", "0", "--json"));
	status = process_finish(&bench, PATIENCE_S);
	if (status != 0 && status != NOT_VALID)
		fail_msg("exit %d: %s", status, bench.err_text);
	document = cJSON_Parse(bench.out_text);
	assert_non_null(document);
	assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "valid")),
			 status == 0);
	contenders = cJSON_GetObjectItemCaseSensitive(document, "contenders");
	assert_int_equal(cJSON_GetArraySize(contenders), 5);
	for (int i = 0; i < 5; i++) {
		const cJSON *contender = cJSON_GetArrayItem(contenders, i);

		assert_string_equal(
			cJSON_GetObjectItemCaseSensitive(contender, "contender")->valuestring,
			labels[i]);
		check_contender(contender);
	}
	cJSON_Delete(document);
}

static void no_line_of_the_table_is_over_100_columns(void **state)
{
	int status;

	(void)state;
	process_start(&bench, FLAGS("starling-bench", "compare", "--members", "3", "--rate", "10",
				    "--seconds", "0.5", "--repeat", "1", "--only", "starling,naive",
				    "--tick", "0,60"));
	status = process_finish(&bench, PATIENCE_S);
	assert_true(status == 0 || status == NOT_VALID);
	assert_non_null(strstr(bench.out_text, "naive takes"));
	assert_true((status == NOT_VALID) == (strstr(bench.out_text, "not valid") != NULL));
	for (const char *line = bench.out_text; *line != '\0';) {
		const size_t size = strcspn(line, "\n");

		assert_in_range(size, 0, 100);
		line += size + (line[size] == '\n');
	}
}

static bool is_running(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

/* The bench's children, from /proc; 0 ends the list. */
static void children(pid_t parent, pid_t *pids, size_t capacity)
{
	char path[64];
	FILE *file;
	size_t count = 0;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	file = fopen(path, "re");
	while (file && count + 1 < capacity && fscanf(file, "%d", &pid) == 1)
		pids[count++] = pid;
	pids[count] = 0;
	if (file)
		fclose(file);
}

static void ctrl_c_ends_all_that_it_started(void **state)
{
	const double until_s = process_now_s() + 10;
	pid_t pids[8] = { 0 };

	(void)state;
	process_start(&bench, FLAGS("starling-bench", "compare", "--members", "4", "--seconds",
				    "60", "--only", "naive"));
	while (pids[0] == 0 || pids[1] == 0) {
		assert_true(process_now_s() < until_s);
		children(bench.pid, pids, 8);
	}
	process_signal(&bench, SIGINT);
	assert_int_equal(process_finish(&bench, 5), 1);
	assert_non_null(strstr(bench.err_text, "stopped"));
	for (size_t i = 0; pids[i] != 0; i++)
		assert_false(is_running(pids[i]));
}

static void misuse_and_what_is_missing_get_their_sentence(void **state)
{
	(void)state;
	process_expect_failure(FLAGS("starling-bench", "compare", "--only", "enet"), 2,
			       "--only enet", "naive");
	process_expect_failure(FLAGS("starling-bench", "compare", "--tick", "0,x"), 2, "--tick 0,x",
			       "must be");
	process_expect_failure(FLAGS("starling-bench", "compare", "--members", "9999"), 2,
			       "--members 9999", "512");
	process_expect_failure(FLAGS("starling-bench", "compare", "--programs", "/nowhere"), 1,
			       "/nowhere/starlingd", "--programs");
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(every_contender_delivers_everything),
		E2E(no_line_of_the_table_is_over_100_columns),
		E2E(ctrl_c_ends_all_that_it_started),
		E2E(misuse_and_what_is_missing_get_their_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

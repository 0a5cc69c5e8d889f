/* `starling lab` as its user has it: real processes, sockets and namespaces. */
#include <math.h>
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
#include <unistd.h>

#include "tests/fixtures/net/networks.h"
#include "tests/fixtures/process.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	PATIENCE_S = 40,
	PROCESSES_MAX = 16,
	WAYS = 4,
};

static struct process lab;

static int tear_down(void **state)
{
	(void)state;
	process_end(&lab);
	return 0;
}

static double number(const cJSON *way, const char *key)
{
	const cJSON *item = cJSON_GetObjectItem(way, key);

	assert_true(cJSON_IsNumber(item));
	return item->valuedouble;
}

/* The last whole line of what it has printed. */
static cJSON *last_line(void)
{
	char *end = strrchr(lab.out_text, '\n'), *line;
	cJSON *json;

	assert_non_null(end);
	*end = '\0';
	line = strrchr(lab.out_text, '\n');
	json = cJSON_Parse(line ? line + 1 : lab.out_text);
	assert_non_null(json);
	return json;
}

static const cJSON *way_of(const cJSON *line, const char *name)
{
	const cJSON *way;

	cJSON_ArrayForEach(
		way, cJSON_GetObjectItem(
			     line, "ways")) if (strcmp(cJSON_GetObjectItem(way, "way")->valuestring,
						       name) == 0) return way;
	fail_msg("no way %s", name);
	return NULL;
}

/* Its parts add up to the age, and all of the link's delay is the way down. */
static void expect_parts(const cJSON *way, double delay_ms, double error_ms)
{
	const cJSON *parts = cJSON_GetObjectItem(way, "parts_ms"), *part;
	double sum_ms = 0;

	cJSON_ArrayForEach(part, parts) sum_ms += part->valuedouble;
	assert_true(fabs(sum_ms - number(way, "age_ms")) < 0.1);
	assert_true(fabs(number(parts, "down") - delay_ms) <= error_ms + 0.1);
	assert_true(number(parts, "unknown") < 0.1 * sum_ms);
}

/* The waits for a datagram to be sent again show in the ages: TCP's are the longest. */
static void each_way_delivers_and_only_the_unreliable_ones_lose(void **state)
{
	cJSON *line;

	(void)state;
	networks_need();
	process_start(&lab, WORDS("starling", "lab", "--no-page", "--json", "--seconds", "5",
				  "--impair", "delay=20ms,loss=20%"));
	assert_int_equal(process_finish(&lab, PATIENCE_S), 0);
	line = last_line();
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(line, "ways")), WAYS);
	assert_true(number(way_of(line, "unsequenced"), "lost") > 0);
	assert_true(number(way_of(line, "sequenced"), "lost") > 0);
	assert_true(number(way_of(line, "reliable"), "lost") == 0);
	for (int i = 0; i < WAYS; i++) {
		const cJSON *way = cJSON_GetArrayItem(cJSON_GetObjectItem(line, "ways"), i);

		assert_true(number(way, "delivered") > 200);
		assert_true(number(way, "age_ms") >= 20);
		expect_parts(way, 20, number(line, "parts_error_ms"));
		assert_true(number(way, "longest_age_ms") >= number(way, "age_ms"));
	}
	assert_true(number(way_of(line, "TCP"), "longest_age_ms") >
		    number(way_of(line, "unsequenced"), "age_ms") + 20);
	cJSON_Delete(line);
}

static void a_line_that_is_cut_ages_all_alike(void **state)
{
	cJSON *line;

	(void)state;
	networks_need();
	process_start(&lab, WORDS("starling", "lab", "--no-page", "--json", "--seconds", "6",
				  "--birds", "3", "--impair", "delay=5ms,at=4s:blackout=20s"));
	assert_int_equal(process_finish(&lab, PATIENCE_S), 0);
	line = last_line();
	for (int i = 0; i < WAYS; i++) {
		const cJSON *way = cJSON_GetArrayItem(cJSON_GetObjectItem(line, "ways"), i);

		assert_true(number(way, "longest_age_ms") > 900);
		assert_true(number(cJSON_GetObjectItem(way, "parts_ms"), "overdue") > 50);
	}
	cJSON_Delete(line);
}

static void expect_gone(const pid_t *pids, size_t count)
{
	const double until_s = process_now_s() + 5;

	for (size_t i = 0; i < count; i++)
		while (kill(pids[i], 0) == 0)
			if (process_now_s() > until_s)
				fail_msg("process %d is left over", (int)pids[i]);
}

static void ctrl_c_ends_all_that_it_started_and_prints_the_table(void **state)
{
	pid_t pids[PROCESSES_MAX], stage;
	size_t count;

	(void)state;
	networks_need();
	process_start(&lab, WORDS("starling", "lab", "--no-page", "--seconds", "30"));
	for (const double until_s = process_now_s() + PATIENCE_S;;) {
		if (process_children(lab.pid, &stage, 1) == 1 &&
		    process_children(stage, pids, PROCESSES_MAX) == WAYS + 4)
			break;
		assert_true(process_now_s() < until_s);
	}
	/* The receivers join in less. */
	(void)process_await_out(&lab, "never", 3);
	count = process_children(stage, pids, PROCESSES_MAX);
	process_signal(&lab, SIGINT);
	assert_int_equal(process_finish(&lab, PATIENCE_S), 0);
	expect_gone(pids, count);
	expect_gone(&stage, 1);
	assert_non_null(strstr(lab.out_text, "\nunsequenced "));
	assert_non_null(strstr(lab.out_text, "\nTCP "));
	assert_string_equal(lab.err_text, "");
}

static void a_process_that_ends_is_told(void **state)
{
	pid_t pids[PROCESSES_MAX], stage = 0;

	(void)state;
	networks_need();
	process_start(&lab, WORDS("starling", "lab", "--no-page", "--json", "--seconds", "30"));
	assert_true(process_await_out(&lab, "\"seconds\"", PATIENCE_S));
	assert_int_equal(process_children(lab.pid, &stage, 1), 1);
	assert_true(process_children(stage, pids, PROCESSES_MAX) > 0);
	kill(pids[0], SIGKILL);
	assert_int_equal(process_finish(&lab, PATIENCE_S), 1);
	assert_non_null(strstr(lab.err_text, "starling lab: "));
}

static void recorded_movement_flies_as_well(void **state)
{
	char path[] = "/tmp/starling-lab-XXXXXX";
	const int file = mkstemp(path);
	cJSON *line;

	(void)state;
	networks_need();
	assert_true(file >= 0);
	dprintf(file, "t,id,x,y,z\n");
	for (int i = 0; i < 40; i++)
		dprintf(file, "%.2f,7,%d,5,0\n%.2f,9,1,%d,0\n", i * 0.05, i, i * 0.05, i);
	close(file);
	process_start(&lab, WORDS("starling", "lab", "--no-page", "--json", "--seconds", "3",
				  "--trace", path));
	assert_int_equal(process_finish(&lab, PATIENCE_S), 0);
	unlink(path);
	line = last_line();
	assert_true(number(line, "published") > 60);
	assert_true(number(way_of(line, "TCP"), "delivered") > 40);
	cJSON_Delete(line);
}

static void a_page_whose_port_is_taken_is_said_not_to_be_there(void **state)
{
	char place[32];

	(void)state;
	networks_need();
	process_start(&lab, WORDS("starling", "lab", "--http", "127.0.0.1:0", "--seconds", "30"));
	assert_true(process_await_err(&lab, "its page is http://127.0.0.1:", PATIENCE_S));
	snprintf(place, sizeof(place), "127.0.0.1:%d", atoi(strrchr(lab.err_text, ':') + 1));
	process_expect_failure(WORDS("starling", "lab", "--http", place), 1, place,
			       "Address already in use");
}

static void bad_arguments_are_named(void **state)
{
	(void)state;
	process_expect_failure(WORDS("starling", "lab", "--birds", "0"), 2, "--birds 0", "1 to 64");
	process_expect_failure(WORDS("starling", "lab", "--impair", "loss=200%"), 2, "loss",
			       "--impair");
	process_expect_failure(WORDS("starling", "lab", "--http", "nowhere:x"), 2, "nowhere:x",
			       "0 to 65535");
	process_expect_failure(WORDS("starling", "lab", "--http", "192.0.2.1:7780"), 1, "192.0.2.1",
			       "loopback");
	process_expect_failure(WORDS("starling", "lab", "--trace", "/nowhere.csv"), 1,
			       "/nowhere.csv", "No such file");
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_way_delivers_and_only_the_unreliable_ones_lose),
		TEST(a_line_that_is_cut_ages_all_alike),
		TEST(ctrl_c_ends_all_that_it_started_and_prints_the_table),
		TEST(a_process_that_ends_is_told),
		TEST(recorded_movement_flies_as_well),
		TEST(a_page_whose_port_is_taken_is_said_not_to_be_there),
		TEST(bad_arguments_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Chapter 4's measurements: what the tables show is what the processes did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/tour/chapters/polling_internal.h"
#include "tests/fixtures/client/tour_steps.h"

enum {
	COLUMNS = 4,
	ROUND_TRIP_MS = 40,
	DELAY_MS = 40, /* of the second step's links, with a jitter of 5 */
	CANNOT_TEST = 77,
};

static const char *const names[POLLING_WAYS] = { "HTTP, new connections", "HTTP, kept open",
						 "a game's own TCP", "UDP" };

/* The chapter, played once for all tests, as it measures for some seconds. */
static cJSON *steps;

static int play(void **state)
{
	(void)state;
	steps = tour_steps_play(4);
	return 0;
}

static int forget(void **state)
{
	(void)state;
	cJSON_Delete(steps);
	return 0;
}

static bool says(const cJSON *step, const char *text)
{
	return strstr(tour_steps_text(step, "says"), text) != NULL;
}

/* A way's numbers in the step's table; NAN for "-". */
static void read_row(const cJSON *step, enum polling_way way, double row[static COLUMNS])
{
	const cJSON *line;

	cJSON_ArrayForEach(line, cJSON_GetObjectItem(step, "picture"))
	{
		const char *at = cJSON_GetStringValue(line) + 2;
		char *end;

		if (strncmp(at, names[way], strlen(names[way])) != 0)
			continue;
		at += strlen(names[way]);
		for (int i = 0; i < COLUMNS; i++, at = end) {
			row[i] = strtod(at, &end);
			if (end == at) {
				row[i] = NAN;
				end = strchr(at, '-') + 1;
			}
		}
		return;
	}
	fail_msg("no row '%s'", names[way]);
}

static bool has_links(const cJSON *step)
{
	return !tour_steps_draws(step, "==[ 127.0.0.1 ]==");
}

static void a_new_connection_waits_twice_and_each_wait_takes_a_round_trip(void **state)
{
	const cJSON *cost = tour_steps_find(steps, "cost");

	(void)state;
	for (int way = 0; way < POLLING_WAYS; way++) {
		double row[COLUMNS];

		read_row(cost, (enum polling_way)way, row);
		assert_int_equal((int)row[0], way == POLLING_HTTP_NEW ? 2 : 1);
		if (has_links(cost))
			assert_true(row[1] >= row[0] * ROUND_TRIP_MS);
	}
}

static void packets_and_bytes_are_those_on_the_link_or_are_not_claimed(void **state)
{
	const cJSON *cost = tour_steps_find(steps, "cost");
	double rows[POLLING_WAYS][COLUMNS];

	(void)state;
	for (int way = 0; way < POLLING_WAYS; way++)
		read_row(cost, (enum polling_way)way, rows[way]);
	if (!has_links(cost)) {
		assert_true(isnan(rows[POLLING_UDP][2]) && isnan(rows[POLLING_UDP][3]));
		assert_true(says(cost, "permits no network of our own"));
		return;
	}
	/* A question of one byte and a position, each behind 28 bytes of headers. */
	assert_true(rows[POLLING_UDP][2] >= 2);
	assert_true(rows[POLLING_UDP][3] > 2 * 28 + 1 &&
		    rows[POLLING_UDP][3] < rows[POLLING_TCP][3]);
	/* The question's 39 bytes instead of one, and the answer's lines. */
	assert_true(rows[POLLING_HTTP_KEPT][3] > rows[POLLING_TCP][3] + 39 - 1);
	/* SYN, SYN+ACK and ACK, question and answer, and the end. */
	assert_true(rows[POLLING_HTTP_NEW][2] >= 7);
}

static void ages_are_at_least_the_link_s_delay_and_the_sentence_has_the_table_s(void **state)
{
	const cJSON *watch = tour_steps_find(steps, "watch");
	double rows[POLLING_WAYS][COLUMNS];
	char claim[64];

	(void)state;
	for (int way = 0; way < POLLING_WAYS; way++) {
		read_row(watch, (enum polling_way)way, rows[way]);
		assert_true(rows[way][0] <= rows[way][1]);
		assert_true(rows[way][2] > 0);
		if (has_links(watch))
			assert_true(rows[way][0] >= DELAY_MS);
	}
	if (!has_links(watch)) {
		assert_true(says(watch, "permits no network of our own"));
		return;
	}
	/* One delay and less than the moves' distance, against one and a half round trips. */
	assert_true(rows[POLLING_UDP][0] < rows[POLLING_HTTP_NEW][0]);
	if (!says(watch, "Who asks waits"))
		return;
	snprintf(claim, sizeof(claim), "%.0f ms on average with new", rows[POLLING_HTTP_NEW][0]);
	assert_true(says(watch, claim));
	snprintf(claim, sizeof(claim), "%.0f ms by UDP", rows[POLLING_UDP][0]);
	assert_true(says(watch, claim));
	assert_true(rows[POLLING_TCP][1] >= rows[POLLING_UDP][1] && rows[POLLING_TCP][3] > 0);
}

static void an_age_grows_with_the_time_and_falls_to_that_of_what_comes(void **state)
{
	const int64_t ms = 1000000;
	struct polling_account account = { 0 };

	(void)state;
	polling_account_take(&account, 60 * ms, 100 * ms);
	/* From 40 to 140 ms in 100 ms. */
	polling_account_take(&account, 150 * ms, 200 * ms);
	assert_true(fabs(account.area_s2 - 0.1 * 0.09) < 1e-9);
	assert_true(account.worst_ns == 140 * ms);
	/* From 50 to 60, and what comes is older than what is known. */
	polling_account_take(&account, 120 * ms, 210 * ms);
	assert_true(fabs(account.area_s2 - 0.1 * 0.09 - 0.01 * 0.055) < 1e-9);
	assert_true(account.newest_ns == 150 * ms);
}

/* Whether all four ways get their answers with no network namespace to be had. In a child. */
static int ask_without_networks(void)
{
	int file = unshare(CLONE_NEWUSER) == 0 ? open("/proc/sys/user/max_net_namespaces", O_WRONLY)
					       : -1;
	struct polling polling;
	bool has_done = false;

	if (file < 0 || write(file, "0", 1) != 1)
		return CANNOT_TEST;
	close(file);
	if (polling_start(&polling, POLLING_ASK, "delay=20ms") < 0 || polling.has_links)
		return 1;
	for (int turn = 0; turn < 500 && !has_done; turn++) {
		has_done = true;
		for (int way = 0; way < POLLING_WAYS; way++)
			has_done &= polling_figures(&polling, (enum polling_way)way).has_done;
		poll(NULL, 0, 10);
	}
	polling_stop(&polling);
	polling_free(&polling);
	return has_done ? 0 : 1;
}

static void where_no_network_may_be_made_all_ask_on_the_loopback(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(ask_without_networks());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CANNOT_TEST)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_connection_waits_twice_and_each_wait_takes_a_round_trip),
		cmocka_unit_test(packets_and_bytes_are_those_on_the_link_or_are_not_claimed),
		cmocka_unit_test(
			ages_are_at_least_the_link_s_delay_and_the_sentence_has_the_table_s),
		cmocka_unit_test(an_age_grows_with_the_time_and_falls_to_that_of_what_comes),
		cmocka_unit_test(where_no_network_may_be_made_all_ask_on_the_loopback),
	};

	return cmocka_run_group_tests(tests, play, forget);
}

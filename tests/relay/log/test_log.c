/* The log's lines: their form, and how many of them clients can cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <regex.h>
#include <time.h>
#include <unistd.h>

#include "proto/net/net.h"
#include "relay/log/log.h"
#include "proto/cli/writer.h"
#include "tests/fixtures/row_tests.h"

#define NS_PER_S INT64_C(1000000000)

enum {
	READ_BYTES = 1 << 20,
};

static int64_t now_ns;
static int ends[2];
static struct writer *writer;
static char text[READ_BYTES];

static int64_t tell_time(struct net *net)
{
	(void)net;
	return now_ns;
}

static struct net clock_net = { .now_ns = tell_time };

static int setup(void **state)
{
	(void)state;
	now_ns += 1000 * NS_PER_S; /* the budget that the test before used is back */
	net_use(&clock_net);
	assert_int_equal(pipe(ends), 0);
	writer = writer_open(ends[1], READ_BYTES, log_note_dropped, NULL);
	assert_non_null(writer);
	log_write_by(writer);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_sum_up();
	log_write_by(NULL);
	close(ends[0]);
	writer_close(writer, 5 * NS_PER_S);
	close(ends[1]);
	return 0;
}

/* The lines logged since the last call. */
static const char *logged(void)
{
	size_t size = 0;

	log_warning("mark");
	do {
		ssize_t got = read(ends[0], text + size, sizeof(text) - 1 - size);

		assert_true(got > 0);
		size += (size_t)got;
		text[size] = '\0';
	} while (!strstr(text, "warning: mark\n"));
	*strrchr(text, 'w') = '\0';
	return text;
}

static size_t count_of(const char *all, const char *what)
{
	size_t count = 0;

	for (; (all = strstr(all, what)); all++)
		count++;
	return count;
}

struct zone {
	const char *name, *tz, *pattern;
};

static const struct zone zones[] = {
	{ "a line has the date, the time and UTC", "UTC0",
	  "^20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{3}\\+00:00 "
	  "starlingd: starts\n" },
	{ "a zone to the east", "XXX-05:45", "\\.[0-9]{3}\\+05:45 starlingd: starts\n" },
	{ "a zone to the west", "XXX03:30", "\\.[0-9]{3}-03:30 starlingd: starts\n" },
};

static void a_line_begins_with_its_time(void **state)
{
	const struct zone *row = *state;
	const char *all;
	regex_t form;

	setup(NULL);
	setenv("TZ", row->tz, 1);
	tzset();
	log_open(LOG_INFO);
	log_info("starts");
	all = logged();
	assert_int_equal(regcomp(&form, row->pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&form, all, 0, NULL, 0) != 0)
		fail_msg("%s", all);
	regfree(&form);
	teardown(NULL);
}

static void clients_cause_few_lines_a_second_and_the_rest_is_summed_up(void **state)
{
	const char *all;

	(void)state;
	log_open(LOG_INFO);
	for (int i = 0; i < 1000; i++) {
		log_client(LOG_ROOM_OPENS, "opens");
		log_client(LOG_REFUSAL, "refuses");
		log_client(LOG_DETAIL, "detail");
	}
	assert_true(log_run_timer(now_ns) > now_ns);
	all = logged();
	assert_int_equal(count_of(all, "\n"), LOG_CLIENT_RATE);
	assert_int_equal(count_of(all, "opens"), LOG_CLIENT_RATE / 2);
	now_ns = log_run_timer(now_ns);
	assert_true(log_run_timer(now_ns) == INT64_MAX);
	all = logged();
	assert_non_null(strstr(all, ": 998 rooms opened, 998 clients refused\n"));
	assert_int_equal(count_of(all, "\n"), 1);
}

static void a_minute_of_flood_writes_few_lines_a_second(void **state)
{
	(void)state;
	log_open(LOG_INFO);
	for (int i = 0; i < 60000; i++) {
		log_client(LOG_ROOM_CLOSES, "closes");
		log_run_timer(now_ns);
		now_ns += NS_PER_S / 1000;
	}
	assert_true(count_of(logged(), "\n") <= 60 * (LOG_CLIENT_RATE + 1));
}

static void with_v_clients_cause_more_lines_within_a_bound(void **state)
{
	const char *all;

	(void)state;
	log_open(LOG_DEBUG);
	for (int i = 0; i < 10000; i++)
		log_client(LOG_DETAIL, "detail %d", i);
	all = logged();
	assert_int_equal(count_of(all, "debug: detail"), LOG_CLIENT_DEBUG_RATE);
	log_sum_up();
	assert_non_null(strstr(logged(), "9900 lines of -v\n"));
}

static void the_relays_own_lines_are_never_left_out(void **state)
{
	(void)state;
	log_open(LOG_INFO);
	for (int i = 0; i < 100; i++)
		log_client(LOG_REFUSAL, "refuses");
	for (int i = 0; i < 100; i++)
		log_info("itself");
	assert_int_equal(count_of(logged(), "itself"), 100);
}

static void a_level_leaves_out_the_levels_above_it(void **state)
{
	(void)state;
	log_open(LOG_WARNING);
	log_info("info");
	log_client(LOG_REFUSAL, "refuses");
	assert_true(log_run_timer(now_ns) == INT64_MAX);
	assert_int_equal(count_of(logged(), "\n"), 0);
}

static void a_long_line_is_cut_and_ends_with_a_newline(void **state)
{
	char word[4096];

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	log_open(LOG_INFO);
	log_info("%s", word);
	assert_int_equal(count_of(logged(), "x\n"), 1);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	struct CMUnitTest tests[6 + ROW_TESTS_COUNT(zones)] = {
		TEST(clients_cause_few_lines_a_second_and_the_rest_is_summed_up),
		TEST(a_minute_of_flood_writes_few_lines_a_second),
		TEST(with_v_clients_cause_more_lines_within_a_bound),
		TEST(the_relays_own_lines_are_never_left_out),
		TEST(a_level_leaves_out_the_levels_above_it),
		TEST(a_long_line_is_cut_and_ends_with_a_newline),
	};
	size_t count = 6;

	ROW_TESTS_ADD(tests, count, zones, a_line_begins_with_its_time);
	return _cmocka_run_group_tests("log", tests, count, NULL, NULL);
}

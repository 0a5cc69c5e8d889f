/* Clients on an unmodified libenet, in a process of their own, connect through the cookie. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/fixtures/process.h"
#include "tests/fixtures/row_tests.h"

enum {
	LIMIT_S = 20,
};

struct row {
	const char *name;
	const char *impair;
	const char *clients;
	unsigned slowest_ms;
	/*
	 * A client is later than that when its first five requests, or what came of them, are all
	 * lost: at 10 % each way that befalls one of forty in some 6 % of the runs.
	 */
	unsigned tries;
};

static const struct row rows[] = {
	{ "one, on a clean line", "delay=0ms", "1", 200, 1 },
	{ "sixty, on a clean line", "delay=0ms", "60", 400, 1 },
	{ "forty, with 10 % loss each way", "loss=10%", "40", 15000, 3 },
	{ "forty, with each datagram twice", "dup=100%", "40", 400, 1 },
	{ "forty, after 300 ms each way", "delay=300ms", "40", 2000, 1 },
};

static struct process relay, client;

static void stop_relay(void)
{
	process_signal(&relay, SIGTERM);
	assert_int_equal(process_finish(&relay, 10), 0);
}

/* Whether they all connected in time. */
static bool connect_all(const struct row *row)
{
	const char *const flags[] = { "--json",       "--impair-in", row->impair,
				      "--impair-out", row->impair,   NULL };
	const uint16_t port = process_start_relay(&relay, flags);
	char port_text[8];
	bool is_in_time;
	const char *const words[] = { "tests/e2e/plain_client", port_text, row->clients, "20",
				      NULL };

	snprintf(port_text, sizeof(port_text), "%u", port);
	process_start(&client, words);
	is_in_time = process_finish(&client, LIMIT_S + 5) == 0 &&
		     process_figure(&client, NULL, "slowest_ms") <= row->slowest_ms;
	stop_relay();
	assert_true(process_figure(&relay, "handshakes", "challenged") >= 1);
	assert_true(process_figure(&relay, "handshakes", "proven") >= 1);
	process_end(&client);
	process_end(&relay);
	return is_in_time;
}

static void all_connect(void **state)
{
	const struct row *row = *state;

	for (unsigned i = 0; i < row->tries; i++)
		if (connect_all(row))
			return;
	fail_msg("the slowest took more than %u ms, %u times", row->slowest_ms, row->tries);
}

static int tear_down(void **state)
{
	(void)state;
	process_end(&client);
	process_end(&relay);
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, all_connect);
	for (size_t i = 0; i < count; i++)
		tests[i].teardown_func = tear_down;
	return _cmocka_run_group_tests("cookie", tests, count, NULL, NULL);
}

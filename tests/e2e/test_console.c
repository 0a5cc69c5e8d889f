/* The relay goes on when nobody reads its outputs, or they cannot be written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "client/lib/starling.h"
#include "tests/fixtures/process.h"
#include "tests/fixtures/row_tests.h"

enum {
	END_S = 3, /* a stop waits up to a second for members, and less for unread output */
};

static struct process relay;
static struct starling *member;
static int held[2] = { -1, -1 }; /* what a sink needs open */

static int end_all(void **state)
{
	(void)state;
	if (member)
		starling_close(member);
	member = NULL;
	process_end(&relay);
	for (size_t i = 0; i < 2; i++)
		if (held[i] >= 0)
			close(held[i]);
	held[0] = held[1] = -1;
	return 0;
}

/* Descriptors to which nothing can be written */

static int full_pipe(void)
{
	static const char some[4096];

	assert_int_equal(pipe2(held, O_CLOEXEC), 0);
	fcntl(held[1], F_SETFL, O_NONBLOCK);
	while (write(held[1], some, sizeof(some)) > 0) {
	}
	fcntl(held[1], F_SETFL, 0);
	return held[1];
}

static int left_pipe(void)
{
	assert_int_equal(pipe2(held, O_CLOEXEC), 0);
	close(held[0]);
	held[0] = -1;
	return held[1];
}

static int stopped_terminal(void)
{
	held[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(held[0] >= 0);
	assert_int_equal(grantpt(held[0]), 0);
	assert_int_equal(unlockpt(held[0]), 0);
	held[1] = open(ptsname(held[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(held[1] >= 0);
	assert_int_equal(tcflow(held[1], TCOOFF), 0);
	return held[1];
}

static int full_disk(void)
{
	held[0] = open("/dev/full", O_WRONLY | O_CLOEXEC);
	return held[0];
}

static int nothing(void)
{
	return PROCESS_CLOSED;
}

struct sink {
	const char *name;
	int (*open)(void);
	bool is_err, is_out;
};

static const struct sink sinks[] = {
	{ "a log into a full pipe", full_pipe, true, false },
	{ "a log into a pipe without a reader", left_pipe, true, false },
	{ "a log on a stopped terminal", stopped_terminal, true, false },
	{ "a log on a full disk", full_disk, true, false },
	{ "no log at all", nothing, true, false },
	{ "reports into a full pipe", full_pipe, false, true },
	{ "reports on a stopped terminal", stopped_terminal, false, true },
	{ "reports on a full disk", full_disk, false, true },
	{ "no standard output", nothing, false, true },
	{ "both into one full pipe", full_pipe, true, true },
	{ "both on one stopped terminal", stopped_terminal, true, true },
};

/* A port that was free just now. */
static uint16_t free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	const int descriptor = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(descriptor, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(descriptor, (struct sockaddr *)&address, &size), 0);
	close(descriptor);
	return ntohs(address.sin_port);
}

static void join(uint16_t port)
{
	const double until_s = process_now_s() + 10;
	struct starling_config config;
	struct starling_error error;
	struct starling_event event;

	starling_default_config(&config);
	config.port = port;
	if (starling_open(&member, &config, &error) != 0)
		fail_msg("%s", error.text);
	while (process_now_s() < until_s) {
		starling_wait(member, 0.05);
		starling_update(member);
		while (starling_next(member, &event))
			if (event.type == STARLING_WELCOME)
				return;
	}
	fail_msg("the relay does not answer");
}

static void the_relay_answers_and_stops(void **state)
{
	const struct sink *row = *state;
	const int sink = row->open();
	const uint16_t port = free_port();
	char port_text[8];
	const char *words[] = { "starlingd", "--host", "127.0.0.1", "--port",
				port_text,   "--json", NULL };

	snprintf(port_text, sizeof(port_text), "%u", port);
	process_start_on(&relay, words, row->is_out ? sink : -1, row->is_err ? sink : -1);
	join(port);
	process_signal(&relay, SIGUSR1);
	starling_close(member);
	member = NULL;
	join(port);
	starling_close(member);
	member = NULL;
	process_signal(&relay, SIGTERM);
	assert_int_equal(process_finish(&relay, END_S), row->is_out ? 1 : 0);
	if (!row->is_out)
		assert_non_null(strstr(relay.out_text, "\"listening\""));
	if (!row->is_err)
		assert_non_null(strstr(relay.err_text, "cannot write what was counted to the "
						       "standard output: "));
}

static void a_relay_that_cannot_start_says_so_and_ends_though_nobody_reads_it(void **state)
{
	static const char *const words[] = { "starlingd", "--host", "192.0.2.1", NULL };
	const int sink = full_pipe();

	(void)state;
	process_start_on(&relay, words, -1, sink);
	assert_int_equal(process_finish(&relay, END_S), 1);
}

struct full {
	const char *name;
	const char *words[12];
};

static const struct full fulls[] = {
	{ "starlingd --help", { "starlingd", "--help" } },
	{ "starlingd --version", { "starlingd", "--version" } },
	{ "starling --help", { "starling", "--help" } },
	{ "starling --version", { "starling", "--version" } },
	{ "starling help", { "starling", "help" } },
	{ "starling help watch", { "starling", "help", "watch" } },
	{ "starling bots --help", { "starling", "bots", "--help" } },
	{ "starling bots --version", { "starling", "bots", "--version" } },
	{ "starling play --help", { "starling", "play", "--help" } },
	{ "starling tour", { "starling", "tour", "1", "--no-pause" } },
	{ "starling-bench --help", { "starling-bench", "--help" } },
	{ "starling-bench --version", { "starling-bench", "--version" } },
	{ "starling-bench load --help", { "starling-bench", "load", "--help" } },
	{ "starling-bench contrast --list-scenarios",
	  { "starling-bench", "contrast", "--list-scenarios" } },
	{ "starling-bench contrast",
	  { "starling-bench", "contrast", "--seconds", "1", "--repeat", "1", "--modes", "raw",
	    "--impair", "delay=1ms" } },
};

static void a_result_that_is_lost_is_told_and_is_a_failure(void **state)
{
	const struct full *row = *state;

	process_start_on(&relay, row->words, full_disk(), -1);
	assert_int_equal(process_finish(&relay, 60), 1);
	if (!strstr(relay.err_text, "cannot write"))
		fail_msg("not told: \"%s\"", relay.err_text);
}

static void a_closed_standard_output_is_a_lost_result_too(void **state)
{
	const struct full *row = *state;

	process_start_on(&relay, row->words, PROCESS_CLOSED, -1);
	assert_int_equal(process_finish(&relay, 60), 1);
	assert_non_null(strstr(relay.err_text, "cannot write"));
}

int main(void)
{
	struct CMUnitTest tests[1 + ROW_TESTS_COUNT(sinks) + 2 * ROW_TESTS_COUNT(fulls)] = {
		cmocka_unit_test(a_relay_that_cannot_start_says_so_and_ends_though_nobody_reads_it),
	};
	size_t count = 1;

	signal(SIGPIPE, SIG_IGN);
	ROW_TESTS_ADD(tests, count, sinks, the_relay_answers_and_stops);
	ROW_TESTS_ADD(tests, count, fulls, a_result_that_is_lost_is_told_and_is_a_failure);
	ROW_TESTS_ADD(tests, count, fulls, a_closed_standard_output_is_a_lost_result_too);
	for (size_t i = 0; i < count; i++)
		tests[i].teardown_func = end_all;
	return _cmocka_run_group_tests("console", tests, count, NULL, NULL);
}

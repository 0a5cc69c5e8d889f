/* Impaired links between real processes: the proxy, and the flags of the relay and the client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>

#include "client/lib/starling.h"
#include "tests/fixtures/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NO_FLAGS   ((const char *const[]){ NULL })

enum {
	RELAYS = 2,
	PROXIES = 2,
};

static struct process relays[RELAYS], proxies[PROXIES];
static struct starling *sessions[4];

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		starling_close(sessions[i]);
		sessions[i] = NULL;
	}
	for (size_t i = 0; i < RELAYS; i++)
		process_end(&relays[i]);
	for (size_t i = 0; i < PROXIES; i++)
		process_end(&proxies[i]);
	return 0;
}

/* Sessions */

static struct starling *open_session(uint16_t port, const char *room)
{
	struct starling *session;
	struct starling_config config;
	struct starling_error error;

	starling_default_config(&config);
	config.host = "127.0.0.1";
	config.port = port;
	config.room = room;
	if (starling_open(&session, &config, &error) < 0)
		fail_msg("%s", error.text);
	return session;
}

static void update(struct starling *session)
{
	struct starling_event event;

	starling_update(session);
	while (starling_next(session, &event))
		;
}

static void await_playing(size_t count, double seconds)
{
	const double until_s = process_now_s() + seconds;
	size_t playing = 0;

	while (playing < count) {
		assert_true(process_now_s() < until_s);
		playing = 0;
		for (size_t i = 0; i < count; i++) {
			starling_wait(sessions[i], 0.005);
			update(sessions[i]);
			playing += starling_status(sessions[i]) == STARLING_PLAYING;
		}
	}
}

/* Delays: two senders and two receivers, the first pair over an impaired link. */

enum {
	MESSAGES = 200,
	PAIRS = 2,
};

static const double gap_s = 0.005;

struct delays {
	double ms[PAIRS][MESSAGES];
	size_t count[PAIRS];
};

static int compare(const void *a, const void *b)
{
	const double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

static double median(double *values, size_t count)
{
	assert_true(count > 0);
	qsort(values, count, sizeof(values[0]), compare);
	return values[count / 2];
}

static void hear(struct delays *delays, size_t pair, struct starling *session)
{
	struct starling_event event;

	starling_update(session);
	while (starling_next(session, &event)) {
		double sent_s;

		if (event.type != STARLING_MESSAGE || delays->count[pair] == MESSAGES)
			continue;
		assert_int_equal(event.data_bytes, sizeof(sent_s));
		memcpy(&sent_s, event.data, sizeof(sent_s));
		delays->ms[pair][delays->count[pair]++] = (process_now_s() - sent_s) * 1e3;
	}
}

/*
 * Sleeps on all descriptors, as a program with its own loop does, and updates the sessions that are
 * due.
 */
static void turn(struct delays *delays, double until_s)
{
	struct pollfd polls[4];
	double left_s = until_s - process_now_s();
	struct timespec timeout = { 0 };

	for (size_t i = 0; i < 4; i++) {
		const int ms = starling_timeout_ms(sessions[i]);

		polls[i] = (struct pollfd){ .fd = starling_fd(sessions[i]), .events = POLLIN };
		if (ms >= 0 && ms / 1e3 < left_s)
			left_s = ms / 1e3;
	}
	if (left_s > 0)
		timeout.tv_nsec = (long)(left_s * 1e9);
	ppoll(polls, 4, &timeout, NULL);
	for (size_t i = 0; i < 4; i++)
		if (i % 2 == 1)
			hear(delays, i / 2, sessions[i]);
		else
			update(sessions[i]);
}

/* Senders are sessions 0 and 2, receivers 1 and 3. */
static void measure(struct delays *delays)
{
	const double start_s = process_now_s();

	memset(delays, 0, sizeof(*delays));
	for (int n = 0; n < MESSAGES; n++) {
		for (size_t pair = 0; pair < PAIRS; pair++) {
			const double now_s = process_now_s();

			assert_int_equal(starling_send(sessions[2 * pair], STARLING_TO_OTHERS, 0,
						       &now_s, sizeof(now_s), false),
					 0);
			starling_flush(sessions[2 * pair]);
		}
		while (process_now_s() < start_s + (n + 1) * gap_s)
			turn(delays, start_s + (n + 1) * gap_s);
	}
	while (process_now_s() < start_s + MESSAGES * gap_s + 0.3)
		turn(delays, start_s + MESSAGES * gap_s + 0.3);
}

/*
 * Whether the first pair's messages take `delay_ms` longer than the second's, and at most a
 * millisecond more at the median. The machine may be busy, but not three times.
 */
static void assert_extra_is_small(double delay_ms)
{
	double extra_ms = 1e9;

	for (int tries = 0; tries < 3 && extra_ms >= 1; tries++) {
		struct delays delays;

		measure(&delays);
		assert_true(delays.count[0] > MESSAGES / 2 && delays.count[1] > MESSAGES / 2);
		extra_ms = median(delays.ms[0], delays.count[0]) -
			   median(delays.ms[1], delays.count[1]) - delay_ms;
		assert_true(delays.ms[0][0] >= delay_ms); /* the shortest, as they are sorted */
	}
	printf("  note: a delay of %g ms adds %.3f ms of its own at the median\n", delay_ms,
	       extra_ms);
	assert_true(extra_ms < 1);
	assert_true(extra_ms > -1);
}

static void the_proxy_delays_by_what_is_asked(void **state)
{
	const uint16_t relay = process_start_relay(&relays[0], NO_FLAGS);

	(void)state;
	sessions[0] = open_session(relay, "bad");
	sessions[1] = open_session(
		process_start_proxy(&proxies[0], relay, FLAGS("--impair-out", "delay=40ms")),
		"bad");
	sessions[2] = open_session(relay, "good");
	sessions[3] = open_session(process_start_proxy(&proxies[1], relay, NO_FLAGS), "good");
	await_playing(4, 20);
	assert_extra_is_small(40);
}

static void the_relay_delays_by_what_is_asked_in_both_directions(void **state)
{
	const uint16_t bad = process_start_relay(
		&relays[0], FLAGS("--impair-in", "delay=15ms", "--impair-out", "delay=10ms"));
	const uint16_t good = process_start_relay(&relays[1], NO_FLAGS);

	(void)state;
	for (size_t i = 0; i < 4; i++)
		sessions[i] = open_session(i < 2 ? bad : good, "room");
	await_playing(4, 20);
	assert_extra_is_small(25);
	process_signal(&relays[0], SIGTERM);
	assert_int_equal(process_finish(&relays[0], 10), 0);
	assert_true(process_figure(&relays[0], "impair_in", "entered") > MESSAGES);
	assert_in_range(process_figure(&relays[0], "impair_in", "delay_mean_us"), 15000, 15000);
	assert_in_range(process_figure(&relays[0], "impair_out", "delay_mean_us"), 10000, 10000);
}

/*
 * The client polls descriptors itself, for whole milliseconds. The bots send every 200 ms and
 * receive little, so a client that slept until something else happened would show it.
 */
static double client_extra_ms(const char *port)
{
	struct process bots;
	double rtt_ms;

	process_start(&bots, FLAGS("starling", "bots", "1", "--rate", "5", "--seconds", "2",
				   "--port", port, "--json", "--impair-in", "delay=30ms",
				   "--impair-out", "delay=20ms"));
	assert_int_equal(process_finish(&bots, 20), 0);
	assert_in_range(process_figure(&bots, NULL, "impair_in_delay_mean_us"), 30000, 30000);
	assert_in_range(process_figure(&bots, NULL, "impair_out_delay_mean_us"), 20000, 20000);
	rtt_ms = process_figure(&bots, NULL, "rtt_mean_ms");
	process_end(&bots);
	return rtt_ms - 50;
}

static void a_client_delays_by_what_is_asked(void **state)
{
	double extra_ms = 1e9;
	char port[8];

	(void)state;
	snprintf(port, sizeof(port), "%u", process_start_relay(&relays[0], NO_FLAGS));
	for (int tries = 0; tries < 3 && extra_ms >= 2; tries++) {
		extra_ms = client_extra_ms(port);
		assert_true(extra_ms >= 0);
	}
	printf("  note: 50 ms on a client's two links add %.3f ms of their own\n", extra_ms);
	assert_true(extra_ms < 2); /* a millisecond each way */
}

/* Losses */

/* 800 updates at 20 %: the standard deviation is 1.4 %. */
static void the_proxy_loses_what_is_asked(void **state)
{
	const uint16_t relay = process_start_relay(&relays[0], NO_FLAGS);
	struct starling_member member;
	struct process bots;
	char port[8];
	double share, until_s;

	(void)state;
	sessions[0] = open_session(
		process_start_proxy(&proxies[0], relay, FLAGS("--impair-out", "loss=20%")),
		"lobby");
	await_playing(1, 20);
	snprintf(port, sizeof(port), "%u", relay);
	process_start(&bots, FLAGS("starling", "bots", "1", "--rate", "200", "--seconds", "10",
				   "--port", port));
	until_s = process_now_s() + 20;
	do {
		assert_true(process_now_s() < until_s);
		starling_wait(sessions[0], 0.05);
		update(sessions[0]);
	} while (starling_members(sessions[0], &member, 1) < 1 || member.received < 640);
	share = (double)(member.lost + member.repaired) /
		(double)(member.received + member.lost + member.repaired);
	printf("  note: of updates over a link with loss=20%%, %.1f%% are lost\n", share * 100);
	assert_true(share > 0.14 && share < 0.26);
	process_end(&bots);
	process_signal(&proxies[0], SIGTERM);
	assert_int_equal(process_finish(&proxies[0], 5), 0);
	share = process_figure(&proxies[0], "\"out\":{", "lost") /
		process_figure(&proxies[0], "\"out\":{", "entered");
	assert_true(share > 0.14 && share < 0.26);
	assert_true(process_figure(&proxies[0], "\"in\":{", "datagrams") > 0);
}

/* About 600 datagrams out: the standard deviation is 1.6 %. */
static void a_client_loses_what_is_asked_and_reports_it(void **state)
{
	struct process bots;
	double share;
	char port[8];

	(void)state;
	snprintf(port, sizeof(port), "%u", process_start_relay(&relays[0], NO_FLAGS));
	process_start(&bots,
		      FLAGS("starling", "bots", "2", "--rate", "300", "--seconds", "1", "--port",
			    port, "--impair-out", "loss=20%", "--json", "--patience", "20"));
	assert_int_equal(process_finish(&bots, 40), 0);
	share = process_figure(&bots, NULL, "impair_out_lost") /
		process_figure(&bots, NULL, "impair_out_entered");
	assert_true(process_figure(&bots, NULL, "impair_out_entered") > 400);
	assert_true(share > 0.12 && share < 0.28);
	assert_true(process_figure(&bots, NULL, "impair_in_lost") == 0);
	process_end(&bots);
}

/* Failures */

static void a_wrong_impairment_is_shown_with_a_caret_by_every_program(void **state)
{
	static const char text[] = "delay=40ms,loss=2%%", caret[] = "\ndelay=40ms,loss=2%%\n"
								    "                  ^\n";

	(void)state;
	process_expect_failure(FLAGS("starlingd", "--impair-in", text), 2,
			       "starlingd: --impair-in: ", caret);
	process_expect_failure(FLAGS("starling", "bots", "--impair-out", text), 2,
			       "starling bots: --impair-out: ", caret);
	process_expect_failure(FLAGS("starling", "watch", "--impair-in", text), 2,
			       "starling watch: --impair-in: ", caret);
	process_expect_failure(FLAGS("starling", "replay", "x.csv", "--impair-in", text), 2,
			       "starling replay: --impair-in: ", caret);
	process_expect_failure(FLAGS("starling", "play", "--impair-in", text), 2,
			       "starling play: --impair-in: ", caret);
	process_expect_failure(FLAGS("starling-bench", "proxy", "--impair-in", text), 2,
			       "starling-bench proxy: --impair-in: ", caret);
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(the_proxy_delays_by_what_is_asked),
		E2E(the_relay_delays_by_what_is_asked_in_both_directions),
		E2E(a_client_delays_by_what_is_asked),
		E2E(the_proxy_loses_what_is_asked),
		E2E(a_client_loses_what_is_asked_and_reports_it),
		E2E(a_wrong_impairment_is_shown_with_a_caret_by_every_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

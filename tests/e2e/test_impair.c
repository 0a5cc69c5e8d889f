/* Bad lines between real processes: the proxy, and the flags of the relay and the client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/proxy.h"
#include "client/starling.h"
#include "tests/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NO_FLAGS   ((const char *const[]){ NULL })

enum {
	RELAYS = 2,
	PROXIES = 2,
	WORDS_MAX = 24,
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

static uint16_t port_in(const char *text)
{
	const char *said = strstr(text, "\"port\":");

	assert_non_null(said);
	return (uint16_t)strtoul(said + strlen("\"port\":"), NULL, 10);
}

static uint16_t start_proxy(size_t n, uint16_t to_port, const char *const *flags)
{
	const char *words[WORDS_MAX] = { "starling-bench", "proxy",       "--json",
					 "--listen",       "127.0.0.1:0", "--to" };
	size_t count = 6;
	char to[32];

	snprintf(to, sizeof(to), "127.0.0.1:%u", to_port);
	words[count++] = to;
	for (; *flags; flags++)
		words[count++] = *flags;
	process_start(&proxies[n], words);
	if (!process_await_out(&proxies[n], "\"port\":", 10))
		fail_msg("the proxy did not start: %s", proxies[n].err_text);
	return port_in(proxies[n].out_text);
}

/* The number behind the last "name": in a report, after the last `group` if there is one. */
static double figure(const char *report, const char *group, const char *name)
{
	const char *found = NULL;
	char key[64];

	for (const char *at = report; group && (at = strstr(at, group)); at++)
		report = at;
	snprintf(key, sizeof(key), "\"%s\":", name);
	for (const char *at = report; (at = strstr(at, key)); at++) {
		found = at + strlen(key);
		if (group)
			break;
	}
	if (!found)
		fail_msg("no %s in %s", key, report);
	return strtod(found, NULL);
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

/* Delays: two senders and two hearers, the first pair over a bad line. */

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

/* Sleeps on all descriptors, as a program does that has its own loop, and updates those due. */
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

/* Senders are sessions 0 and 2, hearers 1 and 3. */
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
	sessions[1] =
		open_session(start_proxy(0, relay, FLAGS("--impair-out", "delay=40ms")), "bad");
	sessions[2] = open_session(relay, "good");
	sessions[3] = open_session(start_proxy(1, relay, NO_FLAGS), "good");
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
	assert_true(figure(relays[0].out_text, "impair_in", "entered") > MESSAGES);
	assert_in_range(figure(relays[0].out_text, "impair_in", "delay_mean_us"), 15000, 15000);
	assert_in_range(figure(relays[0].out_text, "impair_out", "delay_mean_us"), 10000, 10000);
}

/*
 * The client polls descriptors itself, for whole milliseconds. The bots send every 200 ms and hear
 * little, so one that slept until something else happens would show it.
 */
static double client_extra_ms(const char *port)
{
	struct process bots;
	double rtt_ms;

	process_start(&bots, FLAGS("starling", "bots", "1", "--rate", "5", "--seconds", "3",
				   "--port", port, "--json", "--impair-in", "delay=30ms",
				   "--impair-out", "delay=20ms"));
	assert_int_equal(process_finish(&bots, 20), 0);
	assert_in_range(figure(bots.out_text, NULL, "impair_in_delay_mean_us"), 30000, 30000);
	assert_in_range(figure(bots.out_text, NULL, "impair_out_delay_mean_us"), 20000, 20000);
	rtt_ms = figure(bots.out_text, NULL, "rtt_mean_ms");
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
	printf("  note: 50 ms on a client's two lines add %.3f ms of their own\n", extra_ms);
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
	sessions[0] =
		open_session(start_proxy(0, relay, FLAGS("--impair-out", "loss=20%")), "lobby");
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
	printf("  note: of updates over a line with loss=20%%, %.1f%% are lost\n", share * 100);
	assert_true(share > 0.14 && share < 0.26);
	process_end(&bots);
	process_signal(&proxies[0], SIGTERM);
	assert_int_equal(process_finish(&proxies[0], 5), 0);
	share = figure(proxies[0].out_text, "\"out\":{", "lost") /
		figure(proxies[0].out_text, "\"out\":{", "entered");
	assert_true(share > 0.14 && share < 0.26);
	assert_true(figure(proxies[0].out_text, "\"in\":{", "datagrams") > 0);
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
		      FLAGS("starling", "bots", "2", "--rate", "100", "--seconds", "3", "--port",
			    port, "--impair-out", "loss=20%", "--json", "--patience", "20"));
	assert_int_equal(process_finish(&bots, 40), 0);
	share = figure(bots.out_text, NULL, "impair_out_lost") /
		figure(bots.out_text, NULL, "impair_out_entered");
	assert_true(figure(bots.out_text, NULL, "impair_out_entered") > 400);
	assert_true(share > 0.12 && share < 0.28);
	assert_true(figure(bots.out_text, NULL, "impair_in_lost") == 0);
	process_end(&bots);
}

/* The proxy behind any game: an echo, and raw sockets. */

static int open_udp(struct sockaddr_in *address)
{
	const struct timeval patience = { .tv_sec = 5 };
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*address);

	*address = (struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof(*address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* Says a number through the proxy to `server`, which says it back with one added. */
static void ask(int client, const struct sockaddr_in *proxy, int server, uint32_t number)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	uint32_t heard = 0;

	assert_int_equal(sendto(client, &number, sizeof(number), 0, (const struct sockaddr *)proxy,
				sizeof(*proxy)),
			 sizeof(number));
	assert_int_equal(
		recvfrom(server, &heard, sizeof(heard), 0, (struct sockaddr *)&from, &size),
		sizeof(heard));
	assert_int_equal(heard, number);
	heard++;
	assert_int_equal(sendto(server, &heard, sizeof(heard), 0, (struct sockaddr *)&from, size),
			 sizeof(heard));
	assert_int_equal(recv(client, &heard, sizeof(heard), 0), sizeof(heard));
	assert_int_equal(heard, number + 1);
}

static void the_proxy_keeps_clients_apart_and_drops_the_longest_idle(void **state)
{
	struct sockaddr_in proxy, at_server, unused;
	const int server = open_udp(&at_server);
	int clients[PROXY_CLIENTS_MAX + 1];

	(void)state;
	proxy = at_server;
	proxy.sin_port = htons(start_proxy(0, ntohs(at_server.sin_port), NO_FLAGS));
	for (uint32_t i = 0; i < PROXY_CLIENTS_MAX; i++) {
		clients[i] = open_udp(&unused);
		ask(clients[i], &proxy, server, i * 1000);
	}
	ask(clients[0], &proxy, server, 1); /* the second is now idle for longest */
	clients[PROXY_CLIENTS_MAX] = open_udp(&unused);
	ask(clients[PROXY_CLIENTS_MAX], &proxy, server, 2);
	process_signal(&proxies[0], SIGUSR1);
	assert_true(process_await_out(&proxies[0], "\"evicted\":1,", 5));
	ask(clients[0], &proxy, server, 3); /* still there */
	ask(clients[1], &proxy, server, 4); /* a new client, in the place of the third */
	process_signal(&proxies[0], SIGINT);
	assert_int_equal(process_finish(&proxies[0], 5), 0);
	assert_true(figure(proxies[0].out_text, NULL, "clients") == PROXY_CLIENTS_MAX + 2);
	assert_true(figure(proxies[0].out_text, NULL, "evicted") == 2);
	assert_true(figure(proxies[0].out_text, NULL, "strangers") == 0);
	assert_true(figure(proxies[0].out_text, "\"in\":{", "datagrams") == PROXY_CLIENTS_MAX + 4);
	for (size_t i = 0; i <= PROXY_CLIENTS_MAX; i++)
		close(clients[i]);
	close(server);
}

static void a_server_that_is_not_there_does_not_end_the_proxy(void **state)
{
	struct sockaddr_in proxy, at_server, unused;
	int server = open_udp(&at_server), client = open_udp(&unused);

	(void)state;
	proxy = at_server;
	close(server);
	proxy.sin_port = htons(start_proxy(0, ntohs(at_server.sin_port), NO_FLAGS));
	for (int i = 0; i < 10; i++) {
		assert_int_equal(
			sendto(client, "x", 1, 0, (struct sockaddr *)&proxy, sizeof(proxy)), 1);
		usleep(2000); /* so that the refusals come back in between */
	}
	server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(server, (struct sockaddr *)&at_server, sizeof(at_server)), 0);
	ask(client, &proxy, server, 7);
	close(client);
	close(server);
}

static void a_proxy_stops_after_its_time(void **state)
{
	(void)state;
	start_proxy(0, 9, FLAGS("--seconds", "0.2"));
	assert_int_equal(process_finish(&proxies[0], 5), 0);
	assert_true(figure(proxies[0].out_text, NULL, "milliseconds") >= 200);
}

/* What goes wrong */

static void assert_ends(const char *const *words, int status, const char *says, const char *also)
{
	struct process process;

	process_start(&process, words);
	assert_int_equal(process_finish(&process, 10), status);
	if (!strstr(process.err_text, says) || !strstr(process.err_text, also))
		fail_msg("not said: %s ... %s in:\n%s", says, also, process.err_text);
	assert_string_equal(process.out_text, "");
	process_end(&process);
}

static void a_wrong_impairment_is_shown_with_a_caret_by_every_program(void **state)
{
	static const char text[] = "delay=40ms,loss=2%%", caret[] = "\ndelay=40ms,loss=2%%\n"
								    "                  ^\n";

	(void)state;
	assert_ends(FLAGS("starlingd", "--impair-in", text), 2, "starlingd: --impair-in: ", caret);
	assert_ends(FLAGS("starling", "bots", "--impair-out", text), 2,
		    "starling bots: --impair-out: ", caret);
	assert_ends(FLAGS("starling", "watch", "--impair-in", text), 2,
		    "starling watch: --impair-in: ", caret);
	assert_ends(FLAGS("starling", "replay", "x.csv", "--impair-in", text), 2,
		    "starling replay: --impair-in: ", caret);
	assert_ends(FLAGS("starling", "play", "--impair-in", text), 2,
		    "starling play: --impair-in: ", caret);
	assert_ends(FLAGS("starling-bench", "proxy", "--impair-in", text), 2,
		    "starling-bench proxy: --impair-in: ", caret);
}

static void what_the_proxy_cannot_use_gets_its_sentence(void **state)
{
	struct sockaddr_in address;
	const int taken = open_udp(&address);
	char there[32];

	(void)state;
	snprintf(there, sizeof(there), "127.0.0.1:%u", ntohs(address.sin_port));
	assert_ends(FLAGS("starling-bench", "proxy", "--listen", there, "--to", "127.0.0.1:7"), 1,
		    there, "port is taken");
	assert_ends(FLAGS("starling-bench", "proxy", "--listen", "127.0.0.1:0", "--to",
			  "nosuch.invalid:7"),
		    1, "--to nosuch.invalid", "no such host");
	assert_ends(FLAGS("starling-bench", "proxy", "--to", "127.0.0.1:7"), 2, "--listen",
		    "is missing");
	assert_ends(
		FLAGS("starling-bench", "proxy", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:0"),
		2, "--to 127.0.0.1:0", "must be HOST:PORT");
	assert_ends(FLAGS("starling-bench", "proxy", "--listen", "127.0.0.1:65536", "--to", "a:1"),
		    2, "--listen 127.0.0.1:65536", "must be HOST:PORT");
	close(taken);
	assert_ends(FLAGS("starling-bench", "proxy", "--listen", there, "--to", there), 2, there,
		    "listens itself");
}

static void misuse_of_the_program_itself_is_named(void **state)
{
	(void)state;
	assert_ends(FLAGS("starling-bench"), 2, "which subcommand", "--help");
	assert_ends(FLAGS("starling-bench", "prxy"), 2, "no subcommand \"prxy\"", "--help");
	assert_ends(FLAGS("starling-bench", "--prxy"), 2, "no flag \"--prxy\"", "--help");
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
		E2E(the_proxy_keeps_clients_apart_and_drops_the_longest_idle),
		E2E(a_server_that_is_not_there_does_not_end_the_proxy),
		E2E(a_proxy_stops_after_its_time),
		E2E(a_wrong_impairment_is_shown_with_a_caret_by_every_program),
		E2E(what_the_proxy_cannot_use_gets_its_sentence),
		E2E(misuse_of_the_program_itself_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The proxy as a process between raw sockets, and what it says when it cannot work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/proxy/proxy_clients.h"
#include "tests/fixtures/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NO_FLAGS   ((const char *const[]){ NULL })

static struct process proxy_program;

static int tear_down(void **state)
{
	(void)state;
	process_end(&proxy_program);
	return 0;
}

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

/* Sends bytes through the proxy to `server`, which sends them back. */
static void echo(int client, const struct sockaddr_in *proxy, int server, const void *data,
		 size_t size)
{
	static uint8_t heard[65536];
	struct sockaddr_in from;
	socklen_t from_size = sizeof(from);

	assert_int_equal(
		sendto(client, data, size, 0, (const struct sockaddr *)proxy, sizeof(*proxy)),
		size);
	assert_int_equal(
		recvfrom(server, heard, sizeof(heard), 0, (struct sockaddr *)&from, &from_size),
		size);
	assert_memory_equal(heard, data, size);
	assert_int_equal(sendto(server, data, size, 0, (struct sockaddr *)&from, from_size), size);
	memset(heard, 0, size);
	assert_int_equal(recv(client, heard, sizeof(heard), 0), size);
	assert_memory_equal(heard, data, size);
}

static void ask(int client, const struct sockaddr_in *proxy, int server, uint32_t number)
{
	echo(client, proxy, server, &number, sizeof(number));
}

static void the_proxy_keeps_clients_apart_and_refuses_one_too_many(void **state)
{
	struct sockaddr_in proxy, at_server, unused;
	const int server = open_udp(&at_server);
	int clients[PROXY_CLIENTS_MAX + 1];

	(void)state;
	proxy = at_server;
	proxy.sin_port =
		htons(process_start_proxy(&proxy_program, ntohs(at_server.sin_port), NO_FLAGS));
	for (uint32_t i = 0; i < PROXY_CLIENTS_MAX; i++) {
		clients[i] = open_udp(&unused);
		ask(clients[i], &proxy, server, i * 1000);
	}
	clients[PROXY_CLIENTS_MAX] = open_udp(&unused);
	assert_int_equal(sendto(clients[PROXY_CLIENTS_MAX], "x", 1, 0, (struct sockaddr *)&proxy,
				sizeof(proxy)),
			 1);
	process_signal(&proxy_program, SIGUSR1);
	assert_true(process_await_out(&proxy_program, "\"refused\":1,", 5));
	for (uint32_t i = 0; i < PROXY_CLIENTS_MAX; i++)
		ask(clients[i], &proxy, server, i * 1000 + 500); /* by the socket that it had */
	process_signal(&proxy_program, SIGINT);
	assert_int_equal(process_finish(&proxy_program, 5), 0);
	assert_true(process_figure(&proxy_program, NULL, "clients") == PROXY_CLIENTS_MAX);
	assert_true(process_figure(&proxy_program, NULL, "evicted") == 0);
	assert_true(process_figure(&proxy_program, NULL, "strangers") == 0);
	assert_true(process_figure(&proxy_program, "\"in\":{", "datagrams") ==
		    2 * PROXY_CLIENTS_MAX);
	for (size_t i = 0; i <= PROXY_CLIENTS_MAX; i++)
		close(clients[i]);
	close(server);
}

/*
 * The clients' sockets are connected, as those of most games are: they take datagrams of one
 * address.
 */
static void each_client_is_answered_from_the_address_that_it_asked(void **state)
{
	struct sockaddr_in proxy, at_server, unused;
	const int server = open_udp(&at_server);
	int clients[3];

	(void)state;
	proxy = at_server;
	proxy.sin_port = htons(process_start_proxy(&proxy_program, ntohs(at_server.sin_port),
						   FLAGS("--listen", "0.0.0.0:0")));
	for (uint32_t i = 0; i < 3; i++) {
		clients[i] = open_udp(&unused);
		proxy.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + i);
		assert_int_equal(connect(clients[i], (struct sockaddr *)&proxy, sizeof(proxy)), 0);
	}
	for (uint32_t i = 0; i < 6; i++) {
		proxy.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + i % 3);
		ask(clients[i % 3], &proxy, server, i * 1000);
	}
	for (uint32_t i = 0; i < 3; i++)
		close(clients[i]);
	close(server);
}

static void datagrams_of_any_size_pass_both_ways(void **state)
{
	static const size_t sizes[] = { 0, 1, 1200, 1473, 4096, 4097, 9000, 65507 };
	static const char *const lines[][5] = {
		{ NULL },
		{ "--impair-in", "delay=1ms", "--impair-out", "delay=1ms", NULL },
	};
	enum {
		SIZES = sizeof(sizes) / sizeof(sizes[0])
	};
	static uint8_t data[65507];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t row = 0; row < sizeof(lines) / sizeof(lines[0]); row++) {
		struct sockaddr_in proxy, at_server, unused;
		const int server = open_udp(&at_server), client = open_udp(&unused);

		proxy = at_server;
		proxy.sin_port = htons(
			process_start_proxy(&proxy_program, ntohs(at_server.sin_port), lines[row]));
		for (size_t i = 0; i < SIZES; i++)
			echo(client, &proxy, server, data, sizes[i]);
		process_signal(&proxy_program, SIGINT);
		assert_int_equal(process_finish(&proxy_program, 5), 0);
		assert_true(process_figure(&proxy_program, "\"in\":{", "sent") == SIZES);
		assert_true(process_figure(&proxy_program, "\"out\":{", "sent") == SIZES);
		assert_true(process_figure(&proxy_program, NULL, "dropped_truncated") == 0);
		process_end(&proxy_program);
		close(client);
		close(server);
	}
}

/* On many machines the first address of "localhost" is ::1. */
static void a_server_at_one_address_of_a_name_is_found(void **state)
{
	struct sockaddr_in proxy, at_server, unused;
	const int server = open_udp(&at_server), client = open_udp(&unused);
	char to[32];
	ssize_t size = -1;

	(void)state;
	proxy = at_server;
	snprintf(to, sizeof(to), "localhost:%u", ntohs(at_server.sin_port));
	proxy.sin_port = htons(process_start_proxy(&proxy_program, 9, FLAGS("--to", to)));
	for (int i = 0; i < 100 && size < 0; i++) {
		uint8_t byte;

		assert_int_equal(
			sendto(client, "x", 1, 0, (struct sockaddr *)&proxy, sizeof(proxy)), 1);
		usleep(20000);
		size = recv(server, &byte, sizeof(byte), MSG_DONTWAIT);
	}
	assert_int_equal(size, 1);
	close(client);
	close(server);
}

/* A pipe that is full from the beginning takes not even the first line. */
static void reports_that_nobody_reads_hold_up_nobody(void **state)
{
	static const char some[4096];
	struct sockaddr_in proxy, at_server, unused;
	const int server = open_udp(&at_server), client = open_udp(&unused);
	const int taken = open_udp(&proxy);
	char listen[32], to[32];
	int full[2];

	(void)state;
	snprintf(listen, sizeof(listen), "%u", ntohs(proxy.sin_port));
	snprintf(to, sizeof(to), "%u", ntohs(at_server.sin_port));
	assert_int_equal(pipe2(full, O_CLOEXEC | O_NONBLOCK), 0);
	while (write(full[1], some, sizeof(some)) > 0)
		;
	fcntl(full[1], F_SETFL, 0);
	close(taken); /* the proxy has its port now */
	process_start_on(&proxy_program,
			 FLAGS("starling-bench", "proxy", "--json", "--listen", listen, "--to", to),
			 full[1], -1);
	process_await_err(&proxy_program, "listens on UDP", 5);
	ask(client, &proxy, server, 7);
	process_signal(&proxy_program, SIGUSR1);
	ask(client, &proxy, server, 8);
	process_signal(&proxy_program, SIGINT);
	assert_int_equal(process_finish(&proxy_program, 5), 1);
	assert_non_null(strstr(proxy_program.err_text, "takes nothing"));
	close(full[0]);
	close(full[1]);
	close(client);
	close(server);
}

static void a_server_that_is_not_there_does_not_end_the_proxy(void **state)
{
	struct sockaddr_in proxy, at_server, unused;
	int server = open_udp(&at_server), client = open_udp(&unused);

	(void)state;
	proxy = at_server;
	close(server);
	proxy.sin_port =
		htons(process_start_proxy(&proxy_program, ntohs(at_server.sin_port), NO_FLAGS));
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

static int64_t now_us(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void nothing_is_handed_on_before_its_delay_and_the_rest_is_reported(void **state)
{
	struct sockaddr_in proxy, at_server, unused;
	const int server = open_udp(&at_server), client = open_udp(&unused);

	(void)state;
	proxy = at_server;
	proxy.sin_port = htons(process_start_proxy(
		&proxy_program, ntohs(at_server.sin_port),
		FLAGS("--seconds", "1", "--impair-in", "delay=3ms", "--impair-out", "delay=2ms")));
	for (uint32_t i = 0; i < 20; i++) {
		const int64_t start_us = now_us();

		ask(client, &proxy, server, i);
		assert_true(now_us() - start_us >= 5000);
	}
	assert_int_equal(process_finish(&proxy_program, 5), 0);
	assert_true(process_figure(&proxy_program, NULL, "milliseconds") >= 1000);
	assert_true(process_figure(&proxy_program, NULL, "late_p99_us") <=
		    process_figure(&proxy_program, NULL, "late_max_us"));
	close(client);
	close(server);
}

/* Each round stops the proxy while it holds a datagram, until after the datagram is due. */
static void a_proxy_that_stood_still_says_how_late_it_was(void **state)
{
	enum {
		ROUNDS = 3,
		READ_US = 20000,
		STILL_US = 200000
	};
	struct sockaddr_in proxy, at_server, unused;
	const int server = open_udp(&at_server), client = open_udp(&unused);

	(void)state;
	proxy = at_server;
	proxy.sin_port = htons(process_start_proxy(&proxy_program, ntohs(at_server.sin_port),
						   FLAGS("--impair-in", "delay=100ms")));
	for (int i = 0; i < ROUNDS; i++) {
		uint8_t byte;

		assert_int_equal(
			sendto(client, "x", 1, 0, (struct sockaddr *)&proxy, sizeof(proxy)), 1);
		usleep(READ_US);
		process_signal(&proxy_program, SIGSTOP);
		usleep(STILL_US);
		process_signal(&proxy_program, SIGCONT);
		assert_int_equal(recv(server, &byte, sizeof(byte), 0), 1);
	}
	process_signal(&proxy_program, SIGINT);
	assert_int_equal(process_finish(&proxy_program, 5), 0);
	assert_true(process_figure(&proxy_program, NULL, "late_max_us") >= STILL_US / 4);
	close(client);
	close(server);
}

/* Failures */

static void what_the_proxy_cannot_use_gets_its_sentence(void **state)
{
	struct sockaddr_in address;
	static const struct {
		const char *listen, *to;
	} own[] = {
		{ "127.0.0.1", "127.0.0.1" }, { "127.0.0.1", "localhost" },
		{ "127.0.0.1", "0.0.0.0" },   { "0.0.0.0", "127.0.0.1" },
		{ "0.0.0.0", "127.9.8.7" },   { "[::]", "127.0.0.1" },
		{ "[::]", "[::]" },           { "[::]", "[::ffff:127.0.0.1]" },
	};
	const int taken = open_udp(&address);
	const unsigned port = ntohs(address.sin_port);
	char there[32];

	(void)state;
	snprintf(there, sizeof(there), "127.0.0.1:%u", port);
	process_expect_failure(
		FLAGS("starling-bench", "proxy", "--listen", there, "--to", "127.0.0.1:7"), 1,
		there, "port is taken");
	process_expect_failure(FLAGS("starling-bench", "proxy", "--listen", "127.0.0.1:0", "--to",
				     "nosuch.invalid:7"),
			       1, "--to nosuch.invalid", "no such host");
	process_expect_failure(FLAGS("starling-bench", "proxy", "--listen", "192.0.2.1:7000",
				     "--to", "127.0.0.1:7"),
			       1, "--listen 192.0.2.1:7000", "this machine has no such address");
	process_expect_failure(FLAGS("starling-bench", "proxy", "--to", "127.0.0.1:7"), 2,
			       "--listen", "is missing");
	process_expect_failure(
		FLAGS("starling-bench", "proxy", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:0"),
		2, "--to 127.0.0.1:0", "must be HOST:PORT");
	process_expect_failure(
		FLAGS("starling-bench", "proxy", "--listen", "127.0.0.1:65536", "--to", "a:1"), 2,
		"--listen 127.0.0.1:65536", "must be HOST:PORT");
	close(taken);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		char listen[32], to[32];

		snprintf(listen, sizeof(listen), "%s:%u", own[i].listen, port);
		snprintf(to, sizeof(to), "%s:%u", own[i].to, port);
		process_expect_failure(
			FLAGS("starling-bench", "proxy", "--listen", listen, "--to", to), 2, "--to",
			"listens itself");
	}
}

static void misuse_of_the_program_itself_is_named(void **state)
{
	(void)state;
	process_expect_failure(FLAGS("starling-bench"), 2, "which subcommand", "--help");
	process_expect_failure(FLAGS("starling-bench", "prxy"), 2, "no subcommand \"prxy\"",
			       "--help");
	process_expect_failure(FLAGS("starling-bench", "--prxy"), 2, "no flag \"--prxy\"",
			       "--help");
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(the_proxy_keeps_clients_apart_and_refuses_one_too_many),
		E2E(each_client_is_answered_from_the_address_that_it_asked),
		E2E(datagrams_of_any_size_pass_both_ways),
		E2E(a_server_at_one_address_of_a_name_is_found),
		E2E(reports_that_nobody_reads_hold_up_nobody),
		E2E(a_server_that_is_not_there_does_not_end_the_proxy),
		E2E(nothing_is_handed_on_before_its_delay_and_the_rest_is_reported),
		E2E(a_proxy_that_stood_still_says_how_late_it_was),
		E2E(what_the_proxy_cannot_use_gets_its_sentence),
		E2E(misuse_of_the_program_itself_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

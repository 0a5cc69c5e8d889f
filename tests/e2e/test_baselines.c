/* The baseline relays, driven by hand: which messages they answer, and which not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/net/net.h"
#include "proto/net/random.h"
#include "tests/fixtures/process.h"

#define FLAGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

enum {
	PATIENCE_MS = 5000,
	NS_PER_MS = 1000000,
};

static struct process relay;

static int tear_down(void **state)
{
	(void)state;
	process_end(&relay);
	return 0;
}

static uint16_t start_with(const char *const *arguments)
{
	process_start(&relay, arguments);
	assert_true(process_await_out(&relay, "\"port\":", 10));
	return (uint16_t)process_figure(&relay, NULL, "port");
}

static uint16_t start(const char *program)
{
	return start_with(FLAGS(program, "-s", "60"));
}

static int connect_to(uint16_t port, int type)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Receives one message; 0 when the other side has closed. */
static size_t receive(int fd, char *data, size_t capacity)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	ssize_t got;

	if (poll(&pollfd, 1, PATIENCE_MS) != 1)
		fail_msg("no answer");
	got = recv(fd, data, capacity, 0);
	return got > 0 ? (size_t)got : 0;
}

static void send_text(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Sends the member's own state, and expects those of the others in answer. */
static void expect_others(int fd, int member, const char *own, const char *others, size_t size)
{
	char request[256], answer[1024] = "", *body;
	size_t got;

	snprintf(request, sizeof(request),
		 "POST /members/%d HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s", member,
		 strlen(own), own);
	send_text(fd, request);
	got = receive(fd, answer, sizeof(answer) - 1);
	assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
	body = strstr(answer, "\r\n\r\n");
	assert_non_null(body);
	assert_int_equal((size_t)(answer + got - (body + 4)), size);
	assert_memory_equal(body + 4, others, size);
}

static void http_tells_each_the_newest_of_the_others(void **state)
{
	const uint16_t port = start("baseline-http_relay");
	const int one = connect_to(port, SOCK_STREAM), other = connect_to(port, SOCK_STREAM);

	(void)state;
	expect_others(one, 1, "aaa", "", 0);
	expect_others(other, 7, "bb", "\0\3aaa", 5);
	expect_others(other, 7, "cc", "\0\3aaa", 5);
	expect_others(one, 1, "d", "\0\2cc", 4);
	close(one);
	close(other);
}

static void http_takes_a_request_in_pieces_and_two_at_once(void **state)
{
	const int fd = connect_to(start("baseline-http_relay"), SOCK_STREAM);
	static const char request[] = "POST /members/0 HTTP/1.1\r\ncontent-length: 1\r\n\r\nx";
	char answer[1024];
	size_t got = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(request) - 1; i++)
		assert_int_equal(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
	assert_true(receive(fd, answer, sizeof(answer)) > 0);
	send_text(fd, "POST /members/1 HTTP/1.1\r\nContent-Length: 1\r\n\r\ny"
		      "POST /members/0 HTTP/1.1\r\nContent-Length: 1\r\n\r\nz");
	while (!memmem(answer, got, "\0\1y", 3))
		got += receive(fd, answer + got, sizeof(answer) - got);
	close(fd);
}

static void http_answers_400_to_what_it_does_not_know(void **state)
{
	static const char *const bad[] = {
		"GET / HTTP/1.1\r\n\r\n",
		"POST /members/256 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"POST /members/ HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"POST /members/1 HTTP/1.1\r\n\r\n",
		"POST /members/1 HTTP/1.1\r\nContent-Length: 257\r\n\r\n",
		"POST /members/1 HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
		"POST /members/1 HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"POST /members/1 HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
	};
	const uint16_t port = start("baseline-http_relay");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const int fd = connect_to(port, SOCK_STREAM);
		char answer[256];

		send_text(fd, bad[i]);
		if (receive(fd, answer, sizeof(answer)) < 12 ||
		    memcmp(answer, "HTTP/1.1 400", 12) != 0)
			fail_msg("not refused: %s", bad[i]);
		assert_int_equal(receive(fd, answer, sizeof(answer)), 0);
		close(fd);
	}
}

static void send_rubbish(int fd, struct random *random)
{
	char data[4096];
	const size_t size = (size_t)random_below(random, sizeof(data));

	for (size_t i = 0; i < size; i++)
		data[i] = (char)random_u64(random);
	if (random_below(random, 2) == 0)
		send_text(fd, "POST /members/3 HTTP/1.1\r\nContent-Length: 200\r\n\r\n");
	/* The relay may have closed by now. */
	send(fd, data, size, MSG_NOSIGNAL);
}

/* The relay serves the next client, whatever one sends to it. */
static void survives_rubbish(const char *program)
{
	const uint16_t port = start(program);
	struct random random = random_init(1);

	for (int i = 0; i < 200; i++) {
		const int fd = connect_to(port, SOCK_STREAM);

		send_rubbish(fd, &random);
		close(fd);
	}
	close(connect_to(port, SOCK_STREAM));
	assert_int_equal(relay.status, -1);
}

static void http_survives_bytes_by_chance(void **state)
{
	int fd;

	(void)state;
	survives_rubbish("baseline-http_relay");
	fd = connect_to((uint16_t)process_figure(&relay, NULL, "port"), SOCK_STREAM);
	send_text(fd, "POST /members/9 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
	assert_true(receive(fd, (char[1024]){ 0 }, 1024) > 0);
	close(fd);
}

static void udp_hands_on_what_it_gets_to_all_others(void **state)
{
	const uint16_t port = start("baseline-udp_relay");
	const int one = connect_to(port, SOCK_DGRAM), other = connect_to(port, SOCK_DGRAM);
	char data[2048];

	(void)state;
	send_text(one, "?");
	assert_int_equal(receive(one, data, sizeof(data)), 1);
	send_text(other, "?");
	assert_int_equal(receive(other, data, sizeof(data)), 1);
	send_text(one, "from one");
	assert_int_equal(receive(other, data, sizeof(data)), 8);
	assert_memory_equal(data, "from one", 8);
	/* Nothing came back to the sender: the first message to it is the other's. */
	send_text(other, "from the other");
	assert_int_equal(receive(one, data, sizeof(data)), 14);
	close(one);
	close(other);
}

/* A message between two of its flushes does not wake it, and leaves with the next one. */
static void the_raw_floor_sleeps_between_its_flushes(void **state)
{
	enum {
		UPDATE_BYTES = 32,
		UPDATES = 100,
	};
	const char update[UPDATE_BYTES] = "";
	const uint16_t port = start_with(FLAGS("baseline-udp_fanout", "-f", "200000", "-s", "60"));
	const int one = connect_to(port, SOCK_DGRAM), other = connect_to(port, SOCK_DGRAM);
	const struct timespec pause = { .tv_nsec = 5 * NS_PER_MS };
	const int64_t begin_ns = net_now_ns();
	size_t got = 0, datagrams = 0;
	uintmax_t waits;
	char data[2048];

	(void)state;
	for (int i = 0; i < 2; i++) {
		send_text(i ? other : one, "?");
		assert_int_equal(receive(i ? other : one, data, sizeof(data)), 1);
	}
	for (int i = 0; i < UPDATES; i++) {
		assert_int_equal(send(one, update, sizeof(update), 0), sizeof(update));
		nanosleep(&pause, NULL);
	}
	for (; got < sizeof(update) * UPDATES; datagrams++)
		got += receive(other, data, sizeof(data));
	assert_int_equal(got, sizeof(update) * UPDATES);
	/* In half a second or more: a few flushes, each of as few datagrams as can hold it. */
	assert_in_range(datagrams, 2, UPDATES / 2);
	process_signal(&relay, SIGTERM);
	assert_int_equal(process_finish(&relay, 5), 0);
	/* The relay looks every 20 ms, and before a flush. */
	waits = (uintmax_t)process_figure(&relay, "network", "calls_wait");
	assert_in_range(waits, 1, (uintmax_t)(net_now_ns() - begin_ns) / (15 * NS_PER_MS) + 10);
	close(one);
	close(other);
}

static void misuse_is_told(void **state)
{
	(void)state;
	process_expect_failure(FLAGS("baseline-http_relay", "-a", "nowhere"), 2, "usage", "-a");
	process_expect_failure(FLAGS("baseline-udp_relay", "-s", "0"), 2, "usage", "-s");
	process_expect_failure(FLAGS("baseline-tcp_relay", "-a", "1.2.3"), 2, "usage", "-n");
	process_expect_failure(FLAGS("baseline-http_relay", "-a", "192.0.2.1"), 1, "cannot listen",
			       "assign");
}

#define E2E(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		E2E(http_tells_each_the_newest_of_the_others),
		E2E(http_takes_a_request_in_pieces_and_two_at_once),
		E2E(http_answers_400_to_what_it_does_not_know),
		E2E(http_survives_bytes_by_chance),
		E2E(udp_hands_on_what_it_gets_to_all_others),
		E2E(the_raw_floor_sleeps_between_its_flushes),
		E2E(misuse_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * A socket on all of this machine's addresses answers from the address that was asked. The test
 * runs in a network namespace of its own, whose loopback interface has more than one IPv6 address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "proto/net/udp/udp.h"
#include "proto/net/udp/udp_address.h"
#include "tests/fixtures/net/loopback.h"
#include "tests/fixtures/net/udp_fixture.h"
#include "tests/fixtures/row_tests.h"

#define SECOND_NS   INT64_C(1000000000)
#define CLIENT_IPV6 "fd00::3" /* to which no address that is asked is the nearest */

enum {
	RUN = 4,
	RUN_BYTES = 100
};

static struct net *net;

/*
 * A client's socket as in most games: connected, so that it receives only from the address that it
 * asked.
 */
static int ask(const char *host, uint16_t port)
{
	const struct timeval second = { .tv_sec = 1 };
	union udp_sockaddr to;
	union udp_sockaddr own = { .in6 = { .sin6_family = AF_INET6 } };
	struct net_address address = udp_fixture_at(host, port);
	int client;

	assert_true(udp_address_look(&address, &to));
	client = socket(to.any.sa_family, SOCK_DGRAM, 0);
	assert_true(client >= 0);
	inet_pton(AF_INET6, CLIENT_IPV6, &own.in6.sin6_addr);
	if (to.any.sa_family == AF_INET6)
		assert_int_equal(bind(client, &own.any, sizeof(own.in6)), 0);
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	assert_int_equal(connect(client, &to.any, udp_sockaddr_bytes(&to)), 0);
	assert_int_equal(send(client, "ask", 3, 0), 3);
	return client;
}

static struct net_address receive(int server)
{
	struct net_address from = { 0 };
	uint8_t bytes[64];
	size_t size = 0;

	while (size == 0 && net->wait(net, server, net->now_ns(net) + SECOND_NS) > 0)
		size = net->receive(net, server, &from, bytes, sizeof(bytes));
	assert_int_equal(size, 3);
	return from;
}

/* So many that they leave as one message that the kernel cuts. */
static void answer(int server, struct net_address to, char word)
{
	uint8_t bytes[RUN_BYTES];
	const struct net_buffer buffer = { .data = bytes, .size = sizeof(bytes) };

	memset(bytes, word, sizeof(bytes));
	for (int i = 0; i < RUN; i++)
		net->send(net, server, &to, &buffer, 1);
}

static void expect(int client, char word)
{
	uint8_t bytes[RUN_BYTES + 1];

	for (int i = 0; i < RUN; i++) {
		assert_int_equal(recv(client, bytes, sizeof(bytes), 0), RUN_BYTES);
		assert_int_equal(bytes[0], word);
	}
}

static const char *const addresses[] = { "fd00::1", "fd00::2", CLIENT_IPV6 };

struct row {
	const char *name, *bound;
	const char *asked[3];
};

/* All ask before one is answered, so that each needs a path of its own. */
static void each_is_answered_from_the_address_that_it_asked(void **state)
{
	const struct row *row = *state;
	struct net_address from[3];
	int clients[3], server;
	uint16_t port;

	loopback_need();
	for (size_t i = 0; i < ROW_TESTS_COUNT(addresses); i++)
		loopback_add(addresses[i]);
	server = udp_fixture_open_at(net, row->bound, &port);
	for (int i = 0; i < 3; i++) {
		clients[i] = ask(row->asked[i], port);
		from[i] = receive(server);
	}
	for (int i = 2; i >= 0; i--)
		answer(server, from[i], (char)('a' + i));
	net->flush(net, server);
	for (int i = 0; i < 3; i++) {
		expect(clients[i], (char)('a' + i));
		close(clients[i]);
	}
	net->close(net, server);
	for (size_t i = 0; i < ROW_TESTS_COUNT(addresses); i++)
		loopback_remove(addresses[i]);
}

static const struct row rows[] = {
	{ "all addresses, asked at three of IPv4",
	  "::",
	  { "127.0.0.1", "127.0.0.2", "127.9.8.7" } },
	{ "all addresses, asked at three of IPv6", "::", { "::1", "fd00::1", "fd00::2" } },
	{ "all addresses, asked at both families", "::", { "fd00::2", "127.0.0.2", "fd00::1" } },
	{ "all of IPv4, asked at three", "0.0.0.0", { "127.0.0.2", "127.0.0.1", "127.9.8.7" } },
	{ "one address, asked at that", "127.0.0.2", { "127.0.0.2", "127.0.0.2", "127.0.0.2" } },
};

static int set_up(void **state)
{
	net = udp_net();
	return loopback_set_up(state);
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, each_is_answered_from_the_address_that_it_asked);
	return _cmocka_run_group_tests("source", tests, count, set_up, NULL);
}

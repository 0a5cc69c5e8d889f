/* Real sockets and the batch in, on the loopback interface only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "proto/net/resolve.h"
#include "proto/net/udp/udp.h"
#include "tests/fixtures/net/ipv6.h"
#include "tests/fixtures/net/udp_fixture.h"

#define MS INT64_C(1000000)

static void too_large_and_empty_datagrams_are_skipped_and_counted(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	const int outsider = socket(AF_INET, SOCK_DGRAM, 0);
	static uint8_t bytes[NET_DATAGRAM_MAX_BYTES + 1], taken[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;

	udp_fixture_send_raw(outsider, fixture->at_b, bytes, sizeof(bytes));
	udp_fixture_send_raw(outsider, fixture->at_b, bytes, 0);
	udp_fixture_send_raw(outsider, fixture->at_b, bytes, NET_DATAGRAM_MAX_BYTES);
	udp_fixture_send_raw(outsider, fixture->at_b, "good", 4);
	close(outsider);
	assert_int_equal(net->wait(net, fixture->b, net->now_ns(net) + 1000 * MS), 1);
	assert_int_equal(net->receive(net, fixture->b, &from, taken, sizeof(taken)), sizeof(taken));
	assert_int_equal(net->receive(net, fixture->b, &from, taken, sizeof(taken)), 4);
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).dropped_truncated, 1);
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).dropped_empty, 1);
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).datagrams_in, 2);

	udp_fixture_send(fixture, fixture->a, fixture->at_b, "more than the caller has room for");
	net->flush(net, fixture->a);
	assert_int_equal(net->wait(net, fixture->b, net->now_ns(net) + 1000 * MS), 1);
	assert_int_equal(net->receive(net, fixture->b, &from, taken, 5), 0);
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).dropped_truncated, 2);
}

/* The n-th byte of a datagram of so many: one of a length sent near it has another there. */
static uint8_t byte_of(size_t size, size_t n)
{
	return (uint8_t)(size * 31 + n * 7 + (n >> 8));
}

static void datagrams_of_all_lengths_arrive_as_they_were_sent(void **state)
{
	enum {
		AT_A_TIME = 100 /* more than a batch, so that each place has long ones and short */
	};
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	static uint8_t sent[NET_DATAGRAM_MAX_BYTES], taken[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;

	for (size_t first = 1; first <= 1300; first += AT_A_TIME) {
		/* Lengths go up and down, since equal ones would leave as runs. */
		for (size_t i = 0; i < AT_A_TIME; i++) {
			const size_t size = first + (i * 37) % AT_A_TIME;
			const struct net_buffer part = { sent, size };

			for (size_t n = 0; n < size; n++)
				sent[n] = byte_of(size, n);
			net->send(net, fixture->a, &fixture->at_b, &part, 1);
		}
		net->flush(net, fixture->a);
		for (size_t i = 0; i < AT_A_TIME; i++) {
			const size_t size = first + (i * 37) % AT_A_TIME;

			memset(taken, 0, size);
			assert_int_equal(net->receive(net, fixture->b, &from, taken, sizeof(taken)),
					 size);
			for (size_t n = 0; n < size; n++)
				assert_int_equal(taken[n], byte_of(size, n));
		}
	}
}

static void the_first_bytes_of_what_is_at_hand_are_seen_before_it_is_received(void **state)
{
	enum {
		COUNT = 4
	};
	const size_t sizes[COUNT] = { 1, 3, 200, 1000 }; /* shorter ones would end a run */
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	static uint8_t sent[1000], taken[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;
	size_t bytes = 0;

	assert_null(net_peek(net, fixture->b, 0, &bytes));
	for (size_t i = 0; i < COUNT; i++) {
		const struct net_buffer part = { sent, sizes[i] };

		memset(sent, (int)i + 1, sizeof(sent));
		net->send(net, fixture->a, &fixture->at_b, &part, 1);
	}
	net->flush(net, fixture->a);
	/* The datagrams are still in the kernel's queue, until the first is received. */
	assert_null(net_peek(net, fixture->b, 0, &bytes));
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(net->receive(net, fixture->b, &from, taken, sizeof(taken)),
				 sizes[i]);
		for (size_t at = i + 1; at < COUNT; at++) {
			const uint8_t *seen =
				net_peek(net, fixture->b, (unsigned)(at - i - 1), &bytes);

			assert_non_null(seen);
			assert_true(bytes <= sizes[at]);
			assert_true(bytes >= 3);
			for (size_t n = 0; n < bytes; n++)
				assert_int_equal(seen[n], at + 1);
		}
		assert_null(net_peek(net, fixture->b, (unsigned)(COUNT - i - 1), &bytes));
	}
}

static void a_flood_of_nothing_does_not_hold_the_receiver(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	const int outsider = socket(AF_INET, SOCK_DGRAM, 0);
	struct net_address from;
	char taken[16];
	unsigned turns = 0;

	for (int i = 0; i < 600; i++)
		udp_fixture_send_raw(outsider, fixture->at_b, "", 0);
	udp_fixture_send_raw(outsider, fixture->at_b, "good", 4);
	close(outsider);
	while (net->receive(net, fixture->b, &from, taken, sizeof(taken)) == 0)
		assert_true(++turns < 20);
	assert_true(turns >= 1); /* it returned in between */
	assert_memory_equal(taken, "good", 4);
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).dropped_empty, 600);
}

static void a_datagram_from_port_0_is_skipped_and_counted(void **state)
{
	struct udp_fixture *fixture = *state;
	const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_addr.s_addr = fixture->at_b.host };
	struct {
		struct udphdr header;
		char text[4];
	} datagram = { .text = "bad" };

	if (raw < 0) {
		puts("skipped: only root can send from port 0");
		skip();
	}
	datagram.header.uh_dport = htons(fixture->at_b.port);
	datagram.header.uh_ulen = htons(sizeof(datagram));
	assert_int_equal(sendto(raw, &datagram, sizeof(datagram), 0, (const struct sockaddr *)&to,
				sizeof(to)),
			 sizeof(datagram));
	close(raw);
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "good");
	fixture->net->flush(fixture->net, fixture->a);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "good");
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).dropped_portless, 1);
}

static void an_answer_that_nobody_listens_does_not_stop_the_receiver(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;

	udp_fixture_send_to_nobody(fixture);
	udp_fixture_send(fixture, fixture->b, fixture->at_a, "me");
	net->flush(net, fixture->b);
	assert_string_equal(udp_fixture_receive(fixture, fixture->a), "me");
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).errors_in, 1);
}

/* Each datagram is longer than the one before, so that none comes in a run, which counts as one. */
static void the_kernel_s_drops_are_counted(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	const int smallest = 0;
	static uint8_t bytes[1200];
	struct net_address from;
	uint64_t taken = 0;

	/* The kernel takes its own least size instead. */
	assert_int_equal(setsockopt(fixture->b, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof(smallest)),
			 0);
	for (unsigned i = 0; i < 100; i++)
		net->send(net, fixture->a, &fixture->at_b, &(struct net_buffer){ bytes, 1000 + i },
			  1);
	net->flush(net, fixture->a);
	while (net->receive(net, fixture->b, &from, bytes, sizeof(bytes)) > 0)
		taken++;
	/* The kernel reports drops with the next datagram that it accepts. */
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "and?");
	net->flush(net, fixture->a);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "and?");
	assert_true(taken < 100);
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).dropped_kernel, 100 - taken);
}

static void the_buffers_are_as_large_as_was_granted(void **state)
{
	struct udp_fixture *fixture = *state;
	const struct net_stats stats = udp_fixture_stats(fixture, fixture->a);
	int doubled;
	socklen_t size = sizeof(doubled);

	assert_int_equal(getsockopt(fixture->a, SOL_SOCKET, SO_RCVBUF, &doubled, &size), 0);
	assert_int_equal(stats.receive_buffer_bytes, doubled / 2);
	assert_in_range(stats.receive_buffer_bytes, 1, UDP_BUFFER_BYTES);
	assert_int_equal(getsockopt(fixture->a, SOL_SOCKET, SO_SNDBUF, &doubled, &size), 0);
	assert_int_equal(stats.send_buffer_bytes, doubled / 2);
}

static void a_socket_closes_on_exec_and_does_not_block(void **state)
{
	struct udp_fixture *fixture = *state;

	assert_true(fcntl(fixture->a, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fixture->a, F_GETFL) & O_NONBLOCK);
}

static int option_of(int descriptor, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	assert_int_equal(getsockopt(descriptor, SOL_SOCKET, option, &value, &size), 0);
	return value;
}

/* An IPv4 socket saves the kernel one layer; nothing else may change. */
static void
a_socket_with_an_ipv4_address_is_an_ipv4_socket_with_all_that_was_asked_for(void **state)
{
	static const struct {
		const char *host;
		int family;
	} rows[] = {
		{ "127.0.0.1", AF_INET },
		{ "0.0.0.0", AF_INET },
		{ "::1", AF_INET6 },
		{ "::", AF_INET6 },
	};
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;

	ipv6_need();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int opened = net->open(net);
		struct net_address address;

		assert_int_equal(net_resolve(rows[i].host, 0, &address, 1), 1);
		assert_int_equal(net->bind(net, opened, &address), 0);
		assert_int_equal(option_of(opened, SO_DOMAIN), rows[i].family);
		assert_int_equal(option_of(opened, SO_RXQ_OVFL), 1);
		assert_int_equal(option_of(opened, SO_TIMESTAMPNS), 1);
		assert_int_equal(option_of(opened, SO_RCVBUF) / 2,
				 udp_fixture_stats(fixture, opened).receive_buffer_bytes);
		assert_true(fcntl(opened, F_GETFD) & FD_CLOEXEC);
		assert_true(fcntl(opened, F_GETFL) & O_NONBLOCK);
		net->close(net, opened);
		assert_int_equal(fcntl(opened, F_GETFD), -1);
	}
}

/* A message about the path's MTU, which anybody can forge, must not split datagrams either. */
static void no_router_is_to_cut_a_datagram(void **state)
{
	static const struct {
		const char *host;
		int level, option, wanted;
	} rows[] = {
		{ "127.0.0.1", IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE },
		{ "::", IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE },
		{ "::", IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE },
	};
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;

	ipv6_need();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int opened = net->open(net);
		struct net_address address;
		int value = -1;
		socklen_t size = sizeof(value);

		assert_int_equal(net_resolve(rows[i].host, 0, &address, 1), 1);
		assert_int_equal(net->bind(net, opened, &address), 0);
		assert_int_equal(getsockopt(opened, rows[i].level, rows[i].option, &value, &size),
				 0);
		assert_int_equal(value, rows[i].wanted);
		net->close(net, opened);
	}
}

static void a_taken_port_is_an_error(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	const int c = net->open(net);

	assert_int_equal(net->bind(net, c, &fixture->at_a), -EADDRINUSE);
	net->close(net, c);
}

static void port_0_becomes_a_real_one(void **state)
{
	struct udp_fixture *fixture = *state;

	assert_int_equal(fixture->at_a.host, htonl(INADDR_LOOPBACK));
	assert_int_not_equal(fixture->at_a.port, 0);
	assert_int_not_equal(fixture->at_a.port, fixture->at_b.port);
}

static void a_number_that_is_no_socket_of_ours_does_no_harm(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	const int numbers[] = { -1, 0, UDP_DESCRIPTORS_MAX, INT32_MAX };
	struct net_address address = fixture->at_a;
	size_t bytes;
	char data[4];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assert_int_equal(net->bind(net, numbers[i], &address), -EBADF);
		assert_int_equal(net->address(net, numbers[i], &address), -EBADF);
		assert_int_equal(net->wait(net, numbers[i], 0), -EBADF);
		assert_int_equal(net->receive(net, numbers[i], &address, data, 4), 0);
		assert_int_equal(udp_fixture_stats(fixture, numbers[i]).datagrams_out, 0);
		assert_false(net->has_buffered(net, numbers[i]));
		assert_null(net_peek(net, numbers[i], 0, &bytes));
		udp_fixture_send(fixture, numbers[i], fixture->at_a, "lost");
		net->flush(net, numbers[i]);
		net->close(net, numbers[i]);
	}
	assert_int_not_equal(fcntl(0, F_GETFD), -1); /* descriptor 0 is still open */
}

static void three_hundred_sockets_stay_small(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	int sockets[300];
	struct net_address address;
	struct rusage start, end;

#ifdef __SANITIZE_THREAD__
	puts("skipped: the thread sanitizer's own memory would be counted");
	skip();
#endif
	getrusage(RUSAGE_SELF, &start);
	for (int i = 0; i < 300; i++)
		sockets[i] = udp_fixture_open(net, &address);
	for (int i = 0; i < 300; i++) {
		net->address(net, sockets[i], &address);
		udp_fixture_send(fixture, fixture->a, address, "to each");
	}
	net->flush(net, fixture->a);
	for (int i = 0; i < 300; i++)
		assert_string_equal(udp_fixture_receive(fixture, sockets[i]), "to each");
	getrusage(RUSAGE_SELF, &end);
	assert_true(end.ru_maxrss - start.ru_maxrss < 300 * 64); /* KiB */
	for (int i = 0; i < 300; i++)
		net->close(net, sockets[i]);
}

static void the_clock_moves_and_random_bits_differ(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	const int64_t now_ns = net->now_ns(net);

	assert_true(now_ns > 0);
	assert_true(net->now_ns(net) >= now_ns);
	/* One in 2^64 that three are alike. */
	const uint32_t bits = net->random(net);
	assert_true(net->random(net) != bits || net->random(net) != bits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(too_large_and_empty_datagrams_are_skipped_and_counted),
		UDP_TEST(datagrams_of_all_lengths_arrive_as_they_were_sent),
		UDP_TEST(the_first_bytes_of_what_is_at_hand_are_seen_before_it_is_received),
		UDP_TEST(a_flood_of_nothing_does_not_hold_the_receiver),
		UDP_TEST(a_datagram_from_port_0_is_skipped_and_counted),
		UDP_TEST(an_answer_that_nobody_listens_does_not_stop_the_receiver),
		UDP_TEST(the_kernel_s_drops_are_counted),
		UDP_TEST(the_buffers_are_as_large_as_was_granted),
		UDP_TEST(a_socket_closes_on_exec_and_does_not_block),
		UDP_TEST(
			a_socket_with_an_ipv4_address_is_an_ipv4_socket_with_all_that_was_asked_for),
		UDP_TEST(no_router_is_to_cut_a_datagram),
		UDP_TEST(a_taken_port_is_an_error),
		UDP_TEST(port_0_becomes_a_real_one),
		UDP_TEST(a_number_that_is_no_socket_of_ours_does_no_harm),
		UDP_TEST(three_hundred_sockets_stay_small),
		UDP_TEST(the_clock_moves_and_random_bits_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

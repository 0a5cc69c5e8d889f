/* The batch out of a real socket by destination, and as runs that the kernel cuts (UDP_SEGMENT),
 * which come back in one (UDP_GRO). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/net/udp/udp.h"
#include "tests/fixtures/seeded_random.h"
#include "tests/fixtures/net/udp_kernel.h"

#define MS INT64_C(1000000)

/* Datagrams to several receivers at once, told apart by a number in each. */

enum {
	RECEIVERS = 40,
	LARGEST = 1200,
};

static struct seeded_random seed_of(uint64_t number)
{
	return (struct seeded_random){ .state = number };
}

static uint64_t below(struct seeded_random *seed, uint64_t bound)
{
	return seeded_random_between(seed, 0, bound - 1);
}

struct receivers {
	int sockets[RECEIVERS];
	struct net_address addresses[RECEIVERS];
	unsigned sent[RECEIVERS], received[RECEIVERS];
};

static void open_receivers(struct net *net, struct receivers *receivers)
{
	memset(receivers, 0, sizeof(*receivers));
	for (int i = 0; i < RECEIVERS; i++)
		receivers->sockets[i] = udp_fixture_open(net, &receivers->addresses[i]);
}

static void close_receivers(struct net *net, struct receivers *receivers)
{
	for (int i = 0; i < RECEIVERS; i++)
		net->close(net, receivers->sockets[i]);
}

/* A datagram's bytes follow from its receiver and its number there. */
static size_t write_datagram(uint8_t bytes[LARGEST], unsigned receiver, unsigned number)
{
	struct seeded_random seed = seed_of((uint64_t)receiver << 32 | number);
	/* Mostly of a few sizes, so that there are runs of many lengths. */
	const size_t sizes[] = { 1, 300, 1160, 1160, 1160, 1160, 1 + below(&seed, LARGEST) };
	const size_t size = sizes[below(&seed, 7)];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)below(&seed, 256);
	return size;
}

static void send_to(struct udp_fixture *fixture, struct receivers *receivers, unsigned receiver)
{
	uint8_t bytes[LARGEST];
	const size_t size = write_datagram(bytes, receiver, receivers->sent[receiver]++);
	/* In two buffers, as ENet sends a header and its commands. */
	const struct net_buffer parts[] = { { bytes, size / 3 },
					    { bytes + size / 3, size - size / 3 } };

	fixture->net->send(fixture->net, fixture->a, &receivers->addresses[receiver], parts, 2);
}

static void receive_all(struct udp_fixture *fixture, struct receivers *receivers, unsigned receiver)
{
	uint8_t expected[LARGEST], taken[NET_DATAGRAM_MAX_BYTES];
	struct net_address from;
	size_t size;

	while (receivers->received[receiver] < receivers->sent[receiver]) {
		size = fixture->net->receive(fixture->net, receivers->sockets[receiver], &from,
					     taken, sizeof(taken));
		assert_int_equal(
			size, write_datagram(expected, receiver, receivers->received[receiver]++));
		assert_memory_equal(taken, expected, size);
	}
	assert_int_equal(fixture->net->receive(fixture->net, receivers->sockets[receiver], &from,
					       taken, sizeof(taken)),
			 0);
}

/*
 * The datagrams of each receiver, over many batches of many shapes, whatever the kernel does with
 * runs.
 */
static void send_and_receive(struct udp_fixture *fixture, struct receivers *receivers,
			     uint64_t first_seed)
{
	for (uint64_t number = 0; number < 20; number++) {
		struct seeded_random seed = seed_of(first_seed + number);
		const unsigned among = 1 + (unsigned)below(&seed, RECEIVERS);
		const unsigned count = 1 + (unsigned)below(&seed, among * 40);

		for (unsigned i = 0; i < count; i++)
			send_to(fixture, receivers, (unsigned)below(&seed, among));
		fixture->net->flush(fixture->net, fixture->a);
		for (unsigned i = 0; i < RECEIVERS; i++)
			receive_all(fixture, receivers, i);
	}
}

static uint64_t all_sent(const struct receivers *receivers)
{
	uint64_t sum = 0;

	for (int i = 0; i < RECEIVERS; i++)
		sum += receivers->sent[i];
	return sum;
}

static void each_receiver_gets_the_same_with_runs_without_and_with_some(void **state)
{
	static const struct {
		int error;
		bool is_one_s; /* a path that refuses */
		unsigned at_most;
	} cases[] = {
		{ 0, false, 0 },          { 0, false, 3 },           { EIO, false, 0 },
		{ EINVAL, false, 0 },     { EINVAL, true, 0 },       { EINVAL, true, 1 },
		{ EOPNOTSUPP, false, 0 }, { ENOPROTOOPT, false, 5 },
	};
	struct udp_fixture *fixture = *state;
	struct receivers receivers;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct net_stats stats;

		fixture->net->close(fixture->net, fixture->a); /* which may have given up on runs */
		fixture->a = udp_fixture_open(fixture->net, &fixture->at_a);
		open_receivers(fixture->net, &receivers);
		udp_kernel.at_most = cases[i].at_most;
		udp_kernel.runs_error = cases[i].error;
		udp_kernel.runs_to_port = cases[i].is_one_s ? receivers.addresses[0].port : 0;
		send_and_receive(fixture, &receivers, 100 * i);
		stats = udp_fixture_stats(fixture, fixture->a);
		assert_int_equal(stats.datagrams_out, all_sent(&receivers));
		assert_int_equal(stats.dropped_unsendable + stats.dropped_congested, 0);
		if (cases[i].error == 0 || cases[i].is_one_s)
			assert_true(stats.segmented_out > stats.datagrams_out / 10);
		else
			assert_int_equal(stats.segmented_out, 0);
		close_receivers(fixture->net, &receivers);
	}
}

static void a_kernel_that_refuses_runs_is_soon_not_asked_any_more(void **state)
{
	struct udp_fixture *fixture = *state;

	udp_kernel.runs_error = EIO;
	for (int i = 0; i < 20; i++) {
		udp_fixture_send_numbers(fixture, 10);
		udp_fixture_receive_numbers(fixture, 0, 10);
	}
	assert_int_equal(udp_kernel.runs_refused, 4);
	udp_kernel.runs_error = 0;
	udp_fixture_send_numbers(fixture, 10); /* for good: runs are not tried again */
	udp_fixture_receive_numbers(fixture, 0, 10);
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).segmented_out, 0);
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).datagrams_out, 210);
}

static void a_round_of_datagrams_to_each_leaves_as_one_message_to_each(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	static uint8_t bytes[1160];
	const struct net_buffer part = { bytes, sizeof(bytes) };
	struct net_stats stats;
	struct receivers receivers;

	open_receivers(net, &receivers);
	for (int round = 0; round < 5; round++)
		for (int i = 0; i < RECEIVERS; i++)
			net->send(net, fixture->a, &receivers.addresses[i], &part, 1);
	net->flush(net, fixture->a);
	stats = udp_fixture_stats(fixture, fixture->a);
	assert_int_equal(stats.datagrams_out, 5 * RECEIVERS);
	assert_int_equal(stats.segmented_out, 5 * RECEIVERS);
	assert_int_equal(stats.bytes_out, 5 * RECEIVERS * sizeof(bytes));
	assert_int_equal(stats.calls_out, 1);
	close_receivers(net, &receivers);
}

static void a_run_ends_behind_a_shorter_datagram_and_before_a_longer(void **state)
{
	static const struct {
		size_t sizes[5];
		unsigned segmented;
	} cases[] = {
		{ { 9, 9, 9, 9, 9 }, 5 }, { { 9, 9, 8, 9, 9 }, 5 }, { { 9, 8, 7, 6, 5 }, 4 },
		{ { 5, 6, 7, 8, 9 }, 0 }, { { 9, 8, 9, 8, 9 }, 4 }, { { 8, 9, 9, 9, 9 }, 4 },
	};
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	uint64_t before = 0;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int j = 0; j < 5; j++)
			udp_fixture_send(fixture, fixture->a, fixture->at_b,
					 &"123456789"[9 - cases[i].sizes[j]]);
		net->flush(net, fixture->a);
		for (int j = 0; j < 5; j++)
			assert_int_equal(strlen(udp_fixture_receive(fixture, fixture->b)),
					 cases[i].sizes[j]);
		assert_int_equal(udp_fixture_stats(fixture, fixture->a).segmented_out - before,
				 cases[i].segmented);
		before = udp_fixture_stats(fixture, fixture->a).segmented_out;
	}
}

/* Sends `count` datagrams of `bytes`, and one of `last` more if that is not 0, from a to b. */
static void send_run(struct udp_fixture *fixture, unsigned count, size_t bytes, size_t last)
{
	static uint8_t data[NET_DATAGRAM_MAX_BYTES];

	for (unsigned i = 0; i < count; i++)
		fixture->net->send(fixture->net, fixture->a, &fixture->at_b,
				   &(struct net_buffer){ data, bytes }, 1);
	fixture->net->send(fixture->net, fixture->a, &fixture->at_b,
			   &(struct net_buffer){ data, last }, 1);
	fixture->net->flush(fixture->net, fixture->a);
}

static void a_run_that_was_cut_is_buffered_until_it_is_received(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	struct net_address from;
	uint8_t taken[64];

	send_run(fixture, 3, 50, 20);
	assert_int_equal(net->wait(net, fixture->b, net->now_ns(net) + 1000 * MS), 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(net->receive(net, fixture->b, &from, taken, sizeof(taken)), 50);
		assert_true(net->has_buffered(net, fixture->b));
		assert_int_equal(net->wait(net, fixture->b, INT64_MAX), 1);
	}
	assert_int_equal(net->receive(net, fixture->b, &from, taken, sizeof(taken)), 20);
	assert_false(net->has_buffered(net, fixture->b));
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).datagrams_in, 4);
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).bytes_in, 170);
}

static void a_caller_s_too_small_room_costs_those_of_a_run_that_do_not_fit(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	struct net_address from;
	uint8_t taken[30];

	send_run(fixture, 3, 50, 20);
	assert_int_equal(net->wait(net, fixture->b, net->now_ns(net) + 1000 * MS), 1);
	assert_int_equal(net->receive(net, fixture->b, &from, taken, sizeof(taken)), 20);
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).dropped_truncated, 3);
}

/* Runs that we never send: each datagram is too large for us, also where the last would do. */
static void a_run_of_datagrams_that_are_too_large_is_skipped_and_counted(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	const int outsider = socket(AF_INET, SOCK_DGRAM, 0);
	const int segment = NET_DATAGRAM_MAX_BYTES + 1;
	static uint8_t bytes[3 * (NET_DATAGRAM_MAX_BYTES + 1) + 7];
	struct net_address from;

	setsockopt(outsider, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
	udp_fixture_send_raw(outsider, fixture->at_b, bytes, sizeof(bytes));
	close(outsider);
	assert_int_equal(net->wait(net, fixture->b, net->now_ns(net) + 1000 * MS), 1);
	assert_int_equal(net->receive(net, fixture->b, &from, bytes, sizeof(bytes)), 7);
	assert_int_equal(udp_fixture_stats(fixture, fixture->b).dropped_truncated, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_KERNEL_TEST(each_receiver_gets_the_same_with_runs_without_and_with_some),
		UDP_KERNEL_TEST(a_kernel_that_refuses_runs_is_soon_not_asked_any_more),
		UDP_KERNEL_TEST(a_round_of_datagrams_to_each_leaves_as_one_message_to_each),
		UDP_KERNEL_TEST(a_run_ends_behind_a_shorter_datagram_and_before_a_longer),
		UDP_KERNEL_TEST(a_run_that_was_cut_is_buffered_until_it_is_received),
		UDP_KERNEL_TEST(a_caller_s_too_small_room_costs_those_of_a_run_that_do_not_fit),
		UDP_KERNEL_TEST(a_run_of_datagrams_that_are_too_large_is_skipped_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

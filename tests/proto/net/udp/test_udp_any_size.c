/* Real sockets for datagrams of any size that UDP carries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "proto/net/udp/udp.h"
#include "tests/fixtures/net/udp_fixture.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define S               INT64_C(1000000000)

static struct net net;
static int a, b;
static struct net_address at_a, at_b;
static uint8_t sent[NET_ANY_SIZE_MAX_BYTES], received[NET_ANY_SIZE_MAX_BYTES];

static int set_up(void **state)
{
	(void)state;
	net = udp_net_any_size();
	a = udp_fixture_open(&net, &at_a);
	b = udp_fixture_open(&net, &at_b);
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i % 251);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	net.close(&net, a);
	net.close(&net, b);
	return 0;
}

static void send_size(size_t size)
{
	const struct net_buffer buffer = { sent, size };

	net.send(&net, a, &at_b, &buffer, 1);
}

static void expect_size(size_t size)
{
	struct net_address from = { .port = 0 };
	size_t got = net.receive(&net, b, &from, received, sizeof(received));

	if (got == 0 && from.port == 0) {
		net.wait(&net, b, net.now_ns(&net) + S);
		got = net.receive(&net, b, &from, received, sizeof(received));
	}
	assert_int_equal(from.port, at_a.port);
	assert_int_equal(got, size);
	assert_memory_equal(received, sent, size);
}

static void expect_nothing(void)
{
	struct net_address from = { .port = 1 };

	assert_int_equal(net.receive(&net, b, &from, received, sizeof(received)), 0);
	assert_int_equal(from.port, 0);
}

static void any_size_comes_as_it_was_sent(void **state)
{
	static const size_t sizes[] = { 0,    1,    127,  128,   129,   1472,  1473,
					4096, 4097, 9000, 16384, 65506, 65507, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		send_size(sizes[i]);
		net.flush(&net, a);
		expect_size(sizes[i]);
		expect_nothing();
	}
}

/* Runs of equal ones are one message to the kernel, in which an empty one would be lost. */
static void a_batch_of_many_sizes_comes_in_order(void **state)
{
	static const size_t sizes[] = { 100,  100, 0, 0, 100, 100,  50, 0,     5000, 5000,
					5000, 1,   0, 7, 7,   4097, 0,  65507, 0,    65507 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		send_size(sizes[i]);
	net.flush(&net, a);
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		expect_size(sizes[i]);
	expect_nothing();
}

static void a_datagram_that_udp_does_not_carry_is_counted(void **state)
{
	struct net_stats stats;

	(void)state;
	send_size(65508); /* to an address of IPv4 */
	send_size(NET_ANY_SIZE_MAX_BYTES);
	send_size(3);
	net.flush(&net, a);
	expect_size(3);
	net.stats(&net, a, &stats);
	assert_int_equal(stats.dropped_unsendable, 2);
	assert_int_equal(stats.datagrams_out, 1);
}

#define OF_ANY_SIZE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OF_ANY_SIZE(any_size_comes_as_it_was_sent),
		OF_ANY_SIZE(a_batch_of_many_sizes_comes_in_order),
		OF_ANY_SIZE(a_datagram_that_udp_does_not_carry_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

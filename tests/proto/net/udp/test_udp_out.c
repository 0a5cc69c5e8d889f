/* The batch out of a real socket, on the loopback interface only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include "proto/net/udp/udp.h"
#include "tests/fixtures/net/udp_kernel.h"

#define MS INT64_C(1000000)

static void two_hundred_datagrams_take_few_calls_each_way(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	struct net_stats out, in;
	struct net_address from;
	char text[64], sent[64];

	for (int i = 0; i < 200; i++) {
		snprintf(sent, sizeof(sent), "datagram %d", i);
		udp_fixture_send(fixture, fixture->a, fixture->at_b, sent);
	}
	net->flush(net, fixture->a);
	out = udp_fixture_stats(fixture, fixture->a);
	assert_int_equal(out.datagrams_out, 200);
	assert_int_equal(out.calls_out, 1); /* runs of one size: 10, 64 and 26, 64 and 36 */
	assert_int_equal(out.segmented_out, 200);

	for (int i = 0; i < 200; i++) {
		const size_t size = net->receive(net, fixture->b, &from, text, sizeof(text));

		snprintf(sent, sizeof(sent), "datagram %d", i);
		assert_int_equal(size, strlen(sent));
		assert_memory_equal(text, sent, size);
		assert_int_equal(from.host, fixture->at_a.host);
		assert_int_equal(from.port, fixture->at_a.port);
	}
	assert_int_equal(net->receive(net, fixture->b, &from, text, sizeof(text)), 0);
	in = udp_fixture_stats(fixture, fixture->b);
	assert_int_equal(in.datagrams_in, 200);
	assert_int_equal(in.calls_in, 1); /* runs arrived as they left, and the batch was short */
	assert_int_equal(in.bytes_in, out.bytes_out);
}

static void nothing_leaves_before_the_flush_and_buffers_are_joined(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	const struct net_buffer parts[] = { { "one", 3 }, { NULL, 0 }, { "two", 3 } };

	net->send(net, fixture->a, &fixture->at_b, parts, 3);
	assert_int_equal(net->wait(net, fixture->b, net->now_ns(net) + 20 * MS), 0);
	net->flush(net, fixture->a);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "onetwo");
}

static void waiting_and_closing_flush(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	struct net_address at_c;
	const int c = udp_fixture_open(net, &at_c);

	udp_fixture_send(fixture, fixture->a, fixture->at_b, "by waiting");
	net->wait(net, fixture->a, 0);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "by waiting");
	udp_fixture_send(fixture, c, fixture->at_b, "by closing");
	net->close(net, c);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "by closing");
}

static void the_largest_datagrams_fill_many_batches_and_arrive_whole(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	static uint8_t sent[NET_DATAGRAM_MAX_BYTES], taken[NET_DATAGRAM_MAX_BYTES];
	const struct net_buffer part = { sent, sizeof(sent) };
	struct net_address from;

	for (unsigned i = 0; i < 40; i++) { /* more than the batch has bytes for */
		memset(sent, (int)i, sizeof(sent));
		net->send(net, fixture->a, &fixture->at_b, &part, 1);
	}
	net->flush(net, fixture->a);
	for (unsigned i = 0; i < 40; i++) {
		memset(sent, (int)i, sizeof(sent));
		assert_int_equal(net->receive(net, fixture->b, &from, taken, sizeof(taken)),
				 sizeof(taken));
		assert_memory_equal(taken, sent, sizeof(sent));
	}
}

static void a_datagram_that_cannot_be_sent_is_counted_and_the_rest_goes_on(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;
	static uint8_t bytes[NET_DATAGRAM_MAX_BYTES + 1];
	const struct net_buffer too_large[] = { { bytes, NET_DATAGRAM_MAX_BYTES }, { bytes, 1 } };
	const struct net_address port_0 = { .host = fixture->at_b.host, .port = 0 };
	/* The kernel sends nowhere else from a socket bound to the loopback interface: EINVAL. */
	const struct net_address elsewhere = { .host = htonl(0xc6336401), .port = 9 };

	udp_fixture_send(fixture, fixture->a, fixture->at_b, "first");
	net->send(net, fixture->a, &fixture->at_b, too_large, 2);
	udp_fixture_send(fixture, fixture->a, port_0, "port 0");
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "");
	udp_fixture_send(fixture, fixture->a, elsewhere, "refused in the middle");
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "second");
	udp_fixture_send(fixture, fixture->a, elsewhere, "refused at the end");
	net->flush(net, fixture->a);
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).dropped_unsendable, 5);
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).datagrams_out, 2);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "first");
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "second");
}

static void a_batch_that_the_kernel_takes_in_parts_is_sent_whole(void **state)
{
	struct udp_fixture *fixture = *state;

	udp_kernel.at_most = 7;
	udp_kernel.runs_error = EIO;
	udp_fixture_send_numbers(fixture, 60);
	udp_fixture_receive_numbers(fixture, 0, 60);
	/* Refused, then taken 7 at a time: the ten of one byte, the fifty of two. */
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).calls_out, 1 + 2 + 1 + 8);
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).datagrams_out, 60);
}

static void a_firewall_s_refusal_costs_one_datagram_each(void **state)
{
	struct udp_fixture *fixture = *state;

	udp_kernel.failures = 4; /* the run, and three of its datagrams */
	udp_kernel.error = EPERM;
	udp_fixture_send_numbers(fixture, 10);
	udp_fixture_receive_numbers(fixture, 3, 10);
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).dropped_unsendable, 3);
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).dropped_congested, 0);
}

static void a_moment_s_congestion_loses_nothing(void **state)
{
	const int errors[] = { EAGAIN, ENOBUFS };
	struct udp_fixture *fixture = *state;

	for (size_t i = 0; i < 2; i++) {
		udp_kernel.failures = 2;
		udp_kernel.error = errors[i];
		udp_fixture_send_numbers(fixture, 10);
		udp_fixture_receive_numbers(fixture, 0, 10);
	}
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).dropped_congested, 0);
}

static void a_sender_that_was_held_up_looks_once_more(void **state)
{
	struct udp_fixture *fixture = *state;

	udp_kernel.failures = 2;
	udp_kernel.error = ENOBUFS;
	udp_kernel.slow_ms = 2 * UDP_CONGESTION_MS;
	udp_fixture_send_numbers(fixture, 10);
	udp_fixture_receive_numbers(fixture, 0, 10);
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).dropped_congested, 0);
}

static void lasting_congestion_loses_the_batch_after_a_short_wait(void **state)
{
	const int errors[] = { EAGAIN, ENOBUFS };
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;

	for (size_t i = 0; i < 2; i++) {
		const int64_t start_ns = net->now_ns(net);

		udp_kernel.failures = UINT32_MAX;
		udp_kernel.error = errors[i];
		udp_fixture_send_numbers(fixture, 10);
		assert_true(net->now_ns(net) >= start_ns + UDP_CONGESTION_MS * MS);
		assert_true(net->now_ns(net) < start_ns + 500 * MS); /* a busy machine's */
	}
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).dropped_congested, 20);
	udp_kernel.failures = 0;
	udp_fixture_send_numbers(fixture, 10); /* none of the old ones come with it */
	udp_fixture_receive_numbers(fixture, 0, 10);
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).datagrams_out, 10);
}

static void an_answer_that_nobody_listens_costs_a_sender_one_datagram_at_most(void **state)
{
	struct udp_fixture *fixture = *state;
	struct net *net = fixture->net;

	udp_fixture_send_to_nobody(fixture);
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "in the way");
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "behind");
	net->flush(net, fixture->a);
	/* Both are one run, which the ICMP error stops in place of its first datagram. */
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "in the way");
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "behind");
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).dropped_unsendable, 0);
	udp_fixture_send_to_nobody(fixture);
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "alone");
	net->flush(net, fixture->a);
	udp_fixture_send(fixture, fixture->a, fixture->at_b, "behind");
	net->flush(net, fixture->a);
	assert_string_equal(udp_fixture_receive(fixture, fixture->b), "behind");
	assert_int_equal(udp_fixture_stats(fixture, fixture->a).dropped_unsendable, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_KERNEL_TEST(two_hundred_datagrams_take_few_calls_each_way),
		UDP_KERNEL_TEST(nothing_leaves_before_the_flush_and_buffers_are_joined),
		UDP_KERNEL_TEST(waiting_and_closing_flush),
		UDP_KERNEL_TEST(the_largest_datagrams_fill_many_batches_and_arrive_whole),
		UDP_KERNEL_TEST(a_datagram_that_cannot_be_sent_is_counted_and_the_rest_goes_on),
		UDP_KERNEL_TEST(a_batch_that_the_kernel_takes_in_parts_is_sent_whole),
		UDP_KERNEL_TEST(a_firewall_s_refusal_costs_one_datagram_each),
		UDP_KERNEL_TEST(a_moment_s_congestion_loses_nothing),
		UDP_KERNEL_TEST(a_sender_that_was_held_up_looks_once_more),
		UDP_KERNEL_TEST(lasting_congestion_loses_the_batch_after_a_short_wait),
		UDP_KERNEL_TEST(an_answer_that_nobody_listens_costs_a_sender_one_datagram_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "proto/net/random.h"
#include "proto/net/sim/sim.h"

#define MS INT64_C(1000000)

/* A sim with two sockets, both bound to 127.0.0.1. */
struct session_fixture {
	struct sim *sim;
	struct net *net;
	int a, b;
	struct net_address at_a, at_b;
};

static int open_at(struct net *net, struct net_address *address)
{
	const int socket = net->open(net);

	assert_true(socket >= 0);
	assert_int_equal(net->bind(net, socket, address), 0);
	assert_int_equal(net->address(net, socket, address), 0);
	return socket;
}

static int set_up(void **state)
{
	static struct session_fixture fixture;

	fixture.sim = sim_create(1);
	assert_non_null(fixture.sim);
	fixture.net = sim_net(fixture.sim);
	fixture.at_a = (struct net_address){ .host = htonl(INADDR_LOOPBACK), .port = 7000 };
	fixture.at_b = (struct net_address){ .host = htonl(INADDR_LOOPBACK), .port = 0 };
	fixture.a = open_at(fixture.net, &fixture.at_a);
	fixture.b = open_at(fixture.net, &fixture.at_b);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct session_fixture *fixture = *state;

	sim_destroy(fixture->sim);
	return 0;
}

static void send_text(struct session_fixture *fixture, int socket, struct net_address to,
		      const char *text)
{
	const struct net_buffer part = { text, strlen(text) };

	fixture->net->send(fixture->net, socket, &to, &part, 1);
}

/* The next datagram of the socket, as text; "" for none. */
static const char *received(struct session_fixture *fixture, int socket)
{
	static char text[NET_DATAGRAM_MAX_BYTES + 1];
	struct net_address from;
	const size_t size =
		fixture->net->receive(fixture->net, socket, &from, text, NET_DATAGRAM_MAX_BYTES);

	text[size] = '\0';
	return text;
}

static struct net_stats stats_of(struct session_fixture *fixture, int socket)
{
	struct net_stats stats;

	fixture->net->stats(fixture->net, socket, &stats);
	return stats;
}

static void a_datagram_arrives_after_the_delay_and_not_before(void **state)
{
	struct session_fixture *fixture = *state;
	const int64_t start_ns = sim_now_ns(fixture->sim);

	sim_set_delay(fixture->sim, 30 * MS);
	send_text(fixture, fixture->a, fixture->at_b, "hello");
	assert_int_equal(sim_next_ns(fixture->sim), start_ns + 30 * MS);
	sim_advance_to(fixture->sim, start_ns + 30 * MS - 1);
	assert_string_equal(received(fixture, fixture->b), "");
	sim_advance_to(fixture->sim, start_ns + 30 * MS);
	assert_true(fixture->net->has_buffered(fixture->net, fixture->b));
	assert_string_equal(received(fixture, fixture->b), "hello");
	assert_false(fixture->net->has_buffered(fixture->net, fixture->b));
	assert_int_equal(sim_next_ns(fixture->sim), INT64_MAX);
}

static void buffers_are_joined_and_the_sender_is_named(void **state)
{
	struct session_fixture *fixture = *state;
	const struct net_buffer parts[] = { { "one", 3 }, { NULL, 0 }, { "two", 3 } };
	struct net_address from;
	char text[16];

	fixture->net->send(fixture->net, fixture->a, &fixture->at_b, parts, 3);
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	assert_int_equal(fixture->net->receive(fixture->net, fixture->b, &from, text, sizeof(text)),
			 6);
	assert_memory_equal(text, "onetwo", 6);
	assert_int_equal(from.host, fixture->at_a.host);
	assert_int_equal(from.port, 7000);
}

static void those_due_together_arrive_as_they_were_sent(void **state)
{
	struct session_fixture *fixture = *state;
	char text[16];

	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "%d", i);
		send_text(fixture, fixture->a, fixture->at_b, text);
	}
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_string_equal(received(fixture, fixture->b), text);
	}
	assert_string_equal(received(fixture, fixture->b), "");
}

/*
 * Loses a text that begins with x, doubles one with d, and delays by the milliseconds at its end.
 */
static bool decide_by_text(void *context, const struct sim_datagram *datagram,
			   struct sim_fate *fate)
{
	const char *text = datagram->data;
	unsigned *asked = context;

	++*asked;
	fate->delay_ns = (text[datagram->size - 1] - '0') * MS;
	fate->is_doubled = text[0] == 'd';
	fate->copy_delay_ns = 9 * MS;
	return text[0] != 'x';
}

static void fate_loses_doubles_and_reorders(void **state)
{
	struct session_fixture *fixture = *state;
	unsigned asked = 0;

	sim_set_fate(fixture->sim, decide_by_text, &asked);
	send_text(fixture, fixture->a, fixture->at_b, "late 8");
	send_text(fixture, fixture->a, fixture->at_b, "x 1");
	send_text(fixture, fixture->a, fixture->at_b, "double 4");
	send_text(fixture, fixture->a, fixture->at_b, "early 2");
	send_text(fixture, fixture->a, fixture->at_b, "now 0");
	assert_int_equal(asked, 5);
	assert_string_equal(received(fixture, fixture->b), "now 0"); /* no time had to pass */
	assert_string_equal(received(fixture, fixture->b), "");
	sim_advance_to(fixture->sim, sim_now_ns(fixture->sim) + 9 * MS);
	assert_string_equal(received(fixture, fixture->b), "early 2");
	assert_string_equal(received(fixture, fixture->b), "double 4");
	assert_string_equal(received(fixture, fixture->b), "late 8");
	assert_string_equal(received(fixture, fixture->b), "double 4");
	assert_string_equal(received(fixture, fixture->b), "");
	assert_int_equal(stats_of(fixture, fixture->a).datagrams_out,
			 5); /* loss is not seen there */
}

static void waiting_moves_the_time_to_the_earlier_of_limit_and_arrival(void **state)
{
	struct session_fixture *fixture = *state;
	struct net *net = fixture->net;
	const int64_t start_ns = sim_now_ns(fixture->sim);

	sim_set_delay(fixture->sim, 5 * MS);
	send_text(fixture, fixture->a, fixture->at_b, "hello");
	assert_int_equal(net->wait(net, fixture->b, start_ns + 3 * MS), 0);
	assert_int_equal(net->now_ns(net), start_ns + 3 * MS);
	assert_int_equal(net->wait(net, fixture->a, start_ns + 90 * MS),
			 0); /* the arrival at another socket */
	assert_int_equal(net->now_ns(net), start_ns + 5 * MS);
	assert_int_equal(net->wait(net, fixture->b, INT64_MAX), 1); /* there already */
	assert_int_equal(net->now_ns(net), start_ns + 5 * MS);
	assert_string_equal(received(fixture, fixture->b), "hello");
	assert_int_equal(net->wait(net, fixture->b, 0), 0); /* the time does not go back */
	assert_int_equal(net->now_ns(net), start_ns + 5 * MS);
	assert_int_equal(net->wait(net, fixture->b, INT64_MAX), -EDEADLK);
}

static void addresses_are_taken_once_and_given_back(void **state)
{
	struct session_fixture *fixture = *state;
	struct net *net = fixture->net;
	struct net_address other_host = { .host = htonl(0x0a000001), .port = 7000 };
	struct net_address all_hosts = { .host = 0, .port = 7000 };
	struct net_address bound;
	const int c = net->open(net), d = net->open(net);

	assert_int_equal(net->bind(net, c, &fixture->at_a), -EADDRINUSE);
	assert_int_equal(net->bind(net, c, &all_hosts), -EADDRINUSE);
	assert_int_equal(net->bind(net, c, &other_host), 0);
	assert_int_equal(net->bind(net, c, &other_host), -EINVAL); /* bound already */
	send_text(fixture, fixture->b, other_host, "to c");
	send_text(fixture, fixture->b, fixture->at_a, "to a");
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	assert_string_equal(received(fixture, c), "to c");
	assert_string_equal(received(fixture, fixture->a), "to a");
	net->close(net, fixture->a);
	net->close(net, c);
	assert_int_equal(net->bind(net, d, &all_hosts), 0);
	assert_int_equal(net->address(net, d, &bound), 0);
	assert_int_equal(bound.port, 7000);
	assert_int_equal(net->bind(net, fixture->a, &all_hosts), -EBADF); /* closed */
}

static void free_ports_differ_and_end_with_an_error(void **state)
{
	struct session_fixture *fixture = *state;
	struct net *net = fixture->net;
	const struct net_address any = { .host = 0, .port = 0 };
	struct net_address bound;
	int opened = 0, result;
	bool seen[65536] = { false };

	seen[fixture->at_b.port] = true;
	do {
		const int socket = net->open(net);

		result = net->bind(net, socket, &any);
		if (result != 0)
			break;
		net->address(net, socket, &bound);
		assert_true(bound.port >= 49152);
		assert_false(seen[bound.port]);
		seen[bound.port] = true;
		opened++;
	} while (opened < 65536);
	assert_int_equal(result, -EADDRINUSE);
	assert_int_equal(opened, 65536 - 49152 - 1); /* one of them was for b */
}

static void a_socket_not_bound_can_send_and_be_answered(void **state)
{
	struct session_fixture *fixture = *state;
	struct net *net = fixture->net;
	const int c = net->open(net);
	struct net_address from;
	char text[16];

	send_text(fixture, c, fixture->at_a, "who?");
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	assert_int_equal(net->receive(net, fixture->a, &from, text, sizeof(text)), 4);
	assert_int_equal(from.host, htonl(INADDR_LOOPBACK));
	send_text(fixture, fixture->a, from, "you");
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	assert_string_equal(received(fixture, c), "you");
}

static void datagrams_that_cannot_be_sent_or_received_are_counted(void **state)
{
	struct session_fixture *fixture = *state;
	struct net *net = fixture->net;
	static uint8_t bytes[NET_DATAGRAM_MAX_BYTES + 1];
	const struct net_buffer largest = { bytes, NET_DATAGRAM_MAX_BYTES };
	const struct net_buffer too_large[] = { { bytes, NET_DATAGRAM_MAX_BYTES }, { bytes, 1 } };
	const struct net_address nowhere = { .host = fixture->at_b.host, .port = 0 };
	struct net_address from;
	uint8_t small[100];

	net->send(net, fixture->a, &fixture->at_b, too_large, 2);
	net->send(net, fixture->a, &nowhere, &largest, 1);
	send_text(fixture, fixture->a, fixture->at_b, "");
	assert_int_equal(stats_of(fixture, fixture->a).dropped_unsendable, 3);
	net->send(net, fixture->a, &fixture->at_b, &largest, 1);
	send_text(fixture, fixture->a, fixture->at_b, "behind it");
	assert_int_equal(stats_of(fixture, fixture->a).datagrams_out, 2);
	assert_int_equal(stats_of(fixture, fixture->a).bytes_out, NET_DATAGRAM_MAX_BYTES + 9);
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	assert_int_equal(net->receive(net, fixture->b, &from, small, sizeof(small)), 9);
	assert_int_equal(stats_of(fixture, fixture->b).dropped_truncated, 1);
	assert_int_equal(stats_of(fixture, fixture->b).datagrams_in, 1);
}

static void an_inbox_that_nobody_empties_overflows(void **state)
{
	struct session_fixture *fixture = *state;
	unsigned taken = 0;

	for (int i = 0; i < SIM_INBOX_DATAGRAMS + 10; i++)
		send_text(fixture, fixture->a, fixture->at_b, "more");
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	while (received(fixture, fixture->b)[0])
		taken++;
	assert_int_equal(taken, SIM_INBOX_DATAGRAMS);
	assert_int_equal(stats_of(fixture, fixture->b).dropped_kernel, 10);
	send_text(fixture, fixture->a, fixture->at_b, "again"); /* and goes on */
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	assert_string_equal(received(fixture, fixture->b), "again");
}

static void a_datagram_to_a_closed_socket_is_gone(void **state)
{
	struct session_fixture *fixture = *state;
	struct net *net = fixture->net;
	struct net_address again;

	send_text(fixture, fixture->a, fixture->at_b, "first");
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	send_text(fixture, fixture->a, fixture->at_b, "second");
	net->close(net, fixture->b); /* with one in its inbox, one under way */
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	again = fixture->at_b;
	fixture->b = open_at(net, &again);
	assert_string_equal(received(fixture, fixture->b), "");
}

static bool jitter(void *context, const struct sim_datagram *datagram, struct sim_fate *fate)
{
	struct random *generator = context;

	(void)datagram;
	fate->delay_ns = (int64_t)random_below(generator, 50) * MS;
	return random_below(generator, 10) != 0;
}

/* The order in which 1,000 datagrams arrive, as one number. */
static uint64_t order_under_jitter(uint64_t seed)
{
	struct session_fixture fixture;
	void *state = &fixture;
	struct random generator = random_init(seed);
	uint64_t order = 0;
	char text[16];

	set_up(&state);
	fixture = *(struct session_fixture *)state;
	sim_set_fate(fixture.sim, jitter, &generator);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		send_text(&fixture, fixture.a, fixture.at_b, text);
		sim_advance_to(fixture.sim, sim_now_ns(fixture.sim) + MS);
		for (const char *said = received(&fixture, fixture.b); said[0];
		     said = received(&fixture, fixture.b))
			order = order * 31 + (uint64_t)atoi(said);
	}
	order = order * 31 + fixture.net->random(fixture.net);
	sim_destroy(fixture.sim);
	return order;
}

static void same_seed_same_order(void **state)
{
	(void)state;
	assert_int_equal(order_under_jitter(5), order_under_jitter(5));
	assert_int_not_equal(order_under_jitter(5), order_under_jitter(6));
}

static void the_net_s_random_bits_follow_the_seed(void **state)
{
	struct sim *first = sim_create(9), *second = sim_create(9), *third = sim_create(10);
	const uint32_t bits = sim_net(first)->random(sim_net(first));

	(void)state;
	assert_int_equal(sim_net(second)->random(sim_net(second)), bits);
	assert_int_not_equal(sim_net(third)->random(sim_net(third)), bits);
	assert_int_not_equal(sim_net(first)->random(sim_net(first)), bits);
	sim_destroy(first);
	sim_destroy(second);
	sim_destroy(third);
	sim_destroy(NULL);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(a_datagram_arrives_after_the_delay_and_not_before),
		STAGED(buffers_are_joined_and_the_sender_is_named),
		STAGED(those_due_together_arrive_as_they_were_sent),
		STAGED(fate_loses_doubles_and_reorders),
		STAGED(waiting_moves_the_time_to_the_earlier_of_limit_and_arrival),
		STAGED(addresses_are_taken_once_and_given_back),
		STAGED(free_ports_differ_and_end_with_an_error),
		STAGED(a_socket_not_bound_can_send_and_be_answered),
		STAGED(datagrams_that_cannot_be_sent_or_received_are_counted),
		STAGED(an_inbox_that_nobody_empties_overflows),
		STAGED(a_datagram_to_a_closed_socket_is_gone),
		cmocka_unit_test(same_seed_same_order),
		cmocka_unit_test(the_net_s_random_bits_follow_the_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
#include "proto/net/sim.h"

#define MS INT64_C(1000000)

/* A sim with two sockets, both bound to 127.0.0.1. */
struct stage {
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
	static struct stage stage;

	stage.sim = sim_create(1);
	assert_non_null(stage.sim);
	stage.net = sim_net(stage.sim);
	stage.at_a = (struct net_address){ .host = htonl(INADDR_LOOPBACK), .port = 7000 };
	stage.at_b = (struct net_address){ .host = htonl(INADDR_LOOPBACK), .port = 0 };
	stage.a = open_at(stage.net, &stage.at_a);
	stage.b = open_at(stage.net, &stage.at_b);
	*state = &stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	sim_destroy(stage->sim);
	return 0;
}

static void send_text(struct stage *stage, int socket, struct net_address to, const char *text)
{
	const struct net_buffer part = { text, strlen(text) };

	stage->net->send(stage->net, socket, &to, &part, 1);
}

/* What the socket receives next, as text; "" for nothing. */
static const char *heard(struct stage *stage, int socket)
{
	static char text[NET_DATAGRAM_MAX_BYTES + 1];
	struct net_address from;
	const size_t size =
		stage->net->receive(stage->net, socket, &from, text, NET_DATAGRAM_MAX_BYTES);

	text[size] = '\0';
	return text;
}

static struct net_stats stats_of(struct stage *stage, int socket)
{
	struct net_stats stats;

	stage->net->stats(stage->net, socket, &stats);
	return stats;
}

static void a_datagram_arrives_after_the_delay_and_not_before(void **state)
{
	struct stage *stage = *state;
	const int64_t start_ns = sim_now_ns(stage->sim);

	sim_set_delay(stage->sim, 30 * MS);
	send_text(stage, stage->a, stage->at_b, "hello");
	assert_int_equal(sim_next_ns(stage->sim), start_ns + 30 * MS);
	sim_advance_to(stage->sim, start_ns + 30 * MS - 1);
	assert_string_equal(heard(stage, stage->b), "");
	sim_advance_to(stage->sim, start_ns + 30 * MS);
	assert_true(stage->net->held(stage->net, stage->b));
	assert_string_equal(heard(stage, stage->b), "hello");
	assert_false(stage->net->held(stage->net, stage->b));
	assert_int_equal(sim_next_ns(stage->sim), INT64_MAX);
}

static void buffers_are_joined_and_the_sender_is_named(void **state)
{
	struct stage *stage = *state;
	const struct net_buffer parts[] = { { "one", 3 }, { NULL, 0 }, { "two", 3 } };
	struct net_address from;
	char text[16];

	stage->net->send(stage->net, stage->a, &stage->at_b, parts, 3);
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	assert_int_equal(stage->net->receive(stage->net, stage->b, &from, text, sizeof(text)), 6);
	assert_memory_equal(text, "onetwo", 6);
	assert_int_equal(from.host, stage->at_a.host);
	assert_int_equal(from.port, 7000);
}

static void those_due_together_arrive_as_they_were_sent(void **state)
{
	struct stage *stage = *state;
	char text[16];

	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "%d", i);
		send_text(stage, stage->a, stage->at_b, text);
	}
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_string_equal(heard(stage, stage->b), text);
	}
	assert_string_equal(heard(stage, stage->b), "");
}

/* Loses what begins with x, doubles d, and delays by the milliseconds that the text ends with. */
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
	struct stage *stage = *state;
	unsigned asked = 0;

	sim_set_fate(stage->sim, decide_by_text, &asked);
	send_text(stage, stage->a, stage->at_b, "late 8");
	send_text(stage, stage->a, stage->at_b, "x 1");
	send_text(stage, stage->a, stage->at_b, "double 4");
	send_text(stage, stage->a, stage->at_b, "early 2");
	send_text(stage, stage->a, stage->at_b, "now 0");
	assert_int_equal(asked, 5);
	assert_string_equal(heard(stage, stage->b), "now 0"); /* no time had to pass */
	assert_string_equal(heard(stage, stage->b), "");
	sim_advance_to(stage->sim, sim_now_ns(stage->sim) + 9 * MS);
	assert_string_equal(heard(stage, stage->b), "early 2");
	assert_string_equal(heard(stage, stage->b), "double 4");
	assert_string_equal(heard(stage, stage->b), "late 8");
	assert_string_equal(heard(stage, stage->b), "double 4");
	assert_string_equal(heard(stage, stage->b), "");
	assert_int_equal(stats_of(stage, stage->a).datagrams_out, 5); /* loss is not seen there */
}

static void waiting_moves_the_time_to_the_earlier_of_limit_and_arrival(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const int64_t start_ns = sim_now_ns(stage->sim);

	sim_set_delay(stage->sim, 5 * MS);
	send_text(stage, stage->a, stage->at_b, "hello");
	assert_int_equal(net->wait(net, stage->b, start_ns + 3 * MS), 0);
	assert_int_equal(net->now_ns(net), start_ns + 3 * MS);
	assert_int_equal(net->wait(net, stage->a, start_ns + 90 * MS), 0); /* another's arrival */
	assert_int_equal(net->now_ns(net), start_ns + 5 * MS);
	assert_int_equal(net->wait(net, stage->b, INT64_MAX), 1); /* there already */
	assert_int_equal(net->now_ns(net), start_ns + 5 * MS);
	assert_string_equal(heard(stage, stage->b), "hello");
	assert_int_equal(net->wait(net, stage->b, 0), 0); /* the time does not go back */
	assert_int_equal(net->now_ns(net), start_ns + 5 * MS);
	assert_int_equal(net->wait(net, stage->b, INT64_MAX), -EDEADLK);
}

static void addresses_are_taken_once_and_given_back(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	struct net_address other_host = { .host = htonl(0x0a000001), .port = 7000 };
	struct net_address all_hosts = { .host = 0, .port = 7000 };
	struct net_address bound;
	const int c = net->open(net), d = net->open(net);

	assert_int_equal(net->bind(net, c, &stage->at_a), -EADDRINUSE);
	assert_int_equal(net->bind(net, c, &all_hosts), -EADDRINUSE);
	assert_int_equal(net->bind(net, c, &other_host), 0);
	assert_int_equal(net->bind(net, c, &other_host), -EINVAL); /* bound already */
	send_text(stage, stage->b, other_host, "to c");
	send_text(stage, stage->b, stage->at_a, "to a");
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	assert_string_equal(heard(stage, c), "to c");
	assert_string_equal(heard(stage, stage->a), "to a");
	net->close(net, stage->a);
	net->close(net, c);
	assert_int_equal(net->bind(net, d, &all_hosts), 0);
	assert_int_equal(net->address(net, d, &bound), 0);
	assert_int_equal(bound.port, 7000);
	assert_int_equal(net->bind(net, stage->a, &all_hosts), -EBADF); /* closed */
}

static void free_ports_differ_and_end_with_an_error(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const struct net_address any = { .host = 0, .port = 0 };
	struct net_address bound;
	int opened = 0, result;
	bool seen[65536] = { false };

	seen[stage->at_b.port] = true;
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
	assert_int_equal(opened, 65536 - 49152 - 1); /* one was b's */
}

static void a_socket_not_bound_can_send_and_be_answered(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	const int c = net->open(net);
	struct net_address from;
	char text[16];

	send_text(stage, c, stage->at_a, "who?");
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	assert_int_equal(net->receive(net, stage->a, &from, text, sizeof(text)), 4);
	assert_int_equal(from.host, htonl(INADDR_LOOPBACK));
	send_text(stage, stage->a, from, "you");
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	assert_string_equal(heard(stage, c), "you");
}

static void what_cannot_be_sent_or_taken_is_counted(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	static uint8_t bytes[NET_DATAGRAM_MAX_BYTES + 1];
	const struct net_buffer largest = { bytes, NET_DATAGRAM_MAX_BYTES };
	const struct net_buffer too_large[] = { { bytes, NET_DATAGRAM_MAX_BYTES }, { bytes, 1 } };
	const struct net_address nowhere = { .host = stage->at_b.host, .port = 0 };
	struct net_address from;
	uint8_t small[100];

	net->send(net, stage->a, &stage->at_b, too_large, 2);
	net->send(net, stage->a, &nowhere, &largest, 1);
	send_text(stage, stage->a, stage->at_b, "");
	assert_int_equal(stats_of(stage, stage->a).dropped_unsendable, 3);
	net->send(net, stage->a, &stage->at_b, &largest, 1);
	send_text(stage, stage->a, stage->at_b, "behind it");
	assert_int_equal(stats_of(stage, stage->a).datagrams_out, 2);
	assert_int_equal(stats_of(stage, stage->a).bytes_out, NET_DATAGRAM_MAX_BYTES + 9);
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	assert_int_equal(net->receive(net, stage->b, &from, small, sizeof(small)), 9);
	assert_int_equal(stats_of(stage, stage->b).dropped_truncated, 1);
	assert_int_equal(stats_of(stage, stage->b).datagrams_in, 1);
}

static void an_inbox_that_nobody_empties_overflows(void **state)
{
	struct stage *stage = *state;
	unsigned taken = 0;

	for (int i = 0; i < SIM_INBOX_DATAGRAMS + 10; i++)
		send_text(stage, stage->a, stage->at_b, "more");
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	while (heard(stage, stage->b)[0])
		taken++;
	assert_int_equal(taken, SIM_INBOX_DATAGRAMS);
	assert_int_equal(stats_of(stage, stage->b).dropped_kernel, 10);
	send_text(stage, stage->a, stage->at_b, "again"); /* and goes on */
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	assert_string_equal(heard(stage, stage->b), "again");
}

static void what_arrives_at_a_closed_socket_is_gone(void **state)
{
	struct stage *stage = *state;
	struct net *net = stage->net;
	struct net_address again;

	send_text(stage, stage->a, stage->at_b, "first");
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	send_text(stage, stage->a, stage->at_b, "second");
	net->close(net, stage->b); /* with one in its inbox, one under way */
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	again = stage->at_b;
	stage->b = open_at(net, &again);
	assert_string_equal(heard(stage, stage->b), "");
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
	struct stage stage;
	void *state = &stage;
	struct random generator = random_init(seed);
	uint64_t order = 0;
	char text[16];

	set_up(&state);
	stage = *(struct stage *)state;
	sim_set_fate(stage.sim, jitter, &generator);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		send_text(&stage, stage.a, stage.at_b, text);
		sim_advance_to(stage.sim, sim_now_ns(stage.sim) + MS);
		for (const char *said = heard(&stage, stage.b); said[0];
		     said = heard(&stage, stage.b))
			order = order * 31 + (uint64_t)atoi(said);
	}
	order = order * 31 + stage.net->random(stage.net);
	sim_destroy(stage.sim);
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
		STAGED(what_cannot_be_sent_or_taken_is_counted),
		STAGED(an_inbox_that_nobody_empties_overflows),
		STAGED(what_arrives_at_a_closed_socket_is_gone),
		cmocka_unit_test(same_seed_same_order),
		cmocka_unit_test(the_net_s_random_bits_follow_the_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

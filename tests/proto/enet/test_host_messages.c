/* The host's messages: each way out, and how a batch brings what came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/enet/host_fixture.h"

enum {
	FLOOD = 20000,
	LATE = GUARD_HELD_MAX,
	/* More than ENet reads in one call, and more than a batch of ours. */
	MANY = 600,
};

/* Sending. */

static void a_message_arrives_whole_by_each_way(void **state)
{
	static const size_t sizes[] = { 1, 40, HOST_FIXTURE_MTU - HOST_MESSAGE_HEADER_BYTES, 4000 };
	char bytes[4000];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	host_fixture_connect(0);
	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++)
		for (int as = HOST_QUEUED; as <= HOST_IN_TURN; as++)
			for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
				struct host_seen at_server = { 0 }, at_client = { 0 };

				assert_true(host_send(fixture.server, 0, 1, (enum wire_mode)mode,
						      (enum host_send_as)as, bytes, sizes[i]));
				assert_true(host_send(fixture.clients[0], 0, 1,
						      (enum wire_mode)mode, (enum host_send_as)as,
						      bytes, sizes[i]));
				host_flush(fixture.server);
				host_flush(fixture.clients[0]);
				host_fixture_run_ms(5, &at_server, &at_client);
				assert_int_equal(at_server.messages, 1);
				assert_int_equal(at_client.messages, 1);
				assert_int_equal(at_server.size, sizes[i]);
				assert_int_equal(at_client.size, sizes[i]);
			}
}

static void a_peer_that_is_not_connected_is_sent_nothing(void **state)
{
	(void)state;
	assert_false(host_send(fixture.server, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "a", 1));
	host_fixture_begin_to_connect(0, 1);
	assert_false(host_send(fixture.clients[0], 0, 0, WIRE_RELIABLE, HOST_QUEUED, "a", 1));
}

static void messages_in_turn_leave_one_peer_after_the_other(void **state)
{
	static const size_t sizes[] = { 100, 3000, 1 };
	static const char bytes[3000];
	uint16_t port;

	(void)state;
	host_fixture_connect(0);
	host_fixture_connect(1);
	host_fixture_clear_sent();
	for (unsigned peer = 0; peer < 2; peer++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			assert_true(host_send(fixture.server, peer, 0, WIRE_RELIABLE, HOST_IN_TURN,
					      bytes, sizes[i]));
	port = host_peer_state(fixture.server, 0).address.port;
	assert_in_range(fixture.sent, 3, 5); /* the first peer's have left */
	for (unsigned i = 0; i < fixture.sent; i++)
		assert_int_equal(fixture.sent_to[i], port);
	host_fixture_clear_sent();
	host_flush(fixture.server);
	assert_in_range(fixture.sent, 3, 5);
	for (unsigned i = 0; i < fixture.sent; i++)
		assert_int_not_equal(fixture.sent_to[i], port);
}

static void the_backlog_counts_what_is_not_acknowledged(void **state)
{
	struct host_seen seen = { 0 };

	(void)state;
	host_fixture_connect(0);
	assert_int_equal(host_backlog(fixture.server, 0), 0);
	host_send(fixture.server, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "seven b", 7);
	host_send(fixture.server, 0, 0, WIRE_UNSEQUENCED, HOST_QUEUED, "five", 5);
	assert_int_equal(host_backlog(fixture.server, 0), 7);
	host_flush(fixture.server);
	assert_int_equal(host_backlog(fixture.server, 0), 7);
	host_fixture_run_ms(5, &seen, &seen);
	assert_int_equal(host_backlog(fixture.server, 0), 0);
	host_send(fixture.server, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "gone", 4);
	host_disconnect(fixture.server, 0, 0, HOST_AT_ONCE);
	assert_int_equal(host_backlog(fixture.server, 0), 0);
}

static void a_backlog_is_stuck_while_nothing_of_it_is_acknowledged(void **state)
{
	struct host_seen seen = { 0 };
	const int64_t ms = 1000000;

	(void)state;
	host_fixture_connect(0);
	assert_int_equal(host_stuck_ns(fixture.server, 0), 0);
	sim_set_fate(fixture.sim, host_fixture_decide, NULL);
	fixture.is_losing_all = true;
	host_send(fixture.server, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "first", 5);
	host_fixture_run_ms(300, &seen, &seen);
	host_send(fixture.server, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "second", 6);
	host_fixture_run_ms(300, &seen, &seen);
	assert_in_range(host_stuck_ns(fixture.server, 0), 590 * ms, 610 * ms);
	fixture.is_losing_all = false;
	host_fixture_run_ms(2000, &seen, &seen);
	assert_int_equal(host_backlog(fixture.server, 0), 0);
	assert_int_equal(host_stuck_ns(fixture.server, 0), 0);
}

/* There is always something that waits, and it is always something else. */
static void a_backlog_of_which_some_is_acknowledged_is_not_stuck(void **state)
{
	struct host_seen seen = { 0 };
	const int64_t ms = 1000000;

	(void)state;
	host_fixture_connect(0);
	sim_set_fate(fixture.sim, host_fixture_decide, NULL);
	for (int i = 0; i < 300; i++) {
		host_send(fixture.server, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "one more", 8);
		host_flush(fixture.server);
		host_fixture_run_ms(2, &seen, &seen);
		assert_true(host_backlog(fixture.server, 0) > 0);
	}
	assert_true(host_stuck_ns(fixture.server, 0) < 100 * ms);
}

/* By the short way, too, which unsequenced messages take. */
static void no_more_of_a_peer_is_read_than_it_may_send(void **state)
{
	const struct guard_limits limits = { .peer = { { [INPUT_DATAGRAMS] = 10 } } };

	(void)state;
	host_fixture_connect(0);
	host_set_limits(fixture.server, &limits);
	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++) {
		struct host_seen at_server = { 0 }, at_client = { 0 };
		const uint64_t before = host_stats(fixture.server)
						.guard.refused[GUARD_PEER_BUDGET + INPUT_DATAGRAMS];

		host_fixture_run_ms(mode == 0 ? 0 : 3000, &at_server, &at_client);
		at_server.messages = 0;
		for (int i = 0; i < 30; i++)
			host_fixture_send(0, (enum wire_mode)mode, "rush");
		host_fixture_run_ms(5, &at_server, &at_client);
		assert_in_range(at_server.messages, 1, 10);
		assert_true(host_stats(fixture.server)
				    .guard.refused[GUARD_PEER_BUDGET + INPUT_DATAGRAMS] > before);
	}
}

/* Acknowledgements. */

static void a_server_that_receives_sends_nothing_by_itself(void **state)
{
	const struct host_batch *batch;
	unsigned messages = 0;

	(void)state;
	host_fixture_connect(0);
	host_fixture_send(0, WIRE_RELIABLE, "wants an acknowledgement");
	for (int i = 0; i < MANY; i++)
		host_fixture_send(0, WIRE_UNSEQUENCED, "a");
	host_fixture_pass_ms(2);
	host_fixture_clear_sent();
	do {
		batch = host_receive(fixture.server, net_now_ns());
		messages += (unsigned)batch->count;
	} while (!batch->is_drained);
	assert_int_equal(messages, MANY + 1);
	assert_int_equal(fixture.sent, 0);
	host_flush(fixture.server);
	assert_int_equal(fixture.sent, 1);
}

static void an_acknowledgement_leaves_with_the_next_message_to_its_peer(void **state)
{
	struct host_seen at_client = { 0 };

	(void)state;
	host_fixture_connect(0);
	host_fixture_send(0, WIRE_RELIABLE, "hello");
	host_fixture_pass_ms(2);
	host_receive(fixture.server, net_now_ns());
	host_fixture_clear_sent();
	assert_true(host_send(fixture.server, 0, 0, WIRE_UNSEQUENCED, HOST_IN_TURN, "a", 1));
	host_flush(fixture.server);
	assert_int_equal(fixture.sent, 1);
	host_fixture_pass_ms(2);
	host_fixture_receive(fixture.clients[0], &at_client);
	assert_int_equal(at_client.messages, 1);
	assert_int_equal(host_backlog(fixture.clients[0], 0), 0);
}

static void each_of_many_peers_gets_its_acknowledgement_with_one_flush(void **state)
{
	struct host_seen seen = { 0 };

	(void)state;
	host_fixture_open(1, HOST_FIXTURE_PEERS_MAX);
	for (size_t i = 0; i < HOST_FIXTURE_PEERS_MAX; i++)
		host_fixture_connect(i);
	for (size_t i = 0; i < HOST_FIXTURE_PEERS_MAX; i++)
		host_fixture_send(i, WIRE_RELIABLE, "hello");
	host_fixture_pass_ms(2);
	host_fixture_clear_sent();
	host_fixture_receive(fixture.server, &seen);
	assert_int_equal(seen.messages, HOST_FIXTURE_PEERS_MAX);
	assert_int_equal(fixture.sent, HOST_FIXTURE_PEERS_MAX);
	host_fixture_pass_ms(2);
	for (size_t i = 0; i < HOST_FIXTURE_PEERS_MAX; i++) {
		host_fixture_receive(fixture.clients[i], &seen);
		assert_int_equal(host_backlog(fixture.clients[i], 0), 0);
	}
	host_fixture_close();
}

/* Receiving. */

static void messages_of_a_channel_come_in_the_order_in_which_they_came_in(void **state)
{
	struct host_seen at_server = { 0 };

	(void)state;
	host_fixture_connect(0);
	/* Those of every second one pass ENet's lists, and must not overtake the others there. */
	for (char text[] = "a"; text[0] <= 'l'; text[0]++)
		host_fixture_send(0, text[0] % 2 ? WIRE_UNSEQUENCED : WIRE_SEQUENCED, text);
	host_fixture_pass_ms(2);
	host_fixture_receive(fixture.server, &at_server);
	assert_string_equal(at_server.first, "abcdefghijkl");
}

static void a_datagram_that_comes_twice_brings_its_message_once(void **state)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };

	(void)state;
	host_fixture_connect(0);
	fixture.is_doubling = true;
	sim_set_fate(fixture.sim, host_fixture_decide, NULL);
	for (int i = 0; i < 10; i++)
		host_fixture_send(0, i % 2 ? WIRE_UNSEQUENCED : WIRE_RELIABLE, "a");
	host_fixture_run_ms(100, &at_server, &at_client);
	assert_int_equal(at_server.messages, 10);
}

static void messages_before_a_disconnect_come_before_it(void **state)
{
	struct host_seen at_server = { 0 };

	(void)state;
	host_fixture_connect(0);
	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++)
		host_fixture_send(0, (enum wire_mode)mode, "last");
	host_fixture_pass_ms(1); /* the network may not let these be overtaken */
	host_disconnect(fixture.clients[0], 0, 9, HOST_AT_ONCE);
	host_flush(fixture.clients[0]);
	host_fixture_pass_ms(1);
	host_fixture_receive(fixture.server, &at_server);
	assert_int_equal(at_server.messages, WIRE_MODE_COUNT);
	assert_string_equal(at_server.last, "last");
	assert_int_equal(at_server.disconnected, 1);
	assert_int_equal(at_server.data, 9);
}

/* ENet's call ends at a connection, and after a batch that may bring nothing to hand out. */
static void a_server_drains_the_net_past_what_brings_no_message(void **state)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };

	(void)state;
	host_fixture_connect(0);
	host_fixture_begin_to_connect(1, 5);
	host_fixture_echo_cookie(1);
	host_fixture_receive(fixture.server, &at_server); /* VERIFY_CONNECT */
	host_fixture_pass_ms(2);
	host_fixture_receive(fixture.clients[1], &at_client); /* ACKNOWLEDGE */
	fixture.is_doubling = true;
	sim_set_fate(fixture.sim, host_fixture_decide, NULL);
	for (int i = 0; i < MANY; i++)
		host_fixture_send(0, WIRE_UNSEQUENCED, "a");
	host_fixture_pass_ms(60);
	assert_int_equal(at_server.connected, 0);
	host_fixture_receive(fixture.server, &at_server);
	assert_int_equal(at_server.connected, 1);
	assert_int_equal(at_server.messages, MANY);
}

static int64_t arrived_before_now(struct net *below, int socket)
{
	static int64_t ms;

	(void)socket;
	return below->now_ns(below) - 100 * MS + ++ms * MS;
}

static void each_message_has_the_arrival_time_of_its_datagram(void **state)
{
	struct host_seen at_server = { 0 };

	(void)state;
	host_fixture_connect(0);
	host_fixture_connect(1);
	for (size_t i = 0; i < 9; i++)
		host_fixture_send(i % 2, i % 3 ? WIRE_UNSEQUENCED : WIRE_RELIABLE, "a");
	host_fixture_pass_ms(1);
	fixture.net.arrived_ns = arrived_before_now;
	host_fixture_receive(fixture.server, &at_server);
	assert_int_equal(at_server.messages, 9);
	for (int i = 1; i < 9; i++)
		assert_int_equal(at_server.arrived_ns[i] - at_server.arrived_ns[i - 1], MS);
}

static void a_flood_of_messages_loses_none(void **state)
{
	struct host_seen at_server = { 0 };

	(void)state;
	host_fixture_connect(0);
	for (int i = 0; i < FLOOD; i++)
		assert_true(
			host_send(fixture.clients[0], 0, 0, WIRE_RELIABLE, HOST_QUEUED, "a", 1));
	for (int ms = 0; ms < 3000 && at_server.messages < FLOOD; ms++) {
		struct host_seen ignored = { 0 };

		host_fixture_run_ms(1, &at_server, &ignored);
	}
	assert_int_equal(at_server.messages, FLOOD);
}

/* So many may wait behind a lost message as the guard lets. */
static void a_message_that_comes_at_last_brings_all_that_waited_for_it(void **state)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };

	(void)state;
	host_fixture_connect(0);
	sim_set_fate(fixture.sim, host_fixture_decide, NULL);
	fixture.is_losing_all = true;
	host_fixture_send(0, WIRE_RELIABLE, "first");
	fixture.is_losing_all = false;
	for (int i = 1; i < LATE; i++)
		assert_true(
			host_send(fixture.clients[0], 0, 0, WIRE_RELIABLE, HOST_QUEUED, "a", 1));
	host_flush(fixture.clients[0]);
	host_fixture_pass_ms(30); /* the others have come */
	for (int ms = 0; ms < 1000 && at_server.messages == 0; ms++) {
		host_fixture_receive(fixture.clients[0], &at_client);
		host_fixture_pass_ms(1);
		host_fixture_receive(fixture.server, &at_server);
	}
	assert_int_equal(at_server.messages, LATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_NET(a_message_arrives_whole_by_each_way),
		ON_A_NET(a_peer_that_is_not_connected_is_sent_nothing),
		ON_A_NET(messages_in_turn_leave_one_peer_after_the_other),
		ON_A_NET(the_backlog_counts_what_is_not_acknowledged),
		ON_A_NET(a_backlog_is_stuck_while_nothing_of_it_is_acknowledged),
		ON_A_NET(a_backlog_of_which_some_is_acknowledged_is_not_stuck),
		ON_A_NET(no_more_of_a_peer_is_read_than_it_may_send),
		ON_A_NET(a_server_that_receives_sends_nothing_by_itself),
		ON_A_NET(an_acknowledgement_leaves_with_the_next_message_to_its_peer),
		cmocka_unit_test(each_of_many_peers_gets_its_acknowledgement_with_one_flush),
		ON_A_NET(messages_of_a_channel_come_in_the_order_in_which_they_came_in),
		ON_A_NET(a_datagram_that_comes_twice_brings_its_message_once),
		ON_A_NET(messages_before_a_disconnect_come_before_it),
		ON_A_NET(a_server_drains_the_net_past_what_brings_no_message),
		ON_A_NET(each_message_has_the_arrival_time_of_its_datagram),
		ON_A_NET(a_flood_of_messages_loses_none),
		ON_A_NET(a_message_that_comes_at_last_brings_all_that_waited_for_it),
	};

	return cmocka_run_group_tests_name("host_messages", tests, NULL, NULL);
}

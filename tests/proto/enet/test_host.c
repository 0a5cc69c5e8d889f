/* The host's connections, and when it wants its turn. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/enet/host_fixture.h"

enum {
	MESSAGES = 200, /* of each kind, in the property */
	SEEDS = 20,
	PATIENCE_MS = 60000,
	PEERS = 16, /* of a larger host */
};

/* Places. */

static void a_client_without_a_place_is_told_why_with_fewer_bytes_than_it_sent(void **state)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };
	struct net_stats before, after;
	struct net *sim = sim_net(fixture.sim);

	(void)state;
	host_fixture_connect(0);
	host_fixture_connect(1);
	host_fixture_begin_to_connect(2, 5);
	host_fixture_echo_cookie(2);
	host_fixture_receive(fixture.server, &at_server);
	assert_int_equal(at_server.no_place, 1);
	assert_false(at_server.declined.is_address_full);
	sim->stats(sim, host_socket(fixture.server), &before);
	host_decline(fixture.server, &at_server.declined, 1234);
	host_flush(fixture.server);
	sim->stats(sim, host_socket(fixture.server), &after);
	assert_int_equal(after.datagrams_out - before.datagrams_out, 1);
	assert_in_range(after.bytes_out - before.bytes_out, 1, 20);
	host_fixture_pass_ms(1);
	host_fixture_receive(fixture.clients[2], &at_client);
	assert_int_equal(at_client.disconnected, 1);
	assert_int_equal(at_client.data, 1234);
}

static void an_address_with_its_share_finds_no_place(void **state)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };

	(void)state;
	host_set_per_address(fixture.server, 1);
	host_fixture_connect(0);
	host_fixture_begin_to_connect(1, 5);
	host_fixture_run_ms(5, &at_server, &at_client);
	assert_int_equal(at_server.no_place, 1);
	assert_true(at_server.declined.is_address_full);
}

static bool nobody_enters(void *context, const struct net_address *address)
{
	struct net_address *asked = context;

	*asked = *address;
	return false;
}

static void an_address_that_the_gate_keeps_out_gets_no_peer(void **state)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };
	struct net_address asked = { .host = 0 };

	(void)state;
	host_set_gate(fixture.server, nobody_enters, &asked);
	host_fixture_begin_to_connect(0, 5);
	host_fixture_receive(fixture.server, &at_server);
	assert_int_equal(asked.port, 0); /* nobody is asked before the cookie */
	host_fixture_run_ms(5, &at_server, &at_client);
	assert_int_equal(at_server.no_place, 1);
	assert_true(at_server.declined.is_shut_out);
	assert_true(host_is_idle(fixture.server));
	assert_int_equal(asked.port, at_server.declined.address.port);
	host_set_gate(fixture.server, NULL, NULL);
	host_fixture_run_ms(2000, &at_server, &at_client);
	assert_int_equal(at_server.connected, 1);
}

static uint64_t one_network(struct net *net, const struct net_address *address)
{
	(void)net;
	(void)address;
	return 7;
}

/* As the addresses of one IPv6 network do. The clients have two, for which ENet's rule is apart. */
static void addresses_of_one_network_share_its_places(void **state)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };

	(void)state;
	fixture.net.network = one_network;
	host_set_per_address(fixture.server, 1);
	host_fixture_connect(0);
	sim_set_host(fixture.sim, htonl(0x0a000001));
	host_fixture_begin_to_connect(1, 5);
	host_fixture_run_ms(5, &at_server, &at_client);
	assert_int_equal(at_server.no_place, 1);
	assert_true(at_server.declined.is_address_full);
	assert_int_equal(at_server.declined.address.host, htonl(0x0a000001));
}

static void addresses_of_two_networks_have_places_of_their_own(void **state)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };

	(void)state;
	host_set_per_address(fixture.server, 1);
	host_fixture_connect(0);
	sim_set_host(fixture.sim, htonl(0x0a000001));
	host_fixture_begin_to_connect(1, 5);
	host_fixture_run_ms(8, &at_server, &at_client);
	assert_int_equal(at_server.no_place, 0);
	assert_int_equal(at_server.connected, 1);
}

static void a_handshake_that_is_never_finished_gives_its_place_back(void **state)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };

	(void)state;
	host_fixture_begin_to_connect(0, 5);
	host_fixture_echo_cookie(0);
	host_close(fixture.clients[0]);
	fixture.clients[0] = NULL;
	host_fixture_run_ms(100, &at_server, &at_client);
	assert_false(host_is_idle(fixture.server));
	host_fixture_run_ms(3100, &at_server, &at_client);
	assert_true(host_is_idle(fixture.server));
	assert_int_equal(at_server.connected, 0);
}

/* Many clients in one host. */

static void a_host_that_is_many_clients_has_a_peer_for_each(void **state)
{
	const struct net_address to = host_address(fixture.server);
	struct host_seen at_server = { 0 }, at_clients = { 0 };
	struct host *clients;

	(void)state;
	host_fixture_open_many(0, HOST_FIXTURE_PEERS);
	clients = fixture.clients[0];
	assert_int_equal(host_add_connection(clients, &to, 7), 0);
	assert_int_equal(host_add_connection(clients, &to, 8), 1);
	assert_int_equal(host_add_connection(clients, &to, 9), -ENOMEM);
	host_flush(clients);
	host_fixture_run_ms(8, &at_server, &at_clients);
	assert_int_equal(at_server.connected, 2);
	assert_int_equal(at_clients.connected, 2);
	assert_int_equal(host_peer_state(clients, 1).message_bytes,
			 HOST_FIXTURE_MTU - HOST_MESSAGE_HEADER_BYTES);
	assert_true(host_send(clients, 0, 0, WIRE_UNSEQUENCED, HOST_IN_TURN, "a", 1));
	assert_true(host_send(clients, 1, 0, WIRE_RELIABLE, HOST_IN_TURN, "b", 1));
	host_flush(clients);
	host_fixture_run_ms(5, &at_server, &at_clients);
	assert_int_equal(at_server.messages, 2);
	assert_true(host_send(fixture.server, 1, 0, WIRE_UNSEQUENCED, HOST_IN_TURN, "c", 1));
	host_fixture_run_ms(5, &at_server, &at_clients);
	assert_int_equal(at_clients.messages, 1);
	assert_int_equal(at_clients.peer, 1);
}

static void the_other_side_hears_nothing_of_our_own_throttle(void **state)
{
	struct host_seen at_server = { 0 };

	(void)state;
	host_fixture_connect(0);
	host_fixture_clear_sent();
	host_disable_own_throttle(fixture.server, 0);
	host_fixture_receive(fixture.server, &at_server);
	assert_int_equal(fixture.sent, 0);
	host_disable_throttle(fixture.server, 0);
	host_fixture_receive(fixture.server, &at_server);
	assert_int_equal(fixture.sent, 1);
}

static unsigned half_open_after_ms(int64_t ms)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };
	unsigned count = 0;

	host_fixture_run_ms(ms, &at_server, &at_client);
	for (unsigned i = 0; i < PEERS; i++)
		count += host_peer_state(fixture.server, i).address.port != 0 &&
			 host_peer_state(fixture.server, i).is_half_open;
	return count;
}

static void a_quarter_of_the_places_at_most_is_half_open_for_long(void **state)
{
	(void)state;
	host_fixture_close();
	host_fixture_open(1, PEERS);
	for (size_t i = 0; i < PEERS; i++) {
		host_fixture_begin_to_connect(i, 5);
		host_fixture_echo_cookie(i);
		host_close(fixture.clients[i]);
		fixture.clients[i] = NULL;
	}
	assert_int_equal(half_open_after_ms(800), PEERS);
	assert_int_equal(half_open_after_ms(400), PEERS / 4);
	assert_int_equal(half_open_after_ms(2100), 0);
	assert_int_equal(host_stats(fixture.server).guard.refused[GUARD_HALF_OPEN], PEERS);
}

/* Ends. */

static void a_peer_gets_all_that_was_sent_before_it_is_disconnected(void **state)
{
	struct host_seen at_server = { 0 }, at_client = { 0 };

	(void)state;
	host_fixture_connect(0);
	host_fixture_connect(1);
	for (int i = 0; i < 3; i++)
		assert_true(
			host_send(fixture.server, 1, 0, WIRE_RELIABLE, HOST_IN_TURN, "last", 4));
	host_disconnect(fixture.server, 1, 9, HOST_WHEN_DELIVERED);
	host_flush(fixture.server);
	host_fixture_run_ms(10, &at_server, &at_client);
	assert_int_equal(at_client.messages, 3);
	assert_int_equal(at_client.disconnected, 1);
	assert_int_equal(at_client.data, 9);
	assert_int_equal(at_server.disconnected, 1);
	assert_true(host_peer_state(fixture.server, 0).is_connected);
}

/* Times. */

static void a_lost_message_is_sent_again_at_the_deadline(void **state)
{
	struct host_seen seen = { 0 };
	int64_t due_ns;

	(void)state;
	host_fixture_connect(0);
	host_fixture_run_ms(400, &seen, &seen);
	sim_set_fate(fixture.sim, host_fixture_decide, NULL);
	fixture.is_losing_all = true;
	assert_true(host_send(fixture.server, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "again", 5));
	host_fixture_receive(fixture.server, &seen);
	fixture.is_losing_all = false;
	due_ns = host_deadline_ns(fixture.server);
	assert_in_range(due_ns, net_now_ns() + 1, net_now_ns() + 900 * MS);
	host_fixture_clear_sent();
	sim_advance_to(fixture.sim, due_ns - 1);
	host_fixture_receive(fixture.server, &seen);
	assert_int_equal(fixture.sent, 0);
	while (net_now_ns() < due_ns + 5 * MS && fixture.sent == 0) {
		sim_advance_to(fixture.sim, host_deadline_ns(fixture.server));
		host_fixture_receive(fixture.server, &seen);
	}
	assert_int_equal(fixture.sent, 1);
}

/* The property. */

static unsigned next_of[2]; /* number of the next reliable message, at the server, the client */

static void check_order(struct host *host, unsigned *next)
{
	const struct host_batch *batch;

	do {
		batch = host_receive(host, net_now_ns());
		for (size_t i = 0; i < batch->count; i++) {
			const struct host_event *event = &batch->events[i];
			unsigned number;

			if (event->type != HOST_MESSAGE || event->channel != 0)
				continue;
			assert_int_equal(event->size, sizeof(number));
			memcpy(&number, event->bytes, sizeof(number));
			assert_int_equal(number, (*next)++);
		}
	} while (!batch->is_drained);
	host_flush(host);
}

static void send_some(struct host *host, unsigned *sent)
{
	unsigned number = *sent;

	if (number == MESSAGES)
		return;
	*sent += host_send(host, 0, 0, WIRE_RELIABLE, HOST_QUEUED, &number, sizeof(number));
	host_send(host, 0, 1, (enum wire_mode)random_below(&fixture.random, 2), HOST_IN_TURN,
		  &number, sizeof(number));
	host_flush(host);
}

static int64_t earlier(int64_t one_ns, int64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

/* To the next deadline, arrival or sending; a turn takes some time. */
static void advance(int64_t send_ns)
{
	const int64_t turned_ns = net_now_ns() + MS / 100;
	int64_t due_ns =
		earlier(host_deadline_ns(fixture.server), host_deadline_ns(fixture.clients[0]));

	due_ns = earlier(earlier(due_ns, send_ns), sim_next_ns(fixture.sim));
	sim_advance_to(fixture.sim, due_ns > turned_ns ? due_ns : turned_ns);
}

static void exchange(void)
{
	unsigned sent[2] = { 0, 0 };
	int64_t send_ns = net_now_ns();

	next_of[0] = next_of[1] = 0;
	while (net_now_ns() < PATIENCE_MS * MS && next_of[0] + next_of[1] < 2 * MESSAGES) {
		if (net_now_ns() >= send_ns) {
			send_some(fixture.server, &sent[0]);
			send_some(fixture.clients[0], &sent[1]);
			send_ns = sent[0] + sent[1] < 2 * MESSAGES ? net_now_ns() + MS : INT64_MAX;
		}
		check_order(fixture.server, &next_of[0]);
		check_order(fixture.clients[0], &next_of[1]);
		advance(send_ns);
	}
	assert_int_equal(next_of[0], MESSAGES);
	assert_int_equal(next_of[1], MESSAGES);
}

static void over_a_bad_link_each_reliable_message_comes_once_in_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		host_fixture_open(seed, HOST_FIXTURE_PEERS);
		host_fixture_connect(0);
		sim_set_fate(fixture.sim, host_fixture_decide, NULL);
		fixture.is_lossy = true;
		exchange();
		host_fixture_close();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_NET(a_client_without_a_place_is_told_why_with_fewer_bytes_than_it_sent),
		ON_A_NET(an_address_with_its_share_finds_no_place),
		ON_A_NET(an_address_that_the_gate_keeps_out_gets_no_peer),
		ON_A_NET(addresses_of_one_network_share_its_places),
		ON_A_NET(addresses_of_two_networks_have_places_of_their_own),
		ON_A_NET(a_quarter_of_the_places_at_most_is_half_open_for_long),
		ON_A_NET(a_handshake_that_is_never_finished_gives_its_place_back),
		ON_A_NET(a_host_that_is_many_clients_has_a_peer_for_each),
		ON_A_NET(the_other_side_hears_nothing_of_our_own_throttle),
		ON_A_NET(a_peer_gets_all_that_was_sent_before_it_is_disconnected),
		ON_A_NET(a_lost_message_is_sent_again_at_the_deadline),
		cmocka_unit_test(over_a_bad_link_each_reliable_message_comes_once_in_order),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}

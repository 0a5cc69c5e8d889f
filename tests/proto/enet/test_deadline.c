/* When a host of ENet must be serviced next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include "proto/net/net.h"
#include "proto/enet/deadline.h"
#include "proto/enet/outgoing.h"
#include "proto/enet/platform.h"
#include "tests/fixtures/enet/enet_fixture.h"

#define MS INT64_C(1000000)

static uint64_t sent_by(const ENetHost *host)
{
	struct net_stats stats;

	net_current()->stats(net_current(), platform_socket(host), &stats);
	return stats.datagrams_out;
}

static void a_host_without_peers_has_no_deadline(void **state)
{
	struct enet_fixture *fixture = *state;

	enet_fixture_serve_both(fixture);
	assert_int_equal(deadline_ns(fixture->server), INT64_MAX);
	assert_int_equal(deadline_ns(fixture->client), INT64_MAX);
}

static void an_unanswered_connect_is_due_for_retransmission(void **state)
{
	struct enet_fixture *fixture = *state;
	const ENetAddress nobody = { .host = htonl(INADDR_LOOPBACK), .port = 9 };
	const int64_t start_ns = net_now_ns();
	int64_t due_ns;

	sim_advance_to(fixture->sim, start_ns + 123456); /* not on a millisecond */
	enet_host_connect(fixture->client, &nobody, 1, 0);
	assert_int_equal(deadline_ns(fixture->client), net_now_ns()); /* queued */
	enet_fixture_serve_both(fixture);
	assert_int_equal(sent_by(fixture->client), 1);
	due_ns = start_ns + ENET_PEER_DEFAULT_ROUND_TRIP_TIME * MS;
	assert_int_equal(deadline_ns(fixture->client), due_ns);
	sim_advance_to(fixture->sim, due_ns - 1);
	enet_fixture_serve_both(fixture);
	assert_int_equal(sent_by(fixture->client), 1);
	sim_advance_to(fixture->sim, due_ns);
	assert_int_equal(deadline_ns(fixture->client), due_ns);
	enet_fixture_serve_both(fixture);
	assert_int_equal(sent_by(fixture->client), 2);
	assert_int_equal(deadline_ns(fixture->client),
			 due_ns + 2 * ENET_PEER_DEFAULT_ROUND_TRIP_TIME * MS);
}

static void an_idle_connection_is_due_for_a_ping(void **state)
{
	struct enet_fixture *fixture = *state;
	int64_t due_ns;

	enet_fixture_connect(fixture);
	enet_fixture_run(fixture,
			 net_now_ns() + 3000 * MS); /* the limits were sent and acknowledged */
	due_ns = deadline_ns(fixture->client);
	assert_int_equal(due_ns,
			 net_now_ns() / MS * MS +
				 (int64_t)(int32_t)(fixture->to_server->lastReceiveTime +
						    ENET_PEER_PING_INTERVAL - enet_time_get()) *
					 MS);
	assert_in_range(due_ns, net_now_ns() + 1, net_now_ns() + ENET_PEER_PING_INTERVAL * MS);
}

static bool lose_all(void *context, const struct sim_datagram *datagram, struct sim_fate *fate)
{
	(void)context;
	(void)datagram;
	(void)fate;
	return false;
}

/*
 * An instant before its deadline a host does nothing by itself; at the deadline it sends something
 * or gives its peer up. Checks the host that is due first, each time.
 */
static unsigned check_deadlines(struct enet_fixture *fixture, int64_t until_ns)
{
	unsigned checked = 0;

	for (int turns = 0; turns < ENET_FIXTURE_TURNS_MAX && net_now_ns() < until_ns; turns++) {
		const bool is_client = deadline_ns(fixture->client) < deadline_ns(fixture->server);
		ENetHost *host = is_client ? fixture->client : fixture->server;
		struct enet_received *received =
			is_client ? &fixture->client_received : &fixture->server_received;
		ENetPeer **peer = is_client ? &fixture->to_server : &fixture->to_client;
		const int64_t due_ns = deadline_ns(host);
		const unsigned ended = received->disconnects;
		const uint64_t sent = sent_by(host);

		if (due_ns > until_ns && sim_next_ns(fixture->sim) > until_ns)
			sim_advance_to(fixture->sim, until_ns);
		else if (sim_next_ns(fixture->sim) <= due_ns || due_ns == net_now_ns()) {
			if (due_ns > net_now_ns())
				sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
			enet_fixture_serve_both(fixture);
		} else {
			sim_advance_to(fixture->sim, due_ns - 1);
			enet_fixture_serve(host, received, peer);
			assert_int_equal(sent_by(host), sent);
			assert_int_equal(received->disconnects, ended);
			sim_advance_to(fixture->sim, due_ns);
			enet_fixture_serve(host, received, peer);
			assert_true(sent_by(host) > sent || received->disconnects > ended);
			checked++;
		}
	}
	assert_true(net_now_ns() >= until_ns);
	return checked;
}

static void a_host_acts_at_its_deadline_and_not_before(void **state)
{
	struct enet_fixture *fixture = *state;
	char text[16];

	enet_fixture_connect(fixture);
	sim_set_fate(fixture->sim, enet_fixture_lose_a_third, &fixture->random);
	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "%d", i);
		enet_fixture_send(fixture->to_server, text, ENET_PACKET_FLAG_RELIABLE);
		check_deadlines(fixture, net_now_ns() + 300 * MS);
	}
	sim_set_fate(fixture->sim, lose_all, NULL);
	assert_true(check_deadlines(fixture, net_now_ns() + 60000 * MS) > 3);
	assert_int_equal(fixture->client_received.disconnects, 1);
}

static void with_a_full_window_the_deadline_is_the_retransmission(void **state)
{
	struct enet_fixture *fixture = *state;
	static char text[1001];

	enet_fixture_connect(fixture);
	enet_fixture_run(fixture, net_now_ns() + 3000 * MS);
	memset(text, 'x', 1000);
	for (int i = 0; i < 200; i++) /* three times the window */
		enet_fixture_send(fixture->to_server, text, ENET_PACKET_FLAG_RELIABLE);
	assert_int_equal(deadline_ns(fixture->client), net_now_ns());
	enet_fixture_serve(fixture->client, &fixture->client_received, &fixture->to_server);
	assert_false(enet_list_empty(outgoing_queue(fixture->to_server, 0)));
	assert_true(deadline_ns(fixture->client) > net_now_ns());
	enet_fixture_send(fixture->to_server, "past them", 0);
	assert_int_equal(deadline_ns(fixture->client), net_now_ns());
	enet_fixture_run(fixture, net_now_ns() + 1000 * MS);
	assert_int_equal(fixture->server_received.packets, 201);
}

/* 4,096 sequence numbers make a window; ENet lets eight of sixteen be unacknowledged. */
static void with_used_up_sequence_numbers_the_deadline_is_the_retransmission(void **state)
{
	struct enet_fixture *fixture = *state;

	enet_fixture_connect(fixture);
	enet_fixture_run(fixture, net_now_ns() + 3000 * MS);
	sim_set_fate(fixture->sim, lose_all, NULL);
	for (int i = 0; i < 40000; i++)
		enet_fixture_send(fixture->to_server, "", ENET_PACKET_FLAG_RELIABLE);
	enet_fixture_serve(fixture->client, &fixture->client_received, &fixture->to_server);
	assert_false(enet_list_empty(outgoing_queue(fixture->to_server, 0)));
	assert_true(deadline_ns(fixture->client) > net_now_ns());
}

static void with_a_datagram_at_hand_the_deadline_is_now(void **state)
{
	struct enet_fixture *fixture = *state;

	enet_fixture_connect(fixture);
	enet_fixture_send(fixture->to_server, "hello", 0);
	enet_fixture_serve(fixture->client, &fixture->client_received, &fixture->to_server);
	sim_advance_to(fixture->sim, sim_next_ns(fixture->sim));
	assert_int_equal(deadline_ns(fixture->server), net_now_ns());
	enet_fixture_serve_both(fixture);
	assert_true(deadline_ns(fixture->server) > net_now_ns());
}

static void with_events_in_enet_the_deadline_is_now(void **state)
{
	struct enet_fixture *fixture = *state;
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = ENET_FIXTURE_PORT };

	enet_host_connect(fixture->client, &address, 1, 0);
	for (int i = 0; i < 4; i++) {
		enet_host_service(fixture->client, NULL, 0); /* so that the event stays in ENet */
		enet_host_service(fixture->server, NULL, 0);
		sim_advance_to(fixture->sim, net_now_ns() + MS);
	}
	assert_int_equal(deadline_ns(fixture->client), net_now_ns());
	enet_fixture_serve_both(fixture);
	assert_int_equal(fixture->client_received.connects, 1);
}

static void deadlines_hold_while_enets_clock_wraps(void **state)
{
	struct enet_fixture *fixture = *state;
	unsigned checked;

	enet_time_set(UINT32_MAX - 2000);
	assert_int_equal(enet_time_get(), UINT32_MAX - 2000);
	enet_fixture_connect(fixture);
	checked = check_deadlines(fixture, net_now_ns() + 6000 * MS);
	assert_true(enet_time_get() < 10000); /* it has wrapped */
	assert_true(checked > 3);
	assert_int_equal(fixture->client_received.disconnects, 0);
	assert_int_equal(fixture->server_received.disconnects, 0);
}

static void a_service_that_waits_moves_virtual_time(void **state)
{
	struct enet_fixture *fixture = *state;
	const int64_t start_ns = net_now_ns();
	ENetEvent event;

	assert_int_equal(enet_host_service(fixture->client, &event, 250), 0);
	assert_int_equal(net_now_ns(), start_ns + 250 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ENET(a_host_without_peers_has_no_deadline),
		ON_ENET(an_unanswered_connect_is_due_for_retransmission),
		ON_ENET(an_idle_connection_is_due_for_a_ping),
		ON_ENET(a_host_acts_at_its_deadline_and_not_before),
		ON_ENET(with_a_full_window_the_deadline_is_the_retransmission),
		ON_ENET(with_used_up_sequence_numbers_the_deadline_is_the_retransmission),
		ON_ENET(with_a_datagram_at_hand_the_deadline_is_now),
		ON_ENET(with_events_in_enet_the_deadline_is_now),
		ON_ENET(deadlines_hold_while_enets_clock_wraps),
		ON_ENET(a_service_that_waits_moves_virtual_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

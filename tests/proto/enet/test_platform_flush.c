/* What waits for one of a host's peers goes to the net's socket by itself. */
#include "proto/enet/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <enet/enet.h>

#include "proto/net/net.h"
#include "proto/net/sim/sim.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	PORT = 7777,
	CLIENTS = 3,
	PATIENCE_MS = 100,
	SENT_MAX = 16,
};

/* A server whose datagrams out are noted, and clients that it is connected with. */
static struct session_fixture {
	struct sim *sim;
	struct net plain, noting;
	ENetHost *server, *clients[CLIENTS];
	ENetPeer *peers[CLIENTS]; /* the server's */
	size_t connected;
	size_t heard[CLIENTS];
	uint16_t sent_to[SENT_MAX]; /* ports, since sent_count was set to 0 */
	size_t sent_count;
} fixture;

static void note_send(struct net *net, int socket, const struct net_address *to,
		      const struct net_buffer *buffers, size_t count)
{
	if (fixture.server && socket == platform_socket(fixture.server) &&
	    fixture.sent_count < SENT_MAX)
		fixture.sent_to[fixture.sent_count++] = to->port;
	fixture.plain.send(net, socket, to, buffers, count);
}

static void serve_client(size_t i)
{
	ENetEvent event;

	while (fixture.clients[i] && enet_host_service(fixture.clients[i], &event, 0) > 0) {
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		fixture.heard[i]++;
		enet_packet_destroy(event.packet);
	}
}

static void serve_server(void)
{
	ENetEvent event;

	while (enet_host_service(fixture.server, &event, 0) > 0)
		if (event.type == ENET_EVENT_TYPE_CONNECT)
			fixture.peers[fixture.connected++] = event.peer;
}

static void pass_ms(int ms)
{
	while (ms-- > 0) {
		serve_server();
		for (size_t i = 0; i < CLIENTS; i++)
			serve_client(i);
		sim_advance_to(fixture.sim, sim_now_ns(fixture.sim) + NS_PER_MS);
	}
}

static int set_up(void **state)
{
	ENetAddress address = { .host = ENET_HOST_ANY, .port = PORT };
	const ENetAddress to = { .host = htonl(INADDR_LOOPBACK), .port = PORT };
	char why[PLATFORM_WHY_BYTES];

	(void)state;
	fixture = (struct session_fixture){ .sim = sim_create(1) };
	fixture.noting = fixture.plain = *sim_net(fixture.sim);
	fixture.noting.send = note_send;
	net_use(&fixture.noting);
	if (platform_init(why, sizeof(why)) != 0)
		fail_msg("%s", why);
	fixture.server = enet_host_create(&address, CLIENTS, 1, 0, 0);
	assert_non_null(fixture.server);
	for (size_t i = 0; i < CLIENTS; i++) {
		fixture.clients[i] = enet_host_create(NULL, 1, 1, 0, 0);
		assert_non_null(fixture.clients[i]);
		assert_non_null(enet_host_connect(fixture.clients[i], &to, 1, 0));
		/* One after the other, so that they are the peers of their numbers. */
		pass_ms(PATIENCE_MS);
		assert_int_equal(fixture.connected, i + 1);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++)
		enet_host_destroy(fixture.clients[i]);
	enet_host_destroy(fixture.server);
	net_use(NULL);
	sim_destroy(fixture.sim);
	return 0;
}

static void say(size_t i, size_t size)
{
	static const uint8_t bytes[4000];
	const enet_uint32 flags =
		ENET_PACKET_FLAG_UNSEQUENCED | ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT;

	assert_true(size <= sizeof(bytes));
	assert_int_equal(
		enet_peer_send(fixture.peers[i], 0, enet_packet_create(bytes, size, flags)), 0);
}

static void one_peer_s_messages_leave_and_the_others_wait_for_theirs(void **state)
{
	(void)state;
	fixture.sent_count = 0;
	for (size_t i = 0; i < CLIENTS; i++)
		say(i, 100);
	/* Neither the ones before it nor those behind it. */
	platform_flush_peer(fixture.server, fixture.peers[1]);
	assert_int_equal(fixture.sent_count, 1);
	assert_int_equal(fixture.sent_to[0], fixture.peers[1]->address.port);
	/* The host has all of its peers again. */
	assert_ptr_equal(fixture.peers[0], &fixture.server->peers[0]);
	assert_int_equal(fixture.server->peerCount, CLIENTS);
	enet_host_flush(fixture.server);
	assert_int_equal(fixture.sent_count, CLIENTS);
	assert_int_equal(fixture.sent_to[1], fixture.peers[0]->address.port);
	assert_int_equal(fixture.sent_to[2], fixture.peers[2]->address.port);
	platform_flush(fixture.server);
	pass_ms(PATIENCE_MS);
	for (size_t i = 0; i < CLIENTS; i++)
		assert_int_equal(fixture.heard[i], 1);
}

static void all_that_waits_for_it_leaves_in_as_many_datagrams_as_it_takes(void **state)
{
	(void)state;
	fixture.sent_count = 0;
	for (int i = 0; i < 3; i++)
		say(1, 4000);
	say(1, 10);
	platform_flush_peer(fixture.server, fixture.peers[1]);
	/* ENet's MTU is 1,400 bytes: 3 pieces each, and the last with its own. */
	assert_in_range(fixture.sent_count, 9, 10);
	for (size_t i = 0; i < fixture.sent_count; i++)
		assert_int_equal(fixture.sent_to[i], fixture.peers[1]->address.port);
	platform_flush(fixture.server);
	pass_ms(PATIENCE_MS);
	assert_int_equal(fixture.heard[1], 4);
}

static void where_nothing_waits_or_nobody_is_nothing_leaves(void **state)
{
	(void)state;
	fixture.sent_count = 0;
	platform_flush_peer(fixture.server, fixture.peers[0]);
	assert_int_equal(fixture.sent_count, 0);
	say(0, 100);
	enet_peer_reset(fixture.peers[0]);
	platform_flush_peer(fixture.server, fixture.peers[0]);
	assert_int_equal(fixture.sent_count, 0);
}

static void a_peer_that_is_to_go_when_all_is_out_goes(void **state)
{
	(void)state;
	say(2, 100);
	enet_peer_disconnect_later(fixture.peers[2], 0);
	platform_flush_peer(fixture.server, fixture.peers[2]);
	platform_flush(fixture.server);
	/* ENet hands out nothing more once it has read the word to go. */
	sim_advance_to(fixture.sim, sim_now_ns(fixture.sim) + NS_PER_MS);
	serve_client(2);
	assert_int_equal(fixture.heard[2], 1);
	assert_int_equal(fixture.clients[2]->peers[0].state, ENET_PEER_STATE_CONNECTED);
	pass_ms(PATIENCE_MS);
	assert_int_equal(fixture.clients[2]->peers[0].state, ENET_PEER_STATE_DISCONNECTED);
	assert_int_equal(fixture.clients[1]->peers[0].state, ENET_PEER_STATE_CONNECTED);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(one_peer_s_messages_leave_and_the_others_wait_for_theirs),
		STAGED(all_that_waits_for_it_leaves_in_as_many_datagrams_as_it_takes),
		STAGED(where_nothing_waits_or_nobody_is_nothing_leaves),
		STAGED(a_peer_that_is_to_go_when_all_is_out_goes),
	};

	return cmocka_run_group_tests_name("platform_flush", tests, NULL, NULL);
}

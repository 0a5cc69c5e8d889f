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
#include "proto/net/sim.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	PORT = 7777,
	CLIENTS = 3,
	PATIENCE_MS = 100,
	SENT_MAX = 16,
};

/* A server whose datagrams out are noted, and clients that it is connected with. */
static struct stage {
	struct sim *sim;
	struct net plain, noting;
	ENetHost *server, *clients[CLIENTS];
	ENetPeer *peers[CLIENTS]; /* the server's */
	size_t connected;
	size_t heard[CLIENTS];
	uint16_t sent_to[SENT_MAX]; /* ports, since sent_count was set to 0 */
	size_t sent_count;
} stage;

static void note_send(struct net *net, int socket, const struct net_address *to,
		      const struct net_buffer *buffers, size_t count)
{
	if (stage.server && socket == platform_socket(stage.server) && stage.sent_count < SENT_MAX)
		stage.sent_to[stage.sent_count++] = to->port;
	stage.plain.send(net, socket, to, buffers, count);
}

static void serve_client(size_t i)
{
	ENetEvent event;

	while (stage.clients[i] && enet_host_service(stage.clients[i], &event, 0) > 0) {
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		stage.heard[i]++;
		enet_packet_destroy(event.packet);
	}
}

static void serve_server(void)
{
	ENetEvent event;

	while (enet_host_service(stage.server, &event, 0) > 0)
		if (event.type == ENET_EVENT_TYPE_CONNECT)
			stage.peers[stage.connected++] = event.peer;
}

static void pass_ms(int ms)
{
	while (ms-- > 0) {
		serve_server();
		for (size_t i = 0; i < CLIENTS; i++)
			serve_client(i);
		sim_advance_to(stage.sim, sim_now_ns(stage.sim) + NS_PER_MS);
	}
}

static int set_up(void **state)
{
	ENetAddress address = { .host = ENET_HOST_ANY, .port = PORT };
	const ENetAddress to = { .host = htonl(INADDR_LOOPBACK), .port = PORT };
	char why[PLATFORM_WHY_BYTES];

	(void)state;
	stage = (struct stage){ .sim = sim_create(1) };
	stage.noting = stage.plain = *sim_net(stage.sim);
	stage.noting.send = note_send;
	net_use(&stage.noting);
	if (platform_init(why, sizeof(why)) != 0)
		fail_msg("%s", why);
	stage.server = enet_host_create(&address, CLIENTS, 1, 0, 0);
	assert_non_null(stage.server);
	for (size_t i = 0; i < CLIENTS; i++) {
		stage.clients[i] = enet_host_create(NULL, 1, 1, 0, 0);
		assert_non_null(stage.clients[i]);
		assert_non_null(enet_host_connect(stage.clients[i], &to, 1, 0));
		/* One after the other, so that they are the peers of their numbers. */
		pass_ms(PATIENCE_MS);
		assert_int_equal(stage.connected, i + 1);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++)
		enet_host_destroy(stage.clients[i]);
	enet_host_destroy(stage.server);
	net_use(NULL);
	sim_destroy(stage.sim);
	return 0;
}

static void say(size_t i, size_t size)
{
	static const uint8_t bytes[4000];
	const enet_uint32 flags =
		ENET_PACKET_FLAG_UNSEQUENCED | ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT;

	assert_true(size <= sizeof(bytes));
	assert_int_equal(enet_peer_send(stage.peers[i], 0, enet_packet_create(bytes, size, flags)),
			 0);
}

static void one_peer_s_messages_leave_and_the_others_wait_for_theirs(void **state)
{
	(void)state;
	stage.sent_count = 0;
	for (size_t i = 0; i < CLIENTS; i++)
		say(i, 100);
	/* Neither the ones before it nor those behind it. */
	platform_flush_peer(stage.server, stage.peers[1]);
	assert_int_equal(stage.sent_count, 1);
	assert_int_equal(stage.sent_to[0], stage.peers[1]->address.port);
	/* The host has all of its peers again. */
	assert_ptr_equal(stage.peers[0], &stage.server->peers[0]);
	assert_int_equal(stage.server->peerCount, CLIENTS);
	enet_host_flush(stage.server);
	assert_int_equal(stage.sent_count, CLIENTS);
	assert_int_equal(stage.sent_to[1], stage.peers[0]->address.port);
	assert_int_equal(stage.sent_to[2], stage.peers[2]->address.port);
	platform_flush(stage.server);
	pass_ms(PATIENCE_MS);
	for (size_t i = 0; i < CLIENTS; i++)
		assert_int_equal(stage.heard[i], 1);
}

static void all_that_waits_for_it_leaves_in_as_many_datagrams_as_it_takes(void **state)
{
	(void)state;
	stage.sent_count = 0;
	for (int i = 0; i < 3; i++)
		say(1, 4000);
	say(1, 10);
	platform_flush_peer(stage.server, stage.peers[1]);
	/* ENet's MTU is 1,400 bytes: 3 pieces each, and the last with its own. */
	assert_in_range(stage.sent_count, 9, 10);
	for (size_t i = 0; i < stage.sent_count; i++)
		assert_int_equal(stage.sent_to[i], stage.peers[1]->address.port);
	platform_flush(stage.server);
	pass_ms(PATIENCE_MS);
	assert_int_equal(stage.heard[1], 4);
}

static void where_nothing_waits_or_nobody_is_nothing_leaves(void **state)
{
	(void)state;
	stage.sent_count = 0;
	platform_flush_peer(stage.server, stage.peers[0]);
	assert_int_equal(stage.sent_count, 0);
	say(0, 100);
	enet_peer_reset(stage.peers[0]);
	platform_flush_peer(stage.server, stage.peers[0]);
	assert_int_equal(stage.sent_count, 0);
}

static void a_peer_that_is_to_go_when_all_is_out_goes(void **state)
{
	(void)state;
	say(2, 100);
	enet_peer_disconnect_later(stage.peers[2], 0);
	platform_flush_peer(stage.server, stage.peers[2]);
	platform_flush(stage.server);
	/* ENet hands out nothing more once it has read the word to go. */
	sim_advance_to(stage.sim, sim_now_ns(stage.sim) + NS_PER_MS);
	serve_client(2);
	assert_int_equal(stage.heard[2], 1);
	assert_int_equal(stage.clients[2]->peers[0].state, ENET_PEER_STATE_CONNECTED);
	pass_ms(PATIENCE_MS);
	assert_int_equal(stage.clients[2]->peers[0].state, ENET_PEER_STATE_DISCONNECTED);
	assert_int_equal(stage.clients[1]->peers[0].state, ENET_PEER_STATE_CONNECTED);
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

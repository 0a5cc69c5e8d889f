/* A turn of the server takes in as much as fits its time, and answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <enet/enet.h>

#include "proto/enet/platform.h"
#include "proto/net/sim/sim.h"
#include "relay/log/log.h"
#include "relay/server.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)

enum {
	PORT = 7777,
	PATIENCE_MS = 100,
	MANY = 1000, /* more than the host takes at once */
	BATCH = PLATFORM_BATCH_DATAGRAMS,
};

/* A client that the test plays by hand. */
struct played_client {
	ENetHost *host;
	ENetPeer *peer;
	bool is_connected;
};

static struct {
	struct sim *sim;
	struct net net;
	struct config config;
	struct server server;
	struct played_client clients[3];
	int64_t look_ns, ahead_ns; /* what a look at the clock takes, and all have taken */
	unsigned empty_looks;      /* of the server, into an empty queue */
	unsigned sent;             /* datagrams of the server */
} fixture;

/* The network. */

static int64_t now(struct net *net)
{
	(void)net;
	fixture.ahead_ns += fixture.look_ns;
	return sim_now_ns(fixture.sim) + fixture.ahead_ns;
}

static bool is_server(int socket)
{
	return fixture.server.host && socket == server_socket(&fixture.server);
}

static size_t receive(struct net *net, int socket, struct net_address *from, void *data,
		      size_t capacity)
{
	struct net *sim = sim_net(fixture.sim);
	const size_t size = sim->receive(sim, socket, from, data, capacity);

	(void)net;
	fixture.empty_looks += size == 0 && is_server(socket);
	return size;
}

static void send_out(struct net *net, int socket, const struct net_address *to,
		     const struct net_buffer *buffers, size_t count)
{
	struct net *sim = sim_net(fixture.sim);

	(void)net;
	fixture.sent += is_server(socket);
	sim->send(sim, socket, to, buffers, count);
}

static void pass_ms(unsigned ms)
{
	sim_advance_to(fixture.sim, sim_now_ns(fixture.sim) + ms * MS);
}

static bool is_queue_empty(void)
{
	struct net *net = sim_net(fixture.sim);

	return !net->has_buffered(net, server_socket(&fixture.server));
}

/* The server, and its clients. */

static void turn(void)
{
	server_turn(&fixture.server, net_now_ns());
}

static void serve(struct played_client *client)
{
	ENetEvent event;

	while (client->host && enet_host_service(client->host, &event, 0) > 0) {
		client->is_connected |= event.type == ENET_EVENT_TYPE_CONNECT;
		if (event.type == ENET_EVENT_TYPE_RECEIVE)
			enet_packet_destroy(event.packet);
	}
}

static void run_ms(unsigned ms)
{
	while (ms-- > 0) {
		turn();
		for (size_t i = 0; i < 3; i++)
			serve(&fixture.clients[i]);
		pass_ms(1);
	}
}

static void send_message(size_t n, enet_uint32 flags, const void *data, size_t size)
{
	ENetPacket *packet = enet_packet_create(data, size, flags);

	assert_int_equal(enet_peer_send(fixture.clients[n].peer, WIRE_CHANNEL_CONTROL, packet), 0);
	enet_host_flush(fixture.clients[n].host);
}

/* Datagrams of one message each, which come within 2 ms. */
static void send_often(size_t n, unsigned times)
{
	const struct wire_clock clock = { .sent_us = 1 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	while (times-- > 0)
		send_message(n, ENET_PACKET_FLAG_UNSEQUENCED, data,
			     wire_clock_encode(data, sizeof(data), &clock));
	pass_ms(2);
}

static void begin_to_connect(size_t n)
{
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = PORT };
	struct played_client *client = &fixture.clients[n];

	client->host = enet_host_create(NULL, 1, WIRE_CHANNEL_COUNT, 0, 0);
	assert_non_null(client->host);
	platform_seed(client->host);
	client->peer =
		enet_host_connect(client->host, &address, WIRE_CHANNEL_COUNT, wire_connect_data());
	assert_non_null(client->peer);
}

static void join(size_t n)
{
	const struct wire_hello hello = { .room = { .data = (const uint8_t *)"a", .size = 1 },
					  .name = { .data = (const uint8_t *)"b", .size = 1 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	begin_to_connect(n);
	for (int ms = 0; ms < PATIENCE_MS && !fixture.clients[n].is_connected; ms++)
		run_ms(1);
	assert_true(fixture.clients[n].is_connected);
	send_message(n, ENET_PACKET_FLAG_RELIABLE, data,
		     wire_hello_encode(data, sizeof(data), &hello));
	run_ms(20);
	assert_int_equal(fixture.server.relay.member_count, n + 1);
}

/* A server and two members of a room. */
static int set_up(void **state)
{
	char error[SERVER_ERROR_BYTES];

	(void)state;
	memset(&fixture, 0, sizeof(fixture));
	fixture.sim = sim_create(1);
	fixture.net = *sim_net(fixture.sim);
	fixture.net.now_ns = now;
	fixture.net.receive = receive;
	fixture.net.send = send_out;
	net_use(&fixture.net);
	config_default(&fixture.config);
	strcpy(fixture.config.host, "127.0.0.1");
	fixture.config.port = PORT;
	fixture.config.message_rate = 1000000;
	if (server_init(&fixture.server, &fixture.config, error) != 0)
		fail_msg("%s", error);
	join(0);
	join(1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		if (fixture.clients[i].host)
			enet_host_destroy(fixture.clients[i].host);
	server_fini(&fixture.server);
	net_use(NULL);
	sim_destroy(fixture.sim);
	return 0;
}

/* Messages that the rules were brought since `before`. */
static uint64_t taken_since(uint64_t before)
{
	return fixture.server.relay.accounting.messages_in - before;
}

/* Taking in. */

static void a_turn_takes_all_that_has_come_and_looks_for_more_once(void **state)
{
	static const unsigned counts[] = { 0, 1, BATCH, BATCH + 1, MANY };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		const uint64_t before = taken_since(0);

		send_often(i % 2, counts[i]);
		fixture.empty_looks = 0;
		turn();
		assert_int_equal(taken_since(before), counts[i]);
		assert_int_equal(fixture.empty_looks, 1);
		assert_true(is_queue_empty());
		assert_false(fixture.server.is_behind);
		run_ms(20);
	}
}

static void a_turn_whose_time_is_over_leaves_the_rest_to_the_next(void **state)
{
	const uint64_t before = taken_since(0);

	(void)state;
	send_often(0, 10 * BATCH);
	fixture.look_ns = 100 * US;
	turn();
	fixture.look_ns = 0;
	assert_in_range(taken_since(before), 1, BATCH);
	assert_true(fixture.server.is_behind);
	assert_false(is_queue_empty());
	turn();
	assert_int_equal(taken_since(before), 10 * BATCH);
	assert_false(fixture.server.is_behind);
}

static void a_turn_goes_on_with_the_batch_and_then_with_what_came_since(void **state)
{
	const uint64_t before = taken_since(0);

	(void)state;
	send_often(0, BATCH / 2);
	fixture.look_ns = 100 * US;
	turn();
	fixture.look_ns = 0;
	assert_in_range(taken_since(before), 1, BATCH / 2 - 1);
	assert_true(is_queue_empty()); /* the batch is all that is left */
	assert_true(fixture.server.is_behind);
	send_often(1, BATCH);
	turn();
	assert_int_equal(taken_since(before), BATCH / 2 + BATCH);
	assert_true(is_queue_empty());
	assert_false(fixture.server.is_behind);
}

/* Answering. */

static void a_turn_sends_what_it_acknowledges(void **state)
{
	(void)state;
	run_ms(400);
	for (size_t i = 0; i < 2; i++) {
		enet_peer_ping(fixture.clients[i].peer);
		enet_host_flush(fixture.clients[i].host);
	}
	pass_ms(2);
	fixture.sent = 0;
	turn();
	assert_int_equal(fixture.sent, 2);
	pass_ms(2);
	for (size_t i = 0; i < 2; i++) {
		serve(&fixture.clients[i]);
		assert_true(enet_list_empty(&fixture.clients[i].peer->sentReliableCommands));
	}
}

static void a_turn_answers_who_asks_to_connect(void **state)
{
	(void)state;
	run_ms(400);
	begin_to_connect(2);
	serve(&fixture.clients[2]); /* sends CONNECT */
	pass_ms(2);
	fixture.sent = 0;
	turn();
	assert_int_equal(fixture.sent, 1);
}

#define ON_A_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_SERVER(a_turn_takes_all_that_has_come_and_looks_for_more_once),
		ON_A_SERVER(a_turn_whose_time_is_over_leaves_the_rest_to_the_next),
		ON_A_SERVER(a_turn_goes_on_with_the_batch_and_then_with_what_came_since),
		ON_A_SERVER(a_turn_sends_what_it_acknowledges),
		ON_A_SERVER(a_turn_answers_who_asks_to_connect),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("server_receive", tests, NULL, NULL);
}

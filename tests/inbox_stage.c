#include "tests/inbox_stage.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "proto/net/net.h"
#include "proto/enet/platform.h"

#define MS INT64_C(1000000)

enum {
	PORT = 7777,
	PATIENCE_MS = 100,
};

struct inbox_stage inbox;

/* The network. */

static int64_t now(struct net *net)
{
	(void)net;
	inbox.skew_ns += inbox.step_ns;
	return sim_now_ns(inbox.sim) + inbox.skew_ns;
}

static bool is_relay(int socket)
{
	return inbox.worker.host && socket == worker_socket(&inbox.worker);
}

static size_t receive(struct net *net, int socket, struct net_address *from, void *data,
		      size_t capacity)
{
	struct net *sim = sim_net(inbox.sim);
	const size_t size = sim->receive(sim, socket, from, data, capacity);

	(void)net;
	inbox.empty_looks += size == 0 && is_relay(socket);
	inbox.stamp_ns += size > 0 && is_relay(socket) ? MS : 0;
	return size;
}

static void send_out(struct net *net, int socket, const struct net_address *to,
		     const struct net_buffer *buffers, size_t count)
{
	struct net *sim = sim_net(inbox.sim);

	(void)net;
	inbox.sent += is_relay(socket);
	if (!inbox.is_losing || !is_relay(socket))
		sim->send(sim, socket, to, buffers, count);
	if (inbox.is_doubling && !is_relay(socket))
		sim->send(sim, socket, to, buffers, count);
}

static int64_t arrived(struct net *net, int socket)
{
	(void)socket;
	return inbox.is_stamping ? inbox.stamp_ns : net->now_ns(net);
}

/* The guests. */

void inbox_hear(struct inbox_guest *guest)
{
	ENetEvent event;

	while (enet_host_service(guest->host, &event, 0) > 0) {
		if (event.type == ENET_EVENT_TYPE_CONNECT)
			guest->is_connected = true;
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		if (wire_clock_decode(event.packet->data, event.packet->dataLength,
				      &guest->answers[guest->answer_count]) == WIRE_OK &&
		    guest->answer_count < INBOX_ANSWERS_MAX - 1)
			guest->answer_count++;
		enet_packet_destroy(event.packet);
	}
}

void inbox_pass_ms(unsigned ms)
{
	sim_advance_to(inbox.sim, sim_now_ns(inbox.sim) + ms * MS);
}

void inbox_turn(void)
{
	worker_turn(&inbox.worker, net_now_ns());
}

void inbox_run_ms(unsigned ms)
{
	while (ms-- > 0) {
		inbox_turn();
		for (size_t i = 0; i < INBOX_GUESTS; i++)
			if (inbox.guests[i].host)
				inbox_hear(&inbox.guests[i]);
		inbox_pass_ms(1);
	}
}

void inbox_begin_to_connect(size_t n)
{
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = PORT };
	struct inbox_guest *guest = &inbox.guests[n];

	guest->host = enet_host_create(NULL, 1, WIRE_CHANNEL_COUNT, 0, 0);
	assert_non_null(guest->host);
	platform_seed(guest->host);
	guest->peer =
		enet_host_connect(guest->host, &address, WIRE_CHANNEL_COUNT, wire_connect_data());
	assert_non_null(guest->peer);
}

void inbox_say(size_t n, enet_uint32 flags, const void *data, size_t size)
{
	ENetPacket *packet = enet_packet_create(data, size, flags);

	assert_int_equal(enet_peer_send(inbox.guests[n].peer, WIRE_CHANNEL_CONTROL, packet), 0);
	enet_host_flush(inbox.guests[n].host);
}

void inbox_ask_as(size_t n, enet_uint32 flags, uint64_t number)
{
	const struct wire_clock clock = { .sent_us = number };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	inbox_say(n, flags, data, wire_clock_encode(data, sizeof(data), &clock));
}

void inbox_ask(size_t n, uint64_t number)
{
	inbox_ask_as(n, ENET_PACKET_FLAG_UNSEQUENCED, number);
}

void inbox_ask_often(size_t n, unsigned times)
{
	while (times-- > 0)
		inbox_ask(n, 1);
}

void inbox_ask_often_in_order(size_t n, unsigned times)
{
	while (times-- > 0)
		inbox_ask_as(n, 0, 1);
}

void inbox_join(size_t n)
{
	const struct wire_hello hello = { .room = { .data = (const uint8_t *)"a", .size = 1 },
					  .name = { .data = (const uint8_t *)"b", .size = 1 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	inbox_begin_to_connect(n);
	for (int ms = 0; ms < PATIENCE_MS && !inbox.guests[n].is_connected; ms++)
		inbox_run_ms(1);
	assert_true(inbox.guests[n].is_connected);
	inbox_say(n, ENET_PACKET_FLAG_RELIABLE, data,
		  wire_hello_encode(data, sizeof(data), &hello));
	inbox_run_ms(20);
	assert_int_equal(inbox.worker.house.member_count, n + 1);
}

int inbox_set_up(void **state)
{
	char error[WORKER_ERROR_BYTES];

	(void)state;
	inbox = (struct inbox_stage){ .sim = sim_create(1) };
	inbox.net = *sim_net(inbox.sim);
	inbox.net.now_ns = now;
	inbox.net.receive = receive;
	inbox.net.send = send_out;
	inbox.net.arrived_ns = arrived;
	net_use(&inbox.net);
	config_default(&inbox.config);
	strcpy(inbox.config.host, "127.0.0.1");
	inbox.config.port = PORT;
	inbox.config.message_rate = 1000000;
	if (worker_init(&inbox.worker, &inbox.config, error) != 0)
		fail_msg("%s", error);
	inbox_join(0);
	inbox_join(1);
	return 0;
}

int inbox_tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < INBOX_GUESTS; i++)
		if (inbox.guests[i].host)
			enet_host_destroy(inbox.guests[i].host);
	worker_fini(&inbox.worker);
	net_use(NULL);
	sim_destroy(inbox.sim);
	return 0;
}

bool inbox_is_queue_empty(void)
{
	struct net *net = sim_net(inbox.sim);

	return !net->held(net, worker_socket(&inbox.worker));
}

uint64_t inbox_taken_since(uint64_t before)
{
	return inbox.worker.house.ledger.messages_in - before;
}

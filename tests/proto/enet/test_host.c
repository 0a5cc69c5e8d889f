/* The host: a server and clients on the simulated network, and what their batches bring. */
#include "proto/enet/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "proto/enet/platform.h"
#include "proto/net/random.h"
#include "proto/net/sim/sim.h"

#define MS INT64_C(1000000)

enum {
	PORT = 7000,
	PEERS = 2,
	CHANNELS = 2,
	MTU = 1200,
	MESSAGES = 200, /* of each kind, in the property */
	SEEDS = 20,
};

static struct {
	struct sim *sim;
	struct host *server, *clients[PEERS + 1];
	struct random random;
	bool is_lossy;
} net;

static bool lose_a_third(void *context, const struct sim_datagram *datagram, struct sim_fate *fate)
{
	(void)context;
	(void)datagram;
	fate->delay_ns = (int64_t)random_below(&net.random, 20) * MS;
	fate->is_doubled = random_below(&net.random, 5) == 0;
	fate->copy_delay_ns = 30 * MS;
	return !net.is_lossy || random_below(&net.random, 3) > 0;
}

static struct host *open_host(bool is_server)
{
	const struct host_config config = {
		.address = { .host = htonl(INADDR_LOOPBACK), .port = is_server ? PORT : 0 },
		.is_server = is_server,
		.peers = is_server ? PEERS : 1,
		.channels = CHANNELS,
		.mtu = MTU,
		.message_max_bytes = 4096,
		.waiting_max_bytes = 1 << 20,
	};
	struct host *host;

	assert_int_equal(host_open(&host, &config), 0);
	return host;
}

static void open_net(uint64_t seed)
{
	char why[PLATFORM_WHY_BYTES];

	assert_int_equal(platform_init(why, sizeof(why)), 0);
	memset(&net, 0, sizeof(net));
	net.sim = sim_create(seed);
	net.random = random_init(seed);
	net_use(sim_net(net.sim));
	net.server = open_host(true);
}

static void close_net(void)
{
	for (size_t i = 0; i <= PEERS; i++)
		host_close(net.clients[i]);
	host_close(net.server);
	net_use(NULL);
	sim_destroy(net.sim);
}

static int set_up(void **state)
{
	(void)state;
	open_net(1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_net();
	return 0;
}

/* What a host's batches brought since it was cleared. */
struct seen {
	unsigned connected, disconnected, messages, no_place;
	uint32_t data;
	size_t size;
	char last[64];
	struct host_event refused;
	int64_t arrived_ns[8];
};

static void see(struct seen *seen, const struct host_event *event)
{
	seen->connected += event->type == HOST_CONNECTED;
	seen->disconnected += event->type == HOST_DISCONNECTED;
	seen->no_place += event->type == HOST_NO_PLACE;
	if (event->type == HOST_NO_PLACE)
		seen->refused = *event;
	if (event->type != HOST_MESSAGE) {
		seen->data = event->data;
		return;
	}
	if (seen->messages < 8)
		seen->arrived_ns[seen->messages] = event->arrived_ns;
	seen->messages++;
	seen->size = event->size;
	snprintf(seen->last, sizeof(seen->last), "%.*s", (int)event->size,
		 (const char *)event->bytes);
}

static void receive(struct host *host, struct seen *seen)
{
	const struct host_batch *batch;

	do {
		batch = host_receive(host, net_now_ns());
		for (size_t i = 0; i < batch->count; i++)
			see(seen, &batch->events[i]);
	} while (batch->count > 0 || !batch->is_drained);
	host_flush(host);
}

static void pass_ms(int64_t ms)
{
	sim_advance_to(net.sim, net_now_ns() + ms * MS);
}

static void run_ms(int64_t ms, struct seen *at_server, struct seen *at_client)
{
	while (ms-- > 0) {
		receive(net.server, at_server);
		for (size_t i = 0; i <= PEERS; i++)
			if (net.clients[i])
				receive(net.clients[i], at_client);
		host_keep(net.server, net_now_ns());
		pass_ms(1);
	}
}

static void begin_to_connect(size_t n, uint32_t data)
{
	const struct net_address to = { .host = htonl(INADDR_LOOPBACK), .port = PORT };

	net.clients[n] = open_host(false);
	assert_int_equal(host_connect(net.clients[n], &to, data, MTU), 0);
}

static void connect_client(size_t n)
{
	struct seen at_server = { 0 }, at_client = { 0 };

	begin_to_connect(n, 77);
	run_ms(5, &at_server, &at_client);
	assert_int_equal(at_server.connected, 1);
	assert_int_equal(at_server.data, 77);
	assert_int_equal(at_client.connected, 1);
}

/* Sending. */

static void a_message_arrives_whole_by_each_way(void **state)
{
	static const size_t sizes[] = { 1, 40, MTU - HOST_MESSAGE_HEADER_BYTES, 4000 };
	char bytes[4000];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	connect_client(0);
	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++)
		for (int as = HOST_QUEUED; as <= HOST_IN_TURN; as++)
			for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
				struct seen at_server = { 0 }, at_client = { 0 };

				assert_true(host_send(net.server, 0, 1, (enum wire_mode)mode,
						      (enum host_send_as)as, bytes, sizes[i]));
				assert_true(host_send(net.clients[0], 0, 1, (enum wire_mode)mode,
						      (enum host_send_as)as, bytes, sizes[i]));
				host_flush(net.server);
				host_flush(net.clients[0]);
				run_ms(5, &at_server, &at_client);
				assert_int_equal(at_server.messages, 1);
				assert_int_equal(at_client.messages, 1);
				assert_int_equal(at_server.size, sizes[i]);
				assert_int_equal(at_client.size, sizes[i]);
			}
}

static void nothing_is_sent_to_a_peer_that_is_not_connected(void **state)
{
	(void)state;
	assert_false(host_send(net.server, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "a", 1));
	begin_to_connect(0, 1);
	assert_false(host_send(net.clients[0], 0, 0, WIRE_RELIABLE, HOST_QUEUED, "a", 1));
}

static void the_backlog_is_what_is_not_acknowledged(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	connect_client(0);
	assert_int_equal(host_backlog(net.server, 0), 0);
	host_send(net.server, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "seven b", 7);
	host_send(net.server, 0, 0, WIRE_UNSEQUENCED, HOST_QUEUED, "five", 5);
	assert_int_equal(host_backlog(net.server, 0), 7);
	host_flush(net.server);
	assert_int_equal(host_backlog(net.server, 0), 7);
	run_ms(5, &seen, &seen);
	assert_int_equal(host_backlog(net.server, 0), 0);
	host_send(net.server, 0, 0, WIRE_RELIABLE, HOST_QUEUED, "gone", 4);
	host_disconnect(net.server, 0, 0, HOST_AT_ONCE);
	assert_int_equal(host_backlog(net.server, 0), 0);
}

/* Receiving. */

static void messages_before_a_disconnect_are_handed_out_before_it(void **state)
{
	struct seen at_server = { 0 };

	(void)state;
	connect_client(0);
	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++) {
		host_send(net.clients[0], 0, 0, (enum wire_mode)mode, HOST_QUEUED, "last", 4);
		host_flush(net.clients[0]);
	}
	pass_ms(1); /* the network may not let these be overtaken */
	host_disconnect(net.clients[0], 0, 9, HOST_AT_ONCE);
	host_flush(net.clients[0]);
	pass_ms(1);
	receive(net.server, &at_server);
	assert_int_equal(at_server.messages, WIRE_MODE_COUNT);
	assert_string_equal(at_server.last, "last");
	assert_int_equal(at_server.disconnected, 1);
	assert_int_equal(at_server.data, 9);
}

static int64_t arrived_before_now(struct net *below, int socket)
{
	static int64_t ms;

	(void)socket;
	return below->now_ns(below) - 100 * MS + ++ms * MS;
}

static void each_message_has_the_arrival_time_of_its_datagram(void **state)
{
	struct net stamping = *sim_net(net.sim);
	struct seen at_server = { 0 };

	(void)state;
	connect_client(0);
	for (int i = 0; i < 6; i++) {
		host_send(net.clients[0], 0, 0, i % 2 ? WIRE_UNSEQUENCED : WIRE_RELIABLE,
			  HOST_QUEUED, "a", 1);
		host_flush(net.clients[0]);
	}
	pass_ms(1);
	stamping.arrived_ns = arrived_before_now;
	net_use(&stamping);
	receive(net.server, &at_server);
	net_use(sim_net(net.sim));
	assert_int_equal(at_server.messages, 6);
	for (int i = 1; i < 6; i++)
		assert_int_equal(at_server.arrived_ns[i] - at_server.arrived_ns[i - 1], MS);
}

static void a_flood_of_messages_loses_none(void **state)
{
	struct seen at_server = { 0 };

	(void)state;
	connect_client(0);
	for (int i = 0; i < 20000; i++)
		assert_true(host_send(net.clients[0], 0, 0, WIRE_RELIABLE, HOST_QUEUED, "a", 1));
	for (int ms = 0; ms < 3000 && at_server.messages < 20000; ms++) {
		struct seen ignored = { 0 };

		run_ms(1, &at_server, &ignored);
	}
	assert_int_equal(at_server.messages, 20000);
}

/* Places. */

static void who_finds_no_place_is_told_why_with_fewer_bytes_than_asked(void **state)
{
	struct seen at_server = { 0 }, at_client = { 0 };
	struct net_stats before, after;
	struct net *sim = sim_net(net.sim);

	(void)state;
	connect_client(0);
	connect_client(1);
	begin_to_connect(2, 5);
	receive(net.clients[2], &at_client); /* sends CONNECT */
	pass_ms(1);
	receive(net.server, &at_server);
	assert_int_equal(at_server.no_place, 1);
	assert_false(at_server.refused.is_address_full);
	sim->stats(sim, host_socket(net.server), &before);
	host_decline(net.server, &at_server.refused, 1234);
	host_flush(net.server);
	sim->stats(sim, host_socket(net.server), &after);
	assert_int_equal(after.datagrams_out - before.datagrams_out, 1);
	assert_in_range(after.bytes_out - before.bytes_out, 1, 20);
	pass_ms(1);
	receive(net.clients[2], &at_client);
	assert_int_equal(at_client.disconnected, 1);
	assert_int_equal(at_client.data, 1234);
}

static void an_address_with_its_share_finds_no_place(void **state)
{
	struct seen at_server = { 0 }, at_client = { 0 };

	(void)state;
	host_set_per_address(net.server, 1);
	connect_client(0);
	begin_to_connect(1, 5);
	run_ms(3, &at_server, &at_client);
	assert_int_equal(at_server.no_place, 1);
	assert_true(at_server.refused.is_address_full);
}

static void a_handshake_that_is_never_finished_gives_its_place_back(void **state)
{
	struct seen at_server = { 0 }, at_client = { 0 };

	(void)state;
	begin_to_connect(0, 5);
	receive(net.clients[0], &at_client);
	host_close(net.clients[0]); /* never heard of again */
	net.clients[0] = NULL;
	run_ms(100, &at_server, &at_client);
	assert_false(host_is_idle(net.server));
	run_ms(3100, &at_server, &at_client);
	assert_true(host_is_idle(net.server));
	assert_int_equal(at_server.connected, 0);
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
	} while (batch->count > 0 || !batch->is_drained);
	host_flush(host);
}

static void send_some(struct host *host, unsigned *sent)
{
	unsigned number = *sent;

	if (number == MESSAGES)
		return;
	*sent += host_send(host, 0, 0, WIRE_RELIABLE, HOST_QUEUED, &number, sizeof(number));
	host_send(host, 0, 1, (enum wire_mode)random_below(&net.random, 2), HOST_IN_TURN, &number,
		  sizeof(number));
}

static void over_a_bad_link_each_reliable_message_comes_once_in_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		unsigned sent[2] = { 0, 0 };

		open_net(seed);
		connect_client(0);
		next_of[0] = next_of[1] = 0;
		sim_set_fate(net.sim, lose_a_third, NULL);
		net.is_lossy = true;
		for (int ms = 0; ms < 60000 && next_of[0] + next_of[1] < 2 * MESSAGES; ms++) {
			send_some(net.server, &sent[0]);
			send_some(net.clients[0], &sent[1]);
			check_order(net.server, &next_of[0]);
			check_order(net.clients[0], &next_of[1]);
			pass_ms(1);
		}
		assert_int_equal(next_of[0], MESSAGES);
		assert_int_equal(next_of[1], MESSAGES);
		close_net();
	}
}

#define ON_A_NET(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_NET(a_message_arrives_whole_by_each_way),
		ON_A_NET(nothing_is_sent_to_a_peer_that_is_not_connected),
		ON_A_NET(the_backlog_is_what_is_not_acknowledged),
		ON_A_NET(messages_before_a_disconnect_are_handed_out_before_it),
		ON_A_NET(each_message_has_the_arrival_time_of_its_datagram),
		ON_A_NET(a_flood_of_messages_loses_none),
		ON_A_NET(who_finds_no_place_is_told_why_with_fewer_bytes_than_asked),
		ON_A_NET(an_address_with_its_share_finds_no_place),
		ON_A_NET(a_handshake_that_is_never_finished_gives_its_place_back),
		cmocka_unit_test(over_a_bad_link_each_reliable_message_comes_once_in_order),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}

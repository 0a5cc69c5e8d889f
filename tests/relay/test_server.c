/* The server on a simulated network on which its flushes cost processor time. */

#include "relay/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <enet/enet.h>

#include "bench/sim/cluster.h"
#include "proto/enet/guard/datagram.h"
#include "proto/enet/pool.h"
#include "relay/log/log.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)

enum {
	CLIENTS = 4,
	FLUSHES_MAX = 2000,
};

static struct cluster cluster;
static struct net costly;
static int64_t spent_ns, cost_ns;
static int64_t flushed_ns[FLUSHES_MAX];
static size_t flush_count;

/* The server asks before a flush and after it. */
static int64_t spend(struct net *net)
{
	(void)net;
	return spent_ns += cost_ns;
}

/* Datagrams that the relay handed to the net, and their count at each flush of the net. */
static struct net plain;
static size_t sent_count, left_count, left[FLUSHES_MAX];
static uint64_t asked[2]; /* blocks of memory by the relay's first datagram, and by its last */

static void note_send(struct net *net, int socket, const struct net_address *to,
		      const struct net_buffer *buffers, size_t count)
{
	if (socket == server_socket(&cluster.relay)) {
		asked[1] = pool_counts().asked;
		if (sent_count++ == 0)
			asked[0] = asked[1];
	}
	plain.send(net, socket, to, buffers, count);
}

static void note_flush(struct net *net, int socket)
{
	const size_t before = left_count > 0 ? left[left_count - 1] : 0;

	plain.flush(net, socket);
	if (socket == server_socket(&cluster.relay) && sent_count > before &&
	    left_count < FLUSHES_MAX)
		left[left_count++] = sent_count;
}

static void open_room_with(unsigned members, unsigned clients, double tick_hz, int64_t each_cost_ns)
{
	struct starling_config session;
	struct config config;
	char error[SERVER_ERROR_BYTES];

	config_default(&config);
	config.clients = clients;
	config.max_delay_ms = 16;
	config.flush_share = 0.1;
	config.tick_hz = tick_hz;
	config.settle_s = 0;
	config.message_rate = 100000;
	cost_ns = each_cost_ns;
	flush_count = 0;
	if (!cluster_init(&cluster, 1, &config, members, error))
		fail_msg("%s", error);
	costly = plain = *sim_net(cluster.sim);
	costly.thread_cpu_ns = spend;
	costly.send = note_send;
	costly.flush = note_flush;
	net_use_thread(&costly);
	starling_default_config(&session);
	for (size_t i = 0; i < members; i++)
		assert_true(cluster_open(&cluster, i, &session));
	cluster_run(&cluster, cluster_now_ns(&cluster) + 500 * MS);
	for (size_t i = 0; i < members; i++)
		assert_int_equal(starling_status(cluster.clients[i].session), STARLING_PLAYING);
}

static void open_room_of(unsigned clients, double tick_hz, int64_t each_cost_ns)
{
	open_room_with(CLIENTS, clients, tick_hz, each_cost_ns);
}

static void open_room(double tick_hz, int64_t each_cost_ns)
{
	open_room_of(CLIENTS, tick_hz, each_cost_ns);
}

/* All publish every `every_ns`. Notes when the relay flushes, in steps of 10 us. */
static void play(int64_t every_ns, int64_t ms)
{
	const int64_t start_ns = cluster_now_ns(&cluster);
	uint64_t seen = cluster.relay.relay.accounting.flushes;

	for (int64_t at = 0; at < ms * MS; at += 10 * US) {
		cluster_run(&cluster, start_ns + at);
		if (cluster.relay.relay.accounting.flushes > seen) {
			assert_int_equal(cluster.relay.relay.accounting.flushes, ++seen);
			assert_true(flush_count < FLUSHES_MAX);
			flushed_ns[flush_count++] = start_ns + at;
		}
		for (size_t i = 0; at % every_ns == 0 && i < CLIENTS; i++) {
			struct starling_state state = { .x = (double)at };

			assert_int_equal(starling_publish(cluster.clients[i].session, 0, &state),
					 0);
			cluster_wake(&cluster, i);
		}
	}
}

static void no_flush_waits_longer_than_the_longest_delay(void **state)
{
	(void)state;
	open_room(CONFIG_TICK_AUTO, 100 * MS);
	play(200 * US, 1000);
	/* A flush waits for the next state, and then 16 ms. */
	for (size_t i = 1; i < flush_count; i++)
		assert_in_range(flushed_ns[i] - flushed_ns[i - 1], i < 4 ? 0 : 16 * MS,
				16 * MS + 220 * US);
	assert_in_range(flush_count, 58, 65);
	cluster_fini(&cluster);
}

static void a_state_whose_flush_costs_nothing_leaves_at_once(void **state)
{
	(void)state;
	open_room(CONFIG_TICK_AUTO, 0);
	play(5 * MS, 1000);
	assert_in_range(flush_count, 199, 200);
	cluster_fini(&cluster);
}

static void tick_0_and_a_fixed_tick_do_not_depend_on_the_cost(void **state)
{
	(void)state;
	open_room(0, 100 * MS);
	play(5 * MS, 1000);
	assert_in_range(flush_count, 199, 200);
	cluster_fini(&cluster);
	open_room(30, 100 * MS);
	play(5 * MS, 1000);
	assert_in_range(flush_count, 29, 31);
	cluster_fini(&cluster);
}

static void one_update_leaves_to_all_members_in_one_batch(void **state)
{
	/* As many places as clients, and more. */
	static const unsigned places[] = { CLIENTS, 32, 33 };

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct starling_state position = { .x = 1 };

		open_room_of(places[i], CONFIG_TICK_AUTO, 0);
		/* The relay has nothing else to send. */
		cluster_run(&cluster, cluster_now_ns(&cluster) + 20 * MS);
		sent_count = left_count = 0;
		assert_int_equal(starling_publish(cluster.clients[0].session, 0, &position), 0);
		cluster_wake(&cluster, 0);
		cluster_run(&cluster, cluster_now_ns(&cluster) + 1 * MS);
		assert_int_equal(left_count, 1);
		assert_int_equal(left[0], CLIENTS - 1);
		assert_int_equal(sent_count, CLIENTS - 1);
		cluster_fini(&cluster);
	}
}

static void a_snapshot_to_an_idle_peer_allocates_nothing(void **state)
{
	const struct starling_state position = { .x = 1 };

	(void)state;
	open_room(60, 0);
	/* A peer that has just acknowledged needs no ping. */
	play(5 * MS, 100);
	cluster_run(&cluster, cluster_now_ns(&cluster) + 20 * MS);
	sent_count = 0;
	assert_int_equal(starling_publish(cluster.clients[0].session, 0, &position), 0);
	cluster_wake(&cluster, 0);
	cluster_run(&cluster, cluster_now_ns(&cluster) + 17 * MS);
	assert_int_equal(sent_count, CLIENTS - 1);
	assert_int_equal(asked[0], asked[1]);
	cluster_fini(&cluster);
}

/* Pings of the relay, in datagrams of their own and along with snapshots. */
static struct pings {
	size_t alone; /* datagrams with a ping, and no more */
	size_t along; /* others that want an acknowledgement, so that their header has the time */
} pings;

static void note_ping(void *context, const struct sim_datagram *datagram,
		      const struct sim_fate *fate)
{
	enum {
		PING_BYTES = 8,
		HAS_TIME = 0x80
	};
	struct pings *seen = context;

	(void)fate;
	if (datagram->from.host != htonl(CLUSTER_RELAY_HOST))
		return;
	if (datagram->size == PING_BYTES)
		seen->alone++;
	else if (*(const uint8_t *)datagram->data & HAS_TIME)
		seen->along++;
}

static void a_ping_goes_along_with_a_snapshot_and_alone_where_none_goes(void **state)
{
	(void)state;
	open_room(CONFIG_TICK_AUTO, 0);
	cluster.tap = note_ping;
	cluster.tap_context = &pings;
	pings = (struct pings){ 0 };
	/* Twice a second to each member. */
	play(20 * MS, 5000);
	assert_int_equal(pings.alone, 0);
	assert_in_range(pings.along, 8 * CLIENTS, 11 * CLIENTS);
	/* And once a second, where nothing else is sent. */
	pings = (struct pings){ 0 };
	cluster_run(&cluster, cluster_now_ns(&cluster) + 5000 * MS);
	assert_in_range(pings.alone, 4 * CLIENTS, 5 * CLIENTS);
	assert_int_equal(pings.along, 0);
	cluster_fini(&cluster);
}

/* The relay's commands by their kind. */
static size_t commands[DATAGRAM_KIND_COUNT];

static void note_commands(void *context, const struct sim_datagram *datagram,
			  const struct sim_fate *fate)
{
	struct datagram reader;
	struct datagram_command command;

	(void)context;
	(void)fate;
	if (datagram->from.host != htonl(CLUSTER_RELAY_HOST))
		return;
	datagram_open(&reader, datagram->data, datagram->size);
	while (datagram_next(&reader, &command))
		commands[command.kind]++;
	assert_int_equal(reader.error, DATAGRAM_OK);
}

/* ENet would send them to all members, reliably, whenever one joins or leaves. */
static void no_member_is_sent_limits_of_bandwidth(void **state)
{
	(void)state;
	memset(commands, 0, sizeof(commands));
	open_room(60, 0);
	cluster.tap = note_commands;
	cluster_run(&cluster, cluster_now_ns(&cluster) + 2000 * MS);
	starling_leave(cluster.clients[0].session);
	cluster_wake(&cluster, 0);
	cluster_run(&cluster, cluster_now_ns(&cluster) + 2000 * MS);
	assert_int_equal(cluster.relay.relay.member_count, CLIENTS - 1);
	assert_true(commands[DATAGRAM_PING] > CLIENTS);
	assert_int_equal(commands[DATAGRAM_BANDWIDTH_LIMIT], 0);
	cluster_fini(&cluster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_flush_waits_longer_than_the_longest_delay),
		cmocka_unit_test(a_state_whose_flush_costs_nothing_leaves_at_once),
		cmocka_unit_test(tick_0_and_a_fixed_tick_do_not_depend_on_the_cost),
		cmocka_unit_test(a_ping_goes_along_with_a_snapshot_and_alone_where_none_goes),
		cmocka_unit_test(no_member_is_sent_limits_of_bandwidth),
		cmocka_unit_test(one_update_leaves_to_all_members_in_one_batch),
		cmocka_unit_test(a_snapshot_to_an_idle_peer_allocates_nothing),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}

/* ENet, unmodified, on our platform functions: on the simulated network, then on real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

#include <enet/enet.h>

#include "proto/net/net.h"
#include "proto/net/platform.h"
#include "proto/net/random.h"
#include "proto/net/sim.h"
#include "proto/net/udp.h"

#define MS INT64_C(1000000)

enum {
	SERVER_PORT = 7000,
	CHANNELS = 2,
	TURNS_MAX = 20000, /* a deadline that says "now" for ever would need more */
};

/* What a host has heard. */
struct heard {
	unsigned connects, disconnects, packets;
	char last[64];
};

/* A server and a client, each with its peer for the other, on a network of their own. */
struct stage {
	struct sim *sim;
	ENetHost *server, *client;
	ENetPeer *to_server, *to_client;
	struct heard server_heard, client_heard;
	struct random random;
};

static ENetHost *create_host(const ENetAddress *address, size_t peers)
{
	ENetHost *host = enet_host_create(address, peers, CHANNELS, 0, 0);

	assert_non_null(host);
	platform_seed(host);
	return host;
}

static void open_stage(struct stage *stage, uint64_t seed)
{
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = SERVER_PORT };
	char why[PLATFORM_WHY_BYTES];

	assert_int_equal(platform_init(why, sizeof(why)), 0);
	*stage = (struct stage){ .sim = sim_create(seed), .random = random_init(seed) };
	net_use(sim_net(stage->sim));
	stage->server = create_host(&address, 4);
	stage->client = create_host(NULL, 1);
}

static void close_stage(struct stage *stage)
{
	enet_host_destroy(stage->client);
	enet_host_destroy(stage->server);
	net_use(NULL);
	sim_destroy(stage->sim);
}

static int set_up(void **state)
{
	static struct stage stage;

	open_stage(&stage, 1);
	*state = &stage;
	return 0;
}

static int tear_down(void **state)
{
	enet_time_set((enet_uint32)(net_now_ns() / MS));
	close_stage(*state);
	return 0;
}

/* Lets a host do all it can now. */
static void serve(ENetHost *host, struct heard *heard, ENetPeer **peer)
{
	ENetEvent event;
	int result;

	while ((result = enet_host_service(host, &event, 0)) > 0) {
		if (event.type == ENET_EVENT_TYPE_CONNECT) {
			heard->connects++;
			*peer = event.peer;
		} else if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
			heard->disconnects++;
		} else {
			heard->packets++;
			snprintf(heard->last, sizeof(heard->last), "%.*s",
				 (int)event.packet->dataLength, (const char *)event.packet->data);
			enet_packet_destroy(event.packet);
		}
	}
	assert_int_equal(result, 0);
}

static void serve_both(struct stage *stage)
{
	serve(stage->client, &stage->client_heard, &stage->to_server);
	serve(stage->server, &stage->server_heard, &stage->to_client);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Lets both live until `until_ns`, each woken only by datagrams and its deadline. */
static void live_until(struct stage *stage, int64_t until_ns)
{
	for (int turns = 0; turns < TURNS_MAX; turns++) {
		int64_t next_ns;

		serve_both(stage);
		next_ns = earlier(platform_deadline_ns(stage->server),
				  platform_deadline_ns(stage->client));
		next_ns = earlier(next_ns, sim_next_ns(stage->sim));
		if (next_ns > until_ns) {
			sim_advance_to(stage->sim, until_ns);
			return;
		}
		sim_advance_to(stage->sim, next_ns);
	}
	fail_msg("no end of turns at %lld ns", (long long)net_now_ns());
}

static void connect_them(struct stage *stage)
{
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = SERVER_PORT };

	assert_non_null(enet_host_connect(stage->client, &address, CHANNELS, 0));
	live_until(stage, net_now_ns() + 200 * MS);
	assert_int_equal(stage->client_heard.connects, 1);
	assert_int_equal(stage->server_heard.connects, 1);
}

static void say(ENetPeer *peer, const char *text, enet_uint32 flags)
{
	ENetPacket *packet = enet_packet_create(text, strlen(text), flags);

	assert_int_equal(enet_peer_send(peer, 0, packet), 0);
}

static uint64_t sent_by(const ENetHost *host)
{
	struct net_stats stats;

	net_current()->stats(net_current(), platform_socket(host), &stats);
	return stats.datagrams_out;
}

/* On the simulated network */

static void hosts_connect_and_exchange_packets_in_virtual_time(void **state)
{
	struct stage *stage = *state;
	int64_t start_ns;

	sim_set_delay(stage->sim, 40 * MS);
	connect_them(stage); /* in 200 ms, of which three ways take 120 */
	start_ns = net_now_ns();
	say(stage->to_server, "reliable", ENET_PACKET_FLAG_RELIABLE);
	live_until(stage, start_ns + 39 * MS);
	assert_int_equal(stage->server_heard.packets, 0);
	live_until(stage, start_ns + 40 * MS);
	serve_both(stage);
	assert_string_equal(stage->server_heard.last, "reliable");
	say(stage->to_client, "unsequenced", ENET_PACKET_FLAG_UNSEQUENCED);
	say(stage->to_client, "sequenced", 0);
	live_until(stage, start_ns + 81 * MS);
	assert_int_equal(stage->client_heard.packets, 2);
	assert_string_equal(stage->client_heard.last, "sequenced");
}

static bool lose_a_third(void *context, const struct sim_datagram *datagram, struct sim_fate *fate)
{
	struct random *random = context;

	(void)datagram;
	fate->delay_ns = (int64_t)(10 + random_below(random, 40)) * MS;
	return random_below(random, 3) != 0;
}

static void reliable_packets_arrive_through_loss(void **state)
{
	struct stage *stage = *state;
	char text[16];

	connect_them(stage);
	sim_set_fate(stage->sim, lose_a_third, &stage->random);
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "%d", i);
		say(stage->to_server, text, ENET_PACKET_FLAG_RELIABLE);
		live_until(stage, net_now_ns() + 20 * MS);
	}
	sim_set_fate(stage->sim, NULL, NULL);
	live_until(stage, net_now_ns() + 20000 * MS);
	assert_int_equal(stage->server_heard.packets, 100);
	assert_string_equal(stage->server_heard.last, "99");
	assert_int_equal(stage->server_heard.disconnects, 0);
}

struct digest {
	uint64_t sum, datagrams;
};

static bool digest_bytes(void *context, const struct sim_datagram *datagram, struct sim_fate *fate)
{
	struct digest *digest = context;
	const uint8_t *bytes = datagram->data;

	(void)fate;
	for (size_t i = 0; i < datagram->size; i++)
		digest->sum = (digest->sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	digest->sum = (digest->sum ^ (uint64_t)datagram->sent_ns) * UINT64_C(0x100000001b3);
	digest->datagrams++;
	return true;
}

/* `held_back`: blocks of a host's size taken first, so that the hosts come to lie elsewhere. */
static struct digest digest_of_a_session(uint64_t seed, size_t held_back)
{
	void *blocks[8];
	struct digest digest = { 0 };
	struct stage stage;

	for (size_t i = 0; i < held_back; i++)
		blocks[i] = enet_malloc(sizeof(ENetHost));
	open_stage(&stage, seed);
	sim_set_fate(stage.sim, digest_bytes, &digest);
	connect_them(&stage);
	say(stage.to_server, "hello", ENET_PACKET_FLAG_RELIABLE);
	live_until(&stage, net_now_ns() + 3000 * MS);
	close_stage(&stage);
	for (size_t i = 0; i < held_back; i++)
		enet_free(blocks[i]);
	return digest;
}

static void same_seed_same_bytes_at_the_same_times(void **state)
{
	const struct digest first = digest_of_a_session(3, 0);
	const struct digest second = digest_of_a_session(3, 8);
	const struct digest other = digest_of_a_session(4, 0);

	(void)state;
	assert_true(first.datagrams > 10);
	assert_int_equal(first.sum, second.sum);
	assert_int_equal(first.datagrams, second.datagrams);
	assert_int_not_equal(first.sum, other.sum);
}

/* Deadlines */

static void a_host_without_peers_has_no_deadline(void **state)
{
	struct stage *stage = *state;

	serve_both(stage);
	assert_int_equal(platform_deadline_ns(stage->server), INT64_MAX);
	assert_int_equal(platform_deadline_ns(stage->client), INT64_MAX);
}

static void an_unanswered_connect_is_due_for_retransmission(void **state)
{
	struct stage *stage = *state;
	const ENetAddress nobody = { .host = htonl(INADDR_LOOPBACK), .port = 9 };
	const int64_t start_ns = net_now_ns();
	int64_t due_ns;

	sim_advance_to(stage->sim, start_ns + 123456); /* not on a millisecond */
	enet_host_connect(stage->client, &nobody, 1, 0);
	assert_int_equal(platform_deadline_ns(stage->client), net_now_ns()); /* queued */
	serve_both(stage);
	assert_int_equal(sent_by(stage->client), 1);
	due_ns = start_ns + ENET_PEER_DEFAULT_ROUND_TRIP_TIME * MS;
	assert_int_equal(platform_deadline_ns(stage->client), due_ns);
	sim_advance_to(stage->sim, due_ns - 1);
	serve_both(stage);
	assert_int_equal(sent_by(stage->client), 1);
	sim_advance_to(stage->sim, due_ns);
	assert_int_equal(platform_deadline_ns(stage->client), due_ns);
	serve_both(stage);
	assert_int_equal(sent_by(stage->client), 2);
	assert_int_equal(platform_deadline_ns(stage->client),
			 due_ns + 2 * ENET_PEER_DEFAULT_ROUND_TRIP_TIME * MS);
}

static void a_quiet_connection_is_due_for_a_ping(void **state)
{
	struct stage *stage = *state;
	int64_t due_ns;

	connect_them(stage);
	live_until(stage, net_now_ns() + 3000 * MS); /* the limits were told and acknowledged */
	due_ns = platform_deadline_ns(stage->client);
	assert_int_equal(due_ns,
			 net_now_ns() / MS * MS +
				 (int64_t)(int32_t)(stage->to_server->lastReceiveTime +
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
 * Whatever is going on: an instant before its deadline a host does nothing by itself, and at the
 * deadline it sends something or gives its peer up. Checks whichever host is due first.
 */
static unsigned check_deadlines(struct stage *stage, int64_t until_ns)
{
	unsigned checked = 0;

	for (int turns = 0; turns < TURNS_MAX && net_now_ns() < until_ns; turns++) {
		const bool is_client =
			platform_deadline_ns(stage->client) < platform_deadline_ns(stage->server);
		ENetHost *host = is_client ? stage->client : stage->server;
		struct heard *heard = is_client ? &stage->client_heard : &stage->server_heard;
		ENetPeer **peer = is_client ? &stage->to_server : &stage->to_client;
		const int64_t due_ns = platform_deadline_ns(host);
		const unsigned ended = heard->disconnects;
		const uint64_t sent = sent_by(host);

		if (earlier(due_ns, sim_next_ns(stage->sim)) > until_ns)
			sim_advance_to(stage->sim, until_ns);
		else if (sim_next_ns(stage->sim) <= due_ns || due_ns == net_now_ns()) {
			if (due_ns > net_now_ns())
				sim_advance_to(stage->sim, sim_next_ns(stage->sim));
			serve_both(stage);
		} else {
			sim_advance_to(stage->sim, due_ns - 1);
			serve(host, heard, peer);
			assert_int_equal(sent_by(host), sent);
			assert_int_equal(heard->disconnects, ended);
			sim_advance_to(stage->sim, due_ns);
			serve(host, heard, peer);
			assert_true(sent_by(host) > sent || heard->disconnects > ended);
			checked++;
		}
	}
	assert_true(net_now_ns() >= until_ns);
	return checked;
}

static void nothing_happens_before_a_deadline_and_something_at_it(void **state)
{
	struct stage *stage = *state;
	char text[16];

	connect_them(stage);
	sim_set_fate(stage->sim, lose_a_third, &stage->random);
	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "%d", i);
		say(stage->to_server, text, ENET_PACKET_FLAG_RELIABLE);
		check_deadlines(stage, net_now_ns() + 300 * MS);
	}
	sim_set_fate(stage->sim, lose_all, NULL);
	assert_true(check_deadlines(stage, net_now_ns() + 60000 * MS) > 3);
	assert_int_equal(stage->client_heard.disconnects, 1);
}

static void a_full_window_waits_for_its_timer_and_not_at_once(void **state)
{
	struct stage *stage = *state;
	static char text[1001];

	connect_them(stage);
	live_until(stage, net_now_ns() + 3000 * MS);
	memset(text, 'x', 1000);
	for (int i = 0; i < 200; i++) /* three times the window */
		say(stage->to_server, text, ENET_PACKET_FLAG_RELIABLE);
	assert_int_equal(platform_deadline_ns(stage->client), net_now_ns());
	serve(stage->client, &stage->client_heard, &stage->to_server);
	assert_false(enet_list_empty(&stage->to_server->outgoingCommands));
	assert_true(platform_deadline_ns(stage->client) > net_now_ns());
	say(stage->to_server, "past them", 0);
	assert_int_equal(platform_deadline_ns(stage->client), net_now_ns());
	live_until(stage, net_now_ns() + 1000 * MS);
	assert_int_equal(stage->server_heard.packets, 201);
}

/* 4,096 sequence numbers make a window; ENet lets eight of sixteen be unacknowledged. */
static void used_up_sequence_numbers_wait_for_their_timer_too(void **state)
{
	struct stage *stage = *state;

	connect_them(stage);
	live_until(stage, net_now_ns() + 3000 * MS);
	sim_set_fate(stage->sim, lose_all, NULL);
	for (int i = 0; i < 40000; i++)
		say(stage->to_server, "", ENET_PACKET_FLAG_RELIABLE);
	serve(stage->client, &stage->client_heard, &stage->to_server);
	assert_false(enet_list_empty(&stage->to_server->outgoingCommands));
	assert_true(platform_deadline_ns(stage->client) > net_now_ns());
}

static void a_datagram_at_hand_means_now(void **state)
{
	struct stage *stage = *state;

	connect_them(stage);
	say(stage->to_server, "hello", 0);
	serve(stage->client, &stage->client_heard, &stage->to_server);
	sim_advance_to(stage->sim, sim_next_ns(stage->sim));
	assert_int_equal(platform_deadline_ns(stage->server), net_now_ns());
	serve_both(stage);
	assert_true(platform_deadline_ns(stage->server) > net_now_ns());
}

static void events_not_taken_yet_mean_now(void **state)
{
	struct stage *stage = *state;
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = SERVER_PORT };

	enet_host_connect(stage->client, &address, 1, 0);
	for (int i = 0; i < 4; i++) {
		enet_host_service(stage->client, NULL, 0); /* without an event to put it in */
		enet_host_service(stage->server, NULL, 0);
		sim_advance_to(stage->sim, net_now_ns() + MS);
	}
	assert_int_equal(platform_deadline_ns(stage->client), net_now_ns());
	serve_both(stage);
	assert_int_equal(stage->client_heard.connects, 1);
}

static void deadlines_hold_while_enet_s_clock_wraps(void **state)
{
	struct stage *stage = *state;
	unsigned checked;

	enet_time_set(UINT32_MAX - 2000);
	assert_int_equal(enet_time_get(), UINT32_MAX - 2000);
	connect_them(stage);
	checked = check_deadlines(stage, net_now_ns() + 6000 * MS);
	assert_true(enet_time_get() < 10000); /* it has wrapped */
	assert_true(checked > 3);
	assert_int_equal(stage->client_heard.disconnects, 0);
	assert_int_equal(stage->server_heard.disconnects, 0);
}

static void a_service_that_waits_moves_virtual_time(void **state)
{
	struct stage *stage = *state;
	const int64_t start_ns = net_now_ns();
	ENetEvent event;

	assert_int_equal(enet_host_service(stage->client, &event, 250), 0);
	assert_int_equal(net_now_ns(), start_ns + 250 * MS);
}

/* What the functions refuse */

static void streams_and_sets_fail_cleanly(void **state)
{
	struct stage *stage = *state;
	const int socket = platform_socket(stage->server);
	ENetAddress address = { 0 };
	int value = 1;

	assert_int_equal(enet_socket_create(ENET_SOCKET_TYPE_STREAM), ENET_SOCKET_NULL);
	assert_int_equal(errno, EOPNOTSUPP);
	assert_int_equal(enet_socket_listen(socket, 1), -1);
	assert_int_equal(enet_socket_connect(socket, &address), -1);
	assert_int_equal(enet_socket_accept(socket, &address), ENET_SOCKET_NULL);
	assert_int_equal(enet_socket_shutdown(socket, ENET_SOCKET_SHUTDOWN_READ), -1);
	assert_int_equal(enet_socketset_select(socket, NULL, NULL, 0), -1);
	assert_int_equal(enet_socket_set_option(socket, ENET_SOCKOPT_NONBLOCK, 0), -1);
	assert_int_equal(enet_socket_set_option(socket, ENET_SOCKOPT_REUSEADDR, 1), -1);
	assert_int_equal(enet_socket_get_option(socket, ENET_SOCKOPT_NODELAY, &value), -1);
	assert_int_equal(enet_socket_get_option(socket, ENET_SOCKOPT_ERROR, &value), 0);
	assert_int_equal(value, 0);
	enet_socket_destroy(ENET_SOCKET_NULL);
}

static void a_wait_for_sending_is_over_at_once(void **state)
{
	struct stage *stage = *state;
	enet_uint32 condition = ENET_SOCKET_WAIT_SEND | ENET_SOCKET_WAIT_RECEIVE;

	assert_int_equal(enet_socket_wait(platform_socket(stage->server), &condition, 1000), 0);
	assert_int_equal(condition, ENET_SOCKET_WAIT_SEND);
}

static void a_taken_port_is_the_reason_in_errno(void **state)
{
	const ENetAddress address = { .host = ENET_HOST_ANY, .port = SERVER_PORT };

	(void)state;
	errno = 0;
	assert_null(enet_host_create(&address, 1, 1, 0, 0));
	assert_int_equal(errno, EADDRINUSE);
}

static void addresses_go_both_ways(void **state)
{
	ENetAddress address = { .port = 5 };
	char name[64];

	(void)state;
	assert_int_equal(enet_address_set_host_ip(&address, "127.0.0.1"), 0);
	assert_int_equal(address.host, htonl(INADDR_LOOPBACK));
	assert_int_equal(address.port, 5);
	assert_int_equal(enet_address_get_host_ip(&address, name, sizeof(name)), 0);
	assert_string_equal(name, "127.0.0.1");
	assert_int_equal(enet_address_get_host_ip(&address, name, 9), -1);
	assert_int_equal(enet_address_set_host_ip(&address, "127.0.0"), -1);
	assert_int_equal(enet_address_set_host_ip(&address, "localhost"), -1);
	assert_int_equal(enet_address_set_host(&address, "10.1.2.3"), 0);
	assert_int_equal(address.host, htonl(0x0a010203));
	assert_int_equal(enet_address_set_host(&address, "localhost"), 0);
	assert_int_equal(ntohl(address.host) >> 24, 127);
	assert_int_equal(enet_address_set_host(&address, "no such name"), -1);
	assert_int_equal(enet_address_get_host(&address, name, sizeof(name)), 0);
	assert_true(strlen(name) > 0);
}

static void *net_seen_elsewhere(void *context)
{
	(void)context;
	return net_current();
}

static void a_thread_s_own_net_comes_first_and_is_its_own(void **state)
{
	struct stage *stage = *state;
	struct sim *other = sim_create(2);
	pthread_t thread;
	void *seen;

	net_use_thread(sim_net(other));
	assert_ptr_equal(net_current(), sim_net(other));
	assert_ptr_equal(net_thread(), sim_net(other));
	pthread_create(&thread, NULL, net_seen_elsewhere, NULL);
	pthread_join(thread, &seen);
	assert_ptr_equal(seen, sim_net(stage->sim));
	net_use_thread(NULL);
	assert_ptr_equal(net_current(), sim_net(stage->sim));
	net_use(NULL);
	assert_ptr_equal(net_current(), udp_net());
	net_use(sim_net(stage->sim));
	sim_destroy(other);
}

/* On real sockets */

static void send_raw(const ENetHost *host, size_t size)
{
	static const char bytes[NET_DATAGRAM_MAX_BYTES + 1000];
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(host->address.port),
					.sin_addr.s_addr = host->address.host };
	const int stranger = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(sendto(stranger, bytes, size, 0, (const struct sockaddr *)&to, sizeof(to)),
			 size);
	close(stranger);
}

static void no_datagram_makes_a_service_fail(void **state)
{
	const ENetAddress loopback = { .host = htonl(INADDR_LOOPBACK), .port = 0 };
	const ENetAddress port_0 = { .host = htonl(INADDR_LOOPBACK), .port = 0 };
	const ENetAddress elsewhere = { .host = htonl(0xc6336401), .port = 9 };
	char why[PLATFORM_WHY_BYTES];
	struct net_stats stats;
	ENetEvent event;
	ENetHost *host;

	(void)state;
	assert_int_equal(platform_init(why, sizeof(why)), 0);
	host = create_host(&loopback, 3);
	assert_int_not_equal(host->address.port, 0);
	assert_non_null(enet_host_connect(host, &port_0, 1, 0));
	/* The socket is bound to the loopback interface, so the kernel refuses this one. */
	assert_non_null(enet_host_connect(host, &elsewhere, 1, 0));
	for (int i = 0; i < 50; i++) {
		send_raw(host, NET_DATAGRAM_MAX_BYTES + 1000);
		send_raw(host, 0);
		send_raw(host, 3);
		assert_int_equal(enet_host_service(host, &event, 1), 0);
	}
	net_current()->stats(net_current(), platform_socket(host), &stats);
	assert_int_equal(stats.dropped_truncated, 50);
	assert_int_equal(stats.dropped_empty, 50);
	assert_int_equal(stats.datagrams_in, 50);
	assert_true(stats.dropped_unsendable >= 2);
	enet_host_destroy(host);
}

static void hosts_meet_over_the_loopback_interface(void **state)
{
	const ENetAddress loopback = { .host = htonl(INADDR_LOOPBACK), .port = 0 };
	ENetHost *server = create_host(&loopback, 1), *client = create_host(NULL, 1);
	struct heard server_heard = { 0 }, client_heard = { 0 };
	ENetPeer *to_server = NULL, *to_client = NULL;
	bool is_said = false;

	(void)state;
	assert_non_null(enet_host_connect(client, &server->address, 1, 0));
	for (int i = 0; i < 1000 && server_heard.packets == 0; i++) {
		serve(client, &client_heard, &to_server);
		serve(server, &server_heard, &to_client);
		if (to_server && !is_said) {
			say(to_server, "hello", ENET_PACKET_FLAG_RELIABLE);
			enet_host_flush(client);
			is_said = true;
		}
		platform_flush(client);
		platform_flush(server);
		net_current()->wait(net_current(), platform_socket(server), net_now_ns() + MS);
	}
	assert_string_equal(server_heard.last, "hello");
	enet_host_destroy(client);
	enet_host_destroy(server);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(hosts_connect_and_exchange_packets_in_virtual_time),
		STAGED(reliable_packets_arrive_through_loss),
		cmocka_unit_test(same_seed_same_bytes_at_the_same_times),
		STAGED(a_host_without_peers_has_no_deadline),
		STAGED(an_unanswered_connect_is_due_for_retransmission),
		STAGED(a_quiet_connection_is_due_for_a_ping),
		STAGED(nothing_happens_before_a_deadline_and_something_at_it),
		STAGED(a_full_window_waits_for_its_timer_and_not_at_once),
		STAGED(used_up_sequence_numbers_wait_for_their_timer_too),
		STAGED(a_datagram_at_hand_means_now),
		STAGED(events_not_taken_yet_mean_now),
		STAGED(deadlines_hold_while_enet_s_clock_wraps),
		STAGED(a_service_that_waits_moves_virtual_time),
		STAGED(streams_and_sets_fail_cleanly),
		STAGED(a_wait_for_sending_is_over_at_once),
		STAGED(a_taken_port_is_the_reason_in_errno),
		STAGED(addresses_go_both_ways),
		STAGED(a_thread_s_own_net_comes_first_and_is_its_own),
		cmocka_unit_test(no_datagram_makes_a_service_fail),
		cmocka_unit_test(hosts_meet_over_the_loopback_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

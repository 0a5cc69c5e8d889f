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

#include "proto/net/net.h"
#include "proto/enet/platform.h"
#include "proto/net/udp/udp.h"
#include "tests/fixtures/enet/enet_fixture.h"

#define MS INT64_C(1000000)

/* On the simulated network */

static void hosts_connect_and_exchange_packets_in_virtual_time(void **state)
{
	struct enet_fixture *fixture = *state;
	int64_t start_ns;

	sim_set_delay(fixture->sim, 40 * MS);
	enet_fixture_connect(fixture); /* in 200 ms, three delays of 40 ms among them */
	start_ns = net_now_ns();
	enet_fixture_send(fixture->to_server, "reliable", ENET_PACKET_FLAG_RELIABLE);
	enet_fixture_run(fixture, start_ns + 39 * MS);
	assert_int_equal(fixture->server_received.packets, 0);
	enet_fixture_run(fixture, start_ns + 40 * MS);
	enet_fixture_serve_both(fixture);
	assert_string_equal(fixture->server_received.last, "reliable");
	enet_fixture_send(fixture->to_client, "unsequenced", ENET_PACKET_FLAG_UNSEQUENCED);
	enet_fixture_send(fixture->to_client, "sequenced", 0);
	enet_fixture_run(fixture, start_ns + 81 * MS);
	assert_int_equal(fixture->client_received.packets, 2);
	assert_string_equal(fixture->client_received.last, "sequenced");
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

/* `held_back`: blocks of a host's size taken first, so that the hosts lie elsewhere. */
static struct digest digest_of_a_session(uint64_t seed, size_t held_back)
{
	void *blocks[8];
	struct digest digest = { 0 };
	struct enet_fixture fixture;

	for (size_t i = 0; i < held_back; i++)
		blocks[i] = enet_malloc(sizeof(ENetHost));
	enet_fixture_open(&fixture, seed);
	sim_set_fate(fixture.sim, digest_bytes, &digest);
	enet_fixture_connect(&fixture);
	enet_fixture_send(fixture.to_server, "hello", ENET_PACKET_FLAG_RELIABLE);
	enet_fixture_run(&fixture, net_now_ns() + 3000 * MS);
	enet_fixture_close(&fixture);
	for (size_t i = 0; i < held_back; i++)
		enet_free(blocks[i]);
	return digest;
}

static void one_seed_gives_the_same_bytes_at_the_same_times(void **state)
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

/* Refusals */

static void stream_functions_fail_with_eopnotsupp(void **state)
{
	struct enet_fixture *fixture = *state;
	const int socket = platform_socket(fixture->server);
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
	struct enet_fixture *fixture = *state;
	enet_uint32 condition = ENET_SOCKET_WAIT_SEND | ENET_SOCKET_WAIT_RECEIVE;

	assert_int_equal(enet_socket_wait(platform_socket(fixture->server), &condition, 1000), 0);
	assert_int_equal(condition, ENET_SOCKET_WAIT_SEND);
}

static void a_taken_port_leaves_eaddrinuse_in_errno(void **state)
{
	const ENetAddress address = { .host = ENET_HOST_ANY, .port = ENET_FIXTURE_PORT };

	(void)state;
	errno = 0;
	assert_null(enet_host_create(&address, 1, 1, 0, 0));
	assert_int_equal(errno, EADDRINUSE);
}

static void addresses_are_read_and_written(void **state)
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

static void a_threads_own_net_comes_before_the_processs(void **state)
{
	struct enet_fixture *fixture = *state;
	struct sim *other = sim_create(2);
	pthread_t thread;
	void *seen;

	net_use_thread(sim_net(other));
	assert_ptr_equal(net_current(), sim_net(other));
	assert_ptr_equal(net_thread(), sim_net(other));
	pthread_create(&thread, NULL, net_seen_elsewhere, NULL);
	pthread_join(thread, &seen);
	assert_ptr_equal(seen, sim_net(fixture->sim));
	net_use_thread(NULL);
	assert_ptr_equal(net_current(), sim_net(fixture->sim));
	net_use(NULL);
	assert_ptr_equal(net_current(), udp_net());
	net_use(sim_net(fixture->sim));
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
	host = enet_fixture_host(&loopback, 3);
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

static void hosts_connect_over_the_loopback_interface(void **state)
{
	const ENetAddress loopback = { .host = htonl(INADDR_LOOPBACK), .port = 0 };
	ENetHost *server = enet_fixture_host(&loopback, 1), *client = enet_fixture_host(NULL, 1);
	struct enet_received server_received = { 0 }, client_received = { 0 };
	ENetPeer *to_server = NULL, *to_client = NULL;
	bool is_said = false;

	(void)state;
	assert_non_null(enet_host_connect(client, &server->address, 1, 0));
	for (int i = 0; i < 1000 && server_received.packets == 0; i++) {
		enet_fixture_serve(client, &client_received, &to_server);
		enet_fixture_serve(server, &server_received, &to_client);
		if (to_server && !is_said) {
			enet_fixture_send(to_server, "hello", ENET_PACKET_FLAG_RELIABLE);
			enet_host_flush(client);
			is_said = true;
		}
		platform_flush(client);
		platform_flush(server);
		net_current()->wait(net_current(), platform_socket(server), net_now_ns() + MS);
	}
	assert_string_equal(server_received.last, "hello");
	enet_host_destroy(client);
	enet_host_destroy(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ENET(hosts_connect_and_exchange_packets_in_virtual_time),
		cmocka_unit_test(one_seed_gives_the_same_bytes_at_the_same_times),
		ON_ENET(stream_functions_fail_with_eopnotsupp),
		ON_ENET(a_wait_for_sending_is_over_at_once),
		ON_ENET(a_taken_port_leaves_eaddrinuse_in_errno),
		ON_ENET(addresses_are_read_and_written),
		ON_ENET(a_threads_own_net_comes_before_the_processs),
		cmocka_unit_test(no_datagram_makes_a_service_fail),
		cmocka_unit_test(hosts_connect_over_the_loopback_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

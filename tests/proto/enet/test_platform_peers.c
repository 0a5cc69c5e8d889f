/* ENet walks over few of an idle host's peers, and a crowd finds places all the same. */
#include "proto/enet/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <enet/enet.h>

#include "proto/net/net.h"
#include "proto/net/sim/sim.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	PORT = 7777,
	PEERS_MAX = 2000,
	CROWD = 1200, /* more than four services can take into use */
	PATIENCE_MS = 5000,
};

struct peers_fixture {
	struct sim *sim;
	ENetHost *server, *client;
	size_t connected; /* at the server */
};

static void open_hosts(struct peers_fixture *fixture)
{
	ENetAddress address = { .host = ENET_HOST_ANY, .port = PORT };
	char why[PLATFORM_WHY_BYTES];

	*fixture = (struct peers_fixture){ .sim = sim_create(1) };
	net_use(sim_net(fixture->sim));
	if (platform_init(why, sizeof(why)) != 0)
		fail_msg("%s", why);
	fixture->server = enet_host_create(&address, PEERS_MAX, 1, 0, 0);
	fixture->client = enet_host_create(NULL, CROWD, 1, 0, 0);
	assert_non_null(fixture->server);
	assert_non_null(fixture->client);
}

static void close_hosts(struct peers_fixture *fixture)
{
	enet_host_destroy(fixture->client);
	enet_host_destroy(fixture->server);
	net_use(NULL);
	sim_destroy(fixture->sim);
}

static void serve(struct peers_fixture *fixture)
{
	ENetEvent event;

	while (enet_host_service(fixture->client, &event, 0) > 0)
		;
	for (;;) {
		platform_reserve_peers(fixture->server, PEERS_MAX);
		if (enet_host_service(fixture->server, &event, 0) <= 0)
			break;
		fixture->connected += event.type == ENET_EVENT_TYPE_CONNECT;
		fixture->connected -= event.type == ENET_EVENT_TYPE_DISCONNECT;
	}
	platform_trim(fixture->server);
	sim_advance_to(fixture->sim, sim_now_ns(fixture->sim) + NS_PER_MS);
}

static void connect_at_once(struct peers_fixture *fixture, size_t count)
{
	const ENetAddress to = { .host = htonl(INADDR_LOOPBACK), .port = PORT };
	const size_t wanted = fixture->connected + count;

	for (size_t i = 0; i < count; i++)
		assert_non_null(enet_host_connect(fixture->client, &to, 1, 0));
	for (int ms = 0; ms < PATIENCE_MS && fixture->connected < wanted; ms++)
		serve(fixture);
	assert_int_equal(fixture->connected, wanted);
}

static void a_crowd_that_connects_at_once_finds_places(void **state)
{
	struct peers_fixture fixture;
	size_t first;

	(void)state;
	open_hosts(&fixture);
	serve(&fixture);
	connect_at_once(&fixture, CROWD);
	assert_true(fixture.server->peerCount >= CROWD + PLATFORM_SPARE_PEERS);
	/* A client that stays keeps its place, however many others go. */
	first = fixture.client->peerCount - 1;
	for (size_t i = 0; i < first; i++)
		enet_peer_disconnect(&fixture.client->peers[i], 0);
	for (int ms = 0; ms < PATIENCE_MS && fixture.connected > 1; ms++)
		serve(&fixture);
	assert_int_equal(fixture.connected, 1);
	assert_true(fixture.server->peerCount >= CROWD);
	close_hosts(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_that_connects_at_once_finds_places),
	};

	return cmocka_run_group_tests_name("platform_peers", tests, NULL, NULL);
}

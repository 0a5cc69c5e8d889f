#include "proto/enet/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <enet/enet.h>

#include "proto/net/net.h"
#include "proto/net/sim.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	PORT = 7777,
	PEERS_MAX = 2000,
	CROWD = 1200, /* more than four services can take */
	PATIENCE_MS = 5000,
};

struct stage {
	struct sim *sim;
	ENetHost *server, *client;
	size_t connected; /* at the server */
};

static void open_stage(struct stage *stage)
{
	ENetAddress address = { .host = ENET_HOST_ANY, .port = PORT };
	char why[PLATFORM_WHY_BYTES];

	*stage = (struct stage){ .sim = sim_create(1) };
	net_use(sim_net(stage->sim));
	if (platform_init(why, sizeof(why)) != 0)
		fail_msg("%s", why);
	stage->server = enet_host_create(&address, PEERS_MAX, 1, 0, 0);
	stage->client = enet_host_create(NULL, CROWD, 1, 0, 0);
	assert_non_null(stage->server);
	assert_non_null(stage->client);
}

static void close_stage(struct stage *stage)
{
	enet_host_destroy(stage->client);
	enet_host_destroy(stage->server);
	net_use(NULL);
	sim_destroy(stage->sim);
}

static void serve(struct stage *stage)
{
	ENetEvent event;

	while (enet_host_service(stage->client, &event, 0) > 0)
		;
	for (;;) {
		platform_make_room(stage->server, PEERS_MAX);
		if (enet_host_service(stage->server, &event, 0) <= 0)
			break;
		stage->connected += event.type == ENET_EVENT_TYPE_CONNECT;
		stage->connected -= event.type == ENET_EVENT_TYPE_DISCONNECT;
	}
	platform_trim(stage->server);
	sim_advance_to(stage->sim, sim_now_ns(stage->sim) + NS_PER_MS);
}

static void connect_at_once(struct stage *stage, size_t count)
{
	const ENetAddress to = { .host = htonl(INADDR_LOOPBACK), .port = PORT };
	const size_t wanted = stage->connected + count;

	for (size_t i = 0; i < count; i++)
		assert_non_null(enet_host_connect(stage->client, &to, 1, 0));
	for (int ms = 0; ms < PATIENCE_MS && stage->connected < wanted; ms++)
		serve(stage);
	assert_int_equal(stage->connected, wanted);
}

static void an_idle_host_is_walked_only_as_far_as_its_spare_peers(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage);
	serve(&stage);
	assert_int_equal(stage.server->peerCount, 2 * PLATFORM_SPARE_PEERS);
	connect_at_once(&stage, 3);
	assert_int_equal(stage.server->peerCount, 2 * PLATFORM_SPARE_PEERS);
	close_stage(&stage);
}

static void a_crowd_that_connects_at_once_finds_room(void **state)
{
	struct stage stage;
	size_t first;

	(void)state;
	open_stage(&stage);
	serve(&stage);
	connect_at_once(&stage, CROWD);
	assert_true(stage.server->peerCount >= CROWD + PLATFORM_SPARE_PEERS);
	/* Whoever stays keeps the place, however many others go. */
	first = stage.client->peerCount - 1;
	for (size_t i = 0; i < first; i++)
		enet_peer_disconnect(&stage.client->peers[i], 0);
	for (int ms = 0; ms < PATIENCE_MS && stage.connected > 1; ms++)
		serve(&stage);
	assert_int_equal(stage.connected, 1);
	assert_true(stage.server->peerCount >= CROWD);
	close_stage(&stage);
}

static void a_small_host_keeps_all_its_peers(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage);
	enet_host_destroy(stage.server);
	stage.server = enet_host_create(&(ENetAddress){ .port = PORT }, 32, 1, 0, 0);
	platform_make_room(stage.server, 32);
	platform_trim(stage.server);
	assert_int_equal(stage.server->peerCount, 32);
	close_stage(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_host_is_walked_only_as_far_as_its_spare_peers),
		cmocka_unit_test(a_crowd_that_connects_at_once_finds_room),
		cmocka_unit_test(a_small_host_keeps_all_its_peers),
	};

	return cmocka_run_group_tests_name("platform_room", tests, NULL, NULL);
}

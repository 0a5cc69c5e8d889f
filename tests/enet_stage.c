#include "tests/enet_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "proto/net/net.h"
#include "proto/enet/platform.h"

#define MS INT64_C(1000000)

enum {
	CHANNELS = 2,
};

ENetHost *enet_stage_host(const ENetAddress *address, size_t peers)
{
	ENetHost *host = enet_host_create(address, peers, CHANNELS, 0, 0);

	assert_non_null(host);
	platform_seed(host);
	return host;
}

void enet_stage_open(struct enet_stage *stage, uint64_t seed)
{
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = ENET_STAGE_PORT };
	char why[PLATFORM_WHY_BYTES];

	assert_int_equal(platform_init(why, sizeof(why)), 0);
	*stage = (struct enet_stage){ .sim = sim_create(seed), .random = random_init(seed) };
	net_use(sim_net(stage->sim));
	stage->server = enet_stage_host(&address, 4);
	stage->client = enet_stage_host(NULL, 1);
}

void enet_stage_close(struct enet_stage *stage)
{
	enet_host_destroy(stage->client);
	enet_host_destroy(stage->server);
	net_use(NULL);
	sim_destroy(stage->sim);
}

int enet_stage_set_up(void **state)
{
	static struct enet_stage stage;

	enet_stage_open(&stage, 1);
	*state = &stage;
	return 0;
}

int enet_stage_tear_down(void **state)
{
	enet_time_set((enet_uint32)(net_now_ns() / MS));
	enet_stage_close(*state);
	return 0;
}

void enet_stage_serve(ENetHost *host, struct enet_heard *heard, ENetPeer **peer)
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

void enet_stage_serve_both(struct enet_stage *stage)
{
	enet_stage_serve(stage->client, &stage->client_heard, &stage->to_server);
	enet_stage_serve(stage->server, &stage->server_heard, &stage->to_client);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void enet_stage_run(struct enet_stage *stage, int64_t until_ns)
{
	for (int turns = 0; turns < ENET_STAGE_TURNS_MAX; turns++) {
		int64_t next_ns;

		enet_stage_serve_both(stage);
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

void enet_stage_connect(struct enet_stage *stage)
{
	const ENetAddress address = { .host = htonl(INADDR_LOOPBACK), .port = ENET_STAGE_PORT };

	assert_non_null(enet_host_connect(stage->client, &address, CHANNELS, 0));
	enet_stage_run(stage, net_now_ns() + 200 * MS);
	assert_int_equal(stage->client_heard.connects, 1);
	assert_int_equal(stage->server_heard.connects, 1);
}

void enet_stage_say(ENetPeer *peer, const char *text, enet_uint32 flags)
{
	ENetPacket *packet = enet_packet_create(text, strlen(text), flags);

	assert_int_equal(enet_peer_send(peer, 0, packet), 0);
}

bool enet_stage_lose_a_third(void *context, const struct sim_datagram *datagram,
			     struct sim_fate *fate)
{
	struct random *random = context;

	(void)datagram;
	fate->delay_ns = (int64_t)(10 + random_below(random, 40)) * MS;
	return random_below(random, 3) != 0;
}

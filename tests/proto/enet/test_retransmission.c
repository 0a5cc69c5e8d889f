/* Reliable messages under heavy loss. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <enet/enet.h>

#include "proto/net/net.h"
#include "proto/enet/retransmission.h"
#include "proto/enet/platform.h"
#include "proto/net/random.h"
#include "proto/net/sim/sim.h"

#define MS INT64_C(1000000)

enum {
	SEEDS = 20,
	MESSAGES = 1200, /* one each 50 ms: a minute */
	LOSS_PERCENT = 10,
	LATEST_MS = 4000, /* from a message's sending to its arrival, in order */
};

struct link {
	struct random random;
};

static bool lose_some(void *context, const struct sim_datagram *datagram, struct sim_fate *fate)
{
	struct link *link = context;

	(void)datagram;
	fate->delay_ns = 40 * MS;
	return random_below(&link->random, 100) >= LOSS_PERCENT;
}

struct pair {
	struct sim *sim;
	ENetHost *sender, *receiver;
	ENetPeer *peer;
	unsigned arrived, disconnects;
	int64_t sent_ns[MESSAGES], latest_ns;
};

static void take_events(struct pair *pair, ENetHost *host)
{
	ENetEvent event;

	retransmission_run_timer(host);
	while (enet_host_service(host, &event, 0) > 0) {
		unsigned number;

		if (event.type == ENET_EVENT_TYPE_DISCONNECT)
			pair->disconnects++;
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		memcpy(&number, event.packet->data, sizeof(number));
		assert_int_equal(number, pair->arrived);
		if (sim_now_ns(pair->sim) - pair->sent_ns[number] > pair->latest_ns)
			pair->latest_ns = sim_now_ns(pair->sim) - pair->sent_ns[number];
		pair->arrived++;
		enet_packet_destroy(event.packet);
	}
	platform_flush(host);
}

static void run(struct pair *pair, int64_t milliseconds)
{
	int64_t until_ns = sim_now_ns(pair->sim) + milliseconds * MS;

	while (sim_now_ns(pair->sim) < until_ns) {
		take_events(pair, pair->sender);
		take_events(pair, pair->receiver);
		sim_advance_to(pair->sim, sim_now_ns(pair->sim) + 5 * MS);
	}
}

static void play(struct pair *pair, uint64_t seed)
{
	struct link link = { .random = random_init(seed) };
	ENetAddress here = { .port = 1 };

	*pair = (struct pair){ .sim = sim_create(seed) };
	net_use_thread(sim_net(pair->sim));
	enet_address_set_host_ip(&here, "127.0.0.1");
	pair->receiver = enet_host_create(&here, 1, 1, 0, 0);
	pair->sender = enet_host_create(NULL, 1, 1, 0, 0);
	platform_seed(pair->receiver);
	platform_seed(pair->sender);
	pair->peer = enet_host_connect(pair->sender, &here, 1, 0);
	enet_peer_timeout(pair->peer, 64, 20000, 30000);
	run(pair, 500);
	sim_set_fate(pair->sim, lose_some, &link);
	for (unsigned number = 0; number < MESSAGES; number++) {
		ENetPacket *packet =
			enet_packet_create(&number, sizeof(number), ENET_PACKET_FLAG_RELIABLE);

		pair->sent_ns[number] = sim_now_ns(pair->sim);
		assert_int_equal(enet_peer_send(pair->peer, 0, packet), 0);
		run(pair, 50);
	}
	run(pair, 2 * LATEST_MS);
	enet_host_destroy(pair->sender);
	enet_host_destroy(pair->receiver);
	net_use_thread(NULL);
	sim_destroy(pair->sim);
}

static void one_often_lost_message_does_not_delay_the_others_long(void **state)
{
	static struct pair pair;
	char why[512];

	(void)state;
	assert_int_equal(platform_init(why, sizeof(why)), 0);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		play(&pair, seed);
		if (pair.arrived != MESSAGES || pair.disconnects > 0 ||
		    pair.latest_ns > LATEST_MS * MS)
			fail_msg(
				"seed %d: %u of %d arrived, the last after %lld ms, %u disconnects",
				(int)seed, pair.arrived, MESSAGES, (long long)(pair.latest_ns / MS),
				pair.disconnects);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_often_lost_message_does_not_delay_the_others_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A member behind a path that takes less than most: what it is sent fits, and is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <enet/enet.h>

#include "proto/net/platform.h"
#include "proto/states.h"
#include "relay/log.h"
#include "tests/crowd.h"

enum {
	OTHERS = 12, /* whose states fill most of a message */
};

/* The member, with nothing but ENet; and what came to it. */
struct hermit {
	struct crowd crowd;
	ENetHost *host;
	ENetPeer *peer;
	size_t datagram_most, message_most;
	unsigned datagrams, snapshots, keyframes, records;
};

static struct hermit hermit;

static void note(void *context, const struct sim_datagram *datagram, const struct sim_fate *fate)
{
	(void)context;
	(void)fate;
	if (datagram->to.host != hermit.crowd.world.clients[OTHERS].host)
		return;
	hermit.datagrams++;
	if (datagram->size > hermit.datagram_most)
		hermit.datagram_most = datagram->size;
}

static void say_hello(void)
{
	const struct wire_hello hello = { .room = { (const uint8_t *)"lobby", 5 },
					  .name = { (const uint8_t *)"hermit", 6 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	const size_t size = wire_hello_encode(data, sizeof(data), &hello);

	assert_int_equal(enet_peer_send(hermit.peer, WIRE_CHANNEL_CONTROL,
					enet_packet_create(data, size, ENET_PACKET_FLAG_RELIABLE)),
			 0);
}

static void hear(const ENetPacket *packet)
{
	const enum wire_type type = wire_type_of(packet->data, packet->dataLength);
	struct states_message message;
	struct states_record record;

	if (type != WIRE_SNAPSHOT && type != WIRE_KEYFRAME)
		return;
	assert_int_equal(states_decode(packet->data, packet->dataLength, &message), WIRE_OK);
	while (states_next(&message, &record))
		hermit.records += type == WIRE_SNAPSHOT;
	hermit.snapshots += type == WIRE_SNAPSHOT;
	hermit.keyframes += type == WIRE_KEYFRAME;
	if (packet->dataLength > hermit.message_most)
		hermit.message_most = packet->dataLength;
}

static void step(void *context, struct crowd *crowd)
{
	ENetEvent event;

	(void)context;
	sim_set_host(crowd->world.sim, crowd->world.clients[OTHERS].host);
	while (enet_host_service(hermit.host, &event, 0) > 0) {
		if (event.type == ENET_EVENT_TYPE_CONNECT)
			say_hello();
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		hear(event.packet);
		enet_packet_destroy(event.packet);
	}
	platform_flush(hermit.host);
}

/* Lets it connect as one whose path takes datagrams of so many bytes. */
static void connect_with(enet_uint32 mtu)
{
	const ENetAddress relay = { .host = htonl(WORLD_RELAY_HOST), .port = WORLD_PORT };

	sim_set_host(hermit.crowd.world.sim, hermit.crowd.world.clients[OTHERS].host);
	hermit.host = enet_host_create(NULL, 1, WIRE_CHANNEL_COUNT, 0, 0);
	assert_non_null(hermit.host);
	hermit.host->peers[0].mtu = mtu; /* what CONNECT says */
	hermit.peer =
		enet_host_connect(hermit.host, &relay, WIRE_CHANNEL_COUNT, wire_connect_data());
	assert_non_null(hermit.peer);
}

static void a_member_that_asks_for_less_is_sent_whole_messages_in_small_datagrams(void **state)
{
	static const struct {
		enet_uint32 asked;
		size_t most;
	} rows[] = {
		{ ENET_PROTOCOL_MINIMUM_MTU, ENET_PROTOCOL_MINIMUM_MTU },
		{ 900, 900 },
		{ ENET_PROTOCOL_MAXIMUM_MTU, WIRE_ENET_MTU_BYTES },
		{ 1, ENET_PROTOCOL_MINIMUM_MTU },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct crowd *crowd = &hermit.crowd;
		struct config config;

		hermit = (struct hermit){ 0 };
		config_default(&config);
		config.tick_hz = CROWD_RATE_HZ;
		crowd_open(crowd, 1, &config, OTHERS, 1);
		connect_with(rows[i].asked);
		crowd->world.tap = note;
		crowd->step = step;
		crowd_run(crowd, 5);
		print_message("  note: asked %u: %u datagrams, %zu bytes at most, of %u snapshots "
			      "of %zu bytes at most\n",
			      rows[i].asked, hermit.datagrams, hermit.datagram_most,
			      hermit.snapshots, hermit.message_most);
		assert_true(hermit.datagram_most <= rows[i].most);
		assert_true(hermit.message_most > 600);
		assert_true(hermit.keyframes > 0);
		/* From the first second on, every state of each of the others. */
		assert_in_range(hermit.records, 4 * OTHERS * CROWD_RATE_HZ,
				5 * OTHERS * CROWD_RATE_HZ);
		sim_set_host(crowd->world.sim, crowd->world.clients[OTHERS].host);
		enet_host_destroy(hermit.host);
		crowd_close(crowd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_member_that_asks_for_less_is_sent_whole_messages_in_small_datagrams),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Members behind a path that takes only short datagrams: all that they get fits and is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <enet/enet.h>

#include "proto/enet/platform.h"
#include "proto/wire/states.h"
#include "relay/log/log.h"
#include "tests/fixtures/relay/simulated_room.h"

enum {
	OTHERS = 12,     /* whose states fill most of a message */
	AROUND = 4 + 24, /* ENet's headers before a message */
};

/* A member that is a plain ENet client, and what it received. */
struct plain_client {
	struct simulated_room room;
	ENetHost *host;
	ENetPeer *peer;
	size_t datagram_most, message_most;
	unsigned datagrams, snapshots, keyframes, records;
};

static struct plain_client plain;

static void note(void *context, const struct sim_datagram *datagram, const struct sim_fate *fate)
{
	(void)context;
	(void)fate;
	if (datagram->to.host != plain.room.cluster.clients[OTHERS].host)
		return;
	plain.datagrams++;
	if (datagram->size > plain.datagram_most)
		plain.datagram_most = datagram->size;
}

static void send_hello(void)
{
	const struct wire_hello hello = { .room = { (const uint8_t *)"lobby", 5 },
					  .name = { (const uint8_t *)"plain", 5 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	const size_t size = wire_hello_encode(data, sizeof(data), &hello);

	assert_int_equal(enet_peer_send(plain.peer, WIRE_CHANNEL_CONTROL,
					enet_packet_create(data, size, ENET_PACKET_FLAG_RELIABLE)),
			 0);
}

static void receive(const ENetPacket *packet)
{
	const enum wire_type type = wire_type_of(packet->data, packet->dataLength);
	struct states_message message;
	struct states_record record;

	if (type != WIRE_SNAPSHOT && type != WIRE_KEYFRAME)
		return;
	assert_int_equal(states_decode(packet->data, packet->dataLength, &message), WIRE_OK);
	while (states_next(&message, &record))
		plain.records += type == WIRE_SNAPSHOT;
	plain.snapshots += type == WIRE_SNAPSHOT;
	plain.keyframes += type == WIRE_KEYFRAME;
	if (packet->dataLength > plain.message_most)
		plain.message_most = packet->dataLength;
}

static void step(void *context, struct simulated_room *room)
{
	ENetEvent event;

	(void)context;
	sim_set_host(room->cluster.sim, room->cluster.clients[OTHERS].host);
	while (enet_host_service(plain.host, &event, 0) > 0) {
		if (event.type == ENET_EVENT_TYPE_CONNECT)
			send_hello();
		if (event.type != ENET_EVENT_TYPE_RECEIVE)
			continue;
		receive(event.packet);
		enet_packet_destroy(event.packet);
	}
	platform_flush(plain.host);
}

/* Has it connect with this MTU. */
static void connect_with(enet_uint32 mtu)
{
	const ENetAddress relay = { .host = htonl(CLUSTER_RELAY_HOST), .port = CLUSTER_PORT };

	sim_set_host(plain.room.cluster.sim, plain.room.cluster.clients[OTHERS].host);
	plain.host = enet_host_create(NULL, 1, WIRE_CHANNEL_COUNT, 0, 0);
	assert_non_null(plain.host);
	plain.host->peers[0].mtu = mtu; /* what CONNECT says */
	plain.peer = enet_host_connect(plain.host, &relay, WIRE_CHANNEL_COUNT, wire_connect_data());
	assert_non_null(plain.peer);
}

static void a_member_with_a_small_mtu_gets_whole_messages_in_small_datagrams(void **state)
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
		struct simulated_room *room = &plain.room;
		struct config config;

		plain = (struct plain_client){ 0 };
		config_default(&config);
		config.tick_hz = SIMULATED_ROOM_RATE_HZ;
		simulated_room_open(room, 1, &config, OTHERS, 1);
		connect_with(rows[i].asked);
		room->cluster.tap = note;
		room->step = step;
		simulated_room_run(room, 5);
		print_message("  note: asked %u: %u datagrams, %zu bytes at most, of %u snapshots "
			      "of %zu bytes at most\n",
			      rows[i].asked, plain.datagrams, plain.datagram_most, plain.snapshots,
			      plain.message_most);
		assert_true(plain.datagram_most <= rows[i].most);
		/* No fragments: a message is as long as a datagram takes, or nearly. */
		assert_true(plain.message_most <= rows[i].most - AROUND);
		assert_true(plain.message_most > (rows[i].most - AROUND) / 2);
		assert_true(plain.keyframes > 0);
		/* From the first second on, every state of each other member. */
		assert_in_range(plain.records, 4 * OTHERS * SIMULATED_ROOM_RATE_HZ,
				5 * OTHERS * SIMULATED_ROOM_RATE_HZ);
		sim_set_host(room->cluster.sim, room->cluster.clients[OTHERS].host);
		enet_host_destroy(plain.host);
		simulated_room_close(room);
	}
}

/* Clients of the library, behind a path that takes PATH_BYTES of UDP payload. */

enum {
	PATH_BYTES = 900,
	PATH_MTU = PATH_BYTES + WIRE_SEAL_BYTES + 28,
	EVENT_BYTES = 1000,
};

static struct starling *open_behind(struct simulated_room *room, size_t client, uint16_t mtu,
				    enum starling_mode mode)
{
	struct starling_config session;

	starling_default_config(&session);
	session.mtu = mtu;
	session.up = session.down = mode;
	room->cluster.clients[client].path_bytes = PATH_BYTES;
	assert_true(cluster_open(&room->cluster, client, &session));
	return room->cluster.clients[client].session;
}

/* The share of the others' updates that a client gets in so many seconds. */
static double share_of(struct simulated_room *room, const struct starling *session, double seconds)
{
	struct starling_stats before, after;

	starling_stats(session, &before);
	simulated_room_run(room, seconds);
	starling_stats(session, &after);
	return (double)(after.received - before.received) /
	       (seconds * SIMULATED_ROOM_RATE_HZ * (double)room->count);
}

/* A room whose flushes exceed the path, with a place for one more client. */
static void open_room(struct simulated_room *room, double tick_hz)
{
	struct config config;

	config_default(&config);
	config.tick_hz = tick_hz;
	simulated_room_open(room, 1, &config, SIMULATED_ROOM_MEMBERS_MAX, 1);
	simulated_room_run(room, 1);
}

static void a_client_that_knows_its_small_path_gets_all_and_sends_no_long_datagram(void **state)
{
	static const enum starling_mode modes[] = { STARLING_UNSEQUENCED, STARLING_SEQUENCED,
						    STARLING_RELIABLE };
	static const uint8_t data[EVENT_BYTES];
	static const uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
	struct simulated_room *room = &plain.room;
	const size_t client = SIMULATED_ROOM_MEMBERS_MAX;

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct starling *session;
		const struct accounting *accounting = &room->cluster.relay.relay.accounting;
		uint64_t events;

		open_room(room, SIMULATED_ROOM_RATE_HZ);
		session = open_behind(room, client, PATH_MTU, modes[i]);
		simulated_room_run(room, 1);
		assert_int_equal(starling_status(session), STARLING_PLAYING);
		/* Its own messages are as short: many entities, and events of both kinds. */
		for (unsigned index = 0; index < 40; index++)
			assert_int_equal(
				starling_publish(session, index,
						 &(struct starling_state){
							 .x = 1,
							 .payload = payload,
							 .payload_bytes = sizeof(payload) }),
				0);
		events = accounting->events_in;
		assert_int_equal(
			starling_send(session, STARLING_TO_OTHERS, 0, data, sizeof(data), true), 0);
		assert_int_equal(
			starling_send(session, STARLING_TO_OTHERS, 0, data, sizeof(data), false),
			0);
		cluster_wake(&room->cluster, client);
		assert_true(share_of(room, session, 4) > 0.97);
		assert_int_equal(accounting->events_in - events, 2);
		assert_int_equal(accounting->paths_told, 1);
		assert_int_equal(accounting->paths_found, 0);
		for (size_t j = 0; j < room->count; j++) {
			struct starling_entity entity;
			struct starling_settings own;

			starling_settings(session, &own);
			assert_true(starling_entity(room->cluster.clients[j].session, own.member,
						    39, &entity));
		}
		simulated_room_close(room);
	}
}

static void an_unknown_small_path_is_found_and_served(void **state)
{
	static const enum starling_mode modes[] = { STARLING_UNSEQUENCED, STARLING_SEQUENCED };
	/* With one full flush a tick, and with full flushes among others. */
	static const double ticks_hz[] = { SIMULATED_ROOM_RATE_HZ, 20 };
	struct simulated_room *room = &plain.room;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct accounting *accounting = &room->cluster.relay.relay.accounting;
		struct starling *session;
		double share;

		open_room(room, ticks_hz[i / 2]);
		session = open_behind(room, SIMULATED_ROOM_MEMBERS_MAX, 0, modes[i % 2]);
		simulated_room_run(room, 6);
		assert_int_equal(starling_status(session), STARLING_PLAYING);
		share = share_of(room, session, 4);
		print_message("  note: %.0f Hz: %.3f of the updates\n", ticks_hz[i / 2], share);
		assert_int_equal(accounting->paths_told, 0);
		assert_int_equal(accounting->paths_found, 1);
		assert_true(share > 0.6);
		simulated_room_close(room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_with_a_small_mtu_gets_whole_messages_in_small_datagrams),
		cmocka_unit_test(
			a_client_that_knows_its_small_path_gets_all_and_sends_no_long_datagram),
		cmocka_unit_test(an_unknown_small_path_is_found_and_served),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

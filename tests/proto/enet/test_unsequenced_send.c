/* Unsequenced messages past ENet's lists leave as ENet would send them. */
#include "proto/enet/unsequenced.h"
#include "proto/enet/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <enet/enet.h>

#include "proto/net/net.h"
#include "tests/fixtures/enet/enet_fixture.h"

#define MS INT64_C(1000000)

enum {
	NOTED_MAX = 8,
	MTU = 1200,
	/* ENet's headers, as it counts them to decide whether to cut a message. */
	AROUND = sizeof(ENetProtocolHeader) + sizeof(ENetProtocolSendFragment),
};

/* A fixture that notes the datagrams to the client. */
static struct enet_fixture fixture;
static struct net noting, plain;
static struct datagram {
	uint8_t bytes[NET_DATAGRAM_MAX_BYTES];
	size_t size;
	struct net_address to;
} noted[NOTED_MAX];
static size_t noted_count;

static void note_send(struct net *net, int socket, const struct net_address *to,
		      const struct net_buffer *buffers, size_t count)
{
	if (socket == platform_socket(fixture.server) && noted_count < NOTED_MAX) {
		struct datagram *datagram = &noted[noted_count++];

		datagram->size = 0;
		datagram->to = *to;
		for (size_t i = 0; i < count; i++) {
			memcpy(datagram->bytes + datagram->size, buffers[i].data, buffers[i].size);
			datagram->size += buffers[i].size;
		}
	}
	plain.send(net, socket, to, buffers, count);
}

static int set_up(void **state)
{
	(void)state;
	enet_fixture_open(&fixture, 1);
	noting = plain = *sim_net(fixture.sim);
	noting.send = note_send;
	net_use(&noting);
	enet_fixture_connect(&fixture);
	fixture.to_client->mtu = MTU;
	/* The handshake's acknowledgements are done. */
	enet_fixture_run(&fixture, net_now_ns() + 200 * MS);
	noted_count = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	enet_fixture_close(&fixture);
	return 0;
}

static void send_by_enet(uint8_t channel, const void *data, size_t size)
{
	ENetPacket *packet = enet_packet_create(
		data, size, ENET_PACKET_FLAG_UNSEQUENCED | ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT);

	assert_int_equal(enet_peer_send(fixture.to_client, channel, packet), 0);
	platform_flush_peer(fixture.server, fixture.to_client);
}

static void the_datagram_is_byte_for_byte_what_enet_sends(void **state)
{
	const size_t sizes[] = { 1, 2, 63, 1000, MTU - AROUND };
	uint8_t data[MTU];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + 1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const uint8_t channel = i % 2;
		ENetPeer *peer = fixture.to_client;
		uint32_t bytes, packets, total, turn;

		noted_count = 0;
		bytes = fixture.server->totalSentData;
		packets = fixture.server->totalSentPackets;
		total = peer->outgoingDataTotal;
		peer->packetThrottleCounter = (uint32_t)i;
		assert_true(unsequenced_send(peer, channel, data, sizes[i]));
		bytes = fixture.server->totalSentData - bytes;
		packets = fixture.server->totalSentPackets - packets;
		total = peer->outgoingDataTotal - total;
		turn = peer->packetThrottleCounter;
		/* ENet sends the message again, under its number. */
		peer->outgoingUnsequencedGroup--;
		fixture.server->totalSentData = fixture.server->totalSentPackets = 0;
		peer->outgoingDataTotal = 0;
		peer->packetThrottleCounter = (uint32_t)i;
		send_by_enet(channel, data, sizes[i]);
		assert_int_equal(noted_count, 2);
		assert_int_equal(noted[0].size, noted[1].size);
		assert_memory_equal(noted[0].bytes, noted[1].bytes, noted[0].size);
		assert_int_equal(noted[0].to.host, noted[1].to.host);
		assert_int_equal(noted[0].to.port, noted[1].to.port);
		assert_int_equal(bytes, fixture.server->totalSentData);
		assert_int_equal(packets, fixture.server->totalSentPackets);
		assert_int_equal(total, peer->outgoingDataTotal);
		assert_int_equal(turn, peer->packetThrottleCounter);
	}
}

static void the_datagram_is_these_bytes(void **state)
{
	static const uint8_t expected[] = {
		0x00, 0x00,             /* the client's peer 0, of its first connection: no time */
		0x49, 0x01, 0x00, 0x00, /* unsequenced, on channel 1, without a number */
		0x12, 0x34,             /* the group */
		0x00, 0x03, 'a',  'b',  'c',
	};

	(void)state;
	fixture.to_client->outgoingSessionID = 0;
	fixture.to_client->outgoingUnsequencedGroup = 0x1233;
	assert_true(unsequenced_send(fixture.to_client, 1, "abc", 3));
	assert_int_equal(noted_count, 1);
	assert_int_equal(noted[0].size, sizeof(expected));
	assert_memory_equal(noted[0].bytes, expected, sizeof(expected));
	/* The bits of a later session. */
	fixture.to_client->outgoingSessionID = 2;
	assert_true(unsequenced_send(fixture.to_client, 1, "abc", 3));
	assert_int_equal(noted[1].bytes[0], 0x20);
	assert_int_equal(noted[1].bytes[7], 0x35);
}

static void the_client_receives_each_once_among_enets_own(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		if (i % 3 == 0)
			send_by_enet(0, "enet's", 7);
		else
			assert_true(unsequenced_send(fixture.to_client, 0, "ours", 5));
		enet_fixture_run(&fixture, net_now_ns() + 1 * MS);
	}
	enet_fixture_run(&fixture, net_now_ns() + 100 * MS);
	assert_int_equal(fixture.client_received.packets, 100);
	assert_int_equal(fixture.client_received.disconnects, 0);
}

static void refuses(uint8_t channel, size_t size)
{
	static const uint8_t data[NET_DATAGRAM_MAX_BYTES];
	const uint16_t group = fixture.to_client->outgoingUnsequencedGroup;

	noted_count = 0;
	assert_false(unsequenced_send(fixture.to_client, channel, data, size));
	assert_int_equal(noted_count, 0);
	assert_int_equal(fixture.to_client->outgoingUnsequencedGroup, group);
}

static void a_message_that_needs_enets_rules_is_left_to_it(void **state)
{
	ENetPeer *peer = fixture.to_client;
	ENetPeerState connected = peer->state;

	(void)state;
	refuses(2, 10); /* which the client did not ask for */
	refuses(0, MTU - AROUND + 1);
	fixture.server->maximumPacketSize = 9;
	refuses(0, 10);
	fixture.server->maximumPacketSize = 10;
	assert_true(unsequenced_send(peer, 0, "0123456789", 10));
	peer->packetThrottle = ENET_PEER_PACKET_THROTTLE_SCALE - 1;
	refuses(0, 10);
	peer->packetThrottle = ENET_PEER_PACKET_THROTTLE_SCALE;
	peer->state = ENET_PEER_STATE_DISCONNECT_LATER;
	refuses(0, 10);
	peer->state = connected;
	fixture.server->checksum = enet_crc32;
	refuses(0, 10);
	fixture.server->checksum = NULL;
	assert_int_equal(enet_host_compress_with_range_coder(fixture.server), 0);
	refuses(0, 10);
	enet_host_compress(fixture.server, NULL);
	assert_true(unsequenced_send(peer, 0, "0123456789", 10));
}

static void a_message_behind_waiting_commands_is_left_to_enet(void **state)
{
	(void)state;
	enet_fixture_send(fixture.to_client, "reliable", ENET_PACKET_FLAG_RELIABLE);
	refuses(0, 10);
	platform_flush_peer(fixture.server, fixture.to_client);
	assert_true(unsequenced_send(fixture.to_client, 0, "alone", 5));
	/* So it does behind an acknowledgement that waits. */
	enet_peer_ping(fixture.to_server);
	enet_host_flush(fixture.client);
	platform_flush(fixture.client);
	enet_fixture_run(&fixture, net_now_ns());
	enet_peer_queue_acknowledgement(fixture.to_client,
					&(ENetProtocol){ .header = { .command = 5 } }, 0);
	refuses(0, 10);
}

#define ON_A_CONNECTION(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_CONNECTION(the_datagram_is_byte_for_byte_what_enet_sends),
		ON_A_CONNECTION(the_datagram_is_these_bytes),
		ON_A_CONNECTION(the_client_receives_each_once_among_enets_own),
		ON_A_CONNECTION(a_message_that_needs_enets_rules_is_left_to_it),
		ON_A_CONNECTION(a_message_behind_waiting_commands_is_left_to_enet),
	};

	return cmocka_run_group_tests_name("unsequenced_send", tests, NULL, NULL);
}

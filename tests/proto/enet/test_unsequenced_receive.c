/*
 * Unsequenced messages taken past ENet's lists: message and peer are as ENet itself would have
 * them. Each datagram is given to both.
 */
#include "proto/enet/unsequenced.h"
#include "proto/enet/platform.h"

#include <arpa/inet.h>
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
	COMMAND_BYTES = 8,
	HEAD_BYTES = 2 + COMMAND_BYTES,
	DATA_MAX_BYTES = 64,
	SEEDS = 40,
	DATAGRAMS = 500,
	WINDOW = ENET_PEER_UNSEQUENCED_WINDOW_SIZE,
	AHEAD_MAX = ENET_PEER_FREE_UNSEQUENCED_WINDOWS * WINDOW,
};

/* A message as it stands in a datagram. */
struct crafted {
	uint16_t id;
	uint8_t command, channel;
	uint16_t group, length; /* the length that it claims */
	size_t size;            /* its real length */
	uint8_t data[DATA_MAX_BYTES];
};

static struct enet_fixture fixture;

/* The message taken from the datagram that ENet reads next, and the peer after it. */
static struct taken {
	bool is_taken;
	struct unsequenced_message message; /* alone; of several, see below */
	uint8_t data[DATA_MAX_BYTES];
	size_t several_count;
	struct unsequenced_message several[UNSEQUENCED_SEVERAL_MAX];
	uint8_t several_data[UNSEQUENCED_SEVERAL_MAX][DATA_MAX_BYTES];
	ENetPeer after;
	unsigned count, new_count;
} taken;

static int ENET_CALLBACK take(ENetHost *host, ENetEvent *event)
{
	ENetPeer *peer = fixture.to_client;
	const ENetPeer before = *peer;

	(void)host;
	(void)event;
	taken.is_taken = unsequenced_receive(peer, &taken.message);
	taken.after = *peer;
	if (taken.is_taken) {
		assert_true(taken.message.size <= DATA_MAX_BYTES);
		memcpy(taken.data, taken.message.data, taken.message.size);
		taken.count++;
		taken.new_count += taken.message.is_new;
	} else {
		assert_memory_equal(peer, &before, sizeof(before));
	}
	*peer = before;
	return 0;
}

/* As `take`, of several. */
static int ENET_CALLBACK take_several(ENetHost *host, ENetEvent *event)
{
	ENetPeer *peer = fixture.to_client;
	const ENetPeer before = *peer;

	(void)host;
	(void)event;
	assert_int_equal(unsequenced_receive_several(peer, taken.several, 0), 0);
	taken.several_count =
		unsequenced_receive_several(peer, taken.several, UNSEQUENCED_SEVERAL_MAX);
	taken.after = *peer;
	for (size_t i = 0; i < taken.several_count; i++)
		memcpy(taken.several_data[i], taken.several[i].data, taken.several[i].size);
	if (taken.several_count == 0)
		assert_memory_equal(peer, &before, sizeof(before));
	*peer = before;
	return 0;
}

static void open_with(uint64_t seed)
{
	enet_fixture_open(&fixture, seed);
	enet_fixture_connect(&fixture);
	enet_fixture_run(&fixture, net_now_ns() + 200 * MS);
	fixture.server->intercept = take;
	taken = (struct taken){ 0 };
}

static int set_up(void **state)
{
	(void)state;
	open_with(1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	enet_fixture_close(&fixture);
	return 0;
}

/* The client's next message. */
static struct crafted next_message(void)
{
	const ENetPeer *peer = fixture.to_client;

	return (struct crafted){
		.id = (uint16_t)(peer->incomingPeerID |
				 peer->incomingSessionID << ENET_PROTOCOL_HEADER_SESSION_SHIFT),
		.command = 0x49,
		.group = (uint16_t)(peer->incomingUnsequencedGroup + 1),
		.length = 5,
		.size = 5,
		.data = "hello",
	};
}

static void send_bytes(ENetHost *host, const uint8_t *bytes, size_t size)
{
	const struct net_address to = { .host = htonl(INADDR_LOOPBACK), .port = ENET_FIXTURE_PORT };
	const struct net_buffer part = { bytes, size };
	struct net *net = net_current();

	net->send(net, platform_socket(host), &to, &part, 1);
	platform_flush(host);
	sim_advance_to(fixture.sim, net_now_ns() + 1 * MS);
}

/* The command as it stands in a datagram; its size. */
static size_t write_command(uint8_t *bytes, const struct crafted *crafted)
{
	const uint8_t head[COMMAND_BYTES] = {
		crafted->command,
		crafted->channel,
		0,
		0,
		(uint8_t)(crafted->group >> 8),
		(uint8_t)crafted->group,
		(uint8_t)(crafted->length >> 8),
		(uint8_t)crafted->length,
	};

	memcpy(bytes, head, COMMAND_BYTES);
	memcpy(bytes + COMMAND_BYTES, crafted->data, crafted->size);
	return COMMAND_BYTES + crafted->size;
}

static void send_from(ENetHost *host, const struct crafted *crafted, size_t cut)
{
	uint8_t bytes[HEAD_BYTES + DATA_MAX_BYTES] = { (uint8_t)(crafted->id >> 8),
						       (uint8_t)crafted->id };

	send_bytes(host, bytes, 2 + write_command(bytes + 2, crafted) - cut);
}

/* Taken messages left the peer as ENet leaves it. */
static void assert_like_enets(const ENetPeer *peer)
{
	assert_int_equal(peer->incomingDataTotal, taken.after.incomingDataTotal);
	assert_int_equal(peer->incomingUnsequencedGroup, taken.after.incomingUnsequencedGroup);
	assert_memory_equal(peer->unsequencedWindow, taken.after.unsequencedWindow,
			    sizeof(peer->unsequencedWindow));
	assert_int_equal(peer->state, taken.after.state);
	assert_int_equal(peer->totalWaitingData, taken.after.totalWaitingData);
}

/* Has the server receive. Returns whether the message was taken; ENet must agree. */
static bool compare(void)
{
	const ENetPeer *peer = fixture.to_client;
	ENetEvent event;
	int result;

	taken.is_taken = false;
	result = platform_receive(fixture.server, &event);
	if (!taken.is_taken) {
		if (result > 0 && event.type == ENET_EVENT_TYPE_RECEIVE)
			enet_packet_destroy(event.packet);
		return false;
	}
	assert_int_equal(result, taken.message.is_new);
	if (result > 0) {
		assert_int_equal(event.type, ENET_EVENT_TYPE_RECEIVE);
		assert_int_equal(event.channelID, taken.message.channel);
		assert_int_equal(event.packet->dataLength, taken.message.size);
		assert_memory_equal(event.packet->data, taken.data, taken.message.size);
		enet_packet_destroy(event.packet);
	}
	assert_like_enets(peer);
	return true;
}

static bool is_taken_from(ENetHost *host, const struct crafted *crafted, size_t cut)
{
	send_from(host, crafted, cut);
	return compare();
}

static bool is_taken(const struct crafted *crafted)
{
	return is_taken_from(fixture.client, crafted, 0);
}

static void a_message_of_enets_own_client_is_taken(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 100; i++) {
		enet_fixture_send(fixture.to_server, "hello", ENET_PACKET_FLAG_UNSEQUENCED);
		enet_host_flush(fixture.client);
		platform_flush(fixture.client);
		sim_advance_to(fixture.sim, net_now_ns() + 1 * MS);
		assert_true(compare());
		assert_int_equal(taken.new_count, i);
	}
}

static void any_other_datagram_is_left_to_enet(void **state)
{
	const struct crafted plain = next_message();
	struct crafted crafted = plain;

	(void)state;
	crafted.id = plain.id | ENET_PROTOCOL_HEADER_FLAG_COMPRESSED;
	assert_false(is_taken(&crafted));
	crafted.id = plain.id ^ 1 << ENET_PROTOCOL_HEADER_SESSION_SHIFT; /* an earlier connection */
	assert_false(is_taken(&crafted));
	crafted.id = plain.id + 1;
	assert_false(is_taken(&crafted));
	crafted = plain;
	crafted.command = ENET_PROTOCOL_COMMAND_SEND_UNSEQUENCED;
	assert_false(is_taken(&crafted));
	crafted = plain;
	crafted.channel = (uint8_t)fixture.to_client->channelCount;
	assert_false(is_taken(&crafted));
	crafted = plain;
	crafted.length--; /* another command may follow */
	assert_false(is_taken(&crafted));
	crafted.length = 6;
	assert_false(is_taken(&crafted));
	for (size_t cut = 1; cut < HEAD_BYTES + plain.size; cut++)
		assert_false(is_taken_from(fixture.client, &plain, cut));
	assert_true(is_taken(&plain));
}

static void a_message_against_the_hosts_limits_is_left_to_enet(void **state)
{
	struct crafted crafted = next_message();
	ENetHost *server = fixture.server;

	(void)state;
	crafted.size = crafted.length = 10;
	server->maximumPacketSize = 9;
	assert_false(is_taken(&crafted));
	server->maximumPacketSize = 10;
	server->maximumWaitingData = 0;
	assert_false(is_taken(&crafted));
	server->maximumWaitingData = 100;
	server->checksum = enet_crc32;
	assert_false(is_taken(&crafted));
	server->checksum = NULL;
	fixture.to_client->state = ENET_PEER_STATE_DISCONNECT_LATER;
	assert_false(is_taken(&crafted));
	fixture.to_client->state = ENET_PEER_STATE_CONNECTED;
	assert_true(is_taken(&crafted));
}

static void a_message_from_another_address_is_left_to_enet(void **state)
{
	const struct crafted crafted = next_message();
	ENetHost *stranger = enet_fixture_host(NULL, 1);

	(void)state;
	assert_false(is_taken_from(stranger, &crafted, 0));
	assert_true(is_taken(&crafted));
	enet_host_destroy(stranger);
}

/* It would overtake the other. */
static void a_message_behind_one_that_waits_is_left_to_enet(void **state)
{
	struct crafted crafted = next_message();
	ENetEvent event;

	(void)state;
	crafted.command = ENET_PROTOCOL_COMMAND_SEND_UNSEQUENCED;
	send_from(fixture.client, &crafted, 0); /* ENet's */
	crafted.command = 0x49;
	crafted.group++;
	send_from(fixture.client, &crafted, 0);
	taken.count = 0;
	assert_int_equal(platform_receive(fixture.server, &event), 1);
	enet_packet_destroy(event.packet);
	assert_int_equal(taken.count, 0);
	assert_int_equal(enet_host_check_events(fixture.server, &event), 1);
	enet_packet_destroy(event.packet);
	crafted.group++;
	assert_true(is_taken(&crafted));
}

static uint16_t some_group(struct random *random)
{
	const uint16_t last = fixture.to_client->incomingUnsequencedGroup;

	switch (random_below(random, 4)) {
	case 0:
		return (uint16_t)random_u64(random);
	case 1:
		return (uint16_t)(last + AHEAD_MAX - 2u + random_below(random, 4));
	default:
		return (uint16_t)(last + random_below(random, 2 * WINDOW));
	}
}

static void enet_and_the_reader_agree_on_random_datagrams(void **state)
{
	unsigned count = 0, new_count = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct random random = random_init(seed);

		open_with(seed);
		for (int i = 0; i < DATAGRAMS; i++) {
			static const uint8_t commands[] = { 0x49, 0x49, 0x49, 0x49, 0x09, 0xc9 };
			struct crafted crafted = next_message();

			crafted.command = commands[random_below(&random, sizeof(commands))];
			crafted.channel = (uint8_t)random_below(&random, 3);
			crafted.group = some_group(&random);
			crafted.size = random_below(&random, DATA_MAX_BYTES + 1);
			crafted.length =
				(uint16_t)(crafted.size + (random_below(&random, 8) == 0 ? 1 : 0));
			for (size_t n = 0; n < crafted.size; n++)
				crafted.data[n] = (uint8_t)random_u64(&random);
			(void)is_taken(&crafted);
		}
		count += taken.count;
		new_count += taken.new_count;
		enet_fixture_close(&fixture);
	}
	/* Most were taken, both new messages and repeats. */
	assert_in_range(new_count, SEEDS * DATAGRAMS / 8, count);
	assert_in_range(count - new_count, SEEDS * DATAGRAMS / 50, SEEDS * DATAGRAMS);
}

/* Has the server receive; of those taken, ENet must hand out the new ones. */
static size_t compare_several(void)
{
	ENetEvent event;
	int result;

	taken.several_count = 0;
	result = platform_receive(fixture.server, &event);
	for (size_t i = 0; i < taken.several_count; i++) {
		const struct unsequenced_message *message = &taken.several[i];

		if (!message->is_new)
			continue;
		assert_int_equal(result, 1);
		assert_int_equal(event.channelID, message->channel);
		assert_int_equal(event.packet->dataLength, message->size);
		assert_memory_equal(event.packet->data, taken.several_data[i], message->size);
		enet_packet_destroy(event.packet);
		taken.new_count++;
		result = enet_host_check_events(fixture.server, &event);
	}
	if (taken.several_count > 0) {
		assert_int_equal(result, 0);
		assert_like_enets(fixture.to_client);
	}
	for (; result > 0; result = enet_host_check_events(fixture.server, &event))
		enet_packet_destroy(event.packet);
	return taken.several_count;
}

/* Sends `count` messages in one datagram, of which ENet is to read the one numbered `odd`. */
static size_t send_several(struct random *random, size_t count, size_t odd)
{
	const struct crafted first = next_message();
	uint8_t bytes[ENET_PROTOCOL_MAXIMUM_MTU] = { (uint8_t)(first.id >> 8), (uint8_t)first.id };
	size_t size = 2;

	for (size_t i = 0; i < count; i++) {
		struct crafted crafted = first;

		crafted.command = i == odd ? 0x09 : first.command;
		crafted.channel = (uint8_t)random_below(random, 2);
		crafted.group = some_group(random);
		crafted.size = crafted.length = (uint16_t)random_below(random, DATA_MAX_BYTES + 1);
		size += write_command(bytes + size, &crafted);
	}
	send_bytes(fixture.client, bytes, size);
	return compare_several();
}

static void enet_and_the_reader_agree_on_datagrams_of_several(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct random random = random_init(seed);

		open_with(seed);
		fixture.server->intercept = take_several;
		for (int i = 0; i < DATAGRAMS / 10; i++) {
			const size_t count = 1 + random_below(&random, UNSEQUENCED_SEVERAL_MAX);

			assert_int_equal(send_several(&random, count, count), count);
			assert_int_equal(send_several(&random, count, random_below(&random, count)),
					 0);
		}
		assert_true(taken.new_count > 0);
		enet_fixture_close(&fixture);
	}
}

#define ON_A_CONNECTION(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_CONNECTION(a_message_of_enets_own_client_is_taken),
		ON_A_CONNECTION(any_other_datagram_is_left_to_enet),
		ON_A_CONNECTION(a_message_against_the_hosts_limits_is_left_to_enet),
		ON_A_CONNECTION(a_message_from_another_address_is_left_to_enet),
		ON_A_CONNECTION(a_message_behind_one_that_waits_is_left_to_enet),
		cmocka_unit_test(enet_and_the_reader_agree_on_random_datagrams),
		cmocka_unit_test(enet_and_the_reader_agree_on_datagrams_of_several),
	};

	return cmocka_run_group_tests_name("unsequenced_receive", tests, NULL, NULL);
}

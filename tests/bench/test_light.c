/* ENet datagrams read without ENet, as literal bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/light.h"

enum {
	PEER = 0x005,
	SESSION = 2,
	ROOM_BYTES = 1500,
};

/* Peer 5, session 2; with the sent time 0x1234. */
#define PLAIN 0x20, 0x05
#define TIMED 0xa0, 0x05, 0x12, 0x34
/* Unsequenced on channel 1, group 7: "abc". */
#define PACKET_ABC 0x49, 0x01, 0x00, 0x00, 0x00, 0x07, 0x00, 0x03, 'a', 'b', 'c'
/* Unsequenced on channel 3, group 8, of no bytes. */
#define PACKET_EMPTY 0x49, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00
#define ACKNOWLEDGE  0x01, 0xff, 0x00, 0x01, 0x00, 0x01, 0x12, 0x30
#define PING         0x85, 0xff, 0x00, 0x02
/* Reliable on channel 0, number 3: "xy". */
#define RELIABLE_XY 0x86, 0x00, 0x00, 0x03, 0x00, 0x02, 'x', 'y'

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

static void packets_are_taken_and_the_rest_is_left(void **state)
{
	const struct {
		const uint8_t *data;
		size_t size;
		unsigned count;
		const uint8_t *rest;
		size_t rest_size;
	} rows[] = {
		{ BYTES(PLAIN, PACKET_ABC), 1, BYTES(PLAIN) },
		{ BYTES(TIMED, ACKNOWLEDGE), 0, BYTES(TIMED, ACKNOWLEDGE) },
		{ BYTES(TIMED, ACKNOWLEDGE, PACKET_ABC, PACKET_EMPTY), 2,
		  BYTES(TIMED, ACKNOWLEDGE) },
		{ BYTES(TIMED, PACKET_ABC, PING, PACKET_EMPTY, RELIABLE_XY, PACKET_ABC), 3,
		  BYTES(TIMED, PING, RELIABLE_XY) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t data[ROOM_BYTES];
		struct light_datagram light;

		memcpy(data, rows[i].data, rows[i].size);
		assert_true(light_read(&light, data, rows[i].size, PEER, SESSION));
		assert_int_equal(light.count, rows[i].count);
		assert_int_equal(light.has_rest, rows[i].rest_size > 4);
		assert_int_equal(light_rest(&light, data, rows[i].size), rows[i].rest_size);
		assert_memory_equal(data, rows[i].rest, rows[i].rest_size);
	}
}

static void a_packet_is_its_channel_and_bytes(void **state)
{
	static const uint8_t data[] = { TIMED, PING, PACKET_ABC, PACKET_EMPTY };
	struct light_datagram light;

	(void)state;
	assert_true(light_read(&light, data, sizeof(data), PEER, SESSION));
	assert_int_equal(light.packets[0].size, 3);
	assert_memory_equal(light.packets[0].data, "abc", 3);
	assert_int_equal(light.packets[0].channel, 1);
	assert_int_equal(light.packets[1].size, 0);
	assert_int_equal(light.packets[1].channel, 3);
}

static void what_is_not_for_us_or_not_whole_is_left_to_enet(void **state)
{
	const struct {
		const char *what;
		const uint8_t *data;
		size_t size;
	} rows[] = {
		{ "empty", (const uint8_t *)"", 0 },
		{ "one byte", BYTES(0x20) },
		{ "another peer", BYTES(0x20, 0x06, PACKET_ABC) },
		{ "another session", BYTES(0x10, 0x05, PACKET_ABC) },
		{ "compressed", BYTES(0x60, 0x05, PACKET_ABC) },
		{ "no room for the sent time", BYTES(0xa0, 0x05, 0x12) },
		{ "command 0", BYTES(PLAIN, 0x40, 0x01, 0x00, 0x00) },
		{ "command 13", BYTES(PLAIN, 0x4d, 0x01, 0x00, 0x00) },
		{ "half a header", BYTES(PLAIN, 0x49, 0x01, 0x00) },
		{ "no length", BYTES(PLAIN, 0x49, 0x01, 0x00, 0x00, 0x00, 0x07, 0x00) },
		{ "a length beyond the end",
		  BYTES(PLAIN, 0x49, 0x01, 0x00, 0x00, 0x00, 0x07, 0x00, 0x04, 'a', 'b', 'c') },
		{ "the largest length",
		  BYTES(PLAIN, 0x49, 0x01, 0x00, 0x00, 0x00, 0x07, 0xff, 0xff, 'a') },
		{ "a good one, then half of one", BYTES(PLAIN, PACKET_ABC, 0x49, 0x01) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* Of its exact size, so that a look beyond it is seen. */
		uint8_t *data = malloc(rows[i].size + 1);
		struct light_datagram light;

		assert_non_null(data);
		memcpy(data, rows[i].data, rows[i].size);
		if (light_read(&light, data, rows[i].size, PEER, SESSION))
			fail_msg("%s was read", rows[i].what);
		free(data);
	}
}

static void one_that_wants_to_be_acknowledged_is_enets(void **state)
{
	static const uint8_t data[] = {
		PLAIN, 0xc9, 0x01, 0x00, 0x00, 0x00, 0x07, 0x00, 0x01, 'a'
	};
	struct light_datagram light;

	(void)state;
	assert_true(light_read(&light, data, sizeof(data), PEER, SESSION));
	assert_int_equal(light.count, 0);
	assert_true(light.has_rest);
}

static void more_packets_than_fit_are_left_to_enet(void **state)
{
	static const uint8_t packet[] = { PACKET_EMPTY };
	uint8_t data[2 + (LIGHT_PACKETS_MAX + 1) * sizeof(packet)] = { PLAIN };
	struct light_datagram light;

	(void)state;
	for (size_t i = 0; i <= LIGHT_PACKETS_MAX; i++)
		memcpy(data + 2 + i * sizeof(packet), packet, sizeof(packet));
	assert_true(light_read(&light, data, sizeof(data) - sizeof(packet), PEER, SESSION));
	assert_int_equal(light.count, LIGHT_PACKETS_MAX);
	assert_false(light_read(&light, data, sizeof(data), PEER, SESSION));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_taken_and_the_rest_is_left),
		cmocka_unit_test(a_packet_is_its_channel_and_bytes),
		cmocka_unit_test(what_is_not_for_us_or_not_whole_is_left_to_enet),
		cmocka_unit_test(one_that_wants_to_be_acknowledged_is_enets),
		cmocka_unit_test(more_packets_than_fit_are_left_to_enet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

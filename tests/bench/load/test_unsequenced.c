/* Unsequenced messages taken out of ENet's datagrams, as literal bytes. */
#include "bench/load/unsequenced.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
	PEER = 0x005,
	SESSION = 2,
	ROOM_BYTES = 1500,
};

/* Peer 5, session 2; with the sent time 0x1234. */
#define PLAIN 0x20, 0x05
#define TIMED 0xa0, 0x05, 0x12, 0x34
/* Unsequenced on channel 1, group 7: "abc". */
#define ABC 0x49, 0x01, 0x00, 0x00, 0x00, 0x07, 0x00, 0x03, 'a', 'b', 'c'
/* Unsequenced on channel 3, group 8, of no bytes. */
#define EMPTY       0x49, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00
#define ACKNOWLEDGE 0x01, 0xff, 0x00, 0x01, 0x00, 0x01, 0x12, 0x30
#define PING        0x85, 0xff, 0x00, 0x02
/* Reliable on channel 0, number 3: "xy". */
#define RELIABLE_XY 0x86, 0x00, 0x00, 0x03, 0x00, 0x02, 'x', 'y'

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

/* The messages told, each with a bar behind it. */
static char told[64];

static void hear(void *context, const uint8_t *data, size_t size)
{
	assert_ptr_equal(context, told);
	strncat(told, (const char *)data, size);
	strcat(told, "|");
}

static size_t take(uint8_t out[static ROOM_BYTES], const uint8_t *bytes, size_t size)
{
	memcpy(out, bytes, size);
	told[0] = '\0';
	return unsequenced_take(out, size, PEER, SESSION, hear, told);
}

static void messages_are_told_and_the_rest_is_left(void **state)
{
	const struct {
		const uint8_t *bytes;
		size_t size;
		const char *told;
		const uint8_t *rest;
		size_t rest_size;
	} rows[] = {
		{ BYTES(PLAIN, ABC), "abc|", NULL, 0 },
		{ BYTES(PLAIN, EMPTY, ABC), "|abc|", NULL, 0 },
		{ BYTES(TIMED, ACKNOWLEDGE), "", BYTES(TIMED, ACKNOWLEDGE) },
		{ BYTES(TIMED, ACKNOWLEDGE, ABC, EMPTY), "abc||", BYTES(TIMED, ACKNOWLEDGE) },
		{ BYTES(TIMED, ABC, PING, EMPTY, RELIABLE_XY, ABC), "abc||abc|",
		  BYTES(TIMED, PING, RELIABLE_XY) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t data[ROOM_BYTES];

		assert_int_equal(take(data, rows[i].bytes, rows[i].size), rows[i].rest_size);
		assert_string_equal(told, rows[i].told);
		if (rows[i].rest_size > 0)
			assert_memory_equal(data, rows[i].rest, rows[i].rest_size);
	}
}

static void another_connection_s_and_a_faulty_one_are_left_to_enet(void **state)
{
	const struct {
		const uint8_t *bytes;
		size_t size;
	} rows[] = {
		{ BYTES(0x20, 0x06, ABC) },              /* another peer */
		{ BYTES(0x10, 0x05, ABC) },              /* another session */
		{ BYTES(0x60, 0x05, ABC) },              /* compressed */
		{ BYTES(PLAIN, ABC, 0x49, 0x01) },       /* half a command at the end */
		{ BYTES(PLAIN, ABC, 0x40, 0x01, 0, 0) }, /* no command at the end */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t data[ROOM_BYTES];

		assert_int_equal(take(data, rows[i].bytes, rows[i].size), rows[i].size);
		assert_string_equal(told, "");
		assert_memory_equal(data, rows[i].bytes, rows[i].size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_told_and_the_rest_is_left),
		cmocka_unit_test(another_connection_s_and_a_faulty_one_are_left_to_enet),
	};

	return cmocka_run_group_tests_name("unsequenced", tests, NULL, NULL);
}

/* ENet's datagrams, read from literal bytes. */
#include "proto/enet/guard/datagram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/row_tests.h"

#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

/* To peer 5 of session 2; with the sent time 0x1234; to nobody, with it. */
#define PLAIN  0x20, 0x05
#define TIMED  0xa0, 0x05, 0x12, 0x34
#define NOBODY 0x8f, 0xff, 0x12, 0x34

#define ACKNOWLEDGE 0x01, 0x02, 0x00, 0x07, 0x00, 0x07, 0x56, 0x78
/* CONNECT and VERIFY_CONNECT from the MTU to the connection's number. */
#define MTU_AND_WINDOW 0x00, 0x00, 0x04, 0xb0, 0x00, 0x00, 0x80, 0x00
#define BANDWIDTHS     0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00
#define THROTTLE       0x00, 0x00, 0x13, 0x88, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x03
#define CONNECTION_ID  0xca, 0xfe, 0xba, 0xbe
#define CONNECT_DATA   0x53, 0x54, 0x4c, 0x01
/* The sender's peer id and the count of channels by their high byte and their low one. */
#define AFTER_SESSIONS(high, low)                                                                  \
	MTU_AND_WINDOW, 0x00, 0x00, high, low, BANDWIDTHS, THROTTLE, CONNECTION_ID
#define CONNECT_AS(peer_high, peer_low, in, out, high, low)                                        \
	0x82, 0xff, 0x00, 0x01, peer_high, peer_low, in, out, AFTER_SESSIONS(high, low),           \
		CONNECT_DATA
#define CONNECT CONNECT_AS(0x00, 0x09, 0xff, 0xff, 0x00, 0x04)
#define VERIFY_CONNECT_AS(in, out)                                                                 \
	0x83, 0xff, 0x00, 0x01, 0x00, 0x09, in, out, AFTER_SESSIONS(0x00, 0x04)
#define VERIFY_CONNECT       VERIFY_CONNECT_AS(0x00, 0x03)
#define DISCONNECT_AS(flags) (flags) | 0x04, 0xff, 0x00, 0x05, 0x53, 0x54, 0x52, 0x0e
#define PING                 0x85, 0xff, 0x00, 0x02
#define RELIABLE_XY          0x86, 0x00, 0x00, 0x03, 0x00, 0x02, 'x', 'y'
#define UNRELIABLE_Z         0x07, 0x01, 0x00, 0x03, 0x00, 0x04, 0x00, 0x01, 'z'
#define UNSEQUENCED_ABC      0x49, 0x03, 0x00, 0x00, 0x00, 0x07, 0x00, 0x03, 'a', 'b', 'c'
#define UNSEQUENCED_EMPTY    0x49, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00
#define BANDWIDTH_LIMIT      0x8a, 0xff, 0x00, 0x06, BANDWIDTHS
#define THROTTLE_CONFIGURE   0x8b, 0xff, 0x00, 0x07, THROTTLE

struct row {
	const char *name;
	const uint8_t *bytes;
	size_t size;
	enum datagram_error error;
};

static const struct row rows[] = {
	{ "an acknowledgement", BYTES(PLAIN, ACKNOWLEDGE), DATAGRAM_OK },
	{ "an acknowledgement to nobody", BYTES(0x0f, 0xff, ACKNOWLEDGE), DATAGRAM_OK },
	{ "a request for a connection", BYTES(NOBODY, CONNECT), DATAGRAM_OK },
	{ "a request again, with what its answer is answered",
	  BYTES(NOBODY, ACKNOWLEDGE, ACKNOWLEDGE, CONNECT), DATAGRAM_OK },
	{ "a request that sets the throttle", BYTES(NOBODY, CONNECT, THROTTLE_CONFIGURE),
	  DATAGRAM_OK },
	{ "a request that is given up", BYTES(0x0f, 0xff, DISCONNECT_AS(0x40)), DATAGRAM_OK },
	{ "the answer to a request", BYTES(TIMED, VERIFY_CONNECT), DATAGRAM_OK },
	{ "an end that wants an answer", BYTES(TIMED, DISCONNECT_AS(0x80)), DATAGRAM_OK },
	{ "an end at once", BYTES(PLAIN, DISCONNECT_AS(0x40)), DATAGRAM_OK },
	{ "a refusal", BYTES(PLAIN, DISCONNECT_AS(0x00)), DATAGRAM_OK },
	{ "messages of each kind",
	  BYTES(TIMED, PING, RELIABLE_XY, UNRELIABLE_Z, UNSEQUENCED_ABC, UNSEQUENCED_EMPTY),
	  DATAGRAM_OK },
	{ "settings", BYTES(TIMED, BANDWIDTH_LIMIT, THROTTLE_CONFIGURE), DATAGRAM_OK },
	{ "sessions that were before",
	  BYTES(NOBODY, CONNECT_AS(0x0f, 0xfe, 0x00, 0x03, 0x00, 0x04)), DATAGRAM_OK },
	{ "one channel", BYTES(NOBODY, CONNECT_AS(0, 9, 0xff, 0xff, 0, 1)), DATAGRAM_OK },
	{ "255 channels", BYTES(NOBODY, CONNECT_AS(0, 9, 0xff, 0xff, 0, 255)), DATAGRAM_OK },

	{ "nothing", (const uint8_t *)"", 0, DATAGRAM_ERROR_HEAD },
	{ "half of a peer's id", BYTES(0x20), DATAGRAM_ERROR_HEAD },
	{ "half of a sent time", BYTES(0xa0, 0x05, 0x12), DATAGRAM_ERROR_HEAD },
	{ "a compressed one", BYTES(0x60, 0x05, UNSEQUENCED_ABC), DATAGRAM_ERROR_COMPRESSED },
	{ "a head alone", BYTES(PLAIN), DATAGRAM_ERROR_EMPTY },
	{ "a head with a time alone", BYTES(TIMED), DATAGRAM_ERROR_EMPTY },
	{ "one byte", BYTES(PLAIN, 0x01), DATAGRAM_ERROR_TRAILING },
	{ "three bytes too many", BYTES(PLAIN, UNSEQUENCED_ABC, 0x49, 0x01, 0x00),
	  DATAGRAM_ERROR_TRAILING },
	{ "command 0", BYTES(PLAIN, 0x40, 0x01, 0x00, 0x00), DATAGRAM_ERROR_KIND },
	{ "command 13", BYTES(PLAIN, 0x4d, 0x01, 0x00, 0x00), DATAGRAM_ERROR_KIND },
	{ "command 15", BYTES(PLAIN, 0x0f, 0x01, 0x00, 0x00), DATAGRAM_ERROR_KIND },
	{ "a message to be acknowledged that is none",
	  BYTES(TIMED, 0xc9, 0x03, 0x00, 0x00, 0x00, 0x07, 0x00, 0x01, 'a'), DATAGRAM_ERROR_FLAGS },
	{ "an acknowledgement to be acknowledged",
	  BYTES(TIMED, 0x81, 0x02, 0x00, 0x07, 0x00, 0x07, 0x56, 0x78), DATAGRAM_ERROR_FLAGS },
	{ "an unsequenced one without the flag",
	  BYTES(PLAIN, 0x09, 0x03, 0x00, 0x00, 0x00, 0x07, 0x00, 0x01, 'a'), DATAGRAM_ERROR_FLAGS },
	{ "a ping that nobody is to answer", BYTES(TIMED, 0x05, 0xff, 0x00, 0x02),
	  DATAGRAM_ERROR_FLAGS },
	{ "an end with both flags", BYTES(TIMED, DISCONNECT_AS(0xc0)), DATAGRAM_ERROR_FLAGS },
	{ "a flag that ENet does not have", BYTES(PLAIN, DISCONNECT_AS(0x10)),
	  DATAGRAM_ERROR_FLAGS },
	{ "a ping without a time", BYTES(PLAIN, PING), DATAGRAM_ERROR_TIME },
	{ "a message on no channel", BYTES(PLAIN, 0x49, 0xff, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00),
	  DATAGRAM_ERROR_CHANNEL },
	{ "a ping on a channel", BYTES(TIMED, 0x85, 0x00, 0x00, 0x02), DATAGRAM_ERROR_CHANNEL },
	{ "a request to a peer", BYTES(TIMED, CONNECT), DATAGRAM_ERROR_RECEIVER },
	{ "a message to nobody", BYTES(NOBODY, RELIABLE_XY), DATAGRAM_ERROR_RECEIVER },
	{ "an answer to nobody", BYTES(NOBODY, VERIFY_CONNECT), DATAGRAM_ERROR_RECEIVER },
	{ "half an acknowledgement", BYTES(PLAIN, 0x01, 0x02, 0x00, 0x07, 0x00),
	  DATAGRAM_ERROR_FIELDS },
	{ "half a length", BYTES(PLAIN, 0x49, 0x03, 0x00, 0x00, 0x00, 0x07, 0x00),
	  DATAGRAM_ERROR_FIELDS },
	{ "a good one, then a header", BYTES(PLAIN, UNSEQUENCED_ABC, 0x07, 0x01, 0x00, 0x03),
	  DATAGRAM_ERROR_FIELDS },
	{ "a byte less than its length",
	  BYTES(PLAIN, 0x49, 0x03, 0x00, 0x00, 0x00, 0x07, 0x00, 0x04, 'a', 'b', 'c'),
	  DATAGRAM_ERROR_LENGTH },
	{ "the largest length", BYTES(TIMED, 0x86, 0x00, 0x00, 0x03, 0xff, 0xff, 'x'),
	  DATAGRAM_ERROR_LENGTH },
	{ "a peer that no host has", BYTES(NOBODY, CONNECT_AS(0x0f, 0xff, 0xff, 0xff, 0x00, 0x04)),
	  DATAGRAM_ERROR_PEER },
	{ "a peer of more than 12 bits",
	  BYTES(NOBODY, CONNECT_AS(0x10, 0x01, 0xff, 0xff, 0x00, 0x04)), DATAGRAM_ERROR_PEER },
	{ "session 4", BYTES(NOBODY, CONNECT_AS(0, 9, 0x04, 0x00, 0x00, 0x04)),
	  DATAGRAM_ERROR_SESSION },
	{ "an answer without a session", BYTES(TIMED, VERIFY_CONNECT_AS(0x00, 0xff)),
	  DATAGRAM_ERROR_SESSION },
	{ "no channel", BYTES(NOBODY, CONNECT_AS(0, 9, 0xff, 0xff, 0, 0)),
	  DATAGRAM_ERROR_CHANNELS },
	{ "256 channels", BYTES(NOBODY, CONNECT_AS(0, 9, 0xff, 0xff, 1, 0)),
	  DATAGRAM_ERROR_CHANNELS },
};

/* A copy on the heap, where a sanitizer sees a read beyond its end. */
static uint8_t *exact_copy(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	return copy;
}

static void each_datagram_is_accepted_or_refused_for_its_reason(void **state)
{
	const struct row *row = *state;
	uint8_t *bytes = exact_copy(row->bytes, row->size);

	assert_string_equal(datagram_error_text(datagram_check(bytes, row->size)),
			    datagram_error_text(row->error));
	free(bytes);
}

static void a_truncated_datagram_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_TESTS_COUNT(rows); i++) {
		struct datagram datagram;
		struct datagram_command command;
		size_t last = 0;

		datagram_open(&datagram, rows[i].bytes, rows[i].size);
		while (datagram_next(&datagram, &command))
			last = command.whole_size;
		for (size_t cut = 1; rows[i].error == DATAGRAM_OK && cut < last; cut++) {
			uint8_t *bytes = exact_copy(rows[i].bytes, rows[i].size - cut);

			if (datagram_check(bytes, rows[i].size - cut) == DATAGRAM_OK)
				fail_msg("%s, %zu bytes short", rows[i].name, cut);
			free(bytes);
		}
	}
}

/* A fragment whose data are zeros. */
struct piece {
	const char *name;
	uint16_t size;
	uint32_t count, number, total, offset;
	enum datagram_error error;
};

static const struct piece pieces[] = {
	{ "the first of two", 1000, 2, 0, 1001, 0, DATAGRAM_OK },
	{ "the last of two", 1, 2, 1, 1001, 1000, DATAGRAM_OK },
	{ "one in the middle", 1000, 5, 3, 5000, 3000, DATAGRAM_OK },
	{ "the last, as long as the others", 1000, 5, 4, 5000, 4000, DATAGRAM_OK },
	{ "the shortest", 256, 3, 1, 700, 256, DATAGRAM_OK },
	{ "of the longest message", 1024, 32768, 32767, 32 << 20, (32 << 20) - 1024, DATAGRAM_OK },
	{ "without data", 0, 2, 1, 1001, 1000, DATAGRAM_ERROR_NO_DATA },
	{ "of none", 1000, 0, 0, 1000, 0, DATAGRAM_ERROR_FRAGMENT },
	{ "of one", 1000, 1, 0, 1000, 0, DATAGRAM_ERROR_FRAGMENT },
	{ "of one, which claims more", 1, 1, 0, 16384, 0, DATAGRAM_ERROR_FRAGMENT },
	{ "behind the last", 1000, 2, 2, 3000, 2000, DATAGRAM_ERROR_FRAGMENT },
	{ "numbered beyond all", 1000, 2, UINT32_MAX, 3000, 2000, DATAGRAM_ERROR_FRAGMENT },
	{ "of a million, of a byte", 1, 1048576, 0, 1, 0, DATAGRAM_ERROR_FRAGMENT },
	{ "of more than the total needs", 1000, 1048576, 3, 5000, 3000, DATAGRAM_ERROR_FRAGMENT },
	{ "of one too many", 1000, 6, 3, 5000, 3000, DATAGRAM_ERROR_FRAGMENT },
	{ "of one too few", 1000, 5, 3, 5001, 3000, DATAGRAM_ERROR_FRAGMENT },
	{ "shorter than ENet cuts", 255, 3, 1, 700, 255, DATAGRAM_ERROR_FRAGMENT },
	{ "not at its place", 1000, 5, 3, 5000, 2999, DATAGRAM_ERROR_FRAGMENT },
	{ "at a place that wraps", 1000, 5, 3, 5000, UINT32_MAX, DATAGRAM_ERROR_FRAGMENT },
	{ "the last, not at a multiple", 1, 3, 2, 2002, 2001, DATAGRAM_ERROR_FRAGMENT },
	{ "the last, short of the end", 999, 2, 1, 2000, 1000, DATAGRAM_ERROR_FRAGMENT },
	{ "the last, beyond the end", 1001, 2, 1, 2000, 1000, DATAGRAM_ERROR_FRAGMENT },
	{ "the last, longer than the first", 1001, 2, 1, 2001, 1000, DATAGRAM_ERROR_FRAGMENT },
	{ "of a message too long", 1024, 32769, 0, (32 << 20) + 1, 0, DATAGRAM_ERROR_FRAGMENT },
};

static void put_u32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Returns the datagram's size. */
static size_t write_piece(uint8_t bytes[static 2048], const struct piece *piece, uint8_t command)
{
	const uint8_t head[] = { TIMED, command, 0x01, 0x00, 0x09, 0x00, 0x09 };
	uint8_t *at = bytes + sizeof(head);

	memset(bytes, 0, 2048);
	memcpy(bytes, head, sizeof(head));
	at[0] = (uint8_t)(piece->size >> 8);
	at[1] = (uint8_t)piece->size;
	put_u32(at + 2, piece->count);
	put_u32(at + 6, piece->number);
	put_u32(at + 10, piece->total);
	put_u32(at + 14, piece->offset);
	return sizeof(head) + 18 + piece->size;
}

static void a_fragment_is_accepted_only_where_enet_would_cut(void **state)
{
	const struct piece *piece = *state;
	uint8_t bytes[2048];
	size_t size = write_piece(bytes, piece, 0x88);

	assert_int_equal(datagram_check(bytes, size), piece->error);
	size = write_piece(bytes, piece, 0x0c);
	assert_int_equal(datagram_check(bytes, size), piece->error);
}

static void the_peer_id_takes_two_bytes(void **state)
{
	static const uint8_t bytes[] = { 0xf3, 0x45 };

	(void)state;
	assert_int_equal(datagram_peer_id(bytes, 2), 0x345);
	assert_int_equal(datagram_peer_id(bytes, 1), DATAGRAM_NOBODY);
	assert_int_equal(datagram_peer_id(NULL, 0), DATAGRAM_NOBODY);
}

static void commands_before_the_first_error_are_read(void **state)
{
	static const uint8_t bytes[] = { TIMED, PING, 0x0d, 0x00, 0x00, 0x00, PING };
	struct datagram datagram;
	struct datagram_command command;

	(void)state;
	datagram_open(&datagram, bytes, sizeof(bytes));
	assert_true(datagram_next(&datagram, &command));
	for (int i = 0; i < 2; i++) {
		assert_false(datagram_next(&datagram, &command));
		assert_int_equal(datagram.error, DATAGRAM_ERROR_KIND);
	}
}

static void a_33rd_command_is_refused(void **state)
{
	static const uint8_t ping[] = { PING };
	uint8_t bytes[4 + 33 * sizeof(ping)] = { TIMED };

	(void)state;
	for (size_t i = 0; i < 33; i++)
		memcpy(bytes + 4 + i * sizeof(ping), ping, sizeof(ping));
	assert_int_equal(datagram_check(bytes, sizeof(bytes) - sizeof(ping)), DATAGRAM_OK);
	assert_int_equal(datagram_check(bytes, sizeof(bytes)), DATAGRAM_ERROR_TOO_MANY);
}

static void a_datagram_above_enets_largest_mtu_is_refused(void **state)
{
	uint8_t bytes[DATAGRAM_MAX_BYTES + 1] = { PLAIN, 0x49, 0x03, 0, 0, 0, 7, 0x0f, 0xf6 };

	(void)state;
	assert_int_equal(datagram_check(bytes, DATAGRAM_MAX_BYTES), DATAGRAM_OK);
	bytes[9]++;
	assert_int_equal(datagram_check(bytes, sizeof(bytes)), DATAGRAM_ERROR_TOO_LONG);
}

static void a_lone_unsequenced_message_is_read_in_one_step(void **state)
{
	static const uint8_t bytes[] = { PLAIN, UNSEQUENCED_ABC };
	struct datagram_unsequenced message;

	(void)state;
	assert_true(datagram_read_unsequenced(&message, bytes, sizeof(bytes)));
	assert_int_equal(message.peer, 5);
	assert_int_equal(message.session, 2);
	assert_int_equal(message.channel, 3);
	assert_int_equal(message.group, 7);
	assert_int_equal(message.size, 3);
	assert_memory_equal(message.data, "abc", 3);
	/* No row is a lone unsequenced message. */
	for (size_t i = 0; i < ROW_TESTS_COUNT(rows); i++)
		assert_false(datagram_read_unsequenced(&message, rows[i].bytes, rows[i].size));
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + ROW_TESTS_COUNT(pieces) + 6];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, each_datagram_is_accepted_or_refused_for_its_reason);
	ROW_TESTS_ADD(tests, count, pieces, a_fragment_is_accepted_only_where_enet_would_cut);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_truncated_datagram_is_refused);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(the_peer_id_takes_two_bytes);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(commands_before_the_first_error_are_read);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_33rd_command_is_refused);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(a_datagram_above_enets_largest_mtu_is_refused);
	tests[count++] =
		(struct CMUnitTest)cmocka_unit_test(a_lone_unsequenced_message_is_read_in_one_step);
	return _cmocka_run_group_tests("datagram", tests, count, NULL, NULL);
}

/* Requests for a connection, and the answer that makes the asker give up. */
#include "proto/enet/connect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/row_tests.h"

enum {
	CONNECT_BYTES = 52,
};

/* From peer 5, as connection 0x01020304, with our protocol's data. */
static const uint8_t connect[CONNECT_BYTES] = {
	0x8f, 0xff, 0x51, 0x34,             /* to no peer yet, and the time */
	0x82, 0xff, 0x00, 0x01,             /* CONNECT, which wants an answer */
	0x00, 0x05, 0xff, 0xff,             /* the asker's peer, and its sessions */
	0x00, 0x00, 0x04, 0x98,             /* MTU */
	0x00, 0x00, 0x80, 0x00,             /* window */
	0x00, 0x00, 0x00, 0x04,             /* channels */
	0,    0,    0,    0,    0, 0, 0, 0, /* bandwidths */
	0x00, 0x00, 0x13, 0x88, 0, 0, 0, 2, /* throttle: interval, acceleration, */
	0,    0,    0,    2,                /* deceleration */
	0x01, 0x02, 0x03, 0x04,             /* connection */
	0x53, 0x54, 0x4c, 0x01,             /* data */
};

struct other {
	const char *name;
	size_t bytes, at; /* the first of the above, with another byte at this place */
	uint8_t byte;
	bool is_read;
};

static const struct other others[] = {
	{ "as it is", CONNECT_BYTES, 0, 0x8f, true },
	{ "a byte too few", CONNECT_BYTES - 1, 0, 0x8f, false },
	{ "the head alone", 4, 0, 0x8f, false },
	{ "a byte", 1, 0, 0x8f, false },
	{ "nothing", 0, 0, 0x8f, false },
	{ "to a peer", CONNECT_BYTES, 1, 0x07, false },
	{ "compressed", CONNECT_BYTES, 0, 0xcf, false },
	{ "without a time, and so four bytes too long", CONNECT_BYTES, 0, 0x0f, false },
	{ "another command", CONNECT_BYTES, 4, 0x85, false },
	{ "no command", CONNECT_BYTES, 4, 0x80, false },
	{ "of no channel", CONNECT_BYTES, 23, 0, false },
	{ "of one channel", CONNECT_BYTES, 23, 1, true },
	{ "of all the channels that ENet can have", CONNECT_BYTES, 23, 255, true },
	{ "of more channels than ENet can have", CONNECT_BYTES, 22, 1, false },
	{ "of the last peer that ENet can have but one", CONNECT_BYTES, 8, 0x0e, true },
	{ "of a peer that ENet cannot have", CONNECT_BYTES, 8, 0x10, false },
};

static void only_a_connect_is_read(void **state)
{
	const struct other *row = *state;
	uint8_t datagram[CONNECT_BYTES];
	struct connect_request asked;

	memcpy(datagram, connect, sizeof(datagram));
	datagram[row->at] = row->byte;
	assert_int_equal(connect_read(&asked, datagram, row->bytes), row->is_read);
}

static void a_decline_is_ten_bytes(void **state)
{
	static const uint8_t expected[CONNECT_DECLINE_BYTES] = {
		0x00, 0x05,             /* to the asker's peer */
		0x04, 0xff, 0x00, 0x00, /* DISCONNECT, which wants no answer */
		0x53, 0x54, 0x52, 0x0e, /* STR, ADDRESS_FULL */
	};
	uint8_t datagram[CONNECT_DECLINE_BYTES];
	struct connect_request asked;

	(void)state;
	assert_true(connect_read(&asked, connect, sizeof(connect)));
	assert_int_equal(asked.peer, 5);
	assert_int_equal(asked.data, 0x53544c01);
	connect_write_decline(datagram, &asked, 0x5354520e);
	assert_memory_equal(datagram, expected, sizeof(expected));
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(others) + 1];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, others, only_a_connect_is_read);
	tests[count++] = (struct CMUnitTest)cmocka_unit_test(a_decline_is_ten_bytes);
	return _cmocka_run_group_tests("connect", tests, count, NULL, NULL);
}

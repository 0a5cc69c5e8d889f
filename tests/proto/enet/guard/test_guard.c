/* The guard's verdicts on literal datagrams of one peer. */
#include "proto/enet/guard/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <enet/enet.h>

#include "proto/enet/guard/misses.h"
#include "tests/fixtures/enet/guarded_host.h"
#include "tests/fixtures/row_tests.h"

/* Whole datagrams of the peer. */

#define HEAD                           0x20, 0x05
#define TIMED                          0xa0, 0x05, 0x12, 0x34
#define PING                           0x85, 0xff, 0x00, 0x02
#define DISCONNECT                     0x44, 0xff, 0x00, 0x00, 0, 0, 0, 0
#define ACK(high, low)                 0x01, 0xff, 0x00, 0x09, 0x00, 0x09, high, low
#define RELIABLE(channel, high, low)   0x86, channel, high, low, 0x00, 0x01, 'r'
#define UNRELIABLE(channel, high, low) 0x07, channel, high, low, 0x00, 0x04, 0x00, 0x01, 'u'
#define UNSEQUENCED(channel)           0x49, channel, 0x00, 0x00, 0x00, 0x07, 0x00, 0x01, 'a'
/* The last of two pieces of a message of this length below 65,536: 1,024 bytes, then one. */
#define FRAGMENT(kind, high, low, total_high, total_low, offset_high)                              \
	kind, 0x00, high, low, high, low, 0x00, 0x01, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, total_high,    \
		total_low, 0, 0, offset_high, 0x00, 'f'

struct row {
	const char *name;
	const uint8_t *bytes;
	size_t size;
	unsigned reason;
	size_t left; /* of its bytes; 0: ENet gets nothing */
};

static const struct row rows[] = {
	{ "all that is usual", BYTES(TIMED, PING, RELIABLE(0, 0x10, 0x01), UNSEQUENCED(1)),
	  GUARD_OK, 4 + 4 + 7 + 9 },
	{ "an acknowledgement of a moment ago", BYTES(HEAD, ACK(0xff, 0xff)), GUARD_OK, 10 },
	{ "an acknowledgement of 30 s ago", BYTES(HEAD, ACK(0x8a, 0xd0)), GUARD_OK, 10 },
	{ "an older one", BYTES(HEAD, ACK(0x8a, 0xcf)), GUARD_OLD_ACK, 0 },
	{ "one of the future, or of a minute ago", BYTES(HEAD, ACK(0x00, 0x01)), GUARD_OLD_ACK, 0 },
	{ "an old one before a message", BYTES(TIMED, ACK(0x12, 0x34), PING), GUARD_OLD_ACK, 8 },
	{ "an old one behind a message", BYTES(TIMED, PING, ACK(0x12, 0x34)), GUARD_OLD_ACK, 8 },
	{ "old ones around a message",
	  BYTES(TIMED, ACK(0x12, 0x34), PING, ACK(0x12, 0x34), ACK(0x12, 0x35)), GUARD_OLD_ACK, 8 },
	{ "an acknowledgement that wants one", BYTES(TIMED, 0x81, 0xff, 0, 9, 0, 9, 0xff, 0xff),
	  DATAGRAM_ERROR_FLAGS, 0 },
	{ "the last channel", BYTES(HEAD, UNSEQUENCED(GUARDED_HOST_CHANNELS - 1)), GUARD_OK, 11 },
	{ "a channel beyond it", BYTES(HEAD, UNSEQUENCED(GUARDED_HOST_CHANNELS)), GUARD_NO_CHANNEL,
	  0 },
	{ "an acknowledgement of a channel beyond it",
	  BYTES(HEAD, 0x01, GUARDED_HOST_CHANNELS, 0, 9, 0, 9, 0xff, 0xff), GUARD_NO_CHANNEL, 0 },
	{ "another session", BYTES(0x10, 0x05, UNSEQUENCED(1)), GUARD_STRANGER, 0 },
	{ "a compressed one", BYTES(0x60, 0x05, UNSEQUENCED(1)), DATAGRAM_ERROR_COMPRESSED, 0 },
	{ "a head alone", BYTES(HEAD), DATAGRAM_ERROR_EMPTY, 0 },
	{ "garbage behind a message", BYTES(HEAD, UNSEQUENCED(1), 1, 2, 3), DATAGRAM_ERROR_TRAILING,
	  0 },

	{ "a reliable number that came already", BYTES(TIMED, RELIABLE(0, 0x10, 0x00)), GUARD_OK,
	  11 },
	{ "the furthest reliable number that may come", BYTES(TIMED, RELIABLE(0, 0x18, 0x01)),
	  GUARD_OK, 11 },
	{ "the next one", BYTES(TIMED, RELIABLE(0, 0x18, 0x02)), GUARD_AHEAD, 0 },
	{ "the furthest that is ahead by its half", BYTES(TIMED, RELIABLE(0, 0x8f, 0xff)),
	  GUARD_AHEAD, 0 },
	{ "an unreliable message for the present number", BYTES(HEAD, UNRELIABLE(0, 0x10, 0x00)),
	  GUARD_OK, 11 },
	{ "one for the furthest number", BYTES(HEAD, UNRELIABLE(0, 0x18, 0x00)), GUARD_OK, 11 },
	{ "one for the next", BYTES(HEAD, UNRELIABLE(0, 0x18, 0x01)), GUARD_AHEAD, 0 },
	{ "one too far ahead, before a good one",
	  BYTES(HEAD, UNRELIABLE(0, 0x20, 0x00), UNSEQUENCED(1)), GUARD_AHEAD, 11 },

	{ "a fragment", BYTES(TIMED, FRAGMENT(0x88, 0x10, 0x01, 0x04, 0x01, 0x04)), GUARD_OK,
	  4 + 25 },
	{ "an unreliable fragment", BYTES(HEAD, FRAGMENT(0x0c, 0x10, 0x00, 0x04, 0x01, 0x04)),
	  GUARD_OK, 2 + 25 },
	{ "a fragment of the longest message",
	  BYTES(HEAD, 0x0c, 0, 0x10, 0, 0, 1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0x08, 0x00, 0, 0,
		0x07, 0xff, 'f'),
	  GUARD_OK, 2 + 25 },
	{ "a fragment of a longer one", BYTES(HEAD, FRAGMENT(0x0c, 0x10, 0x00, 0x08, 0x01, 0x08)),
	  GUARD_TOO_LARGE, 0 },
	{ "the bitmap bomb: a million fragments of one byte",
	  BYTES(TIMED, 0x88, 0, 0x10, 1, 0x10, 1, 0, 1, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
		0, 0, 'f'),
	  DATAGRAM_ERROR_FRAGMENT, 0 },
	{ "the leak: one fragment of 16 KB without bytes",
	  BYTES(TIMED, 0x88, 0, 0x10, 1, 0x10, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0,
		0, 0),
	  DATAGRAM_ERROR_NO_DATA, 0 },
};

static void a_datagram_has_its_verdict(void **state)
{
	const struct row *row = *state;

	guarded_host_set_up(NULL);
	assert_int_equal(guarded_host_judge(&guarded.peer, row->bytes, row->size), row->left > 0);
	assert_true(row->reason == GUARD_OK ? guarded_host_refused_in_all() == 0
					    : guarded_host_refused(row->reason) > 0);
	assert_int_equal(guarded_host_refused_in_all(), guarded_host_refused(row->reason));
	if (row->left > 0)
		assert_int_equal(guarded.host.receivedDataLength, row->left);
	guarded_host_tear_down(NULL);
}

static void what_is_left_of_a_datagram_is_whole(void **state)
{
	static const uint8_t left[] = { TIMED, PING, UNSEQUENCED(1) };

	(void)state;
	assert_true(guarded_host_judge(&guarded.peer,
				       BYTES(TIMED, ACK(0x12, 0x34), PING, UNRELIABLE(0, 0x20, 0),
					     UNSEQUENCED(1), RELIABLE(0, 0x20, 0))));
	assert_int_equal(guarded.host.receivedDataLength, sizeof(left));
	assert_memory_equal(guarded.datagram, left, sizeof(left));
	assert_int_equal(guarded_host_refused(GUARD_OLD_ACK), 1);
	assert_int_equal(guarded_host_refused(GUARD_AHEAD), 2);
}

static void a_datagram_that_names_no_peer_is_a_strangers(void **state)
{
	(void)state;
	assert_false(guarded_host_judge(NULL, BYTES(HEAD, UNSEQUENCED(1))));
	guarded.peer.state = ENET_PEER_STATE_DISCONNECTED;
	assert_false(guarded_host_judge(&guarded.peer, BYTES(HEAD, UNSEQUENCED(1))));
	assert_int_equal(guarded_host_refused(GUARD_STRANGER), 2);
}

static void a_datagram_from_port_0_is_refused(void **state)
{
	(void)state;
	guarded.host.receivedAddress.port = 0;
	assert_false(guarded_host_judge(&guarded.peer, BYTES(HEAD, UNSEQUENCED(1))));
	assert_int_equal(guarded_host_refused(GUARD_PORT), 1);
}

/* Held commands. */

/* Sent by the test's peer, with 32 PINGs. */
static bool judge_pings(void)
{
	uint8_t datagram[4 + 4 * DATAGRAM_COMMANDS_MAX] = { 0xa0, GUARDED_HOST_PEER, 0, 0 };

	for (size_t i = 0; i < DATAGRAM_COMMANDS_MAX; i++)
		memcpy(&datagram[4 + 4 * i], (const uint8_t[]){ 0x85, 0xff, 0, (uint8_t)i }, 4);
	return guarded_host_judge(&guarded.peer, datagram, sizeof(datagram));
}

/* How many of so many datagrams' PINGs ENet gets. */
static size_t pings_passed(unsigned datagrams)
{
	size_t passed = 0;

	for (unsigned i = 0; i < datagrams; i++)
		if (judge_pings())
			passed += (guarded.host.receivedDataLength - 4) / 4;
	return passed;
}

static void no_more_than_some_pings_a_second_are_answered(void **state)
{
	size_t passed = pings_passed(100);

	(void)state;
	assert_in_range(passed, GUARD_PINGS_MAX, GUARD_PINGS_MAX + 1);
	assert_int_equal(guarded_host_refused(GUARD_PING), 100 * DATAGRAM_COMMANDS_MAX - passed);
	guarded.now_ns += S / 2;
	passed = pings_passed(100);
	assert_in_range(passed, GUARD_PINGS_MAX / 2, GUARD_PINGS_MAX / 2 + 1);
}

static void so_many_unreliable_messages_may_wait(void **state)
{
	static ENetIncomingCommand held[GUARD_HELD_MAX];
	ENetList *list = &guarded.channels[0].incomingUnreliableCommands;

	(void)state;
	for (int i = 0; i < GUARD_HELD_MAX; i++) {
		assert_true(
			guarded_host_judge(&guarded.peer, BYTES(HEAD, UNRELIABLE(0, 0x10, 0x01))));
		enet_list_insert(enet_list_end(list), &held[i].incomingCommandList);
	}
	assert_false(guarded_host_judge(&guarded.peer, BYTES(HEAD, UNRELIABLE(0, 0x10, 0x01))));
	assert_int_equal(guarded_host_refused(GUARD_HELD), 1);
	assert_true(guarded_host_judge(&guarded.peer, BYTES(HEAD, UNRELIABLE(0, 0x10, 0x00))));
	assert_true(guarded_host_judge(&guarded.peer, BYTES(HEAD, UNRELIABLE(1, 0x00, 0x01))));
}

static void the_nearest_reliable_messages_find_room_behind_far_ones(void **state)
{
	static ENetIncomingCommand held[GUARD_HELD_MAX];
	ENetList *list = &guarded.channels[0].incomingReliableCommands;

	(void)state;
	for (int i = 0; i < GUARD_HELD_MAX; i++) {
		assert_true(
			guarded_host_judge(&guarded.peer, BYTES(TIMED, RELIABLE(0, 0x12, 0x00))));
		enet_list_insert(enet_list_end(list), &held[i].incomingCommandList);
	}
	assert_false(guarded_host_judge(&guarded.peer, BYTES(TIMED, RELIABLE(0, 0x11, 0x02))));
	assert_int_equal(guarded_host_refused(GUARD_HELD), 1);
	assert_true(guarded_host_judge(&guarded.peer, BYTES(TIMED, RELIABLE(0, 0x11, 0x01))));
	assert_true(guarded_host_judge(&guarded.peer, BYTES(TIMED, RELIABLE(0, 0x10, 0x01))));
}

/* Somebody guesses in the peer's name: another session, and another peer. */

static void miss(unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		assert_false(i % 2 ? guarded_host_judge(NULL, BYTES(0x00, 0x07, DISCONNECT))
				   : guarded_host_judge(&guarded.peer, BYTES(0, 5, DISCONNECT)));
}

static bool disconnect(void)
{
	return guarded_host_judge(&guarded.peer, BYTES(HEAD, DISCONNECT));
}

static void a_disconnect_is_not_believed_after_some_misses(void **state)
{
	(void)state;
	guard_note_connected(guarded.guard, &guarded.peer, guarded.now_ns);
	miss(MISSES_MAX - 1);
	assert_true(disconnect());
	miss(1);
	assert_false(disconnect());
	assert_int_equal(guarded_host_refused(GUARD_DISCONNECT), 1);
	/* All else is, in the same datagram, too. */
	assert_true(guarded_host_judge(&guarded.peer, BYTES(TIMED, DISCONNECT, PING)));
	assert_int_equal(guarded.host.receivedDataLength, 4 + 4);
}

static void a_disconnect_is_believed_again_some_time_after_the_last_miss(void **state)
{
	(void)state;
	guard_note_connected(guarded.guard, &guarded.peer, guarded.now_ns);
	miss(MISSES_MAX);
	guarded.now_ns += MISSES_HOLD_S * S - 1;
	assert_false(disconnect());
	guarded.now_ns++;
	assert_true(disconnect());
	miss(1);
	guarded.now_ns += MISSES_HOLD_S * S - 1;
	assert_false(disconnect());
	guarded.now_ns++;
	assert_true(disconnect());
}

static void misses_from_another_port_do_not_count(void **state)
{
	(void)state;
	guard_note_connected(guarded.guard, &guarded.peer, guarded.now_ns);
	guarded.host.receivedAddress.port++;
	for (int i = 0; i < MISSES_MAX; i++)
		assert_false(guarded_host_judge(NULL, BYTES(HEAD, DISCONNECT)));
	guarded.host.receivedAddress.port--;
	assert_true(disconnect());
}

static void a_new_connection_has_no_misses(void **state)
{
	(void)state;
	guard_note_connected(guarded.guard, &guarded.peer, guarded.now_ns);
	miss(MISSES_MAX);
	guard_note_connected(guarded.guard, &guarded.peer, guarded.now_ns);
	assert_true(disconnect());
}

static void each_reason_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < GUARD_REASON_COUNT; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(guard_reason_name(i), guard_reason_name(j));
	assert_string_equal(guard_reason_name(GUARD_OLD_ACK), "old_acknowledgement");
	assert_string_equal(guard_reason_name(DATAGRAM_ERROR_COMPRESSED), "compressed");
	assert_string_equal(guard_reason_name(GUARD_REASON_COUNT), "unknown");
}

int main(void)
{
	const struct CMUnitTest others[] = {
		ON_A_HOST(what_is_left_of_a_datagram_is_whole),
		ON_A_HOST(a_datagram_that_names_no_peer_is_a_strangers),
		ON_A_HOST(a_datagram_from_port_0_is_refused),
		ON_A_HOST(no_more_than_some_pings_a_second_are_answered),
		ON_A_HOST(so_many_unreliable_messages_may_wait),
		ON_A_HOST(the_nearest_reliable_messages_find_room_behind_far_ones),
		ON_A_HOST(a_disconnect_is_not_believed_after_some_misses),
		ON_A_HOST(a_disconnect_is_believed_again_some_time_after_the_last_miss),
		ON_A_HOST(misses_from_another_port_do_not_count),
		ON_A_HOST(a_new_connection_has_no_misses),
		cmocka_unit_test(each_reason_has_a_name_of_its_own),
	};
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, a_datagram_has_its_verdict);
	return _cmocka_run_group_tests("guard", tests, count, NULL, NULL) +
	       cmocka_run_group_tests(others, NULL, NULL);
}

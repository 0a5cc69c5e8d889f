/* The guard's verdicts on literal datagrams of one peer, and on those of newcomers. */
#include "proto/enet/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <enet/enet.h>

#include "proto/enet/connect.h"
#include "proto/net/sim/sim.h"
#include "tests/fixtures/enet/cookie_echo.h"
#include "tests/fixtures/row_tests.h"

#define S          INT64_C(1000000000)
#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

enum {
	CHANNELS = 2,
	NUMBER = 5,   /* of the peer, which has session 2 */
	DUE = 0x1000, /* on channel 0, the last reliable number that came in order */
	NOW_MS = 0x20000,
	MTU = 1176,
	MESSAGE_MAX = 2048,
	PORT = 7000,
};

/* A host with one peer, as the guard sees them, and the datagram at hand. */
static struct {
	struct sim *sim;
	struct guard *guard;
	ENetHost host;
	ENetPeer peer;
	ENetChannel channels[CHANNELS];
	uint8_t datagram[DATAGRAM_MAX_BYTES + 1];
	int socket, asker; /* of the host, and of who sends to it */
	int64_t now_ns;
} own;

static int open_socket(uint16_t port)
{
	struct net *net = net_current();
	const struct net_address address = { .host = htonl(INADDR_LOOPBACK), .port = port };
	const int socket = net->open(net);

	assert_int_equal(net->bind(net, socket, &address), 0);
	return socket;
}

static int set_up(void **state)
{
	(void)state;
	memset(&own, 0, sizeof(own));
	own.sim = sim_create(1);
	net_use(sim_net(own.sim));
	own.guard = guard_create();
	own.socket = open_socket(PORT);
	own.asker = open_socket(PORT + 1);
	own.now_ns = S;
	own.host.socket = own.socket;
	own.host.serviceTime = NOW_MS;
	own.host.mtu = MTU;
	own.host.maximumPacketSize = MESSAGE_MAX;
	own.host.receivedData = own.datagram;
	own.host.receivedAddress = (ENetAddress){ htonl(INADDR_LOOPBACK), PORT + 1 };
	own.peer.state = ENET_PEER_STATE_CONNECTED;
	own.peer.incomingPeerID = NUMBER;
	own.peer.incomingSessionID = 2;
	own.peer.address = own.host.receivedAddress;
	own.peer.channels = own.channels;
	own.peer.channelCount = CHANNELS;
	for (int i = 0; i < CHANNELS; i++) {
		enet_list_clear(&own.channels[i].incomingReliableCommands);
		enet_list_clear(&own.channels[i].incomingUnreliableCommands);
	}
	own.channels[0].incomingReliableSequenceNumber = DUE;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	guard_destroy(own.guard);
	net_use(NULL);
	sim_destroy(own.sim);
	return 0;
}

static bool judge(const ENetPeer *peer, const uint8_t *bytes, size_t size)
{
	memcpy(own.datagram, bytes, size);
	own.host.receivedDataLength = size;
	return guard_judge(own.guard, &own.host, peer, own.now_ns);
}

static uint64_t refused(unsigned reason)
{
	return guard_stats(own.guard)->refused[reason];
}

static uint64_t refused_in_all(void)
{
	uint64_t sum = 0;

	for (unsigned reason = 0; reason < GUARD_REASON_COUNT; reason++)
		sum += refused(reason);
	return sum;
}

/* Whole datagrams of the peer. */

#define HEAD                           0x20, 0x05
#define TIMED                          0xa0, 0x05, 0x12, 0x34
#define PING                           0x85, 0xff, 0x00, 0x02
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
	{ "the last channel", BYTES(HEAD, UNSEQUENCED(CHANNELS - 1)), GUARD_OK, 11 },
	{ "a channel beyond it", BYTES(HEAD, UNSEQUENCED(CHANNELS)), GUARD_NO_CHANNEL, 0 },
	{ "an acknowledgement of a channel beyond it",
	  BYTES(HEAD, 0x01, CHANNELS, 0, 9, 0, 9, 0xff, 0xff), GUARD_NO_CHANNEL, 0 },
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

	set_up(NULL);
	assert_int_equal(judge(&own.peer, row->bytes, row->size), row->left > 0);
	assert_true(row->reason == GUARD_OK ? refused_in_all() == 0 : refused(row->reason) > 0);
	assert_int_equal(refused_in_all(), refused(row->reason));
	if (row->left > 0)
		assert_int_equal(own.host.receivedDataLength, row->left);
	tear_down(NULL);
}

static void what_is_left_of_a_datagram_is_whole(void **state)
{
	static const uint8_t left[] = { TIMED, PING, UNSEQUENCED(1) };

	(void)state;
	assert_true(judge(&own.peer, BYTES(TIMED, ACK(0x12, 0x34), PING, UNRELIABLE(0, 0x20, 0),
					   UNSEQUENCED(1), RELIABLE(0, 0x20, 0))));
	assert_int_equal(own.host.receivedDataLength, sizeof(left));
	assert_memory_equal(own.datagram, left, sizeof(left));
	assert_int_equal(refused(GUARD_OLD_ACK), 1);
	assert_int_equal(refused(GUARD_AHEAD), 2);
}

static void a_datagram_that_names_no_peer_is_a_strangers(void **state)
{
	(void)state;
	assert_false(judge(NULL, BYTES(HEAD, UNSEQUENCED(1))));
	own.peer.state = ENET_PEER_STATE_DISCONNECTED;
	assert_false(judge(&own.peer, BYTES(HEAD, UNSEQUENCED(1))));
	assert_int_equal(refused(GUARD_STRANGER), 2);
}

static void a_datagram_from_port_0_is_refused(void **state)
{
	(void)state;
	own.host.receivedAddress.port = 0;
	assert_false(judge(&own.peer, BYTES(HEAD, UNSEQUENCED(1))));
	assert_int_equal(refused(GUARD_PORT), 1);
}

/* Held commands. */

/* Sent by the test's peer, with 32 PINGs. */
static bool judge_pings(void)
{
	uint8_t datagram[4 + 4 * DATAGRAM_COMMANDS_MAX] = { 0xa0, NUMBER, 0, 0 };

	for (size_t i = 0; i < DATAGRAM_COMMANDS_MAX; i++)
		memcpy(&datagram[4 + 4 * i], (const uint8_t[]){ 0x85, 0xff, 0, (uint8_t)i }, 4);
	return judge(&own.peer, datagram, sizeof(datagram));
}

/* How many of so many datagrams' PINGs ENet gets. */
static size_t pings_passed(unsigned datagrams)
{
	size_t passed = 0;

	for (unsigned i = 0; i < datagrams; i++)
		if (judge_pings())
			passed += (own.host.receivedDataLength - 4) / 4;
	return passed;
}

static void no_more_than_some_pings_a_second_are_answered(void **state)
{
	size_t passed = pings_passed(100);

	(void)state;
	assert_in_range(passed, GUARD_PINGS_MAX, GUARD_PINGS_MAX + 1);
	assert_int_equal(refused(GUARD_PING), 100 * DATAGRAM_COMMANDS_MAX - passed);
	own.now_ns += S / 2;
	passed = pings_passed(100);
	assert_in_range(passed, GUARD_PINGS_MAX / 2, GUARD_PINGS_MAX / 2 + 1);
}

static void so_many_unreliable_messages_may_wait(void **state)
{
	static ENetIncomingCommand held[GUARD_HELD_MAX];
	ENetList *list = &own.channels[0].incomingUnreliableCommands;

	(void)state;
	for (int i = 0; i < GUARD_HELD_MAX; i++) {
		assert_true(judge(&own.peer, BYTES(HEAD, UNRELIABLE(0, 0x10, 0x01))));
		enet_list_insert(enet_list_end(list), &held[i].incomingCommandList);
	}
	assert_false(judge(&own.peer, BYTES(HEAD, UNRELIABLE(0, 0x10, 0x01))));
	assert_int_equal(refused(GUARD_HELD), 1);
	assert_true(judge(&own.peer, BYTES(HEAD, UNRELIABLE(0, 0x10, 0x00))));
	assert_true(judge(&own.peer, BYTES(HEAD, UNRELIABLE(1, 0x00, 0x01))));
}

static void the_nearest_reliable_messages_find_room_behind_far_ones(void **state)
{
	static ENetIncomingCommand held[GUARD_HELD_MAX];
	ENetList *list = &own.channels[0].incomingReliableCommands;

	(void)state;
	for (int i = 0; i < GUARD_HELD_MAX; i++) {
		assert_true(judge(&own.peer, BYTES(TIMED, RELIABLE(0, 0x12, 0x00))));
		enet_list_insert(enet_list_end(list), &held[i].incomingCommandList);
	}
	assert_false(judge(&own.peer, BYTES(TIMED, RELIABLE(0, 0x11, 0x02))));
	assert_int_equal(refused(GUARD_HELD), 1);
	assert_true(judge(&own.peer, BYTES(TIMED, RELIABLE(0, 0x11, 0x01))));
	assert_true(judge(&own.peer, BYTES(TIMED, RELIABLE(0, 0x10, 0x01))));
}

/* Newcomers. */

enum {
	CONNECT_BYTES = 52,
	CONNECT_MTU_AT = 12,
};

/* From peer 5, with ENet's largest MTU, as connection 0x01020304. */
static const uint8_t request[CONNECT_BYTES] = {
	0x8f, 0xff, 0x51, 0x34,             /* to nobody, and the time */
	0x82, 0xff, 0x00, 0x01,             /* CONNECT, which wants an answer */
	0x00, 0x05, 0xff, 0xff,             /* the asker's peer, and its sessions */
	0x00, 0x00, 0x10, 0x00,             /* MTU */
	0x00, 0x00, 0x80, 0x00,             /* window */
	0x00, 0x00, 0x00, 0x02,             /* channels */
	0,    0,    0,    0,    0, 0, 0, 0, /* bandwidths */
	0x00, 0x00, 0x13, 0x88, 0, 0, 0, 2, /* throttle: interval, acceleration, */
	0,    0,    0,    2,                /* deceleration */
	0x01, 0x02, 0x03, 0x04,             /* connection */
	0x53, 0x54, 0x4c, 0x01,             /* data */
};

static bool judge_connect(void)
{
	return judge(NULL, request, sizeof(request));
}

/* What the host has sent to the asker; its size. */
static size_t answer(uint8_t *bytes, size_t capacity)
{
	struct net *net = net_current();
	struct net_address from;

	sim_advance_to(own.sim, sim_now_ns(own.sim) + 10 * SIM_DELAY_NS);
	return net->receive(net, own.asker, &from, bytes, capacity);
}

static void get_echo(uint8_t echo[static COOKIE_ECHO_BYTES])
{
	uint8_t challenge[CONNECT_BYTES];

	assert_false(judge_connect());
	assert_int_equal(answer(challenge, sizeof(challenge)), COOKIE_CHALLENGE_BYTES);
	cookie_echo(echo, challenge);
}

static void assert_is_connect(void)
{
	uint8_t expected[CONNECT_BYTES];

	memcpy(expected, request, sizeof(expected));
	expected[CONNECT_MTU_AT + 2] = MTU >> 8;
	expected[CONNECT_MTU_AT + 3] = MTU & 0xff;
	assert_int_equal(own.host.receivedDataLength, sizeof(expected));
	assert_memory_equal(own.datagram, expected, sizeof(expected));
}

static void a_request_is_answered_by_one_challenge_shorter_than_it(void **state)
{
	uint8_t challenge[CONNECT_BYTES];

	(void)state;
	assert_false(judge_connect());
	assert_int_equal(answer(challenge, sizeof(challenge)), COOKIE_CHALLENGE_BYTES);
	assert_int_equal(challenge[1], 5);
	assert_int_equal(challenge[10] << 8 | challenge[11], 0x5134);
	assert_int_equal(answer(challenge, sizeof(challenge)), 0);
	assert_int_equal(guard_stats(own.guard)->challenged, 1);
	assert_int_equal(refused_in_all(), 0);
}

static void an_echo_brings_enet_the_request_that_was_kept_with_our_mtu(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	assert_true(judge(NULL, echo, sizeof(echo)));
	assert_is_connect();
	assert_int_equal(guard_stats(own.guard)->proven, 1);
	assert_int_equal(answer(echo, sizeof(echo)), 0);
}

static void an_echo_before_a_repeated_request_brings_enet_the_request_alone(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES], both[COOKIE_ECHO_BYTES + CONNECT_BYTES - 2];

	(void)state;
	get_echo(echo);
	memcpy(both, request, 4);
	memcpy(both + 4, echo + 2, sizeof(echo) - 2);
	memcpy(both + 4 + sizeof(echo) - 2, request + 4, sizeof(request) - 4);
	assert_true(judge(NULL, both, sizeof(both)));
	assert_is_connect();
}

static void a_proven_address_is_not_asked_again(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	assert_true(judge(NULL, echo, sizeof(echo)));
	assert_true(judge_connect());
	assert_is_connect();
	assert_int_equal(answer(echo, sizeof(echo)), 0);
}

static void an_echo_of_something_else_opens_nothing(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	echo[COOKIE_ECHO_BYTES - 1] ^= 1; /* of the last time, which the check takes */
	assert_false(judge(NULL, echo, sizeof(echo)));
	assert_int_equal(refused(GUARD_NO_COOKIE), 1);
	assert_false(judge_connect());
	assert_int_equal(guard_stats(own.guard)->challenged, 2);
}

static void an_echo_from_another_port_opens_nothing(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	own.host.receivedAddress.port++;
	assert_false(judge(NULL, echo, sizeof(echo)));
	assert_int_equal(refused(GUARD_NO_COOKIE), 1);
}

static void an_echo_that_is_a_minute_late_opens_nothing(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	own.now_ns += 60 * S;
	assert_false(judge(NULL, echo, sizeof(echo)));
	assert_int_equal(refused(GUARD_NO_COOKIE), 1);
}

static void a_handshake_that_is_sent_again_opens_nothing(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	assert_true(judge(NULL, echo, sizeof(echo)));
	own.peer.connectID = htonl(0x01020304);
	guard_note_connected(own.guard, &own.peer, own.now_ns);
	assert_false(judge_connect());
	assert_false(judge(NULL, echo, sizeof(echo)));
	assert_false(judge_connect());
	assert_int_equal(refused(GUARD_REPEATED), 2);
	assert_int_equal(answer(echo, sizeof(echo)), 0);
}

/* A challenge that was sent twice: the second echo comes over the connection. */
static void a_late_echo_is_cut_out_of_a_peers_datagram(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	own.host.serviceTime = (enet_uint32)NOW_MS + (enet_uint32)(echo[8] << 8 | echo[9]);
	echo[0] = 0x20;
	echo[1] = NUMBER;
	assert_false(judge(&own.peer, echo, sizeof(echo)));
	assert_int_equal(refused(GUARD_OLD_ACK), COOKIE_NUMBERS);
	echo[5] ^= 1;
	echo[7] ^= 1;
	assert_true(judge(&own.peer, echo, sizeof(echo)));
	assert_int_equal(own.host.receivedDataLength, 10);
}

static void what_comes_to_nobody_and_is_no_request_is_a_strangers(void **state)
{
	(void)state;
	assert_false(judge(NULL, BYTES(0x0f, 0xff, 0x44, 0xff, 0, 2, 0, 0, 0, 0)));
	assert_int_equal(refused(GUARD_STRANGER), 1);
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

#define ON_A_HOST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest others[] = {
		ON_A_HOST(what_is_left_of_a_datagram_is_whole),
		ON_A_HOST(a_datagram_that_names_no_peer_is_a_strangers),
		ON_A_HOST(a_datagram_from_port_0_is_refused),
		ON_A_HOST(no_more_than_some_pings_a_second_are_answered),
		ON_A_HOST(so_many_unreliable_messages_may_wait),
		ON_A_HOST(the_nearest_reliable_messages_find_room_behind_far_ones),
		ON_A_HOST(a_request_is_answered_by_one_challenge_shorter_than_it),
		ON_A_HOST(an_echo_brings_enet_the_request_that_was_kept_with_our_mtu),
		ON_A_HOST(an_echo_before_a_repeated_request_brings_enet_the_request_alone),
		ON_A_HOST(a_proven_address_is_not_asked_again),
		ON_A_HOST(an_echo_of_something_else_opens_nothing),
		ON_A_HOST(an_echo_from_another_port_opens_nothing),
		ON_A_HOST(an_echo_that_is_a_minute_late_opens_nothing),
		ON_A_HOST(a_handshake_that_is_sent_again_opens_nothing),
		ON_A_HOST(a_late_echo_is_cut_out_of_a_peers_datagram),
		ON_A_HOST(what_comes_to_nobody_and_is_no_request_is_a_strangers),
		cmocka_unit_test(each_reason_has_a_name_of_its_own),
	};
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows)];
	size_t count = 0;

	ROW_TESTS_ADD(tests, count, rows, a_datagram_has_its_verdict);
	return cmocka_run_group_tests(tests, NULL, NULL) +
	       cmocka_run_group_tests(others, NULL, NULL);
}

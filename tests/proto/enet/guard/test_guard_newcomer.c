/* The guard's verdicts on those who ask for a connection: challenge, echo, request. */
#include "proto/enet/guard/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <enet/enet.h>

#include "proto/enet/connect.h"
#include "tests/fixtures/enet/cookie_echo.h"
#include "tests/fixtures/enet/guarded_host.h"

enum {
	CONNECT_BYTES = 52,
	CONNECT_MTU_AT = 12,
};

/* From peer 5, with ENet's largest GUARDED_HOST_MTU, as connection 0x01020304. */
static const uint8_t request[CONNECT_BYTES] = {
	0x8f, 0xff, 0x51, 0x34,             /* to nobody, and the time */
	0x82, 0xff, 0x00, 0x01,             /* CONNECT, which wants an answer */
	0x00, 0x05, 0xff, 0xff,             /* the asker's peer, and its sessions */
	0x00, 0x00, 0x10, 0x00,             /* GUARDED_HOST_MTU */
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
	return guarded_host_judge(NULL, request, sizeof(request));
}

/* Takes the host's next datagram to the asker; returns its size. */
static size_t answer(uint8_t *bytes, size_t capacity)
{
	struct net *net = net_current();
	struct net_address from;

	sim_advance_to(guarded.sim, sim_now_ns(guarded.sim) + 10 * SIM_DELAY_NS);
	return net->receive(net, guarded.asker, &from, bytes, capacity);
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
	expected[CONNECT_MTU_AT + 2] = GUARDED_HOST_MTU >> 8;
	expected[CONNECT_MTU_AT + 3] = GUARDED_HOST_MTU & 0xff;
	assert_int_equal(guarded.host.receivedDataLength, sizeof(expected));
	assert_memory_equal(guarded.datagram, expected, sizeof(expected));
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
	assert_int_equal(guard_stats(guarded.guard)->challenged, 1);
	assert_int_equal(guarded_host_refused_in_all(), 0);
}

static void an_echo_brings_enet_the_request_that_was_kept_with_our_mtu(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	assert_true(guarded_host_judge(NULL, echo, sizeof(echo)));
	assert_is_connect();
	assert_int_equal(guard_stats(guarded.guard)->proven, 1);
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
	assert_true(guarded_host_judge(NULL, both, sizeof(both)));
	assert_is_connect();
}

static void a_proven_address_is_not_asked_again(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	assert_true(guarded_host_judge(NULL, echo, sizeof(echo)));
	assert_true(judge_connect());
	assert_is_connect();
	assert_int_equal(answer(echo, sizeof(echo)), 0);
}

static void an_address_asks_for_so_many_connections_a_second(void **state)
{
	const struct guard_limits limits = { .joins = 3 };
	uint8_t echo[COOKIE_ECHO_BYTES];
	unsigned taken = 0;

	(void)state;
	guard_set_limits(guarded.guard, &limits);
	get_echo(echo);
	taken += guarded_host_judge(NULL, echo, sizeof(echo));
	for (int i = 0; i < 9; i++)
		taken += judge_connect();
	assert_int_equal(taken, limits.joins);
	assert_int_equal(guarded_host_refused(GUARD_JOINS), 10 - limits.joins);
	guarded.now_ns += S;
	assert_true(judge_connect());
}

static void an_echo_of_something_else_opens_nothing(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	echo[COOKIE_ECHO_BYTES - 1] ^= 1; /* of the last time, which the check takes */
	assert_false(guarded_host_judge(NULL, echo, sizeof(echo)));
	assert_int_equal(guarded_host_refused(GUARD_NO_COOKIE), 1);
	assert_false(judge_connect());
	assert_int_equal(guard_stats(guarded.guard)->challenged, 2);
}

static void an_echo_from_another_port_opens_nothing(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	guarded.host.receivedAddress.port++;
	assert_false(guarded_host_judge(NULL, echo, sizeof(echo)));
	assert_int_equal(guarded_host_refused(GUARD_NO_COOKIE), 1);
}

static void an_echo_that_is_a_minute_late_opens_nothing(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	guarded.now_ns += 60 * S;
	assert_false(guarded_host_judge(NULL, echo, sizeof(echo)));
	assert_int_equal(guarded_host_refused(GUARD_NO_COOKIE), 1);
}

static void a_handshake_that_is_sent_again_opens_nothing(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	assert_true(guarded_host_judge(NULL, echo, sizeof(echo)));
	guarded.peer.connectID = htonl(0x01020304);
	guard_note_connected(guarded.guard, &guarded.peer, guarded.now_ns);
	assert_false(judge_connect());
	assert_false(guarded_host_judge(NULL, echo, sizeof(echo)));
	assert_false(judge_connect());
	assert_int_equal(guarded_host_refused(GUARD_REPEATED), 2);
	assert_int_equal(answer(echo, sizeof(echo)), 0);
}

/* A challenge that was sent twice: the second echo comes over the connection. */
static void a_late_echo_is_cut_out_of_a_peers_datagram(void **state)
{
	uint8_t echo[COOKIE_ECHO_BYTES];

	(void)state;
	get_echo(echo);
	guarded.host.serviceTime =
		(enet_uint32)GUARDED_HOST_NOW_MS + (enet_uint32)(echo[8] << 8 | echo[9]);
	echo[0] = 0x20;
	echo[1] = GUARDED_HOST_PEER;
	assert_false(guarded_host_judge(&guarded.peer, echo, sizeof(echo)));
	assert_int_equal(guarded_host_refused(GUARD_OLD_ACK), COOKIE_NUMBERS);
	echo[5] ^= 1;
	echo[7] ^= 1;
	assert_true(guarded_host_judge(&guarded.peer, echo, sizeof(echo)));
	assert_int_equal(guarded.host.receivedDataLength, 10);
}

static void what_comes_to_nobody_and_is_no_request_is_a_strangers(void **state)
{
	(void)state;
	assert_false(guarded_host_judge(NULL, BYTES(0x0f, 0xff, 0x44, 0xff, 0, 2, 0, 0, 0, 0)));
	assert_int_equal(guarded_host_refused(GUARD_STRANGER), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_HOST(a_request_is_answered_by_one_challenge_shorter_than_it),
		ON_A_HOST(an_echo_brings_enet_the_request_that_was_kept_with_our_mtu),
		ON_A_HOST(an_echo_before_a_repeated_request_brings_enet_the_request_alone),
		ON_A_HOST(a_proven_address_is_not_asked_again),
		ON_A_HOST(an_address_asks_for_so_many_connections_a_second),
		ON_A_HOST(an_echo_of_something_else_opens_nothing),
		ON_A_HOST(an_echo_from_another_port_opens_nothing),
		ON_A_HOST(an_echo_that_is_a_minute_late_opens_nothing),
		ON_A_HOST(a_handshake_that_is_sent_again_opens_nothing),
		ON_A_HOST(a_late_echo_is_cut_out_of_a_peers_datagram),
		ON_A_HOST(what_comes_to_nobody_and_is_no_request_is_a_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a turn of the relay's server takes in, and when it knows that there is no more. */
#include "tests/fixtures/server_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/net/net.h"
#include "proto/enet/host_internal.h"
#include "proto/enet/deadline.h"
#include "proto/enet/platform.h"
#include "proto/wire/states.h"
#include "relay/log/log.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)

enum {
	ENET_BATCH = 256, /* datagrams that ENet takes at once, and no more */
	OUR_BATCH = PLATFORM_BATCH_DATAGRAMS,
};

/* A turn takes all. */

static void a_turn_takes_more_than_enet_takes_at_once(void **state)
{
	static const unsigned counts[] = {
		1,
		OUR_BATCH - 1,
		OUR_BATCH,
		OUR_BATCH + 1,
		3 * OUR_BATCH,
		ENET_BATCH - 1,
		ENET_BATCH,
		ENET_BATCH + 1,
		3 * ENET_BATCH,
		1000,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		const uint64_t before = inbox.server.relay.accounting.messages_in;

		inbox_ask_often(i % 2, counts[i]);
		inbox_pass_ms(2);
		inbox_turn();
		assert_int_equal(inbox_taken_since(before), counts[i]);
		assert_true(inbox_is_queue_empty());
		assert_false(inbox.server.is_behind);
		inbox_run_ms(20);
	}
}

/* ENet hands out what it has before it looks for more. */
static void what_is_left_of_a_turn_whose_time_was_over_does_not_hide_the_queue(void **state)
{
	const uint64_t before = inbox.server.relay.accounting.messages_in;

	(void)state;
	inbox_ask_often_in_order(0, 100);
	inbox_pass_ms(2);
	inbox.step_ns = 300 * US;
	inbox_turn();
	inbox.step_ns = 0;
	assert_in_range(inbox_taken_since(before), 1, 50);
	assert_true(inbox.server.is_behind);
	inbox_ask_often_in_order(1, 100);
	inbox_pass_ms(2);
	assert_false(inbox_is_queue_empty());
	inbox_turn();
	assert_int_equal(inbox_taken_since(before), 200);
	assert_true(inbox_is_queue_empty());
	assert_false(inbox.server.is_behind);
}

static void a_turn_whose_time_is_over_finishes_no_more_than_a_batch(void **state)
{
	const uint64_t before = inbox.server.relay.accounting.messages_in;

	(void)state;
	inbox_ask_often(0, 10 * PLATFORM_BATCH_DATAGRAMS);
	inbox_pass_ms(2);
	inbox.step_ns = 2 * MS;
	inbox_turn();
	inbox.step_ns = 0;
	assert_in_range(inbox_taken_since(before), 0, PLATFORM_BATCH_DATAGRAMS);
	assert_true(inbox.server.is_behind);
	assert_false(inbox_is_queue_empty());
	inbox_turn();
	assert_int_equal(inbox_taken_since(before), 10 * PLATFORM_BATCH_DATAGRAMS);
	assert_false(inbox.server.is_behind);
}

/* Whose connection has an earlier message that waits must not be overtaken by a later one. */
static void a_message_past_enet_s_lists_does_not_overtake_one_in_them(void **state)
{
	(void)state;
	inbox.guests[0].answer_count = 0;
	for (uint64_t i = 1; i <= 6; i++)
		inbox_ask_as(0, i % 2 == 1 ? ENET_PACKET_FLAG_UNSEQUENCED : 0, i);
	inbox_pass_ms(2);
	inbox_turn();
	inbox_pass_ms(2);
	inbox_hear(&inbox.guests[0]);
	assert_int_equal(inbox.guests[0].answer_count, 6);
	for (uint64_t i = 1; i <= 6; i++)
		assert_int_equal(inbox.guests[0].answers[i - 1].sent_us, i);
}

static void a_message_that_comes_twice_is_taken_once(void **state)
{
	const uint64_t before = inbox.server.relay.accounting.messages_in;

	(void)state;
	inbox.is_doubling = true;
	inbox_ask_often(0, 10);
	inbox_pass_ms(2);
	inbox_turn();
	assert_int_equal(inbox_taken_since(before), 10);
	assert_true(inbox_is_queue_empty());
}

/* ENet stops when somebody is connected, with fewer datagrams than it takes at once. */
static void what_lies_behind_a_connection_is_taken_with_it(void **state)
{
	const uint64_t before = inbox.server.relay.accounting.messages_in;

	(void)state;
	inbox_begin_to_connect(2);
	inbox_hear(&inbox.guests[2]); /* CONNECT */
	inbox_pass_ms(2);
	inbox_turn(); /* VERIFY CONNECT */
	inbox_pass_ms(2);
	inbox_hear(&inbox.guests[2]); /* its acknowledgement */
	inbox_ask_often(0, 20);
	inbox_pass_ms(2);
	assert_int_equal(inbox.server.relay.accounting.clients, 2);
	inbox_turn();
	assert_int_equal(inbox.server.relay.accounting.clients, 3);
	assert_int_equal(inbox_taken_since(before), 20);
	assert_true(inbox_is_queue_empty());
}

static void what_lies_behind_a_farewell_is_taken_with_it(void **state)
{
	const uint64_t before = inbox.server.relay.accounting.messages_in;

	(void)state;
	enet_peer_disconnect(inbox.guests[1].peer, 0);
	enet_host_flush(inbox.guests[1].host);
	inbox_ask_often(0, 20);
	inbox_pass_ms(2);
	inbox_turn();
	assert_int_equal(inbox_taken_since(before), 20);
	assert_true(inbox_is_queue_empty());
	/* ENet tells of it when it has acknowledged it, which it did with all that left the turn.
	 */
	inbox_turn();
	assert_int_equal(inbox.server.relay.member_count, 1);
}

/* ENet takes a batch of these without a word. */
static void what_tells_the_rules_nothing_does_not_hide_what_lies_behind_it(void **state)
{
	const uint64_t before = inbox.server.relay.accounting.messages_in;

	(void)state;
	for (int i = 0; i < 2 * ENET_BATCH + 10; i++) {
		enet_peer_ping(inbox.guests[0].peer);
		enet_host_flush(inbox.guests[0].host);
	}
	inbox_ask_often(1, 20);
	inbox_pass_ms(2);
	inbox_turn();
	assert_int_equal(inbox_taken_since(before), 20);
	assert_true(inbox_is_queue_empty());
	assert_false(inbox.server.is_behind);
}

/* To let ENet look again costs a walk over all its peers. */
static void a_queue_that_was_seen_empty_is_not_looked_into_again(void **state)
{
	(void)state;
	inbox.empty_looks = 0;
	inbox_turn();
	assert_int_equal(inbox.empty_looks, 1);
	inbox_ask_often(0, 100);
	inbox_pass_ms(2);
	inbox.empty_looks = 0;
	inbox_turn();
	assert_int_equal(inbox.empty_looks, 1);
	assert_true(inbox_is_queue_empty());
}

/* And what there is to answer. */

static void tell_where(size_t n)
{
	const struct states_record record = { .seq = 1, .position = { 1, 2, 3 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);

	assert_true(states_add(&builder, &record));
	inbox_say(n, ENET_PACKET_FLAG_UNSEQUENCED, data, states_finish(&builder));
}

static void an_acknowledgement_goes_along_with_a_state(void **state)
{
	(void)state;
	inbox_run_ms(400);
	enet_peer_ping(inbox.guests[1].peer);
	enet_host_flush(inbox.guests[1].host);
	tell_where(0);
	inbox_pass_ms(2);
	inbox.sent = 0;
	inbox_turn();
	assert_int_equal(inbox.server.relay.accounting.snapshots_out, 1);
	assert_int_equal(inbox.sent, 1);
	inbox_pass_ms(2);
	inbox_hear(&inbox.guests[1]);
	assert_true(enet_list_empty(&inbox.guests[1].peer->sentReliableCommands));
}

static void what_no_state_takes_along_leaves_with_the_turn(void **state)
{
	(void)state;
	inbox_run_ms(400);
	for (size_t i = 0; i < 2; i++) {
		enet_peer_ping(inbox.guests[i].peer);
		enet_host_flush(inbox.guests[i].host);
	}
	inbox_pass_ms(2);
	inbox.sent = 0;
	inbox_turn();
	assert_int_equal(inbox.sent, 2);
	inbox_pass_ms(2);
	for (size_t i = 0; i < 2; i++) {
		inbox_hear(&inbox.guests[i]);
		assert_true(enet_list_empty(&inbox.guests[i].peer->sentReliableCommands));
	}
}

static void who_knocks_is_answered_in_the_same_turn(void **state)
{
	(void)state;
	inbox_run_ms(400);
	inbox_begin_to_connect(2);
	inbox_hear(&inbox.guests[2]); /* CONNECT */
	inbox_pass_ms(2);
	inbox.sent = 0;
	inbox_turn();
	assert_int_equal(inbox.sent, 1);
}

/* The relay notes so many that ENet has something for, and lets it look for them if there are more.
 */
static void however_many_there_are_to_answer_all_are_in_one_turn(void **state)
{
	(void)state;
	for (size_t i = 2; i < INBOX_GUESTS; i++)
		inbox_begin_to_connect(i);
	inbox_run_ms(400);
	for (size_t i = 0; i < INBOX_GUESTS; i++) {
		assert_true(inbox.guests[i].is_connected);
		enet_peer_ping(inbox.guests[i].peer);
		enet_host_flush(inbox.guests[i].host);
	}
	inbox_pass_ms(2);
	inbox.sent = 0;
	inbox_turn();
	assert_int_equal(inbox.sent, INBOX_GUESTS);
	inbox_pass_ms(2);
	for (size_t i = 0; i < INBOX_GUESTS; i++) {
		inbox_hear(&inbox.guests[i]);
		assert_true(enet_list_empty(&inbox.guests[i].peer->sentReliableCommands));
	}
}

/* Not with the next look at the shares of bandwidth, once a second, when ENet does it anyway. */
static void what_was_lost_is_sent_again_when_its_time_has_come(void **state)
{
	ENetHost *host = inbox.server.host->enet;
	ENetPeer *peer = &host->peers[1];
	int64_t due_ns;

	(void)state;
	inbox_run_ms(400);
	inbox.is_losing = true;
	enet_peer_ping(peer);
	inbox_turn(); /* which finds that ENet wants to send it, */
	inbox_turn(); /* and lets it */
	inbox.is_losing = false;
	assert_false(enet_list_empty(&peer->sentReliableCommands));
	due_ns = deadline_ns(host);
	assert_in_range(due_ns, net_now_ns() + 1, net_now_ns() + 900 * MS);
	host->bandwidthThrottleEpoch = platform_time_ms(due_ns);
	while (net_now_ns() < due_ns)
		inbox_run_ms(1);
	inbox_run_ms(10);
	assert_true(enet_list_empty(&peer->sentReliableCommands));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(a_turn_takes_more_than_enet_takes_at_once),
		STAGED(what_is_left_of_a_turn_whose_time_was_over_does_not_hide_the_queue),
		STAGED(a_turn_whose_time_is_over_finishes_no_more_than_a_batch),
		STAGED(a_message_past_enet_s_lists_does_not_overtake_one_in_them),
		STAGED(a_message_that_comes_twice_is_taken_once),
		STAGED(what_lies_behind_a_connection_is_taken_with_it),
		STAGED(what_lies_behind_a_farewell_is_taken_with_it),
		STAGED(what_tells_the_rules_nothing_does_not_hide_what_lies_behind_it),
		STAGED(a_queue_that_was_seen_empty_is_not_looked_into_again),
		STAGED(an_acknowledgement_goes_along_with_a_state),
		STAGED(what_no_state_takes_along_leaves_with_the_turn),
		STAGED(who_knocks_is_answered_in_the_same_turn),
		STAGED(however_many_there_are_to_answer_all_are_in_one_turn),
		STAGED(what_was_lost_is_sent_again_when_its_time_has_come),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("inbox", tests, NULL, NULL);
}

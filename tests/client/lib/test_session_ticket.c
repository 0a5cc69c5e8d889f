/* libstarling: by which ticket a session is the same member by another connection. */
#include "client/lib/starling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/client/session_fixture.h"

/* The client's first port, to and from which nothing arrives. */
static uint16_t dead_port;

static bool arrives(void *context, const struct sim_datagram *datagram, struct sim_fate *fate)
{
	(void)context;
	(void)fate;
	return datagram->from.port != dead_port && datagram->to.port != dead_port;
}

static void send_welcome(struct session_fixture *fixture, uint32_t member, const char *ticket)
{
	struct wire_welcome welcome = fake_relay_welcome(&fixture->relay, member);

	welcome.ticket = (struct wire_bytes){ (const uint8_t *)ticket, strlen(ticket) };
	welcome.grace_ms = 30000;
	fake_relay_send_welcome(&fixture->relay, &welcome);
	fake_relay_send_joined(&fixture->relay, 2, "bob");
	fake_relay_send_keyframe(&fixture->relay, NULL, 0, true);
	session_fixture_run(fixture, 10);
}

/* The ticket of the client's next HELLO must be this one. */
static void expect_hello(struct session_fixture *fixture, const char *ticket)
{
	const struct fake_relay_message *message = fake_relay_next(&fixture->relay, WIRE_HELLO);
	struct wire_hello hello;

	assert_non_null(message);
	assert_int_equal(wire_hello_decode(message->bytes, message->size, &hello), WIRE_OK);
	assert_true(hello.resume);
	assert_int_equal(hello.ticket.size, strlen(ticket));
	if (hello.ticket.size > 0)
		assert_memory_equal(hello.ticket.data, ticket, hello.ticket.size);
}

/* In the room as member 1 with the ticket "a", with bob. */
static void join(struct session_fixture *fixture)
{
	session_fixture_open(fixture);
	session_fixture_run(fixture, 50);
	expect_hello(fixture, "");
	send_welcome(fixture, 1, "a");
	session_fixture_expect(fixture, STARLING_WELCOME);
	session_fixture_expect(fixture, STARLING_MEMBER_JOINED);
	session_fixture_expect(fixture, STARLING_READY);
}

/* The relay forgets its connections. */
static void lose_the_relay(struct session_fixture *fixture)
{
	join(fixture);
	fixture->is_cut = true;
	fake_relay_close(&fixture->relay);
	fake_relay_open(&fixture->relay, fixture->config.port);
	fixture->is_cut = false;
	session_fixture_run(fixture, 2500);
	session_fixture_expect_nothing(fixture);
	expect_hello(fixture, "a");
}

/* The client's first connection is dead, until a second one has come so far. */
static ENetPeer *lose_the_port(struct session_fixture *fixture)
{
	ENetPeer *first;

	join(fixture);
	first = fixture->relay.peer;
	dead_port = first->address.port;
	sim_set_fate(fixture->sim, arrives, NULL);
	while (fixture->relay.connect_count < 2)
		session_fixture_run(fixture, 5);
	return first;
}

static void a_connection_that_is_heard_in_time_is_kept(void **state)
{
	struct session_fixture *fixture = *state;

	lose_the_port(fixture);
	dead_port = 0;
	session_fixture_run(fixture, 2000);
	session_fixture_expect_nothing(fixture);
	assert_null(fake_relay_next(&fixture->relay, WIRE_HELLO));
	assert_int_equal(fixture->relay.disconnect_count, 1);
	assert_int_equal(session_fixture_stats(fixture).rejoins, 0);
}

/* From HELLO on, the relay may have dropped the first connection. */
static void after_hello_the_second_connection_stays(void **state)
{
	struct session_fixture *fixture = *state;
	ENetPeer *first = lose_the_port(fixture), *second = fixture->relay.peer;

	session_fixture_run(fixture, 300);
	expect_hello(fixture, "a");
	dead_port = 0;
	fixture->relay.peer = first;
	fake_relay_send_event(&fixture->relay, WIRE_TO_ALL, 2, "last words", true);
	session_fixture_run(fixture, 50);
	session_fixture_expect(fixture, STARLING_MESSAGE);
	enet_peer_disconnect_now(first, 0);
	session_fixture_run(fixture, 50);
	session_fixture_expect_nothing(fixture);
	fixture->relay.peer = second;
	send_welcome(fixture, 1, "a");
	session_fixture_expect(fixture, STARLING_WELCOME);
	session_fixture_expect(fixture, STARLING_READY);
	session_fixture_expect_nothing(fixture);
	assert_int_equal(fixture->relay.disconnect_count, 0);
}

/* The relay may have made it the member's own. */
static void an_unanswered_second_connection_ends_without_a_word(void **state)
{
	struct session_fixture *fixture = *state;

	ENetPeer *second;

	lose_the_port(fixture);
	second = fixture->relay.peer;
	session_fixture_run(fixture, 5500);
	session_fixture_expect_nothing(fixture);
	expect_hello(fixture, "a");
	expect_hello(fixture, "a");
	assert_ptr_not_equal(fixture->relay.peer, second);
	assert_int_equal(second->state, ENET_PEER_STATE_CONNECTED);
}

static void with_its_ticket_a_session_is_the_member_that_it_was(void **state)
{
	struct session_fixture *fixture = *state;

	lose_the_relay(fixture);
	send_welcome(fixture, 1, "a");
	session_fixture_expect(fixture, STARLING_WELCOME);
	session_fixture_expect(fixture, STARLING_READY);
	session_fixture_expect_nothing(fixture);
	assert_int_equal(starling_members(fixture->session, NULL, 0), 1);
}

static void with_another_ticket_it_is_a_new_member_even_of_the_same_id(void **state)
{
	struct session_fixture *fixture = *state;

	lose_the_relay(fixture);
	send_welcome(fixture, 1, "b");
	session_fixture_expect(fixture, STARLING_LOST);
	session_fixture_expect(fixture, STARLING_WELCOME);
	session_fixture_expect(fixture, STARLING_MEMBER_JOINED);
	session_fixture_expect(fixture, STARLING_READY);
	session_fixture_expect_nothing(fixture);
}

static void a_session_that_does_not_rejoin_is_no_new_member(void **state)
{
	struct session_fixture *fixture = *state;

	fixture->config.rejoin_s = 0;
	lose_the_relay(fixture);
	send_welcome(fixture, 1, "b");
	session_fixture_expect(fixture, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_LOST);
	session_fixture_run(fixture, 100);
	assert_int_equal(fixture->relay.disconnect_count, 1);
}

static void a_relay_that_refuses_it_ends_the_session(void **state)
{
	struct session_fixture *fixture = *state;

	lose_the_relay(fixture);
	fake_relay_send_disconnect(&fixture->relay, WIRE_REFUSED, WIRE_REASON_ROOM_FULL, "full");
	session_fixture_run(fixture, 10);
	session_fixture_expect(fixture, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_ROOM_FULL);
}

static void leaving_meanwhile_ends_the_session(void **state)
{
	struct session_fixture *fixture = *state;

	lose_the_relay(fixture);
	starling_leave(fixture->session);
	session_fixture_run(fixture, 1100);
	session_fixture_expect(fixture, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_LEFT);
	/* By the second connection, which the relay took for the member's. */
	assert_int_equal(fixture->relay.disconnect_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(with_its_ticket_a_session_is_the_member_that_it_was),
		SESSION_TEST(with_another_ticket_it_is_a_new_member_even_of_the_same_id),
		SESSION_TEST(a_session_that_does_not_rejoin_is_no_new_member),
		SESSION_TEST(a_connection_that_is_heard_in_time_is_kept),
		SESSION_TEST(after_hello_the_second_connection_stays),
		SESSION_TEST(an_unanswered_second_connection_ends_without_a_word),
		SESSION_TEST(a_relay_that_refuses_it_ends_the_session),
		SESSION_TEST(leaving_meanwhile_ends_the_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* libstarling: a session from joining to leaving, against a fake relay. */
#include "client/lib/starling.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/client/session_fixture.h"

/* Joining. */

static void hello_carries_the_configuration(void **state)
{
	struct session_fixture *fixture = *state;
	const struct fake_relay_message *received;
	struct wire_hello hello;

	fixture->config.room = "garden";
	fixture->config.token = "pass";
	fixture->config.token_bytes = 4;
	fixture->config.up = STARLING_SEQUENCED;
	fixture->config.down = STARLING_RELIABLE;
	fixture->config.echo = true;
	fixture->config.interest = STARLING_RADIUS;
	fixture->config.radius_m = 2.5;
	session_fixture_open(fixture);
	assert_int_equal(starling_status(fixture->session), STARLING_CONNECTING);
	session_fixture_run(fixture, 50);
	assert_int_equal(starling_status(fixture->session), STARLING_JOINING);
	assert_int_equal(fixture->relay.connect_data, wire_connect_data());
	received = fake_relay_next(&fixture->relay, WIRE_HELLO);
	assert_non_null(received);
	assert_int_equal(received->channel, WIRE_CHANNEL_CONTROL);
	assert_true(received->flags & ENET_PACKET_FLAG_RELIABLE);
	assert_int_equal(wire_hello_decode(received->bytes, received->size, &hello), WIRE_OK);
	assert_memory_equal(hello.room.data, "garden", hello.room.size);
	assert_memory_equal(hello.name.data, "ada", hello.name.size);
	assert_memory_equal(hello.token.data, "pass", hello.token.size);
	assert_int_equal(hello.settings.up, WIRE_SEQUENCED);
	assert_int_equal(hello.settings.down, WIRE_RELIABLE);
	assert_true(hello.settings.echo);
	assert_int_equal(hello.settings.interest, WIRE_RADIUS);
	assert_int_equal(hello.settings.range, 2500);
}

static void a_radius_is_asked_for_again_in_the_rooms_grain(void **state)
{
	struct session_fixture *fixture = *state;
	struct wire_welcome welcome;
	struct wire_settings settings;
	const struct fake_relay_message *received;

	fixture->config.interest = STARLING_RADIUS;
	fixture->config.radius_m = 2.5;
	session_fixture_open(fixture);
	session_fixture_run(fixture, 50);
	welcome = fake_relay_welcome(&fixture->relay, 1);
	welcome.grain_um = 10000;
	fake_relay_send_welcome(&fixture->relay, &welcome);
	session_fixture_run(fixture, 50);
	received = fake_relay_next(&fixture->relay, WIRE_SETTINGS);
	assert_non_null(received);
	assert_int_equal(wire_settings_decode(received->bytes, received->size, &settings), WIRE_OK);
	assert_int_equal(settings.range, 250);
}

static void a_session_is_ready_when_the_last_keyframe_has_come(void **state)
{
	struct session_fixture *fixture = *state;
	struct wire_welcome welcome;
	struct starling_settings settings;
	int64_t now_us;

	session_fixture_open(fixture);
	session_fixture_run(fixture, 50);
	assert_false(starling_clock(fixture->session, &now_us, NULL));
	welcome = fake_relay_welcome(&fixture->relay, 5);
	fake_relay_send_welcome(&fixture->relay, &welcome);
	fake_relay_send_keyframe(&fixture->relay, NULL, 0, false);
	session_fixture_run(fixture, 10);
	session_fixture_expect(fixture, STARLING_WELCOME);
	assert_int_equal(fixture->event.member, 5);
	session_fixture_expect_nothing(fixture);
	assert_int_equal(starling_status(fixture->session), STARLING_JOINING);
	fake_relay_send_keyframe(&fixture->relay, NULL, 0, true);
	fake_relay_send_keyframe(&fixture->relay, NULL, 0, true);
	session_fixture_run(fixture, 10);
	session_fixture_expect(fixture, STARLING_READY);
	session_fixture_expect_nothing(fixture);
	assert_int_equal(starling_status(fixture->session), STARLING_PLAYING);
	starling_settings(fixture->session, &settings);
	assert_int_equal(settings.member, 5);
	assert_int_equal(settings.entity_limit, 64);
	assert_true(settings.grain_m > 0.00099 && settings.grain_m < 0.00101);
}

static void the_rooms_clock_is_known_within_its_bound(void **state)
{
	struct session_fixture *fixture = *state;
	int64_t now_us, error_us, off_us;

	session_fixture_join(fixture);
	for (int i = 0; i < 100; i++) {
		session_fixture_run(fixture, 50);
		assert_true(starling_clock(fixture->session, &now_us, &error_us));
		off_us = now_us - (int64_t)fake_relay_clock_us(&fixture->relay);
		assert_true(off_us <= error_us && off_us >= -error_us);
	}
	/* Exchanges of one 5 ms step each way bound it far better than HELLO's round trip did. */
	assert_true(error_us < 6000);
	assert_true(session_fixture_stats(fixture).rtt_s >= 0 &&
		    session_fixture_stats(fixture).rtt_s < 0.011);
	/* A burst of five within half a second, then one every two seconds. */
	for (int i = 0; i < 7; i++)
		assert_non_null(fake_relay_next(&fixture->relay, WIRE_CLOCK));
	assert_null(fake_relay_next(&fixture->relay, WIRE_CLOCK));
}

static void impossible_clock_answers_are_counted_and_ignored(void **state)
{
	struct session_fixture *fixture = *state;

	fixture->relay.is_clock_broken = true;
	session_fixture_join(fixture);
	session_fixture_run(fixture, 1000);
	assert_int_equal(session_fixture_stats(fixture).malformed, 5);
	assert_true(session_fixture_stats(fixture).rtt_s < 0);
}

static void answers_to_no_request_are_ignored(void **state)
{
	struct session_fixture *fixture = *state;
	const struct fake_relay_message *received;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct wire_clock clock;
	int64_t now_us, error_us;
	double rtt_s;

	session_fixture_join(fixture);
	session_fixture_run(fixture, 1000);
	rtt_s = session_fixture_stats(fixture).rtt_s;
	for (int i = 0; i < 5; i++)
		received = fake_relay_next(&fixture->relay, WIRE_CLOCK);
	assert_non_null(received);
	assert_int_equal(wire_clock_decode(received->bytes, received->size, &clock), WIRE_OK);
	/* The newest request answered again, later; then a request that was never sent. */
	for (int i = 0; i < 2; i++) {
		clock.received_us = fake_relay_clock_us(&fixture->relay) + 10000000;
		clock.answered_us = clock.received_us;
		fake_relay_send(&fixture->relay, WIRE_CHANNEL_CONTROL, WIRE_UNSEQUENCED, message,
				wire_clock_encode(message, sizeof(message), &clock));
		session_fixture_run(fixture, 0);
		assert_true(starling_clock(fixture->session, &now_us, &error_us));
		assert_in_range(now_us, fake_relay_clock_us(&fixture->relay) - 10000,
				fake_relay_clock_us(&fixture->relay) + 10000);
		assert_true(session_fixture_stats(fixture).rtt_s == rtt_s);
		clock.sent_us = (uint64_t)sim_now_ns(fixture->sim) / 1000;
	}
	assert_int_equal(session_fixture_stats(fixture).malformed, 0);
}

/* Ending. */

static void refused_ends_the_session_with_each_reason_but_that_the_relay_stops(void **state)
{
	struct session_fixture *fixture = *state;

	for (unsigned reason = 0; reason < WIRE_REASON_COUNT + 1; reason++) {
		if (reason == WIRE_REASON_STOPPING)
			continue;
		session_fixture_open(fixture);
		session_fixture_run(fixture, 50);
		fake_relay_send_disconnect(&fixture->relay, WIRE_REFUSED, (enum wire_reason)reason,
					   reason % 2 ? "not today" : "");
		session_fixture_run(fixture, 10);
		session_fixture_expect(fixture, STARLING_ENDED);
		assert_int_equal(fixture->event.reason, reason);
		assert_string_equal(fixture->event.text,
				    reason % 2
					    ? "not today"
					    : starling_reason_text((enum starling_reason)reason));
		session_fixture_expect_nothing(fixture);
		assert_int_equal(starling_status(fixture->session), STARLING_OVER);
		assert_int_equal(starling_update(fixture->session), -ENOTCONN);
		assert_int_equal(starling_wait(fixture->session, 1), -ENOTCONN);
		assert_int_equal(starling_fd(fixture->session), -1);
		assert_int_equal(starling_timeout_ms(fixture->session), -1);
		starling_close(fixture->session);
		fixture->session = NULL;
		session_fixture_run(fixture, 50);
	}
}

static void goodbye_for_good_ends_the_session_without_another_try(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_join(fixture);
	fake_relay_send_disconnect(&fixture->relay, WIRE_GOODBYE, WIRE_REASON_CLOSING,
				   "it was nice");
	session_fixture_run(fixture, 10);
	session_fixture_expect(fixture, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_CLOSING);
	assert_string_equal(fixture->event.text, "it was nice");
	session_fixture_run(fixture, 20000);
	assert_int_equal(fixture->relay.connect_count, 1);
}

/* The ways in which a relay may say that it stops. */
enum stop_way {
	STOP_GOODBYE,           /* to a member */
	STOP_GOODBYE_WHILE_NEW, /* to one who came while it was stopping */
	STOP_REFUSED,
	STOP_DISCONNECT, /* its message was lost */
	STOP_WAYS,
};

static void stop_relay(struct session_fixture *fixture, enum stop_way way)
{
	struct fake_relay *relay = &fixture->relay;

	if (way == STOP_GOODBYE || way == STOP_DISCONNECT) {
		session_fixture_join(fixture);
	} else {
		session_fixture_open(fixture);
		session_fixture_run(fixture, 50);
	}
	if (way == STOP_DISCONNECT)
		enet_peer_disconnect(relay->peer, wire_reason_data(WIRE_REASON_STOPPING));
	else
		fake_relay_send_disconnect(relay, way == STOP_REFUSED ? WIRE_REFUSED : WIRE_GOODBYE,
					   WIRE_REASON_STOPPING, "back at noon");
	session_fixture_run(fixture, 20);
}

static void a_relay_that_stops_is_tried_again_after_a_pause(void **state)
{
	struct session_fixture *fixture = *state;

	for (enum stop_way way = 0; way < STOP_WAYS; way++) {
		unsigned before = fixture->relay.connect_count + 1;

		stop_relay(fixture, way);
		session_fixture_expect(fixture, STARLING_LOST);
		assert_int_equal(fixture->event.reason, STARLING_REASON_STOPPING);
		assert_string_equal(fixture->event.text, way == STOP_DISCONNECT
								 ? "the relay is stopping"
								 : "back at noon");
		assert_int_equal(starling_status(fixture->session), STARLING_CONNECTING);
		session_fixture_run(fixture, 400);
		assert_int_equal(fixture->relay.connect_count, before);
		session_fixture_run(fixture, 1700);
		assert_int_equal(fixture->relay.connect_count, before + 1);
		session_fixture_welcome(fixture);
		session_fixture_expect(fixture, STARLING_WELCOME);
		starling_close(fixture->session);
		fixture->session = NULL;
		session_fixture_run(fixture, 50);
	}
}

static void a_relay_that_stops_ends_a_session_that_does_not_rejoin(void **state)
{
	struct session_fixture *fixture = *state;

	fixture->config.rejoin_s = 0;
	for (enum stop_way way = 0; way < STOP_WAYS; way++) {
		stop_relay(fixture, way);
		session_fixture_expect(fixture, STARLING_ENDED);
		assert_int_equal(fixture->event.reason, STARLING_REASON_STOPPING);
		starling_close(fixture->session);
		fixture->session = NULL;
		session_fixture_run(fixture, 50);
	}
}

/* Whoever can forge a DISCONNECT can cut the connection, but not keep the client from coming back.
 */
static void no_reason_in_a_disconnect_alone_ends_the_session(void **state)
{
	struct session_fixture *fixture = *state;

	for (unsigned reason = 0; reason <= 255; reason++) {
		session_fixture_join(fixture);
		enet_peer_disconnect(fixture->relay.peer,
				     wire_reason_data((enum wire_reason)reason));
		session_fixture_run(fixture, 20);
		session_fixture_expect(fixture, STARLING_LOST);
		assert_int_equal(fixture->event.reason, reason);
		assert_int_equal(starling_status(fixture->session), STARLING_CONNECTING);
		starling_close(fixture->session);
		fixture->session = NULL;
		session_fixture_run(fixture, 20);
	}
}

static void a_relay_of_another_version_ends_the_session_by_its_disconnect_alone(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_open(fixture);
	session_fixture_run(fixture, 20);
	enet_peer_disconnect(fixture->relay.peer, WIRE_MAGIC | (WIRE_VERSION + 1));
	session_fixture_run(fixture, 50);
	session_fixture_expect(fixture, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_VERSION);
	assert_non_null(strstr(fixture->event.text, "version 2"));
	assert_non_null(strstr(fixture->event.text, "version 1"));
}

static void leaving_sends_leave_and_ends_when_the_relay_agrees(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_join(fixture);
	starling_leave(fixture->session);
	assert_int_equal(starling_status(fixture->session), STARLING_LEAVING);
	session_fixture_run(fixture, 100);
	assert_non_null(fake_relay_next(&fixture->relay, WIRE_LEAVE));
	assert_int_equal(fixture->relay.disconnect_count, 1);
	session_fixture_expect(fixture, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_LEFT);
}

static void leaving_a_relay_that_is_gone_takes_a_second_at_most(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_join(fixture);
	fixture->is_cut = true;
	starling_leave(fixture->session);
	session_fixture_run(fixture, 900);
	session_fixture_expect_nothing(fixture);
	session_fixture_run(fixture, 110);
	session_fixture_expect(fixture, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_LEFT);
}

static void leaving_before_there_is_a_connection_ends_at_once(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_open(fixture);
	starling_leave(fixture->session);
	session_fixture_run(fixture, 0);
	session_fixture_expect(fixture, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_LEFT);
}

static void closing_notifies_the_relay_without_waiting(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_join(fixture);
	starling_close(fixture->session);
	fixture->session = NULL;
	session_fixture_run(fixture, 5);
	assert_int_equal(fixture->relay.disconnect_count, 1);
	starling_close(NULL);
}

static void too_many_waiting_events_end_the_session(void **state)
{
	struct session_fixture *fixture = *state;
	enum starling_event_type last = STARLING_WELCOME;
	char text[1001] = { 0 };
	unsigned count = 0;

	memset(text, 'x', 1000);
	session_fixture_join(fixture);
	/* Unreliable messages are dropped instead. */
	for (int i = 0; i < 1500; i++) {
		fake_relay_send_event(&fixture->relay, WIRE_TO_ALL, 2, text, false);
		session_fixture_run(fixture, 0);
	}
	assert_int_equal(starling_status(fixture->session), STARLING_PLAYING);
	assert_true(session_fixture_stats(fixture).messages_dropped > 400);
	for (int i = 0; i < 10; i++)
		fake_relay_send_event(&fixture->relay, WIRE_TO_ALL, 2, text, true);
	session_fixture_run(fixture, 100);
	while (starling_next(fixture->session, &fixture->event)) {
		last = fixture->event.type;
		count++;
	}
	assert_int_equal(last, STARLING_ENDED);
	assert_int_equal(fixture->event.reason, STARLING_REASON_SLOW);
	assert_true(count > 900 && count < 1100);
}

/* Polling. */

static void waiting_sleeps_until_the_next_thing_is_due(void **state)
{
	struct session_fixture *fixture = *state;
	int64_t before_ns;
	int timeout_ms;

	session_fixture_join(fixture);
	session_fixture_run(fixture, 1000);
	timeout_ms = starling_timeout_ms(fixture->session);
	assert_true(timeout_ms >= 0 && timeout_ms <= 2000);
	before_ns = sim_now_ns(fixture->sim);
	assert_int_equal(starling_wait(fixture->session, 0.002), 0);
	assert_true(sim_now_ns(fixture->sim) - before_ns <= 2000000);
	starling_publish(fixture->session, 0, &(struct starling_state){ .x = 1 });
	assert_int_equal(starling_timeout_ms(fixture->session), 0);
	before_ns = sim_now_ns(fixture->sim);
	assert_int_equal(starling_wait(fixture->session, 1), 0);
	assert_int_equal(sim_now_ns(fixture->sim), before_ns);
}

static void an_idle_session_sleeps_most_of_the_time(void **state)
{
	struct session_fixture *fixture = *state;
	int64_t end_ns;
	unsigned turns = 0;

	session_fixture_join(fixture);
	session_fixture_run(fixture, 1000);
	end_ns = sim_now_ns(fixture->sim) + INT64_C(10000000000);
	while (sim_now_ns(fixture->sim) < end_ns && turns < 10000) {
		assert_int_equal(starling_wait(fixture->session, 1), 0);
		starling_update(fixture->session);
		fake_relay_service(&fixture->relay);
		turns++;
	}
	/* Two pings a second each way with their answers, and a CLOCK every other second. */
	assert_in_range(turns, 10, 150);
}

static void two_sessions_live_in_one_process(void **state)
{
	struct session_fixture *fixture = *state;
	struct starling_event event;
	ENetPeer *first;

	session_fixture_join(fixture);
	first = fixture->relay.peer;
	fixture->config.name = "bob";
	assert_int_equal(starling_open(&fixture->other, &fixture->config, NULL), 0);
	session_fixture_run(fixture, 50);
	assert_ptr_not_equal(fixture->relay.peer, first);
	fake_relay_send_disconnect(&fixture->relay, WIRE_REFUSED, WIRE_REASON_NAME, "no bobs");
	session_fixture_run(fixture, 50);
	assert_true(starling_next(fixture->other, &event));
	assert_int_equal(event.type, STARLING_ENDED);
	assert_string_equal(event.text, "no bobs");
	session_fixture_expect_nothing(fixture);
	assert_int_equal(starling_status(fixture->session), STARLING_PLAYING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(hello_carries_the_configuration),
		SESSION_TEST(a_radius_is_asked_for_again_in_the_rooms_grain),
		SESSION_TEST(a_session_is_ready_when_the_last_keyframe_has_come),
		SESSION_TEST(the_rooms_clock_is_known_within_its_bound),
		SESSION_TEST(impossible_clock_answers_are_counted_and_ignored),
		SESSION_TEST(answers_to_no_request_are_ignored),
		SESSION_TEST(refused_ends_the_session_with_each_reason_but_that_the_relay_stops),
		SESSION_TEST(goodbye_for_good_ends_the_session_without_another_try),
		SESSION_TEST(a_relay_that_stops_is_tried_again_after_a_pause),
		SESSION_TEST(a_relay_that_stops_ends_a_session_that_does_not_rejoin),
		SESSION_TEST(no_reason_in_a_disconnect_alone_ends_the_session),
		SESSION_TEST(a_relay_of_another_version_ends_the_session_by_its_disconnect_alone),
		SESSION_TEST(leaving_sends_leave_and_ends_when_the_relay_agrees),
		SESSION_TEST(leaving_a_relay_that_is_gone_takes_a_second_at_most),
		SESSION_TEST(leaving_before_there_is_a_connection_ends_at_once),
		SESSION_TEST(closing_notifies_the_relay_without_waiting),
		SESSION_TEST(too_many_waiting_events_end_the_session),
		SESSION_TEST(waiting_sleeps_until_the_next_thing_is_due),
		SESSION_TEST(an_idle_session_sleeps_most_of_the_time),
		SESSION_TEST(two_sessions_live_in_one_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

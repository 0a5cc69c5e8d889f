/* libstarling: a session's life, against a relay played by hand. */
#include "client/lib/starling.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/stage.h"

/* Joining. */

static void hello_says_what_was_configured(void **state)
{
	struct stage *stage = *state;
	const struct fake_note *note;
	struct wire_hello hello;

	stage->config.room = "garden";
	stage->config.token = "pass";
	stage->config.token_bytes = 4;
	stage->config.up = STARLING_SEQUENCED;
	stage->config.down = STARLING_RELIABLE;
	stage->config.echo = true;
	stage->config.interest = STARLING_RADIUS;
	stage->config.radius_m = 2.5;
	stage_open(stage);
	assert_int_equal(starling_status(stage->session), STARLING_CONNECTING);
	stage_run(stage, 50);
	assert_int_equal(starling_status(stage->session), STARLING_JOINING);
	assert_int_equal(stage->relay.connect_data, wire_connect_data());
	note = fake_relay_take(&stage->relay, WIRE_HELLO);
	assert_non_null(note);
	assert_int_equal(note->channel, WIRE_CHANNEL_CONTROL);
	assert_true(note->flags & ENET_PACKET_FLAG_RELIABLE);
	assert_int_equal(wire_hello_decode(note->bytes, note->size, &hello), WIRE_OK);
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
	struct stage *stage = *state;
	struct wire_welcome welcome;
	struct wire_settings settings;
	const struct fake_note *note;

	stage->config.interest = STARLING_RADIUS;
	stage->config.radius_m = 2.5;
	stage_open(stage);
	stage_run(stage, 50);
	welcome = fake_relay_welcome(&stage->relay, 1);
	welcome.grain_um = 10000;
	fake_relay_say_welcome(&stage->relay, &welcome);
	stage_run(stage, 50);
	note = fake_relay_take(&stage->relay, WIRE_SETTINGS);
	assert_non_null(note);
	assert_int_equal(wire_settings_decode(note->bytes, note->size, &settings), WIRE_OK);
	assert_int_equal(settings.range, 250);
}

static void a_session_is_ready_when_the_last_keyframe_has_come(void **state)
{
	struct stage *stage = *state;
	struct wire_welcome welcome;
	struct starling_settings settings;
	int64_t now_us;

	stage_open(stage);
	stage_run(stage, 50);
	assert_false(starling_clock(stage->session, &now_us, NULL));
	welcome = fake_relay_welcome(&stage->relay, 5);
	fake_relay_say_welcome(&stage->relay, &welcome);
	fake_relay_say_keyframe(&stage->relay, NULL, 0, false);
	stage_run(stage, 10);
	stage_expect(stage, STARLING_WELCOME);
	assert_int_equal(stage->event.member, 5);
	stage_expect_nothing(stage);
	assert_int_equal(starling_status(stage->session), STARLING_JOINING);
	fake_relay_say_keyframe(&stage->relay, NULL, 0, true);
	fake_relay_say_keyframe(&stage->relay, NULL, 0, true);
	stage_run(stage, 10);
	stage_expect(stage, STARLING_READY);
	stage_expect_nothing(stage);
	assert_int_equal(starling_status(stage->session), STARLING_PLAYING);
	starling_settings(stage->session, &settings);
	assert_int_equal(settings.member, 5);
	assert_int_equal(settings.entity_limit, 64);
	assert_true(settings.grain_m > 0.00099 && settings.grain_m < 0.00101);
}

static void the_rooms_clock_is_known_within_its_bound(void **state)
{
	struct stage *stage = *state;
	int64_t now_us, error_us, off_us;

	stage_join(stage);
	for (int i = 0; i < 100; i++) {
		stage_run(stage, 50);
		assert_true(starling_clock(stage->session, &now_us, &error_us));
		off_us = now_us - (int64_t)fake_relay_clock_us(&stage->relay);
		assert_true(off_us <= error_us && off_us >= -error_us);
	}
	/* Exchanges of one 5 ms step each way bound it far better than HELLO's round trip did. */
	assert_true(error_us < 6000);
	assert_true(stage_stats(stage).rtt_s >= 0 && stage_stats(stage).rtt_s < 0.011);
	/* A burst of five within half a second, then one every two seconds. */
	for (int i = 0; i < 7; i++)
		assert_non_null(fake_relay_take(&stage->relay, WIRE_CLOCK));
	assert_null(fake_relay_take(&stage->relay, WIRE_CLOCK));
}

static void impossible_clock_answers_are_counted_and_not_believed(void **state)
{
	struct stage *stage = *state;

	stage->relay.is_clock_broken = true;
	stage_join(stage);
	stage_run(stage, 1000);
	assert_int_equal(stage_stats(stage).malformed, 5);
	assert_true(stage_stats(stage).rtt_s < 0);
}

static void answers_to_no_question_are_not_believed(void **state)
{
	struct stage *stage = *state;
	const struct fake_note *note;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct wire_clock clock;
	int64_t now_us, error_us;
	double rtt_s;

	stage_join(stage);
	stage_run(stage, 1000);
	rtt_s = stage_stats(stage).rtt_s;
	for (int i = 0; i < 5; i++)
		note = fake_relay_take(&stage->relay, WIRE_CLOCK);
	assert_non_null(note);
	assert_int_equal(wire_clock_decode(note->bytes, note->size, &clock), WIRE_OK);
	/* The newest question answered again, later; then a question that was never asked. */
	for (int i = 0; i < 2; i++) {
		clock.received_us = fake_relay_clock_us(&stage->relay) + 10000000;
		clock.answered_us = clock.received_us;
		fake_relay_say(&stage->relay, WIRE_CHANNEL_CONTROL, WIRE_UNSEQUENCED, message,
			       wire_clock_encode(message, sizeof(message), &clock));
		stage_run(stage, 0);
		assert_true(starling_clock(stage->session, &now_us, &error_us));
		assert_in_range(now_us, fake_relay_clock_us(&stage->relay) - 10000,
				fake_relay_clock_us(&stage->relay) + 10000);
		assert_true(stage_stats(stage).rtt_s == rtt_s);
		clock.sent_us = (uint64_t)sim_now_ns(stage->sim) / 1000;
	}
	assert_int_equal(stage_stats(stage).malformed, 0);
}

/* Ending. */

static void refused_ends_the_session_with_each_reason_but_that_the_relay_stops(void **state)
{
	struct stage *stage = *state;

	for (unsigned reason = 0; reason < WIRE_REASON_COUNT + 1; reason++) {
		if (reason == WIRE_REASON_STOPPING)
			continue;
		stage_open(stage);
		stage_run(stage, 50);
		fake_relay_say_farewell(&stage->relay, WIRE_REFUSED, (enum wire_reason)reason,
					reason % 2 ? "not today" : "");
		stage_run(stage, 10);
		stage_expect(stage, STARLING_ENDED);
		assert_int_equal(stage->event.reason, reason);
		assert_string_equal(stage->event.text,
				    reason % 2
					    ? "not today"
					    : starling_reason_text((enum starling_reason)reason));
		stage_expect_nothing(stage);
		assert_int_equal(starling_status(stage->session), STARLING_OVER);
		assert_int_equal(starling_update(stage->session), -ENOTCONN);
		assert_int_equal(starling_wait(stage->session, 1), -ENOTCONN);
		assert_int_equal(starling_fd(stage->session), -1);
		assert_int_equal(starling_timeout_ms(stage->session), -1);
		starling_close(stage->session);
		stage->session = NULL;
		stage_run(stage, 50);
	}
}

static void goodbye_for_good_ends_the_session_without_another_try(void **state)
{
	struct stage *stage = *state;

	stage_join(stage);
	fake_relay_say_farewell(&stage->relay, WIRE_GOODBYE, WIRE_REASON_CLOSING, "it was nice");
	stage_run(stage, 10);
	stage_expect(stage, STARLING_ENDED);
	assert_int_equal(stage->event.reason, STARLING_REASON_CLOSING);
	assert_string_equal(stage->event.text, "it was nice");
	stage_run(stage, 20000);
	assert_int_equal(stage->relay.connect_count, 1);
}

/* A relay stops, in each way in which it may say so. */
enum stop_way {
	STOP_GOODBYE,           /* to a member */
	STOP_GOODBYE_WHILE_NEW, /* to one who came while it was stopping */
	STOP_REFUSED,
	STOP_DISCONNECT, /* its words were lost */
	STOP_WAYS,
};

static void stop_relay(struct stage *stage, enum stop_way way)
{
	struct fake_relay *relay = &stage->relay;

	if (way == STOP_GOODBYE || way == STOP_DISCONNECT) {
		stage_join(stage);
	} else {
		stage_open(stage);
		stage_run(stage, 50);
	}
	if (way == STOP_DISCONNECT)
		enet_peer_disconnect(relay->peer, wire_reason_data(WIRE_REASON_STOPPING));
	else
		fake_relay_say_farewell(relay, way == STOP_REFUSED ? WIRE_REFUSED : WIRE_GOODBYE,
					WIRE_REASON_STOPPING, "back at noon");
	stage_run(stage, 20);
}

static void a_relay_that_stops_is_tried_again_after_a_pause(void **state)
{
	struct stage *stage = *state;

	for (enum stop_way way = 0; way < STOP_WAYS; way++) {
		unsigned before = stage->relay.connect_count + 1;

		stop_relay(stage, way);
		stage_expect(stage, STARLING_LOST);
		assert_int_equal(stage->event.reason, STARLING_REASON_STOPPING);
		assert_string_equal(stage->event.text, way == STOP_DISCONNECT
							       ? "the relay is stopping"
							       : "back at noon");
		assert_int_equal(starling_status(stage->session), STARLING_CONNECTING);
		stage_run(stage, 400);
		assert_int_equal(stage->relay.connect_count, before);
		stage_run(stage, 1700);
		assert_int_equal(stage->relay.connect_count, before + 1);
		stage_welcome(stage);
		stage_expect(stage, STARLING_WELCOME);
		starling_close(stage->session);
		stage->session = NULL;
		stage_run(stage, 50);
	}
}

static void a_relay_that_stops_ends_a_session_that_does_not_rejoin(void **state)
{
	struct stage *stage = *state;

	stage->config.rejoin_s = 0;
	for (enum stop_way way = 0; way < STOP_WAYS; way++) {
		stop_relay(stage, way);
		stage_expect(stage, STARLING_ENDED);
		assert_int_equal(stage->event.reason, STARLING_REASON_STOPPING);
		starling_close(stage->session);
		stage->session = NULL;
		stage_run(stage, 50);
	}
}

/* Whoever can forge a DISCONNECT can cut the connection, but not keep the client from coming back.
 */
static void no_reason_in_a_disconnect_alone_ends_the_session(void **state)
{
	struct stage *stage = *state;

	for (unsigned reason = 0; reason <= 255; reason++) {
		stage_join(stage);
		enet_peer_disconnect(stage->relay.peer, wire_reason_data((enum wire_reason)reason));
		stage_run(stage, 20);
		stage_expect(stage, STARLING_LOST);
		assert_int_equal(stage->event.reason, reason);
		assert_int_equal(starling_status(stage->session), STARLING_CONNECTING);
		starling_close(stage->session);
		stage->session = NULL;
		stage_run(stage, 20);
	}
}

static void a_relay_of_another_version_ends_the_session_by_its_disconnect_alone(void **state)
{
	struct stage *stage = *state;

	stage_open(stage);
	stage_run(stage, 20);
	enet_peer_disconnect(stage->relay.peer, WIRE_MAGIC | (WIRE_VERSION + 1));
	stage_run(stage, 50);
	stage_expect(stage, STARLING_ENDED);
	assert_int_equal(stage->event.reason, STARLING_REASON_VERSION);
	assert_non_null(strstr(stage->event.text, "version 2"));
	assert_non_null(strstr(stage->event.text, "version 1"));
}

static void leaving_says_leave_and_ends_when_the_relay_agrees(void **state)
{
	struct stage *stage = *state;

	stage_join(stage);
	starling_leave(stage->session);
	assert_int_equal(starling_status(stage->session), STARLING_LEAVING);
	stage_run(stage, 100);
	assert_non_null(fake_relay_take(&stage->relay, WIRE_LEAVE));
	assert_int_equal(stage->relay.disconnect_count, 1);
	stage_expect(stage, STARLING_ENDED);
	assert_int_equal(stage->event.reason, STARLING_REASON_LEFT);
}

static void leaving_a_relay_that_is_gone_takes_a_second_at_most(void **state)
{
	struct stage *stage = *state;

	stage_join(stage);
	stage->is_cut = true;
	starling_leave(stage->session);
	stage_run(stage, 900);
	stage_expect_nothing(stage);
	stage_run(stage, 110);
	stage_expect(stage, STARLING_ENDED);
	assert_int_equal(stage->event.reason, STARLING_REASON_LEFT);
}

static void leaving_before_there_is_a_connection_ends_at_once(void **state)
{
	struct stage *stage = *state;

	stage_open(stage);
	starling_leave(stage->session);
	stage_run(stage, 0);
	stage_expect(stage, STARLING_ENDED);
	assert_int_equal(stage->event.reason, STARLING_REASON_LEFT);
}

static void closing_tells_the_relay_without_waiting(void **state)
{
	struct stage *stage = *state;

	stage_join(stage);
	starling_close(stage->session);
	stage->session = NULL;
	stage_run(stage, 5);
	assert_int_equal(stage->relay.disconnect_count, 1);
	starling_close(NULL);
}

static void events_that_nobody_takes_end_the_session(void **state)
{
	struct stage *stage = *state;
	enum starling_event_type last = STARLING_WELCOME;
	char text[1001] = { 0 };
	unsigned count = 0;

	memset(text, 'x', 1000);
	stage_join(stage);
	/* Unreliable ones are dropped instead. */
	for (int i = 0; i < 1500; i++) {
		fake_relay_say_event(&stage->relay, WIRE_TO_ALL, 2, text, false);
		stage_run(stage, 0);
	}
	assert_int_equal(starling_status(stage->session), STARLING_PLAYING);
	assert_true(stage_stats(stage).messages_dropped > 400);
	for (int i = 0; i < 10; i++)
		fake_relay_say_event(&stage->relay, WIRE_TO_ALL, 2, text, true);
	stage_run(stage, 100);
	while (starling_next(stage->session, &stage->event)) {
		last = stage->event.type;
		count++;
	}
	assert_int_equal(last, STARLING_ENDED);
	assert_int_equal(stage->event.reason, STARLING_REASON_SLOW);
	assert_true(count > 900 && count < 1100);
}

/* Polling. */

static void waiting_sleeps_until_the_next_thing_is_due(void **state)
{
	struct stage *stage = *state;
	int64_t before_ns;
	int timeout_ms;

	stage_join(stage);
	stage_run(stage, 1000);
	timeout_ms = starling_timeout_ms(stage->session);
	assert_true(timeout_ms >= 0 && timeout_ms <= 2000);
	before_ns = sim_now_ns(stage->sim);
	assert_int_equal(starling_wait(stage->session, 0.002), 0);
	assert_true(sim_now_ns(stage->sim) - before_ns <= 2000000);
	starling_publish(stage->session, 0, &(struct starling_state){ .x = 1 });
	assert_int_equal(starling_timeout_ms(stage->session), 0);
	before_ns = sim_now_ns(stage->sim);
	assert_int_equal(starling_wait(stage->session, 1), 0);
	assert_int_equal(sim_now_ns(stage->sim), before_ns);
}

static void an_idle_session_sleeps_most_of_the_time(void **state)
{
	struct stage *stage = *state;
	int64_t end_ns;
	unsigned turns = 0;

	stage_join(stage);
	stage_run(stage, 1000);
	end_ns = sim_now_ns(stage->sim) + INT64_C(10000000000);
	while (sim_now_ns(stage->sim) < end_ns && turns < 10000) {
		assert_int_equal(starling_wait(stage->session, 1), 0);
		starling_update(stage->session);
		fake_relay_service(&stage->relay);
		turns++;
	}
	/* Two pings a second each way with their answers, and a CLOCK every other second. */
	assert_in_range(turns, 10, 150);
}

static void two_sessions_live_in_one_process(void **state)
{
	struct stage *stage = *state;
	struct starling_event event;
	ENetPeer *first;

	stage_join(stage);
	first = stage->relay.peer;
	stage->config.name = "bob";
	assert_int_equal(starling_open(&stage->other, &stage->config, NULL), 0);
	stage_run(stage, 50);
	assert_ptr_not_equal(stage->relay.peer, first);
	fake_relay_say_farewell(&stage->relay, WIRE_REFUSED, WIRE_REASON_NAME, "no bobs");
	stage_run(stage, 50);
	assert_true(starling_next(stage->other, &event));
	assert_int_equal(event.type, STARLING_ENDED);
	assert_string_equal(event.text, "no bobs");
	stage_expect_nothing(stage);
	assert_int_equal(starling_status(stage->session), STARLING_PLAYING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(hello_says_what_was_configured),
		STAGED(a_radius_is_asked_for_again_in_the_rooms_grain),
		STAGED(a_session_is_ready_when_the_last_keyframe_has_come),
		STAGED(the_rooms_clock_is_known_within_its_bound),
		STAGED(impossible_clock_answers_are_counted_and_not_believed),
		STAGED(answers_to_no_question_are_not_believed),
		STAGED(refused_ends_the_session_with_each_reason_but_that_the_relay_stops),
		STAGED(goodbye_for_good_ends_the_session_without_another_try),
		STAGED(a_relay_that_stops_is_tried_again_after_a_pause),
		STAGED(a_relay_that_stops_ends_a_session_that_does_not_rejoin),
		STAGED(no_reason_in_a_disconnect_alone_ends_the_session),
		STAGED(a_relay_of_another_version_ends_the_session_by_its_disconnect_alone),
		STAGED(leaving_says_leave_and_ends_when_the_relay_agrees),
		STAGED(leaving_a_relay_that_is_gone_takes_a_second_at_most),
		STAGED(leaving_before_there_is_a_connection_ends_at_once),
		STAGED(closing_tells_the_relay_without_waiting),
		STAGED(events_that_nobody_takes_end_the_session),
		STAGED(waiting_sleeps_until_the_next_thing_is_due),
		STAGED(an_idle_session_sleeps_most_of_the_time),
		STAGED(two_sessions_live_in_one_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* libstarling: messages to the relay. */
#include "client/lib/starling.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/client/session_fixture.h"

static void publish(struct session_fixture *fixture, unsigned index, double x)
{
	const struct starling_state state = { .x = x };

	assert_int_equal(starling_publish(fixture->session, index, &state), 0);
}

/* The next STATE that the relay got, decoded. */
static struct states_message next_state(struct session_fixture *fixture,
					const struct fake_relay_message **received)
{
	struct states_message message;

	*received = fake_relay_next(&fixture->relay, WIRE_STATE);
	assert_non_null(*received);
	assert_int_equal(states_decode((*received)->bytes, (*received)->size, &message), WIRE_OK);
	return message;
}

static void a_published_state_leaves_as_a_state_message(void **state)
{
	struct session_fixture *fixture = *state;
	struct states_message message;
	struct states_record record;
	const struct fake_relay_message *received;
	int64_t now_us;

	session_fixture_join(fixture);
	assert_true(starling_clock(fixture->session, &now_us, NULL));
	assert_int_equal(starling_publish(fixture->session, 2,
					  &(struct starling_state){ .x = 1.5,
								    .y = -2.0006,
								    .z = 1e9,
								    .payload = "ab",
								    .payload_bytes = 2,
								    .origin_us = now_us - 7000 }),
			 0);
	starling_flush(fixture->session);
	fake_relay_service(&fixture->relay);
	message = next_state(fixture, &received);
	assert_int_equal(received->channel, WIRE_CHANNEL_STATE);
	assert_true(received->flags & ENET_PACKET_FLAG_UNSEQUENCED);
	assert_true(states_next(&message, &record));
	assert_int_equal(record.index, 2);
	assert_int_equal(record.seq, 1);
	assert_int_equal(message.time_us - record.age_us, now_us - 7000);
	assert_int_equal(record.position[0], 1500);
	assert_int_equal(record.position[1], -2001);
	assert_int_equal(record.position[2], INT32_MAX);
	assert_int_equal(record.payload.size, 2);
	assert_memory_equal(record.payload.data, "ab", 2);
	assert_false(states_next(&message, &record));
	assert_int_equal(session_fixture_stats(fixture).published, 1);
}

static void states_of_one_turn_share_datagrams(void **state)
{
	struct session_fixture *fixture = *state;
	struct states_message message;
	struct states_record record;
	const struct fake_relay_message *received;
	unsigned count = 0;

	session_fixture_join(fixture);
	for (unsigned i = 0; i < 64; i++)
		publish(fixture, i, i);
	publish(fixture, 0, 77); /* replaces the one that has not left */
	session_fixture_run(fixture, 0);
	message = next_state(fixture, &received);
	while (states_next(&message, &record)) {
		assert_int_equal(record.index, count);
		assert_int_equal(record.seq, 1);
		assert_int_equal(record.position[0], count == 0 ? 77000 : count * 1000);
		count++;
	}
	assert_int_equal(count, 64);
	assert_null(fake_relay_next(&fixture->relay, WIRE_STATE));
}

static void states_that_fill_a_datagram_go_on_in_the_next(void **state)
{
	struct session_fixture *fixture = *state;
	struct starling_state published = { .x = 1, .payload = fixture, .payload_bytes = 64 };
	struct states_message message;
	struct states_record record;
	const struct fake_relay_message *received;
	unsigned count = 0, datagrams = 0;

	session_fixture_join(fixture);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(starling_publish(fixture->session, i, &published), 0);
	session_fixture_run(fixture, 0);
	while ((received = fake_relay_next(&fixture->relay, WIRE_STATE)) != NULL) {
		assert_int_equal(states_decode(received->bytes, received->size, &message), WIRE_OK);
		while (states_next(&message, &record))
			assert_int_equal(record.index, count++);
		datagrams++;
	}
	assert_int_equal(count, 64);
	assert_int_equal(datagrams, 5);
}

static void wrong_states_are_refused(void **state)
{
	struct session_fixture *fixture = *state;
	const struct starling_state rows[] = {
		{ .x = NAN },
		{ .y = INFINITY },
		{ .z = -INFINITY },
		{ .payload_bytes = 1 },
		{ .payload = fixture, .payload_bytes = 65 },
	};

	session_fixture_open(fixture);
	assert_int_equal(starling_publish(fixture->session, 0, &(struct starling_state){ .x = 1 }),
			 -ENOTCONN);
	session_fixture_welcome(fixture);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(starling_publish(fixture->session, 0, &rows[i]), -EINVAL);
	assert_int_equal(starling_publish(fixture->session, 64, &(struct starling_state){ .x = 1 }),
			 -EINVAL);
	assert_int_equal(session_fixture_stats(fixture).published, 0);
}

static void each_mode_uses_its_own_kind_of_packet(void **state)
{
	static const uint32_t flags[] = { ENET_PACKET_FLAG_UNSEQUENCED, 0,
					  ENET_PACKET_FLAG_RELIABLE };
	struct session_fixture *fixture = *state;
	struct wire_settings settings = { 0 };
	struct starling_settings in_force;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	const struct fake_relay_message *received;

	session_fixture_join(fixture);
	for (unsigned mode = 0; mode < WIRE_MODE_COUNT; mode++) {
		assert_int_equal(starling_set_modes(fixture->session, (enum starling_mode)mode,
						    STARLING_SEQUENCED),
				 0);
		session_fixture_run(fixture, 10);
		received = fake_relay_next(&fixture->relay, WIRE_SETTINGS);
		assert_non_null(received);
		assert_int_equal(wire_settings_decode(received->bytes, received->size, &settings),
				 WIRE_OK);
		assert_int_equal(settings.up, mode);
		assert_int_equal(settings.down, WIRE_SEQUENCED);
		fake_relay_send(&fixture->relay, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, message,
				wire_settings_encode(message, sizeof(message), &settings));
		session_fixture_run(fixture, 10);
		session_fixture_expect(fixture, STARLING_SETTINGS);
		starling_settings(fixture->session, &in_force);
		assert_int_equal(in_force.up, mode);
		publish(fixture, 0, mode);
		session_fixture_run(fixture, 10);
		next_state(fixture, &received);
		assert_int_equal(received->channel, WIRE_CHANNEL_STATE);
		assert_int_equal(received->flags &
					 (ENET_PACKET_FLAG_RELIABLE | ENET_PACKET_FLAG_UNSEQUENCED),
				 flags[mode]);
	}
	assert_int_equal(
		starling_set_modes(fixture->session, (enum starling_mode)3, STARLING_RELIABLE),
		-EINVAL);
}

static void a_state_that_rests_is_repeated_once_and_reliably(void **state)
{
	struct session_fixture *fixture = *state;
	struct states_message message;
	struct states_record record;
	const struct fake_relay_message *received;

	session_fixture_join(fixture);
	publish(fixture, 1, 5);
	session_fixture_run(fixture, 100);
	publish(fixture, 1, 6);
	session_fixture_run(fixture, 240);
	next_state(fixture, &received);
	next_state(fixture, &received);
	assert_null(fake_relay_next(&fixture->relay, WIRE_STATE));
	session_fixture_run(fixture, 30);
	message = next_state(fixture, &received);
	assert_int_equal(received->channel, WIRE_CHANNEL_CONTROL);
	assert_true(received->flags & ENET_PACKET_FLAG_RELIABLE);
	assert_true(states_next(&message, &record));
	assert_int_equal(record.index, 1);
	assert_int_equal(record.seq, 2);
	assert_int_equal(record.position[0], 6000);
	assert_in_range(record.age_us, 250000, 270000);
	/* Another one that moves and rests does not make it repeat again. */
	publish(fixture, 2, 1);
	session_fixture_run(fixture, 5000);
	next_state(fixture, &received);
	message = next_state(fixture, &received);
	assert_true(states_next(&message, &record));
	assert_int_equal(record.index, 2);
	assert_false(states_next(&message, &record));
	assert_null(fake_relay_next(&fixture->relay, WIRE_STATE));
}

static void without_settling_nothing_is_repeated(void **state)
{
	struct session_fixture *fixture = *state;
	const struct fake_relay_message *received;

	fixture->config.settle_s = 0;
	session_fixture_join(fixture);
	publish(fixture, 1, 5);
	session_fixture_run(fixture, 5000);
	next_state(fixture, &received);
	assert_null(fake_relay_next(&fixture->relay, WIRE_STATE));
}

static void with_a_reliable_up_mode_nothing_is_repeated(void **state)
{
	struct session_fixture *fixture = *state;
	const struct fake_relay_message *received;

	fixture->config.up = STARLING_RELIABLE;
	session_fixture_join(fixture);
	publish(fixture, 1, 5);
	session_fixture_run(fixture, 5000);
	next_state(fixture, &received);
	assert_null(fake_relay_next(&fixture->relay, WIRE_STATE));
}

static void enforce_up(struct session_fixture *fixture, enum wire_mode up)
{
	const struct wire_settings settings = { .up = up };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	fake_relay_send(&fixture->relay, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE, message,
			wire_settings_encode(message, sizeof(message), &settings));
	session_fixture_run(fixture, 10);
	session_fixture_expect(fixture, STARLING_SETTINGS);
}

static void expect_repeat(struct session_fixture *fixture, unsigned index)
{
	const struct fake_relay_message *received;
	struct states_message message = next_state(fixture, &received);
	struct states_record record;

	assert_int_equal(received->channel, WIRE_CHANNEL_CONTROL);
	assert_true(states_next(&message, &record));
	assert_int_equal(record.index, index);
}

static void a_state_that_left_unreliably_is_repeated_in_a_reliable_up_mode_too(void **state)
{
	struct session_fixture *fixture = *state;
	const struct fake_relay_message *received;

	session_fixture_join(fixture);
	publish(fixture, 1, 5);
	session_fixture_run(fixture, 100);
	publish(fixture, 2, 5);
	session_fixture_run(fixture, 10);
	enforce_up(fixture, WIRE_RELIABLE);
	publish(fixture, 3, 5);
	session_fixture_run(fixture, 5000);
	for (int i = 0; i < 3; i++) {
		next_state(fixture, &received);
		assert_int_equal(received->channel, WIRE_CHANNEL_STATE);
	}
	expect_repeat(fixture, 1);
	expect_repeat(fixture, 2);
	assert_null(fake_relay_next(&fixture->relay, WIRE_STATE));
}

static void removing_sends_gone_with_the_last_seq(void **state)
{
	struct session_fixture *fixture = *state;
	const struct fake_relay_message *received;
	struct states_message message;
	struct states_record record;
	struct wire_list list;
	struct wire_gone gone;

	session_fixture_join(fixture);
	assert_int_equal(starling_remove(fixture->session, 0), -ENOENT);
	publish(fixture, 0, 1);
	session_fixture_run(fixture, 10);
	publish(fixture, 0, 2);
	assert_int_equal(starling_remove(fixture->session, 0), 0);
	assert_int_equal(starling_remove(fixture->session, 0), -ENOENT);
	session_fixture_run(fixture, 1000);
	next_state(fixture, &received);
	received = fake_relay_next(&fixture->relay, WIRE_GONE);
	assert_non_null(received);
	assert_int_equal(received->channel, WIRE_CHANNEL_CONTROL);
	assert_int_equal(wire_gone_decode(received->bytes, received->size, &list), WIRE_OK);
	assert_true(wire_gone_next(&list, &gone));
	assert_int_equal(gone.member, 1);
	assert_int_equal(gone.index, 0);
	assert_int_equal(gone.seq, 1);
	/*
	 * Neither the pending state nor a repeat follows, and a new entity of the index counts on.
	 */
	assert_null(fake_relay_next(&fixture->relay, WIRE_STATE));
	publish(fixture, 0, 3);
	session_fixture_run(fixture, 10);
	message = next_state(fixture, &received);
	assert_true(states_next(&message, &record));
	assert_int_equal(record.seq, 2);
}

/* Events. */

static void events_go_to_their_scope_on_their_channel(void **state)
{
	struct session_fixture *fixture = *state;
	struct wire_event event;
	const struct fake_relay_message *received;

	session_fixture_join(fixture);
	for (unsigned scope = 0; scope < WIRE_SCOPE_COUNT; scope++) {
		for (unsigned reliable = 0; reliable < 2; reliable++) {
			assert_int_equal(starling_send(fixture->session, (enum starling_scope)scope,
						       7, "tag", 3, reliable),
					 0);
			session_fixture_run(fixture, 10);
			received = fake_relay_next(&fixture->relay, WIRE_EVENT);
			assert_non_null(received);
			assert_int_equal(received->channel,
					 reliable ? WIRE_CHANNEL_EVENT : WIRE_CHANNEL_EVENT_FAST);
			assert_int_equal(wire_event_decode(received->bytes, received->size, &event),
					 WIRE_OK);
			assert_int_equal(event.scope, scope);
			assert_int_equal(event.member, scope == WIRE_TO_ONE ? 7 : 0);
			assert_memory_equal(event.data.data, "tag", 3);
		}
	}
}

static void wrong_events_are_refused(void **state)
{
	struct session_fixture *fixture = *state;
	static const char data[STARLING_EVENT_MAX_BYTES + 1];

	session_fixture_open(fixture);
	assert_int_equal(starling_send(fixture->session, STARLING_TO_ALL, 0, "x", 1, true),
			 -ENOTCONN);
	session_fixture_welcome(fixture);
	assert_int_equal(
		starling_send(fixture->session, STARLING_TO_ALL, 0, data, sizeof(data), true),
		-EINVAL);
	assert_int_equal(starling_send(fixture->session, (enum starling_scope)3, 0, data, 1, true),
			 -EINVAL);
	assert_int_equal(starling_send(fixture->session, STARLING_TO_ONE, 0, data, 1, true),
			 -EINVAL);
	assert_int_equal(starling_send(fixture->session, STARLING_TO_ALL, 0, NULL, 1, true),
			 -EINVAL);
	assert_int_equal(starling_send(fixture->session, STARLING_TO_ALL, 0, NULL, 0, true), 0);
}

static void the_backlog_for_a_relay_that_acknowledges_nothing_is_bounded(void **state)
{
	struct session_fixture *fixture = *state;
	static const char data[STARLING_EVENT_MAX_BYTES];
	int result = 0, count = 0;

	session_fixture_join(fixture);
	fixture->relay.is_paused = true;
	while (result == 0 && count < 10000) {
		result = starling_send(fixture->session, STARLING_TO_ALL, 0, data, sizeof(data),
				       true);
		count++;
	}
	assert_int_equal(result, -ENOBUFS);
	assert_in_range(count, 250, 257);
	fixture->relay.is_paused = false;
	session_fixture_run(fixture, 2000);
	for (int i = 0; i < 200; i++)
		assert_int_equal(starling_send(fixture->session, STARLING_TO_ALL, 0, data,
					       sizeof(data), true),
				 0);
}

/* Traffic. */

static void drops_of_enets_throttle_are_counted(void **state)
{
	struct session_fixture *fixture = *state;

	fixture->config.enet_throttle = true;
	session_fixture_join(fixture);
	assert_int_equal(session_fixture_stats(fixture).throttled, 0);
	for (int i = 0; i < 400; i++) {
		/* Round trips that vary wildly, as ENet sees them. */
		fixture->relay.is_paused = i % 40 < 20;
		publish(fixture, 0, i);
		session_fixture_run(fixture, 20);
	}
	assert_true(session_fixture_stats(fixture).throttled > 0);
	assert_true(session_fixture_stats(fixture).throttled < 400);
}

static void without_enets_throttle_nothing_is_dropped(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_join(fixture);
	for (int i = 0; i < 400; i++) {
		fixture->relay.is_paused = i % 40 < 20;
		publish(fixture, 0, i);
		session_fixture_run(fixture, 20);
	}
	assert_int_equal(session_fixture_stats(fixture).throttled, 0);
}

static void traffic_is_counted_over_rejoins(void **state)
{
	struct session_fixture *fixture = *state;
	uint64_t before;

	session_fixture_join(fixture);
	session_fixture_run(fixture, 20000);
	before = session_fixture_stats(fixture).datagrams_in;
	assert_true(before > 30 && session_fixture_stats(fixture).bytes_out > 300);
	enet_peer_disconnect(fixture->relay.peer, 0);
	session_fixture_run(fixture, 100);
	session_fixture_expect(fixture, STARLING_LOST);
	assert_true(session_fixture_stats(fixture).datagrams_in > before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(a_published_state_leaves_as_a_state_message),
		SESSION_TEST(states_of_one_turn_share_datagrams),
		SESSION_TEST(states_that_fill_a_datagram_go_on_in_the_next),
		SESSION_TEST(wrong_states_are_refused),
		SESSION_TEST(each_mode_uses_its_own_kind_of_packet),
		SESSION_TEST(a_state_that_rests_is_repeated_once_and_reliably),
		SESSION_TEST(without_settling_nothing_is_repeated),
		SESSION_TEST(with_a_reliable_up_mode_nothing_is_repeated),
		SESSION_TEST(a_state_that_left_unreliably_is_repeated_in_a_reliable_up_mode_too),
		SESSION_TEST(removing_sends_gone_with_the_last_seq),
		SESSION_TEST(events_go_to_their_scope_on_their_channel),
		SESSION_TEST(wrong_events_are_refused),
		SESSION_TEST(the_backlog_for_a_relay_that_acknowledges_nothing_is_bounded),
		SESSION_TEST(drops_of_enets_throttle_are_counted),
		SESSION_TEST(without_enets_throttle_nothing_is_dropped),
		SESSION_TEST(traffic_is_counted_over_rejoins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

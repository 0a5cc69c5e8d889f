/* libstarling: the states and names of the others. */
#include "client/lib/starling.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/client/session_fixture.h"

static bool is_near(double one, double other)
{
	return fabs(one - other) < 1e-9;
}

static void messages_arrive_with_their_sender_and_scope(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_join(fixture);
	fake_relay_send_event(&fixture->relay, WIRE_TO_ONE, 9, "psst", true);
	session_fixture_run(fixture, 10);
	fake_relay_send_event(&fixture->relay, WIRE_TO_OTHERS, 8, "", false);
	session_fixture_run(fixture, 10);
	session_fixture_expect(fixture, STARLING_MESSAGE);
	assert_int_equal(fixture->event.member, 9);
	assert_int_equal(fixture->event.scope, STARLING_TO_ONE);
	assert_int_equal(fixture->event.data_bytes, 4);
	assert_memory_equal(fixture->event.data, "psst", 4);
	session_fixture_expect(fixture, STARLING_MESSAGE);
	assert_int_equal(fixture->event.member, 8);
	assert_int_equal(fixture->event.scope, STARLING_TO_OTHERS);
	assert_int_equal(fixture->event.data_bytes, 0);
}

/* A SNAPSHOT with one state of member 2's entity `index`, `age_ms` old. */
static void receive(struct session_fixture *fixture, uint16_t index, uint16_t seq, int32_t x,
		    int64_t age_ms)
{
	const struct states_record record = { .member = 2,
					      .index = index,
					      .seq = seq,
					      .age_us = (uint64_t)age_ms * 1000,
					      .position = { x, 0, 0 } };

	fake_relay_send_snapshot(&fixture->relay, &record, 1);
	session_fixture_run(fixture, 5);
}

static void keep(struct session_fixture *fixture, uint16_t index, uint16_t seq, int32_t x)
{
	const struct states_record record = {
		.member = 2, .index = index, .seq = seq, .position = { x, 0, 0 }
	};

	fake_relay_send_keyframe(&fixture->relay, &record, 1, false);
	session_fixture_run(fixture, 5);
}

static void join_with_bob(struct session_fixture *fixture)
{
	session_fixture_join(fixture);
	fake_relay_send_joined(&fixture->relay, 2, "bob");
	session_fixture_run(fixture, 5);
	session_fixture_expect(fixture, STARLING_MEMBER_JOINED);
	assert_int_equal(fixture->event.member, 2);
	assert_string_equal(fixture->event.text, "bob");
}

static struct starling_member bob(const struct session_fixture *fixture)
{
	struct starling_member member;

	assert_true(starling_member(fixture->session, 2, &member));
	return member;
}

static void the_newest_state_of_each_entity_is_known(void **state)
{
	struct session_fixture *fixture = *state;
	struct states_record records[] = {
		{ .member = 3, .index = 5, .seq = 1, .position = { 1, 2, -3 }, .age_us = 40000 },
		{ .member = 2, .index = 7, .seq = 2, .payload = { (const uint8_t *)"hat", 3 } },
		{ .member = 2, .index = 0, .seq = 65535 },
	};
	struct starling_entity entities[4];
	struct starling_member members[2];

	join_with_bob(fixture);
	fake_relay_send_joined(&fixture->relay, 3, "carol");
	session_fixture_run(fixture, 5);
	fake_relay_send_snapshot(&fixture->relay, records, 3);
	session_fixture_run(fixture, 10);
	assert_int_equal(starling_entities(fixture->session, entities, 4), 3);
	assert_int_equal(entities[0].member, 2);
	assert_int_equal(entities[0].index, 0);
	assert_int_equal(entities[0].seq, 65535);
	assert_int_equal(entities[1].index, 7);
	assert_int_equal(entities[1].payload_bytes, 3);
	assert_memory_equal(entities[1].payload, "hat", 3);
	assert_int_equal(entities[2].member, 3);
	assert_int_equal(entities[2].index, 5);
	assert_true(is_near(entities[2].x, 0.001) && is_near(entities[2].y, 0.002) &&
		    is_near(entities[2].z, -0.003));
	assert_true(entities[2].age_s > 0.039 && entities[2].age_s < 0.065);
	/* A smaller array gets the first ones, and the count of all. */
	memset(entities, 0, sizeof(entities));
	assert_int_equal(starling_entities(fixture->session, entities, 1), 3);
	assert_int_equal(entities[1].member, 0);
	assert_false(starling_entity(fixture->session, 1, 0, &entities[0]));
	assert_false(starling_member(fixture->session, 4, &members[0]));
	assert_false(starling_entity(fixture->session, 2, 3, &entities[0]));
	assert_int_equal(starling_members(fixture->session, members, 2), 2);
	assert_int_equal(members[0].id, 2);
	assert_string_equal(members[1].name, "carol");
	assert_true(members[1].age_s > 0.039 && members[1].age_s < 0.065);
}

static void lost_late_and_duplicate_updates_are_told_apart(void **state)
{
	struct session_fixture *fixture = *state;
	struct starling_entity entity;

	join_with_bob(fixture);
	assert_true(bob(fixture).age_s < 0);
	receive(fixture, 0, 1, 100, 0);
	receive(fixture, 0, 5, 500, 0);
	receive(fixture, 0, 3, 300, 0);
	receive(fixture, 0, 3, 300, 0);
	receive(fixture, 0, 5, 500, 0);
	assert_int_equal(bob(fixture).received, 2);
	assert_int_equal(bob(fixture).lost, 2);
	assert_int_equal(bob(fixture).late, 1);
	assert_int_equal(bob(fixture).duplicate, 2);
	assert_int_equal(session_fixture_stats(fixture).lost, 2);
	assert_true(starling_entity(fixture->session, 2, 0, &entity));
	assert_int_equal(entity.seq, 5);
	assert_true(is_near(entity.x, 0.5));
}

static void lost_snapshots_are_counted_until_they_come_late(void **state)
{
	struct session_fixture *fixture = *state;

	join_with_bob(fixture);
	fixture->relay.snapshot_number = 65534;
	receive(fixture, 0, 1, 0, 0);
	fixture->relay.snapshot_number = 1;
	receive(fixture, 0, 2, 0, 0);
	assert_int_equal(session_fixture_stats(fixture).snapshots_lost, 2);
	fixture->relay.snapshot_number = 0;
	receive(fixture, 0, 3, 0, 0);
	assert_int_equal(session_fixture_stats(fixture).snapshots_lost, 1);
	assert_int_equal(session_fixture_stats(fixture).snapshots_received, 3);
}

static void a_keyframe_repairs_and_settles(void **state)
{
	struct session_fixture *fixture = *state;
	struct starling_sample sample;

	join_with_bob(fixture);
	receive(fixture, 0, 1, 100, 0);
	session_fixture_run(fixture, 45);
	receive(fixture, 0, 2, 200, 0);
	session_fixture_run(fixture, 200);
	assert_true(starling_sample(fixture->session, 2, 0, 0, &sample));
	assert_int_equal(sample.motion, STARLING_EXTRAPOLATED);
	assert_true(sample.x > 0.21);
	session_fixture_run(fixture, 200);
	assert_true(starling_sample(fixture->session, 2, 0, 0, &sample));
	assert_int_equal(sample.motion, STARLING_FROZEN);
	keep(fixture, 0, 2, 200);
	assert_true(starling_sample(fixture->session, 2, 0, 0, &sample));
	assert_int_equal(sample.motion, STARLING_INTERPOLATED);
	assert_true(is_near(sample.x, 0.2));
	assert_int_equal(bob(fixture).received, 2);
	assert_int_equal(bob(fixture).duplicate, 0);
	keep(fixture, 0, 4, 400);
	assert_int_equal(bob(fixture).lost, 1);
	assert_int_equal(bob(fixture).repaired, 1);
	assert_int_equal(session_fixture_stats(fixture).repaired, 1);
}

static void samples_lie_between_states(void **state)
{
	struct session_fixture *fixture = *state;
	struct starling_sample sample;

	join_with_bob(fixture);
	for (uint16_t i = 0; i < 10; i++) {
		receive(fixture, 0, i, i * 100, 0);
		session_fixture_run(fixture, 45);
	}
	assert_true(starling_sample(fixture->session, 2, 0, 0.1, &sample));
	assert_int_equal(sample.motion, STARLING_INTERPOLATED);
	/* 2 m/s, 0.1 s ago, the newest (0.9 m) of 50 ms ago. */
	assert_true(fabs(sample.x - 0.8) < 0.011);
	assert_true(fabs(sample.age_s - 0.05) < 0.006);
	assert_false(starling_sample(fixture->session, 2, 1, 0.1, &sample));
	assert_false(starling_sample(fixture->session, 9, 0, 0.1, &sample));
}

static void updates_of_unknown_members_are_ignored_and_counted(void **state)
{
	struct session_fixture *fixture = *state;
	struct starling_entity entity;

	session_fixture_join(fixture);
	receive(fixture, 0, 1, 100, 0);
	assert_int_equal(session_fixture_stats(fixture).unknown, 1);
	assert_int_equal(session_fixture_stats(fixture).received, 0);
	assert_false(starling_entity(fixture->session, 2, 0, &entity));
}

static void gone_hides_an_entity_from_stale_states_only(void **state)
{
	struct session_fixture *fixture = *state;
	struct starling_entity entity;

	join_with_bob(fixture);
	receive(fixture, 0, 5, 100, 0);
	fake_relay_send_gone(&fixture->relay, 2, 0, 6);
	session_fixture_run(fixture, 5);
	session_fixture_expect(fixture, STARLING_ENTITY_GONE);
	assert_int_equal(fixture->event.member, 2);
	assert_int_equal(fixture->event.index, 0);
	receive(fixture, 0, 6, 100, 0);
	receive(fixture, 0, 4, 100, 0);
	assert_false(starling_entity(fixture->session, 2, 0, &entity));
	assert_int_equal(starling_entities(fixture->session, NULL, 0), 0);
	receive(fixture, 0, 7, 700, 0);
	assert_true(starling_entity(fixture->session, 2, 0, &entity));
	assert_true(is_near(entity.x, 0.7));
	/* An update that comes after a newer one is late. */
	fake_relay_send_gone(&fixture->relay, 2, 0, 6);
	session_fixture_run(fixture, 5);
	assert_true(starling_entity(fixture->session, 2, 0, &entity));
	session_fixture_expect_nothing(fixture);
	/* The pause is no loss. */
	fake_relay_send_gone(&fixture->relay, 2, 0, 7);
	receive(fixture, 0, 900, 900, 0);
	assert_true(starling_entity(fixture->session, 2, 0, &entity));
	assert_int_equal(bob(fixture).lost, 0);
}

/*
 * GONE and KEYFRAME are on one channel: a KEYFRAME after a GONE shows the entity again, whatever
 * its seq.
 */
static void a_keyframe_brings_back_what_left_sight(void **state)
{
	static const uint16_t seqs[] = { 5, 6, 4, 40000 };
	struct session_fixture *fixture = *state;
	struct starling_entity entity;

	join_with_bob(fixture);
	receive(fixture, 0, 5, 100, 0);
	for (size_t i = 0; i < sizeof(seqs) / sizeof(seqs[0]); i++) {
		struct states_record record = { .member = 2, .seq = seqs[i], .position = { 700 } };

		fake_relay_send_gone(&fixture->relay, 2, 0, i == 0 ? 5 : seqs[i - 1]);
		session_fixture_run(fixture, 5);
		session_fixture_expect(fixture, STARLING_ENTITY_GONE);
		assert_false(starling_entity(fixture->session, 2, 0, &entity));
		fake_relay_send_keyframe(&fixture->relay, &record, 1, false);
		session_fixture_run(fixture, 5);
		assert_true(starling_entity(fixture->session, 2, 0, &entity));
		assert_int_equal(entity.seq, seqs[i]);
		assert_int_equal(bob(fixture).lost, 0);
	}
}

static void gone_before_any_state_holds_too(void **state)
{
	struct session_fixture *fixture = *state;
	struct starling_entity entity;

	join_with_bob(fixture);
	fake_relay_send_gone(&fixture->relay, 2, 3, 40);
	session_fixture_run(fixture, 5);
	session_fixture_expect_nothing(fixture);
	receive(fixture, 3, 39, 100, 0);
	assert_false(starling_entity(fixture->session, 2, 3, &entity));
	receive(fixture, 3, 41, 100, 0);
	assert_true(starling_entity(fixture->session, 2, 3, &entity));
}

static void a_second_joined_gives_another_name_and_keeps_the_entities(void **state)
{
	struct session_fixture *fixture = *state;

	join_with_bob(fixture);
	receive(fixture, 0, 1, 100, 0);
	fake_relay_send_joined(&fixture->relay, 2, "al");
	session_fixture_run(fixture, 5);
	session_fixture_expect(fixture, STARLING_MEMBER_JOINED);
	assert_string_equal(fixture->event.text, "al");
	assert_string_equal(bob(fixture).name, "al");
	assert_int_equal(starling_entities(fixture->session, NULL, 0), 1);
}

static void left_takes_the_member_and_its_entities(void **state)
{
	struct session_fixture *fixture = *state;
	struct starling_member member;

	join_with_bob(fixture);
	receive(fixture, 0, 1, 100, 0);
	fake_relay_send_left(&fixture->relay, 2, WIRE_REASON_LOST);
	session_fixture_run(fixture, 5);
	session_fixture_expect(fixture, STARLING_MEMBER_LEFT);
	assert_int_equal(fixture->event.member, 2);
	assert_int_equal(fixture->event.reason, STARLING_REASON_LOST);
	assert_false(starling_member(fixture->session, 2, &member));
	assert_int_equal(starling_entities(fixture->session, NULL, 0), 0);
	assert_int_equal(session_fixture_stats(fixture).received, 1);
	receive(fixture, 0, 2, 100, 0);
	assert_int_equal(session_fixture_stats(fixture).unknown, 1);
}

static void own_states_are_kept_when_they_are_echoed(void **state)
{
	struct session_fixture *fixture = *state;
	struct states_record record = { .member = 1, .seq = 1, .position = { 8, 0, 0 } };
	struct starling_entity entity;
	struct starling_member self;

	fixture->config.echo = true;
	session_fixture_join(fixture);
	fake_relay_send_snapshot(&fixture->relay, &record, 1);
	session_fixture_run(fixture, 5);
	assert_true(starling_entity(fixture->session, 1, 0, &entity));
	assert_true(starling_member(fixture->session, 1, &self));
	assert_string_equal(self.name, "ada");
	assert_int_equal(self.received, 1);
	assert_int_equal(starling_members(fixture->session, NULL, 0), 0);
}

static void own_states_are_unknown_when_no_echo_was_asked_for(void **state)
{
	struct session_fixture *fixture = *state;
	struct states_record record = { .member = 1, .seq = 1 };

	session_fixture_join(fixture);
	fake_relay_send_snapshot(&fixture->relay, &record, 1);
	session_fixture_run(fixture, 5);
	assert_int_equal(session_fixture_stats(fixture).unknown, 1);
}

/* Hostile relays. */

static void malformed_messages_are_counted_and_survived(void **state)
{
	static const struct {
		enum wire_channel channel;
		size_t size;
		uint8_t bytes[8];
	} rows[] = {
		{ WIRE_CHANNEL_CONTROL, 1, { 0 } },
		{ WIRE_CHANNEL_CONTROL, 1, { 0xff } },
		{ WIRE_CHANNEL_CONTROL, 1, { WIRE_WELCOME } },
		{ WIRE_CHANNEL_CONTROL, 1, { WIRE_HELLO } },
		{ WIRE_CHANNEL_CONTROL, 1, { WIRE_LEAVE } },
		{ WIRE_CHANNEL_CONTROL, 2, { WIRE_REFUSED, 1 } },
		{ WIRE_CHANNEL_CONTROL, 2, { WIRE_JOINED, 2 } },
		{ WIRE_CHANNEL_CONTROL, 2, { WIRE_LEFT, 0 } },
		{ WIRE_CHANNEL_CONTROL, 3, { WIRE_GONE, 2, 0 } },
		{ WIRE_CHANNEL_CONTROL, 3, { WIRE_KEYFRAME, 2, 0 } },
		{ WIRE_CHANNEL_CONTROL, 2, { WIRE_CLOCK, 0 } },
		{ WIRE_CHANNEL_CONTROL, 3, { WIRE_SETTINGS, 9, 9 } },
		{ WIRE_CHANNEL_STATE, 4, { WIRE_SNAPSHOT, 0, 0, 0 } },
		{ WIRE_CHANNEL_STATE, 5, { WIRE_STATE, 0, 0, 0, 0 } },
		{ WIRE_CHANNEL_EVENT, 4, { WIRE_EVENT, 7, 0, 0 } },
		{ WIRE_CHANNEL_EVENT_FAST, 4, { WIRE_EVENT, 0, 0, 9 } },
	};
	struct session_fixture *fixture = *state;

	session_fixture_join(fixture);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_relay_send(&fixture->relay, rows[i].channel, WIRE_RELIABLE, rows[i].bytes,
				rows[i].size);
		session_fixture_run(fixture, 10);
		assert_int_equal(session_fixture_stats(fixture).malformed, i + 1);
	}
	session_fixture_expect_nothing(fixture);
	assert_int_equal(starling_status(fixture->session), STARLING_PLAYING);
}

static void a_second_welcome_is_malformed(void **state)
{
	struct session_fixture *fixture = *state;
	struct wire_welcome welcome;
	struct starling_settings settings;

	session_fixture_join(fixture);
	welcome = fake_relay_welcome(&fixture->relay, 99);
	fake_relay_send_welcome(&fixture->relay, &welcome);
	session_fixture_run(fixture, 10);
	assert_int_equal(session_fixture_stats(fixture).malformed, 1);
	starling_settings(fixture->session, &settings);
	assert_int_equal(settings.member, 1);
}

static void states_beyond_the_rooms_limits_are_dropped(void **state)
{
	static const uint8_t payload[64];
	struct session_fixture *fixture = *state;
	struct states_record record = { .member = 2, .seq = 1, .payload = { payload, 64 } };
	struct wire_welcome welcome;

	session_fixture_open(fixture);
	session_fixture_run(fixture, 50);
	welcome = fake_relay_welcome(&fixture->relay, 1);
	welcome.member_limit = 2;
	welcome.entity_limit = 4;
	welcome.payload_limit = 8;
	fake_relay_send_welcome(&fixture->relay, &welcome);
	for (uint32_t id = 2; id < 10; id++)
		fake_relay_send_joined(&fixture->relay, id, "x");
	session_fixture_run(fixture, 10);
	assert_int_equal(starling_members(fixture->session, NULL, 0), 2);
	assert_true(session_fixture_stats(fixture).malformed > 0);
	fake_relay_send_snapshot(&fixture->relay, &record, 1);
	session_fixture_run(fixture, 5);
	receive(fixture, 4, 1, 0, 0);
	assert_int_equal(starling_entities(fixture->session, NULL, 0), 0);
	receive(fixture, 3, 1, 0, 0);
	assert_int_equal(starling_entities(fixture->session, NULL, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(messages_arrive_with_their_sender_and_scope),
		SESSION_TEST(the_newest_state_of_each_entity_is_known),
		SESSION_TEST(lost_late_and_duplicate_updates_are_told_apart),
		SESSION_TEST(lost_snapshots_are_counted_until_they_come_late),
		SESSION_TEST(a_keyframe_repairs_and_settles),
		SESSION_TEST(samples_lie_between_states),
		SESSION_TEST(updates_of_unknown_members_are_ignored_and_counted),
		SESSION_TEST(gone_hides_an_entity_from_stale_states_only),
		SESSION_TEST(a_keyframe_brings_back_what_left_sight),
		SESSION_TEST(gone_before_any_state_holds_too),
		SESSION_TEST(a_second_joined_gives_another_name_and_keeps_the_entities),
		SESSION_TEST(left_takes_the_member_and_its_entities),
		SESSION_TEST(own_states_are_kept_when_they_are_echoed),
		SESSION_TEST(own_states_are_unknown_when_no_echo_was_asked_for),
		SESSION_TEST(malformed_messages_are_counted_and_survived),
		SESSION_TEST(a_second_welcome_is_malformed),
		SESSION_TEST(states_beyond_the_rooms_limits_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A muted member, and a closed room: rules only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "tests/fixtures/relay/rules_fixture.h"

static void say(struct rules_fixture *fixture, size_t client, enum wire_channel channel,
		enum wire_scope scope, uint32_t to)
{
	const struct wire_event event = { .scope = scope,
					  .member = to,
					  .data = rules_fixture_text("hello") };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_send(fixture, client, channel, message,
			   wire_event_encode(message, sizeof(message), &event));
}

static void a_muted_members_events_reach_nobody_and_are_counted(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join_all(fixture, 2, "pitch");
	fixture->client[0].member->is_muted = true;
	say(fixture, 0, WIRE_CHANNEL_EVENT, WIRE_TO_ALL, 0);
	say(fixture, 0, WIRE_CHANNEL_EVENT_FAST, WIRE_TO_OTHERS, 0);
	say(fixture, 0, WIRE_CHANNEL_EVENT, WIRE_TO_ONE, fixture->client[1].member->id);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_EVENT), 0);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_EVENT), 0);
	assert_int_equal(fixture->relay.accounting.events_in, 3);
	assert_int_equal(fixture->relay.accounting.events_muted, 3);
}

static void a_muted_members_states_go_on_and_others_may_speak_to_it(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join_all(fixture, 2, "pitch");
	rules_fixture_pass(fixture, 100);
	fixture->client[0].member->is_muted = true;
	rules_fixture_publish(fixture, 0, 0, 1, 1500);
	rules_fixture_pass(fixture, 100);
	assert_true(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT) > 0);
	say(fixture, 1, WIRE_CHANNEL_EVENT, WIRE_TO_OTHERS, 0);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_EVENT), 1);
	assert_int_equal(fixture->relay.accounting.events_muted, 0);
}

static void a_closed_room_takes_nobody_until_it_is_open_again(void **state)
{
	struct rules_fixture *fixture = *state;
	struct closed_rooms *closed = &fixture->relay.closed;
	char text[WIRE_TEXT_MAX_BYTES + 1];

	assert_int_equal(closed_rooms_add(closed, rules_fixture_text("pitch"), "a clean-up"), 0);
	rules_fixture_connect(fixture, 0, wire_connect_data());
	rules_fixture_hello(fixture, 0, "pitch", "c", false);
	assert_int_equal(rules_fixture_refusal(fixture, 0, text), WIRE_REASON_ROOM_CLOSED);
	assert_non_null(strstr(text, ": a clean-up; join another"));
	rules_fixture_join(fixture, 1, "pitch2");
	assert_true(closed_rooms_remove(closed, rules_fixture_text("pitch")));
	assert_false(closed_rooms_remove(closed, rules_fixture_text("pitch")));
	rules_fixture_join(fixture, 2, "pitch");
}

static void rooms_can_be_closed_up_to_a_most(void **state)
{
	struct closed_rooms closed = { 0 };
	char name[8];

	(void)state;
	for (int i = 0; i < CLOSED_ROOMS_MAX; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		assert_int_equal(closed_rooms_add(&closed, rules_fixture_text(name), ""), 0);
	}
	assert_int_equal(closed_rooms_add(&closed, rules_fixture_text("more"), ""), -ENOSPC);
	assert_int_equal(closed_rooms_add(&closed, rules_fixture_text("r7"), "again"), 0);
	assert_string_equal(closed_rooms_find(&closed, rules_fixture_text("r7"))->why, "again");
	assert_true(closed_rooms_remove(&closed, rules_fixture_text("r0")));
	assert_null(closed_rooms_find(&closed, rules_fixture_text("r0")));
	assert_string_equal(closed.list[0].name, "r1");
	assert_int_equal(closed_rooms_add(&closed, rules_fixture_text("more"), ""), 0);
	closed_rooms_fini(&closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(a_muted_members_events_reach_nobody_and_are_counted),
		RULES_TEST(a_muted_members_states_go_on_and_others_may_speak_to_it),
		RULES_TEST(a_closed_room_takes_nobody_until_it_is_open_again),
		cmocka_unit_test(rooms_can_be_closed_up_to_a_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
	char name[16];

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

/* Joins so that its place is kept; the ticket's bytes go to `ticket`. */
static struct wire_bytes join_to_resume(struct rules_fixture *fixture, size_t client,
					struct wire_bytes with,
					uint8_t ticket[WIRE_TICKET_MAX_BYTES])
{
	const struct wire_hello hello = { .room = rules_fixture_text("pitch"),
					  .name = rules_fixture_text("c"),
					  .resume = true,
					  .ticket = with };
	const struct recording_outbox_item *item;
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct wire_welcome welcome;

	rules_fixture_connect(fixture, client, wire_connect_data());
	rules_fixture_send(fixture, client, WIRE_CHANNEL_CONTROL, data,
			   wire_hello_encode(data, sizeof(data), &hello));
	item = recording_outbox_find(&fixture->recorder, &fixture->client[client], WIRE_WELCOME, 0);
	assert_non_null(item);
	assert_int_equal(wire_welcome_decode(item->data, item->size, &welcome), WIRE_OK);
	memcpy(ticket, welcome.ticket.data, welcome.ticket.size);
	return (struct wire_bytes){ ticket, welcome.ticket.size };
}

static void lose(struct rules_fixture *fixture, size_t client)
{
	client_close(&fixture->relay, &fixture->client[client], WIRE_REASON_LOST, fixture->now_ns);
}

static void an_absent_member_that_is_sent_away_has_no_place_to_come_back_to(void **state)
{
	uint8_t bytes[WIRE_TICKET_MAX_BYTES], new_bytes[WIRE_TICKET_MAX_BYTES];
	struct rules_fixture *fixture = *state;
	const struct wire_bytes none = { NULL, 0 };
	struct wire_bytes ticket;
	const struct member *absent;

	rules_fixture_join(fixture, 0, "pitch");
	ticket = join_to_resume(fixture, 1, none, bytes);
	absent = fixture->client[1].member;
	lose(fixture, 1);
	assert_true(room_is_absent(absent));
	client_end_absence(&fixture->relay, absent, WIRE_REASON_KICKED, fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_LEFT), 1);
	assert_int_equal(fixture->relay.absences.count, 0);
	join_to_resume(fixture, 2, ticket, new_bytes);
	assert_int_equal(fixture->relay.accounting.resumed, 0);
	assert_int_equal(fixture->relay.accounting.tickets_refused, 1);
}

static void a_kicked_members_place_is_not_kept(void **state)
{
	uint8_t bytes[WIRE_TICKET_MAX_BYTES];
	struct rules_fixture *fixture = *state;

	rules_fixture_join(fixture, 0, "pitch");
	join_to_resume(fixture, 1, (struct wire_bytes){ NULL, 0 }, bytes);
	client_refuse(&fixture->relay, &fixture->client[1], WIRE_REASON_KICKED, "go",
		      fixture->now_ns);
	lose(fixture, 1);
	assert_int_equal(fixture->relay.absences.count, 0);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_LEFT), 1);
}

static void a_muted_member_that_comes_back_is_still_muted(void **state)
{
	uint8_t bytes[WIRE_TICKET_MAX_BYTES], again[WIRE_TICKET_MAX_BYTES];
	struct rules_fixture *fixture = *state;
	struct wire_bytes ticket;

	rules_fixture_join(fixture, 0, "pitch");
	ticket = join_to_resume(fixture, 1, (struct wire_bytes){ NULL, 0 }, bytes);
	fixture->client[1].member->is_muted = true;
	lose(fixture, 1);
	join_to_resume(fixture, 2, ticket, again);
	say(fixture, 2, WIRE_CHANNEL_EVENT, WIRE_TO_ALL, 0);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_EVENT), 0);
	assert_int_equal(fixture->relay.accounting.events_muted, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(a_muted_members_events_reach_nobody_and_are_counted),
		RULES_TEST(a_muted_members_states_go_on_and_others_may_speak_to_it),
		RULES_TEST(a_closed_room_takes_nobody_until_it_is_open_again),
		RULES_TEST(an_absent_member_that_is_sent_away_has_no_place_to_come_back_to),
		RULES_TEST(a_kicked_members_place_is_not_kept),
		RULES_TEST(a_muted_member_that_comes_back_is_still_muted),
		cmocka_unit_test(rooms_can_be_closed_up_to_a_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A client's connection from its first message to its last, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"

/* Joining. */

static void a_newcomer_is_welcomed_introduced_and_sent_the_whole_state(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct recording_outbox_item *item;
	struct wire_welcome welcome;
	struct states_record record[4];
	struct states_message message;
	struct wire_joined joined;
	struct wire_list list;

	rules_fixture_join(fixture, 0, "pitch");
	rules_fixture_publish(fixture, 0, 0, 7, 100);
	rules_fixture_publish(fixture, 0, 5, 1, 200);
	relay_turn(&fixture->relay, fixture->now_ns);
	recording_outbox_clear(&fixture->recorder);
	fixture->now_ns += 20 * MS;
	rules_fixture_join(fixture, 1, "pitch");

	item = recording_outbox_find(&fixture->recorder, &fixture->client[1], WIRE_WELCOME, 0);
	assert_non_null(item);
	assert_int_equal(item->channel, WIRE_CHANNEL_CONTROL);
	assert_int_equal(item->mode, WIRE_RELIABLE);
	assert_int_equal(wire_welcome_decode(item->data, item->size, &welcome), WIRE_OK);
	assert_int_equal(welcome.member, 2);
	assert_int_equal(welcome.clock_us, 20000);
	assert_int_equal(welcome.entity_limit, 64);
	assert_int_equal(welcome.flush_us, 16000);

	item = recording_outbox_find(&fixture->recorder, &fixture->client[1], WIRE_JOINED, 0);
	assert_non_null(item);
	assert_int_equal(wire_joined_decode(item->data, item->size, &list), WIRE_OK);
	assert_true(wire_joined_next(&list, &joined));
	assert_int_equal(joined.member, 1);
	assert_memory_equal(joined.name.data, "c0", 2);
	assert_false(wire_joined_next(&list, &joined));

	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_KEYFRAME, record, 4), 2);
	assert_int_equal(record[0].seq, 7);
	assert_int_equal(record[0].age_us, 20000);
	assert_int_equal(record[1].index, 5);
	assert_int_equal(record[1].position[0], 200);
	item = recording_outbox_find(&fixture->recorder, &fixture->client[1], WIRE_KEYFRAME, 0);
	assert_int_equal(states_decode(item->data, item->size, &message), WIRE_OK);
	assert_true(message.is_last);

	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_JOINED), 1);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 0);
}

static void the_first_member_gets_an_empty_last_keyframe(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_message message;
	const struct recording_outbox_item *item;

	rules_fixture_join(fixture, 0, "pitch");
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_JOINED), 0);
	item = recording_outbox_find(&fixture->recorder, &fixture->client[0], WIRE_KEYFRAME, 0);
	assert_int_equal(states_decode(item->data, item->size, &message), WIRE_OK);
	assert_true(message.is_last);
}

static void a_large_room_is_introduced_in_several_messages_without_loss(void **state)
{
	struct rules_fixture *fixture = *state;
	static struct client crowd[100];
	size_t introduced = 0;
	const struct recording_outbox_item *item;

	for (size_t i = 0; i < 100; i++) {
		struct wire_hello words = { .room = rules_fixture_text("crowd") };
		uint8_t data[WIRE_MESSAGE_MAX_BYTES];
		char name[33];

		snprintf(name, sizeof(name), "a member with a long name %06zu", i);
		words.name = rules_fixture_text(name);
		client_open(&fixture->relay, &crowd[i], &crowd[i], wire_connect_data(),
			    fixture->now_ns);
		client_receive(&fixture->relay, &crowd[i],
			       &(struct client_message){
				       .channel = 0,
				       .data = data,
				       .size = wire_hello_encode(data, sizeof(data), &words) },
			       fixture->now_ns);
	}
	/* The last newcomers of a crowd are served together. */
	fixture->now_ns += 10 * MS;
	relay_turn(&fixture->relay, fixture->now_ns);
	for (size_t n = 0;
	     (item = recording_outbox_find(&fixture->recorder, &crowd[99], WIRE_JOINED, n)); n++) {
		struct wire_joined joined;
		struct wire_list list;

		assert_int_equal(wire_joined_decode(item->data, item->size, &list), WIRE_OK);
		while (wire_joined_next(&list, &joined))
			assert_int_equal(joined.member, ++introduced);
	}
	assert_int_equal(introduced, 99);
	for (size_t i = 0; i < 100; i++)
		client_close(&fixture->relay, &crowd[i], WIRE_REASON_LOST, fixture->now_ns);
}

/* Rooms. */

static void a_room_is_made_by_the_first_hello_and_gone_after_the_last_member(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	rules_fixture_join(fixture, 2, "b");
	assert_int_equal(fixture->relay.rooms.count, 2);
	client_close(&fixture->relay, &fixture->client[0], WIRE_REASON_LOST, fixture->now_ns);
	assert_int_equal(fixture->relay.rooms.count, 2);
	client_close(&fixture->relay, &fixture->client[1], WIRE_REASON_LOST, fixture->now_ns);
	assert_int_equal(fixture->relay.rooms.count, 1);
}

static void members_of_other_rooms_are_sent_nothing(void **state)
{
	static const char *const rooms[] = { "lobby", "lobby", "lobby 2", "lob", "lobbz", "l" };
	struct rules_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
		rules_fixture_join(fixture, i, rooms[i]);
	rules_fixture_publish(fixture, 0, 0, 1, 100);
	relay_turn(&fixture->relay, fixture->now_ns);
	for (size_t i = 1; i < sizeof(rooms) / sizeof(rooms[0]); i++)
		assert_int_equal(rules_fixture_count(fixture, i, WIRE_SNAPSHOT), i == 1);
}

static void an_id_just_freed_comes_back_last(void **state)
{
	struct rules_fixture *fixture = *state;

	fixture->config.members = 4;
	rules_fixture_join(fixture, 0, "a");
	for (uint32_t i = 2; i <= 127; i++) {
		rules_fixture_join(fixture, 1, "a");
		assert_int_equal(fixture->client[1].member->id, i);
		client_close(&fixture->relay, &fixture->client[1], WIRE_REASON_LOST,
			     fixture->now_ns);
	}
	rules_fixture_join(fixture, 1, "a");
	assert_int_equal(fixture->client[1].member->id, 2);
}

static void a_leaving_member_is_announced_with_the_reason(void **state)
{
	struct rules_fixture *fixture = *state;
	static const enum wire_reason reasons[] = { WIRE_REASON_LEFT, WIRE_REASON_LOST };

	rules_fixture_join(fixture, 0, "a");
	for (size_t i = 0; i < 2; i++) {
		const struct recording_outbox_item *item;
		struct wire_left left;
		struct wire_list list;
		uint8_t leave[1];

		rules_fixture_join(fixture, 1, "a");
		recording_outbox_clear(&fixture->recorder);
		if (reasons[i] == WIRE_REASON_LEFT)
			rules_fixture_send(fixture, 1, 0, leave,
					   wire_leave_encode(leave, sizeof(leave)));
		else
			client_close(&fixture->relay, &fixture->client[1], WIRE_REASON_LOST,
				     fixture->now_ns);
		item = recording_outbox_find(&fixture->recorder, &fixture->client[0], WIRE_LEFT, 0);
		assert_non_null(item);
		assert_int_equal(wire_left_decode(item->data, item->size, &list), WIRE_OK);
		assert_true(wire_left_next(&list, &left));
		assert_int_equal(left.reason, reasons[i]);
		assert_int_equal(rules_fixture_count(fixture, 1, WIRE_LEFT), 0);
	}
}

static void goodbye_ends_all_and_tells_whether_the_relay_comes_back(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct recording_outbox_item *item;
	struct wire_disconnect notice;

	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	for (size_t i = 0; i < 2; i++) {
		fixture->config.goodbye_for_good = i == 1;
		client_goodbye(&fixture->relay, &fixture->client[i], fixture->now_ns);
		item = recording_outbox_find(&fixture->recorder, &fixture->client[i], WIRE_GOODBYE,
					     0);
		assert_non_null(item);
		assert_int_equal(
			wire_disconnect_decode(item->data, item->size, WIRE_GOODBYE, &notice),
			WIRE_OK);
		assert_int_equal(notice.reason,
				 i == 1 ? WIRE_REASON_CLOSING : WIRE_REASON_STOPPING);
	}
	assert_int_equal(fixture->recorder.disconnect_count, 2);
}

/* Events and the clock. */

static void events_go_to_all_to_others_or_to_one_on_their_channel(void **state)
{
	struct rules_fixture *fixture = *state;
	static const struct {
		enum wire_scope scope;
		size_t heard[3];
	} rows[] = {
		{ WIRE_TO_ALL, { 1, 1, 1 } },
		{ WIRE_TO_OTHERS, { 0, 1, 1 } },
		{ WIRE_TO_ONE, { 0, 0, 1 } },
	};

	for (size_t i = 0; i < 3; i++)
		rules_fixture_join(fixture, i, "a");
	for (size_t row = 0; row < 3; row++) {
		for (unsigned channel = WIRE_CHANNEL_EVENT; channel <= WIRE_CHANNEL_EVENT_FAST;
		     channel++) {
			struct wire_event event = { .scope = rows[row].scope,
						    .data = rules_fixture_text("hi") };
			uint8_t data[WIRE_MESSAGE_MAX_BYTES];

			if (event.scope == WIRE_TO_ONE)
				event.member = fixture->client[2].member->id;
			recording_outbox_clear(&fixture->recorder);
			rules_fixture_send(fixture, 0, channel, data,
					   wire_event_encode(data, sizeof(data), &event));
			for (size_t i = 0; i < 3; i++)
				assert_int_equal(rules_fixture_count(fixture, i, WIRE_EVENT),
						 rows[row].heard[i]);
			assert_int_equal(fixture->recorder.items[0].channel, channel);
			assert_int_equal(wire_event_decode(fixture->recorder.items[0].data,
							   fixture->recorder.items[0].size, &event),
					 WIRE_OK);
			assert_int_equal(event.member, fixture->client[0].member->id);
			assert_memory_equal(event.data.data, "hi", 2);
		}
	}
}

static void an_event_to_nobody_is_counted_as_undeliverable(void **state)
{
	struct rules_fixture *fixture = *state;
	struct wire_event event = { .scope = WIRE_TO_ONE, .member = 99 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_join(fixture, 0, "a");
	rules_fixture_send(fixture, 0, WIRE_CHANNEL_EVENT, data,
			   wire_event_encode(data, sizeof(data), &event));
	assert_int_equal(fixture->relay.accounting.events_undeliverable, 1);
}

static void the_clock_answers_with_the_rooms_time(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct recording_outbox_item *item;
	struct wire_clock clock = { .sent_us = 12345 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_join(fixture, 0, "a");
	fixture->now_ns += 3 * MS;
	rules_fixture_send(fixture, 0, 0, data, wire_clock_encode(data, sizeof(data), &clock));
	item = recording_outbox_find(&fixture->recorder, &fixture->client[0], WIRE_CLOCK, 0);
	assert_int_equal(item->mode, WIRE_UNSEQUENCED);
	assert_int_equal(wire_clock_decode(item->data, item->size, &clock), WIRE_OK);
	assert_int_equal(clock.sent_us, 12345);
	assert_int_equal(clock.received_us, 3000);
	assert_int_equal(clock.answered_us, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(a_newcomer_is_welcomed_introduced_and_sent_the_whole_state),
		RULES_TEST(the_first_member_gets_an_empty_last_keyframe),
		RULES_TEST(a_large_room_is_introduced_in_several_messages_without_loss),
		RULES_TEST(a_room_is_made_by_the_first_hello_and_gone_after_the_last_member),
		RULES_TEST(members_of_other_rooms_are_sent_nothing),
		RULES_TEST(an_id_just_freed_comes_back_last),
		RULES_TEST(a_leaving_member_is_announced_with_the_reason),
		RULES_TEST(events_go_to_all_to_others_or_to_one_on_their_channel),
		RULES_TEST(an_event_to_nobody_is_counted_as_undeliverable),
		RULES_TEST(the_clock_answers_with_the_rooms_time),
		RULES_TEST(goodbye_ends_all_and_tells_whether_the_relay_comes_back),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A client's conversation with the relay, from its first word to its last, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "relay/log.h"
#include "tests/scene.h"

/* Coming in. */

static void a_newcomer_is_welcomed_told_who_is_there_and_given_the_whole_state(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;
	struct wire_welcome welcome;
	struct states_record record[4];
	struct states_message message;
	struct wire_joined joined;
	struct wire_list list;

	scene_join(scene, 0, "pitch");
	scene_publish(scene, 0, 0, 7, 100);
	scene_publish(scene, 0, 5, 1, 200);
	house_turn(&scene->house, scene->now_ns);
	postbox_clear(&scene->postbox);
	scene->now_ns += 20 * MS;
	scene_join(scene, 1, "pitch");

	item = postbox_find(&scene->postbox, &scene->client[1], WIRE_WELCOME, 0);
	assert_non_null(item);
	assert_int_equal(item->channel, WIRE_CHANNEL_CONTROL);
	assert_int_equal(item->mode, WIRE_RELIABLE);
	assert_int_equal(wire_welcome_decode(item->data, item->size, &welcome), WIRE_OK);
	assert_int_equal(welcome.member, 2);
	assert_int_equal(welcome.clock_us, 20000);
	assert_int_equal(welcome.entity_limit, 64);
	assert_int_equal(welcome.flush_us, 8000);

	item = postbox_find(&scene->postbox, &scene->client[1], WIRE_JOINED, 0);
	assert_non_null(item);
	assert_int_equal(wire_joined_decode(item->data, item->size, &list), WIRE_OK);
	assert_true(wire_joined_next(&list, &joined));
	assert_int_equal(joined.member, 1);
	assert_memory_equal(joined.name.data, "c0", 2);
	assert_false(wire_joined_next(&list, &joined));

	assert_int_equal(scene_records(scene, 1, WIRE_KEYFRAME, record, 4), 2);
	assert_int_equal(record[0].seq, 7);
	assert_int_equal(record[0].age_us, 20000);
	assert_int_equal(record[1].index, 5);
	assert_int_equal(record[1].position[0], 200);
	item = postbox_find(&scene->postbox, &scene->client[1], WIRE_KEYFRAME, 0);
	assert_int_equal(states_decode(item->data, item->size, &message), WIRE_OK);
	assert_true(message.is_last);

	assert_int_equal(scene_count(scene, 0, WIRE_JOINED), 1);
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 0);
}

static void the_first_member_gets_an_empty_last_keyframe(void **state)
{
	struct scene *scene = *state;
	struct states_message message;
	const struct postbox_item *item;

	scene_join(scene, 0, "pitch");
	assert_int_equal(scene_count(scene, 0, WIRE_JOINED), 0);
	item = postbox_find(&scene->postbox, &scene->client[0], WIRE_KEYFRAME, 0);
	assert_int_equal(states_decode(item->data, item->size, &message), WIRE_OK);
	assert_true(message.is_last);
}

static void a_large_room_is_introduced_in_several_messages_without_loss(void **state)
{
	struct scene *scene = *state;
	static struct dialog crowd[100];
	size_t introduced = 0;
	const struct postbox_item *item;

	for (size_t i = 0; i < 100; i++) {
		struct wire_hello words = { .room = scene_text("crowd") };
		uint8_t data[WIRE_MESSAGE_MAX_BYTES];
		char name[33];

		snprintf(name, sizeof(name), "a member with a long name %06zu", i);
		words.name = scene_text(name);
		dialog_open(&scene->house, &crowd[i], &crowd[i], wire_connect_data(),
			    scene->now_ns);
		dialog_take(&scene->house, &crowd[i], 0, data,
			    wire_hello_encode(data, sizeof(data), &words), scene->now_ns);
	}
	/* The last ones of a crowd are served together. */
	scene->now_ns += 10 * MS;
	house_turn(&scene->house, scene->now_ns);
	for (size_t n = 0; (item = postbox_find(&scene->postbox, &crowd[99], WIRE_JOINED, n));
	     n++) {
		struct wire_joined joined;
		struct wire_list list;

		assert_int_equal(wire_joined_decode(item->data, item->size, &list), WIRE_OK);
		while (wire_joined_next(&list, &joined))
			assert_int_equal(joined.member, ++introduced);
	}
	assert_int_equal(introduced, 99);
	for (size_t i = 0; i < 100; i++)
		dialog_close(&scene->house, &crowd[i], WIRE_REASON_LOST, scene->now_ns);
}

static void another_version_is_refused_with_both_versions_named(void **state)
{
	struct scene *scene = *state;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	scene_connect(scene, 0, WIRE_MAGIC | 9);
	assert_int_equal(scene_refusal(scene, 0, words), WIRE_REASON_VERSION);
	assert_non_null(strstr(words, "version 1"));
	assert_non_null(strstr(words, "version 9"));
	assert_int_equal(scene->postbox.disconnect_count, 1);
}

static void a_stranger_is_disconnected_without_a_word(void **state)
{
	struct scene *scene = *state;

	scene_connect(scene, 0, 0);
	assert_int_equal(scene->postbox.count, 0);
	assert_int_equal(scene->postbox.disconnect_count, 1);
	assert_int_equal(scene->house.ledger.strangers, 1);
}

static void bad_names_are_refused_with_the_reason(void **state)
{
	struct scene *scene = *state;
	static const struct {
		const char *bytes; /* of the HELLO up to where the names end */
		size_t size;
		enum wire_reason reason;
		const char *says;
	} rows[] = {
		{ "\x01\x00\x03"
		  "ada",
		  6, WIRE_REASON_ROOM_NAME, "is empty" },
		{ "\x01\x04"
		  "a\x1b[m\x03"
		  "ada",
		  10, WIRE_REASON_ROOM_NAME, "control" },
		{ "\x01\x01r\x02\xc3(", 6, WIRE_REASON_NAME, "UTF-8" },
		{ "\x01\x01r\x21"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  37, WIRE_REASON_NAME, "longer than 32" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char words[WIRE_TEXT_MAX_BYTES + 1];
		uint8_t data[64] = { 0 };

		postbox_clear(&scene->postbox);
		scene_connect(scene, 0, wire_connect_data());
		memcpy(data, rows[i].bytes, rows[i].size);
		scene_take(scene, 0, 0, data, rows[i].size + 6);
		assert_int_equal(scene_refusal(scene, 0, words), rows[i].reason);
		assert_non_null(strstr(words, rows[i].says));
		assert_int_equal(scene->client[0].state, DIALOG_PARTED);
	}
}

static void a_full_room_and_a_full_relay_refuse(void **state)
{
	struct scene *scene = *state;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	scene->config.members = 2;
	scene->config.rooms = 1;
	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	scene_connect(scene, 2, wire_connect_data());
	scene_hello(scene, 2, "a", "late", false);
	assert_int_equal(scene_refusal(scene, 2, words), WIRE_REASON_ROOM_FULL);
	scene_connect(scene, 3, wire_connect_data());
	scene_hello(scene, 3, "b", "late", false);
	assert_int_equal(scene_refusal(scene, 3, words), WIRE_REASON_RELAY_FULL);
}

static void who_says_no_hello_in_time_is_refused(void **state)
{
	struct scene *scene = *state;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	scene_connect(scene, 0, wire_connect_data());
	scene->now_ns += 4999 * MS;
	dialog_check_greeting(&scene->house, &scene->client[0], scene->now_ns);
	assert_int_equal(scene->client[0].state, DIALOG_GREETING);
	scene->now_ns += 2 * MS;
	dialog_check_greeting(&scene->house, &scene->client[0], scene->now_ns);
	assert_int_equal(scene_refusal(scene, 0, words), WIRE_REASON_SILENT);
}

/* Rooms. */

static void a_room_is_made_by_the_first_hello_and_gone_after_the_last_member(void **state)
{
	struct scene *scene = *state;

	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	scene_join(scene, 2, "b");
	assert_int_equal(scene->house.room_count, 2);
	dialog_close(&scene->house, &scene->client[0], WIRE_REASON_LOST, scene->now_ns);
	assert_int_equal(scene->house.room_count, 2);
	dialog_close(&scene->house, &scene->client[1], WIRE_REASON_LOST, scene->now_ns);
	assert_int_equal(scene->house.room_count, 1);
}

static void members_of_other_rooms_hear_nothing(void **state)
{
	struct scene *scene = *state;

	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	scene_join(scene, 2, "b");
	scene_publish(scene, 0, 0, 1, 100);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 1);
	assert_int_equal(scene_count(scene, 2, WIRE_SNAPSHOT), 0);
}

static void an_id_just_freed_comes_back_last(void **state)
{
	struct scene *scene = *state;

	scene->config.members = 4;
	scene_join(scene, 0, "a");
	for (uint32_t i = 2; i <= 127; i++) {
		scene_join(scene, 1, "a");
		assert_int_equal(scene->client[1].member->id, i);
		dialog_close(&scene->house, &scene->client[1], WIRE_REASON_LOST, scene->now_ns);
	}
	scene_join(scene, 1, "a");
	assert_int_equal(scene->client[1].member->id, 2);
}

static void who_leaves_is_announced_with_the_reason(void **state)
{
	struct scene *scene = *state;
	static const enum wire_reason reasons[] = { WIRE_REASON_LEFT, WIRE_REASON_LOST };

	scene_join(scene, 0, "a");
	for (size_t i = 0; i < 2; i++) {
		const struct postbox_item *item;
		struct wire_left left;
		struct wire_list list;
		uint8_t leave[1];

		scene_join(scene, 1, "a");
		postbox_clear(&scene->postbox);
		if (reasons[i] == WIRE_REASON_LEFT)
			scene_take(scene, 1, 0, leave, wire_leave_encode(leave, sizeof(leave)));
		else
			dialog_close(&scene->house, &scene->client[1], WIRE_REASON_LOST,
				     scene->now_ns);
		item = postbox_find(&scene->postbox, &scene->client[0], WIRE_LEFT, 0);
		assert_non_null(item);
		assert_int_equal(wire_left_decode(item->data, item->size, &list), WIRE_OK);
		assert_true(wire_left_next(&list, &left));
		assert_int_equal(left.reason, reasons[i]);
		assert_int_equal(scene_count(scene, 1, WIRE_LEFT), 0);
	}
}

/* Events and the clock. */

static void events_go_to_all_to_others_or_to_one_on_their_channel(void **state)
{
	struct scene *scene = *state;
	static const struct {
		enum wire_scope scope;
		size_t heard[3];
	} rows[] = {
		{ WIRE_TO_ALL, { 1, 1, 1 } },
		{ WIRE_TO_OTHERS, { 0, 1, 1 } },
		{ WIRE_TO_ONE, { 0, 0, 1 } },
	};

	for (size_t i = 0; i < 3; i++)
		scene_join(scene, i, "a");
	for (size_t row = 0; row < 3; row++) {
		for (unsigned channel = WIRE_CHANNEL_EVENT; channel <= WIRE_CHANNEL_EVENT_FAST;
		     channel++) {
			struct wire_event event = { .scope = rows[row].scope,
						    .data = scene_text("hi") };
			uint8_t data[WIRE_MESSAGE_MAX_BYTES];

			if (event.scope == WIRE_TO_ONE)
				event.member = scene->client[2].member->id;
			postbox_clear(&scene->postbox);
			scene_take(scene, 0, channel, data,
				   wire_event_encode(data, sizeof(data), &event));
			for (size_t i = 0; i < 3; i++)
				assert_int_equal(scene_count(scene, i, WIRE_EVENT),
						 rows[row].heard[i]);
			assert_int_equal(scene->postbox.items[0].channel, channel);
			assert_int_equal(wire_event_decode(scene->postbox.items[0].data,
							   scene->postbox.items[0].size, &event),
					 WIRE_OK);
			assert_int_equal(event.member, scene->client[0].member->id);
			assert_memory_equal(event.data.data, "hi", 2);
		}
	}
}

static void an_event_to_nobody_is_counted_as_astray(void **state)
{
	struct scene *scene = *state;
	struct wire_event event = { .scope = WIRE_TO_ONE, .member = 99 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	scene_join(scene, 0, "a");
	scene_take(scene, 0, WIRE_CHANNEL_EVENT, data,
		   wire_event_encode(data, sizeof(data), &event));
	assert_int_equal(scene->house.ledger.events_astray, 1);
}

static void the_clock_answers_with_the_rooms_time(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;
	struct wire_clock clock = { .sent_us = 12345 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	scene_join(scene, 0, "a");
	scene->now_ns += 3 * MS;
	scene_take(scene, 0, 0, data, wire_clock_encode(data, sizeof(data), &clock));
	item = postbox_find(&scene->postbox, &scene->client[0], WIRE_CLOCK, 0);
	assert_int_equal(item->mode, WIRE_UNSEQUENCED);
	assert_int_equal(wire_clock_decode(item->data, item->size, &clock), WIRE_OK);
	assert_int_equal(clock.sent_us, 12345);
	assert_int_equal(clock.received_us, 3000);
	assert_int_equal(clock.answered_us, 3000);
}

/* What bad input gets. */

static void malformed_messages_are_counted_by_reason_and_too_many_end_it(void **state)
{
	struct scene *scene = *state;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	for (int i = 0; i < 15; i++)
		scene_take(scene, 0, WIRE_CHANNEL_STATE, "\x07", 1);
	assert_int_equal(scene->house.ledger.malformed[WIRE_SHORT], 15);
	assert_int_equal(scene->client[0].state, DIALOG_MEMBER);
	scene_take(scene, 0, WIRE_CHANNEL_STATE, "\xff", 1);
	assert_int_equal(scene->house.ledger.malformed[WIRE_TYPE], 1);
	assert_int_equal(scene_refusal(scene, 0, words), WIRE_REASON_MALFORMED);
	assert_int_equal(scene_count(scene, 1, WIRE_LEFT), 1);
	scene_take(scene, 0, WIRE_CHANNEL_STATE, "\xff", 1);
	assert_int_equal(scene->house.ledger.malformed[WIRE_TYPE], 1);
}

static void a_message_too_long_is_counted_as_that_whatever_its_type(void **state)
{
	struct scene *scene = *state;
	static const uint8_t types[] = { WIRE_EVENT, WIRE_SNAPSHOT, 0, 255 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES + 1] = { 0 };

	scene_join(scene, 0, "a");
	for (size_t i = 0; i < sizeof(types); i++) {
		data[0] = types[i];
		scene_take(scene, 0, WIRE_CHANNEL_EVENT, data, sizeof(data));
		assert_int_equal(scene->house.ledger.malformed[WIRE_TOO_LONG], i + 1);
	}
}

static void words_out_of_place_are_counted(void **state)
{
	struct scene *scene = *state;
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	scene_connect(scene, 0, wire_connect_data());
	scene_publish(scene, 0, 0, 1, 1);
	assert_int_equal(scene->house.ledger.out_of_place, 1);
	scene_hello(scene, 0, "a", "ada", false);
	scene_hello(scene, 0, "a", "ada", false);
	assert_int_equal(scene->house.ledger.out_of_place, 2);
	scene_take(scene, 0, WIRE_CHANNEL_STATE, data, wire_leave_encode(data, sizeof(data)));
	assert_int_equal(scene->house.ledger.out_of_place, 3);
	assert_int_equal(scene->client[0].state, DIALOG_MEMBER);
}

static void messages_over_the_rate_are_dropped_and_the_budget_comes_back(void **state)
{
	struct scene *scene = *state;

	scene->config.message_rate = 10;
	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	for (uint16_t seq = 1; seq <= 20; seq++)
		scene_publish(scene, 0, 0, seq, 1);
	assert_int_equal(scene->house.ledger.rate_limited, 11); /* HELLO was one of the ten */
	scene->now_ns += 100 * MS;
	scene_publish(scene, 0, 0, 30, 1);
	scene_publish(scene, 0, 0, 31, 1);
	assert_int_equal(scene->house.ledger.rate_limited, 12);
}

static void who_takes_nothing_is_told_out_of_order_and_given_time(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	dialog_refuse(&scene->house, &scene->client[0], WIRE_REASON_SLOW, "slow", scene->now_ns);
	assert_int_equal(scene_refusal(scene, 0, words), WIRE_REASON_SLOW);
	item = postbox_find(&scene->postbox, &scene->client[0], WIRE_REFUSED, 0);
	assert_int_equal(item->mode, WIRE_UNSEQUENCED);
	assert_int_equal(scene->postbox.disconnect_count, 0);
	assert_int_equal(scene_count(scene, 1, WIRE_LEFT), 1);
	scene_publish(scene, 1, 0, 1, 1);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene_count(scene, 0, WIRE_SNAPSHOT), 0);
}

static void goodbye_parts_all_and_says_stopping(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;
	struct wire_farewell farewell;

	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	for (size_t i = 0; i < 2; i++) {
		dialog_goodbye(&scene->house, &scene->client[i], "the relay is stopping",
			       scene->now_ns);
		item = postbox_find(&scene->postbox, &scene->client[i], WIRE_GOODBYE, 0);
		assert_non_null(item);
		assert_int_equal(
			wire_farewell_decode(item->data, item->size, WIRE_GOODBYE, &farewell),
			WIRE_OK);
		assert_int_equal(farewell.reason, WIRE_REASON_STOPPING);
	}
	assert_int_equal(scene->postbox.disconnect_count, 2);
}

static void say_report(struct scene *scene, size_t client, struct wire_report report)
{
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	scene_take(scene, client, WIRE_CHANNEL_CONTROL, data,
		   wire_report_encode(data, sizeof(data), &report));
}

static void a_report_that_cannot_be_is_counted_and_forgiven(void **state)
{
	struct scene *scene = *state;
	const struct ledger *ledger = &scene->house.ledger;

	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	say_report(scene, 1, (struct wire_report){ .number = 0, .count = 1, .bytes = 10 });
	assert_int_equal(ledger->reports_ignored, 1); /* nothing was sent */
	scene_publish(scene, 0, 0, 1, 100);
	house_turn(&scene->house, scene->now_ns);
	say_report(scene, 1, (struct wire_report){ .number = 0, .count = 1, .bytes = 10 });
	assert_int_equal(ledger->reports_ignored, 1);
	for (unsigned i = 0; i < 100; i++)
		say_report(scene, 1, (struct wire_report){ .number = (uint16_t)(7 * i) });
	assert_int_equal(ledger->reports_in, 102);
	assert_int_equal(ledger->reports_ignored, 101);
	assert_int_equal(scene->client[1].malformed, 0);
	assert_int_equal(scene->client[1].state, DIALOG_MEMBER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(a_newcomer_is_welcomed_told_who_is_there_and_given_the_whole_state),
		SCENE(the_first_member_gets_an_empty_last_keyframe),
		SCENE(a_large_room_is_introduced_in_several_messages_without_loss),
		SCENE(another_version_is_refused_with_both_versions_named),
		SCENE(a_stranger_is_disconnected_without_a_word),
		SCENE(bad_names_are_refused_with_the_reason),
		SCENE(a_full_room_and_a_full_relay_refuse),
		SCENE(who_says_no_hello_in_time_is_refused),
		SCENE(a_room_is_made_by_the_first_hello_and_gone_after_the_last_member),
		SCENE(members_of_other_rooms_hear_nothing),
		SCENE(an_id_just_freed_comes_back_last),
		SCENE(who_leaves_is_announced_with_the_reason),
		SCENE(events_go_to_all_to_others_or_to_one_on_their_channel),
		SCENE(an_event_to_nobody_is_counted_as_astray),
		SCENE(the_clock_answers_with_the_rooms_time),
		SCENE(a_report_that_cannot_be_is_counted_and_forgiven),
		SCENE(malformed_messages_are_counted_by_reason_and_too_many_end_it),
		SCENE(a_message_too_long_is_counted_as_that_whatever_its_type),
		SCENE(words_out_of_place_are_counted),
		SCENE(messages_over_the_rate_are_dropped_and_the_budget_comes_back),
		SCENE(who_takes_nothing_is_told_out_of_order_and_given_time),
		SCENE(goodbye_parts_all_and_says_stopping),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

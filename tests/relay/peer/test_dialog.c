/* A client's conversation with the relay, from its first word to its last, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "relay/log.h"
#include "tests/fixtures/scene.h"

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
	assert_int_equal(welcome.flush_us, 16000);

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

static void goodbye_parts_all_and_says_whether_the_relay_comes_back(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;
	struct wire_farewell farewell;

	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	for (size_t i = 0; i < 2; i++) {
		scene->config.goodbye_for_good = i == 1;
		dialog_goodbye(&scene->house, &scene->client[i], scene->now_ns);
		item = postbox_find(&scene->postbox, &scene->client[i], WIRE_GOODBYE, 0);
		assert_non_null(item);
		assert_int_equal(
			wire_farewell_decode(item->data, item->size, WIRE_GOODBYE, &farewell),
			WIRE_OK);
		assert_int_equal(farewell.reason,
				 i == 1 ? WIRE_REASON_CLOSING : WIRE_REASON_STOPPING);
	}
	assert_int_equal(scene->postbox.disconnect_count, 2);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(a_newcomer_is_welcomed_told_who_is_there_and_given_the_whole_state),
		SCENE(the_first_member_gets_an_empty_last_keyframe),
		SCENE(a_large_room_is_introduced_in_several_messages_without_loss),
		SCENE(a_room_is_made_by_the_first_hello_and_gone_after_the_last_member),
		SCENE(members_of_other_rooms_hear_nothing),
		SCENE(an_id_just_freed_comes_back_last),
		SCENE(who_leaves_is_announced_with_the_reason),
		SCENE(events_go_to_all_to_others_or_to_one_on_their_channel),
		SCENE(an_event_to_nobody_is_counted_as_astray),
		SCENE(the_clock_answers_with_the_rooms_time),
		SCENE(goodbye_parts_all_and_says_whether_the_relay_comes_back),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

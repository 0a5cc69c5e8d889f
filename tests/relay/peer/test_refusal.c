/* Whom the relay refuses, and what it does about bad input, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/log.h"
#include "tests/fixtures/scene.h"

/* At the door. */

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
		{ "\x01\x08"
		  "lobby\u200b\x03"
		  "ada",
		  14, WIRE_REASON_ROOM_NAME, "not seen" },
		{ "\x01\x01r\x04"
		  "ada ",
		  8, WIRE_REASON_NAME, "space" },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(another_version_is_refused_with_both_versions_named),
		SCENE(a_stranger_is_disconnected_without_a_word),
		SCENE(bad_names_are_refused_with_the_reason),
		SCENE(a_full_room_and_a_full_relay_refuse),
		SCENE(who_says_no_hello_in_time_is_refused),
		SCENE(a_report_that_cannot_be_is_counted_and_forgiven),
		SCENE(malformed_messages_are_counted_by_reason_and_too_many_end_it),
		SCENE(a_message_too_long_is_counted_as_that_whatever_its_type),
		SCENE(words_out_of_place_are_counted),
		SCENE(messages_over_the_rate_are_dropped_and_the_budget_comes_back),
		SCENE(who_takes_nothing_is_told_out_of_order_and_given_time),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

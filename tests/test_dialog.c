/* The relay's rules, from a client's first word to its last, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "relay/dialog.h"
#include "relay/log.h"
#include "tests/postbox.h"

#define MS INT64_C(1000000)

/* A house with a few clients; the n-th client's peer is the address of its dialog. */
struct scene {
	struct config config;
	struct postbox postbox;
	struct house house;
	struct dialog client[8];
	int64_t now_ns;
};

static struct wire_bytes text(const char *words)
{
	return (struct wire_bytes){ .data = (const uint8_t *)words, .size = strlen(words) };
}

static int set_up(void **state)
{
	static struct scene scene;
	struct outbox outbox;

	scene = (struct scene){ .now_ns = 1000 * MS };
	config_default(&scene.config);
	outbox = postbox_outbox(&scene.postbox);
	assert_int_equal(house_init(&scene.house, &scene.config, &outbox), 0);
	*state = &scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	for (size_t i = 0; i < 8; i++)
		dialog_close(&scene->house, &scene->client[i], WIRE_REASON_LOST, scene->now_ns);
	assert_true(ledger_is_balanced(&scene->house.ledger));
	assert_int_equal(scene->house.ledger.pending, 0);
	assert_int_equal(scene->house.room_count, 0);
	assert_int_equal(scene->house.member_count, 0);
	house_fini(&scene->house);
	postbox_fini(&scene->postbox);
	return 0;
}

static void connect_as(struct scene *scene, size_t client, uint32_t data)
{
	struct dialog *dialog = &scene->client[client];

	dialog_open(&scene->house, dialog, dialog, data, scene->now_ns);
}

static void take(struct scene *scene, size_t client, unsigned channel, const void *data,
		 size_t size)
{
	dialog_take(&scene->house, &scene->client[client], channel, data, size, scene->now_ns);
}

static void hello(struct scene *scene, size_t client, const char *room, const char *name, bool echo)
{
	struct wire_hello words = { .room = text(room),
				    .name = text(name),
				    .settings = { .echo = echo } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	take(scene, client, WIRE_CHANNEL_CONTROL, data,
	     wire_hello_encode(data, sizeof(data), &words));
}

static void join(struct scene *scene, size_t client, const char *room)
{
	char name[16];

	snprintf(name, sizeof(name), "c%zu", client);
	connect_as(scene, client, wire_connect_data());
	hello(scene, client, room, name, false);
	assert_int_equal(scene->client[client].state, DIALOG_MEMBER);
}

static void publish(struct scene *scene, size_t client, uint16_t index, uint16_t seq, int32_t x)
{
	struct states_record record = { .index = index, .seq = seq, .position = { x, 2, 3 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);

	assert_true(states_add(&builder, &record));
	take(scene, client, WIRE_CHANNEL_STATE, data, states_finish(&builder));
}

static size_t count(const struct scene *scene, size_t client, enum wire_type type)
{
	return postbox_count(&scene->postbox, &scene->client[client], type);
}

/* The records of all SNAPSHOTs (or KEYFRAMEs) that went to a client, in order. */
static size_t records(const struct scene *scene, size_t client, enum wire_type type,
		      struct states_record *out, size_t capacity)
{
	size_t found = 0;
	const struct postbox_item *item;

	for (size_t n = 0; (item = postbox_find(&scene->postbox, &scene->client[client], type, n));
	     n++) {
		struct states_message message;
		struct states_record record;

		assert_int_equal(states_decode(item->data, item->size, &message), WIRE_OK);
		while (states_next(&message, &record)) {
			if (found < capacity)
				out[found] = record;
			found++;
		}
	}
	return found;
}

static enum wire_reason refusal(const struct scene *scene, size_t client, char *words)
{
	const struct postbox_item *item =
		postbox_find(&scene->postbox, &scene->client[client], WIRE_REFUSED, 0);
	struct wire_farewell farewell;

	assert_non_null(item);
	assert_int_equal(wire_farewell_decode(item->data, item->size, WIRE_REFUSED, &farewell),
			 WIRE_OK);
	memcpy(words, farewell.text.data, farewell.text.size);
	words[farewell.text.size] = '\0';
	return farewell.reason;
}

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

	join(scene, 0, "pitch");
	publish(scene, 0, 0, 7, 100);
	publish(scene, 0, 5, 1, 200);
	house_turn(&scene->house, scene->now_ns);
	postbox_clear(&scene->postbox);
	scene->now_ns += 20 * MS;
	join(scene, 1, "pitch");

	item = postbox_find(&scene->postbox, &scene->client[1], WIRE_WELCOME, 0);
	assert_non_null(item);
	assert_int_equal(item->channel, WIRE_CHANNEL_CONTROL);
	assert_int_equal(item->mode, WIRE_RELIABLE);
	assert_int_equal(wire_welcome_decode(item->data, item->size, &welcome), WIRE_OK);
	assert_int_equal(welcome.member, 2);
	assert_int_equal(welcome.clock_us, 20000);
	assert_int_equal(welcome.entity_limit, 64);
	assert_int_equal(welcome.flush_us, 0);

	item = postbox_find(&scene->postbox, &scene->client[1], WIRE_JOINED, 0);
	assert_non_null(item);
	assert_int_equal(wire_joined_decode(item->data, item->size, &list), WIRE_OK);
	assert_true(wire_joined_next(&list, &joined));
	assert_int_equal(joined.member, 1);
	assert_memory_equal(joined.name.data, "c0", 2);
	assert_false(wire_joined_next(&list, &joined));

	assert_int_equal(records(scene, 1, WIRE_KEYFRAME, record, 4), 2);
	assert_int_equal(record[0].seq, 7);
	assert_int_equal(record[0].age_us, 20000);
	assert_int_equal(record[1].index, 5);
	assert_int_equal(record[1].position[0], 200);
	item = postbox_find(&scene->postbox, &scene->client[1], WIRE_KEYFRAME, 0);
	assert_int_equal(states_decode(item->data, item->size, &message), WIRE_OK);
	assert_true(message.is_last);

	assert_int_equal(count(scene, 0, WIRE_JOINED), 1);
	assert_int_equal(count(scene, 1, WIRE_SNAPSHOT), 0);
}

static void the_first_member_gets_an_empty_last_keyframe(void **state)
{
	struct scene *scene = *state;
	struct states_message message;
	const struct postbox_item *item;

	join(scene, 0, "pitch");
	assert_int_equal(count(scene, 0, WIRE_JOINED), 0);
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
		struct wire_hello words = { .room = text("crowd") };
		uint8_t data[WIRE_MESSAGE_MAX_BYTES];
		char name[33];

		snprintf(name, sizeof(name), "a member with a long name %06zu", i);
		words.name = text(name);
		dialog_open(&scene->house, &crowd[i], &crowd[i], wire_connect_data(),
			    scene->now_ns);
		dialog_take(&scene->house, &crowd[i], 0, data,
			    wire_hello_encode(data, sizeof(data), &words), scene->now_ns);
	}
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

	connect_as(scene, 0, WIRE_MAGIC | 9);
	assert_int_equal(refusal(scene, 0, words), WIRE_REASON_VERSION);
	assert_non_null(strstr(words, "version 1"));
	assert_non_null(strstr(words, "version 9"));
	assert_int_equal(scene->postbox.disconnect_count, 1);
}

static void a_stranger_is_disconnected_without_a_word(void **state)
{
	struct scene *scene = *state;

	connect_as(scene, 0, 0);
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
		connect_as(scene, 0, wire_connect_data());
		memcpy(data, rows[i].bytes, rows[i].size);
		take(scene, 0, 0, data, rows[i].size + 6);
		assert_int_equal(refusal(scene, 0, words), rows[i].reason);
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
	join(scene, 0, "a");
	join(scene, 1, "a");
	connect_as(scene, 2, wire_connect_data());
	hello(scene, 2, "a", "late", false);
	assert_int_equal(refusal(scene, 2, words), WIRE_REASON_ROOM_FULL);
	connect_as(scene, 3, wire_connect_data());
	hello(scene, 3, "b", "late", false);
	assert_int_equal(refusal(scene, 3, words), WIRE_REASON_RELAY_FULL);
}

static void who_says_no_hello_in_time_is_refused(void **state)
{
	struct scene *scene = *state;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	connect_as(scene, 0, wire_connect_data());
	scene->now_ns += 4999 * MS;
	dialog_check_greeting(&scene->house, &scene->client[0], scene->now_ns);
	assert_int_equal(scene->client[0].state, DIALOG_GREETING);
	scene->now_ns += 2 * MS;
	dialog_check_greeting(&scene->house, &scene->client[0], scene->now_ns);
	assert_int_equal(refusal(scene, 0, words), WIRE_REASON_SILENT);
}

/* Rooms. */

static void a_room_is_made_by_the_first_hello_and_gone_after_the_last_member(void **state)
{
	struct scene *scene = *state;

	join(scene, 0, "a");
	join(scene, 1, "a");
	join(scene, 2, "b");
	assert_int_equal(scene->house.room_count, 2);
	dialog_close(&scene->house, &scene->client[0], WIRE_REASON_LOST, scene->now_ns);
	assert_int_equal(scene->house.room_count, 2);
	dialog_close(&scene->house, &scene->client[1], WIRE_REASON_LOST, scene->now_ns);
	assert_int_equal(scene->house.room_count, 1);
}

static void members_of_other_rooms_hear_nothing(void **state)
{
	struct scene *scene = *state;

	join(scene, 0, "a");
	join(scene, 1, "a");
	join(scene, 2, "b");
	publish(scene, 0, 0, 1, 100);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(count(scene, 1, WIRE_SNAPSHOT), 1);
	assert_int_equal(count(scene, 2, WIRE_SNAPSHOT), 0);
}

static void an_id_just_freed_comes_back_last(void **state)
{
	struct scene *scene = *state;

	scene->config.members = 4;
	join(scene, 0, "a");
	for (uint32_t i = 2; i <= 127; i++) {
		join(scene, 1, "a");
		assert_int_equal(scene->client[1].member->id, i);
		dialog_close(&scene->house, &scene->client[1], WIRE_REASON_LOST, scene->now_ns);
	}
	join(scene, 1, "a");
	assert_int_equal(scene->client[1].member->id, 2);
}

static void who_leaves_is_announced_with_the_reason(void **state)
{
	struct scene *scene = *state;
	static const enum wire_reason reasons[] = { WIRE_REASON_LEFT, WIRE_REASON_LOST };

	join(scene, 0, "a");
	for (size_t i = 0; i < 2; i++) {
		const struct postbox_item *item;
		struct wire_left left;
		struct wire_list list;
		uint8_t leave[1];

		join(scene, 1, "a");
		postbox_clear(&scene->postbox);
		if (reasons[i] == WIRE_REASON_LEFT)
			take(scene, 1, 0, leave, wire_leave_encode(leave, sizeof(leave)));
		else
			dialog_close(&scene->house, &scene->client[1], WIRE_REASON_LOST,
				     scene->now_ns);
		item = postbox_find(&scene->postbox, &scene->client[0], WIRE_LEFT, 0);
		assert_non_null(item);
		assert_int_equal(wire_left_decode(item->data, item->size, &list), WIRE_OK);
		assert_true(wire_left_next(&list, &left));
		assert_int_equal(left.reason, reasons[i]);
		assert_int_equal(count(scene, 1, WIRE_LEFT), 0);
	}
}

/* States. */

static void a_state_goes_to_all_others_and_not_back(void **state)
{
	struct scene *scene = *state;
	struct states_record record[2];

	for (size_t i = 0; i < 3; i++)
		join(scene, i, "a");
	publish(scene, 0, 0, 1, 100);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(count(scene, 0, WIRE_SNAPSHOT), 0);
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(records(scene, i, WIRE_SNAPSHOT, record, 2), 1);
		assert_int_equal(record[0].member, 1);
		assert_int_equal(record[0].position[0], 100);
	}
	assert_int_equal(scene->house.ledger.ended[LEDGER_DELIVERED], 2);
}

static void own_states_come_back_on_request(void **state)
{
	struct scene *scene = *state;
	struct states_record record[2];

	connect_as(scene, 0, wire_connect_data());
	hello(scene, 0, "a", "echo", true);
	publish(scene, 0, 0, 1, 100);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(records(scene, 0, WIRE_SNAPSHOT, record, 2), 1);
}

static void each_member_hears_in_its_own_mode(void **state)
{
	struct scene *scene = *state;

	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++) {
		size_t client = (size_t)mode + 1;
		struct wire_settings settings = { .down = (enum wire_mode)mode };
		uint8_t data[WIRE_MESSAGE_MAX_BYTES];

		join(scene, client, "a");
		take(scene, client, 0, data, wire_settings_encode(data, sizeof(data), &settings));
		assert_int_equal(count(scene, client, WIRE_SETTINGS), 1);
	}
	join(scene, 0, "a");
	publish(scene, 0, 0, 1, 100);
	house_turn(&scene->house, scene->now_ns);
	for (size_t i = 1; i <= 3; i++) {
		const struct postbox_item *item =
			postbox_find(&scene->postbox, &scene->client[i], WIRE_SNAPSHOT, 0);

		assert_int_equal(item->mode, i - 1);
		assert_int_equal(item->channel, WIRE_CHANNEL_STATE);
	}
}

static void the_latest_value_wins_and_says_what_it_replaced(void **state)
{
	struct scene *scene = *state;
	struct states_record record[4];

	scene->config.tick_hz = 20;
	join(scene, 0, "a");
	join(scene, 1, "a");
	for (uint16_t seq = 1; seq <= 3; seq++)
		publish(scene, 0, 0, seq, seq * 10);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(count(scene, 1, WIRE_SNAPSHOT), 0);
	scene->now_ns += 50 * MS;
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(records(scene, 1, WIRE_SNAPSHOT, record, 4), 1);
	assert_int_equal(record[0].seq, 3);
	assert_int_equal(record[0].skipped, 2);
	assert_int_equal(scene->house.ledger.ended[LEDGER_SUPERSEDED], 2);
}

static void a_tick_keeps_its_rhythm_whenever_states_come(void **state)
{
	struct scene *scene = *state;
	size_t flushes = 0;

	scene->config.tick_hz = 10;
	join(scene, 0, "a");
	join(scene, 1, "a");
	for (uint16_t ms = 1; ms <= 1000; ms++) {
		scene->now_ns += MS;
		publish(scene, 0, 0, ms, ms);
		postbox_clear(&scene->postbox);
		house_turn(&scene->house, scene->now_ns);
		flushes += count(scene, 1, WIRE_SNAPSHOT);
	}
	/* The member's budget of messages is 240 a second, and the states come within ten ticks. */
	assert_in_range(flushes, 9, 10);
}

static void a_stale_state_is_counted_and_not_relayed(void **state)
{
	struct scene *scene = *state;

	join(scene, 0, "a");
	join(scene, 1, "a");
	publish(scene, 0, 0, 10, 1);
	house_turn(&scene->house, scene->now_ns);
	publish(scene, 0, 0, 9, 2);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(count(scene, 1, WIRE_SNAPSHOT), 1);
	assert_int_equal(scene->house.ledger.ended[LEDGER_STALE], 1);
}

static void seq_wraps_around(void **state)
{
	struct scene *scene = *state;
	struct states_record record[4];

	join(scene, 0, "a");
	join(scene, 1, "a");
	publish(scene, 0, 0, 65535, 1);
	house_turn(&scene->house, scene->now_ns);
	publish(scene, 0, 0, 0, 2);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(records(scene, 1, WIRE_SNAPSHOT, record, 4), 2);
	assert_int_equal(record[1].seq, 0);
}

static void an_origin_in_the_future_is_taken_as_now(void **state)
{
	struct scene *scene = *state;
	struct states_record record = { .seq = 1 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder;

	join(scene, 0, "a");
	join(scene, 1, "a");
	scene->now_ns += 10 * MS;
	builder = states_state_begin(data, sizeof(data), 999999999);
	states_add(&builder, &record);
	take(scene, 0, WIRE_CHANNEL_STATE, data, states_finish(&builder));
	scene->now_ns += 5 * MS;
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(records(scene, 1, WIRE_SNAPSHOT, &record, 1), 1);
	assert_int_equal(record.age_us, 5000);
}

static void limits_of_entities_and_payload_drop_and_count(void **state)
{
	struct scene *scene = *state;

	scene->config.entities = 2;
	join(scene, 0, "a");
	join(scene, 1, "a");
	publish(scene, 0, 1, 1, 1);
	publish(scene, 0, 2, 1, 1);
	publish(scene, 0, 4095, 1, 1);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene->house.ledger.ended[LEDGER_OVER_LIMIT], 2);
	assert_int_equal(scene->house.ledger.ended[LEDGER_DELIVERED], 1);
}

static void a_flush_larger_than_a_datagram_is_split_and_numbered(void **state)
{
	struct scene *scene = *state;
	struct states_message message;
	const struct postbox_item *item;
	struct states_record record[400];
	size_t n = 0;

	scene->config.entities = 400;
	scene->config.message_rate = 1000;
	join(scene, 0, "a");
	join(scene, 1, "a");
	for (uint16_t i = 0; i < 400; i++)
		publish(scene, 0, i, 1, 1000000 + i);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(records(scene, 1, WIRE_SNAPSHOT, record, 400), 400);
	for (uint16_t i = 0; i < 400; i++)
		assert_int_equal(record[i].index, i);
	for (; (item = postbox_find(&scene->postbox, &scene->client[1], WIRE_SNAPSHOT, n)); n++) {
		assert_true(item->size <= WIRE_MESSAGE_MAX_BYTES);
		states_decode(item->data, item->size, &message);
		assert_int_equal(message.number, n);
	}
	assert_true(n > 1);
}

static void what_rests_is_repeated_reliably_once(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;
	struct states_message message;

	join(scene, 0, "a");
	join(scene, 1, "a");
	publish(scene, 0, 0, 1, 100);
	house_turn(&scene->house, scene->now_ns);
	postbox_clear(&scene->postbox);
	scene->now_ns += 249 * MS;
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(count(scene, 1, WIRE_KEYFRAME), 0);
	for (int turn = 0; turn < 100; turn++) {
		scene->now_ns += 10 * MS;
		house_turn(&scene->house, scene->now_ns);
	}
	assert_int_equal(count(scene, 1, WIRE_KEYFRAME), 1);
	assert_int_equal(count(scene, 0, WIRE_KEYFRAME), 0);
	item = postbox_find(&scene->postbox, &scene->client[1], WIRE_KEYFRAME, 0);
	assert_int_equal(item->mode, WIRE_RELIABLE);
	assert_int_equal(states_decode(item->data, item->size, &message), WIRE_OK);
	assert_false(message.is_last);
}

static void house_turn_says_when_it_wants_to_be_called_again(void **state)
{
	struct scene *scene = *state;

	assert_true(house_turn(&scene->house, scene->now_ns) == INT64_MAX);
	join(scene, 0, "a");
	join(scene, 1, "a");
	assert_true(house_turn(&scene->house, scene->now_ns) == INT64_MAX);
	publish(scene, 0, 0, 1, 1);
	assert_true(house_turn(&scene->house, scene->now_ns) == scene->now_ns + 250 * MS);
	scene->now_ns += 250 * MS;
	assert_true(house_turn(&scene->house, scene->now_ns) == INT64_MAX);
}

static void a_removed_entity_is_gone_for_all_and_stale_states_do_not_revive_it(void **state)
{
	struct scene *scene = *state;
	struct wire_gone gone = { .index = 3, .seq = 5 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	size_t size;

	join(scene, 0, "a");
	join(scene, 1, "a");
	publish(scene, 0, 3, 5, 1);
	gone.member = scene->client[0].member->id;
	size = wire_gone_encode(data, sizeof(data), &gone, 1, NULL);
	take(scene, 0, 0, data, size);
	assert_int_equal(count(scene, 1, WIRE_GONE), 1);
	assert_int_equal(count(scene, 0, WIRE_GONE), 0);
	publish(scene, 0, 3, 4, 1);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene->house.ledger.ended[LEDGER_STALE], 1);
	join(scene, 2, "a");
	assert_int_equal(records(scene, 2, WIRE_KEYFRAME, NULL, 0), 0);
	publish(scene, 0, 3, 6, 1);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(records(scene, 2, WIRE_SNAPSHOT, NULL, 0), 1);
}

static void a_removal_that_overtakes_the_last_state_holds(void **state)
{
	struct scene *scene = *state;
	struct wire_gone gone = { .index = 3, .seq = 5 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	size_t size;

	join(scene, 0, "a");
	join(scene, 1, "a");
	gone.member = scene->client[0].member->id;
	size = wire_gone_encode(data, sizeof(data), &gone, 1, NULL);
	take(scene, 0, 0, data, size);
	publish(scene, 0, 3, 5, 1);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(records(scene, 1, WIRE_SNAPSHOT, NULL, 0), 0);
	publish(scene, 0, 3, 8, 1);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(records(scene, 1, WIRE_SNAPSHOT, NULL, 0), 1);
	gone.seq = 10;
	size = wire_gone_encode(data, sizeof(data), &gone, 1, NULL);
	take(scene, 0, 0, data, size);
	assert_int_equal(count(scene, 1, WIRE_GONE), 1);
	publish(scene, 0, 3, 9, 1);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(records(scene, 1, WIRE_SNAPSHOT, NULL, 0), 1);
}

static void a_member_cannot_remove_what_is_not_its_own(void **state)
{
	struct scene *scene = *state;
	struct wire_gone gone = { .index = 0, .seq = 1 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	join(scene, 0, "a");
	join(scene, 1, "a");
	publish(scene, 0, 0, 1, 1);
	gone.member = scene->client[0].member->id;
	take(scene, 1, 0, data, wire_gone_encode(data, sizeof(data), &gone, 1, NULL));
	assert_int_equal(count(scene, 0, WIRE_GONE), 0);
	assert_int_equal(scene->house.ledger.out_of_place, 1);
}

static void updates_for_a_closing_connection_are_counted_as_not_taken(void **state)
{
	struct scene *scene = *state;

	join(scene, 0, "a");
	join(scene, 1, "a");
	join(scene, 2, "a");
	scene->postbox.deaf = &scene->client[2];
	publish(scene, 0, 0, 1, 1);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene->house.ledger.ended[LEDGER_DELIVERED], 1);
	assert_int_equal(scene->house.ledger.ended[LEDGER_NOT_TAKEN], 1);
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
		join(scene, i, "a");
	for (size_t row = 0; row < 3; row++) {
		for (unsigned channel = WIRE_CHANNEL_EVENT; channel <= WIRE_CHANNEL_EVENT_FAST;
		     channel++) {
			struct wire_event event = { .scope = rows[row].scope, .data = text("hi") };
			uint8_t data[WIRE_MESSAGE_MAX_BYTES];

			if (event.scope == WIRE_TO_ONE)
				event.member = scene->client[2].member->id;
			postbox_clear(&scene->postbox);
			take(scene, 0, channel, data,
			     wire_event_encode(data, sizeof(data), &event));
			for (size_t i = 0; i < 3; i++)
				assert_int_equal(count(scene, i, WIRE_EVENT), rows[row].heard[i]);
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

	join(scene, 0, "a");
	take(scene, 0, WIRE_CHANNEL_EVENT, data, wire_event_encode(data, sizeof(data), &event));
	assert_int_equal(scene->house.ledger.events_astray, 1);
}

static void the_clock_answers_with_the_rooms_time(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;
	struct wire_clock clock = { .sent_us = 12345 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	join(scene, 0, "a");
	scene->now_ns += 3 * MS;
	take(scene, 0, 0, data, wire_clock_encode(data, sizeof(data), &clock));
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

	join(scene, 0, "a");
	join(scene, 1, "a");
	for (int i = 0; i < 15; i++)
		take(scene, 0, WIRE_CHANNEL_STATE, "\x07", 1);
	assert_int_equal(scene->house.ledger.malformed[WIRE_SHORT], 15);
	assert_int_equal(scene->client[0].state, DIALOG_MEMBER);
	take(scene, 0, WIRE_CHANNEL_STATE, "\xff", 1);
	assert_int_equal(scene->house.ledger.malformed[WIRE_TYPE], 1);
	assert_int_equal(refusal(scene, 0, words), WIRE_REASON_MALFORMED);
	assert_int_equal(count(scene, 1, WIRE_LEFT), 1);
	take(scene, 0, WIRE_CHANNEL_STATE, "\xff", 1);
	assert_int_equal(scene->house.ledger.malformed[WIRE_TYPE], 1);
}

static void a_message_too_long_is_counted_as_that_whatever_its_type(void **state)
{
	struct scene *scene = *state;
	static const uint8_t types[] = { WIRE_EVENT, WIRE_SNAPSHOT, 0, 255 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES + 1] = { 0 };

	join(scene, 0, "a");
	for (size_t i = 0; i < sizeof(types); i++) {
		data[0] = types[i];
		take(scene, 0, WIRE_CHANNEL_EVENT, data, sizeof(data));
		assert_int_equal(scene->house.ledger.malformed[WIRE_TOO_LONG], i + 1);
	}
}

static void words_out_of_place_are_counted(void **state)
{
	struct scene *scene = *state;
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	connect_as(scene, 0, wire_connect_data());
	publish(scene, 0, 0, 1, 1);
	assert_int_equal(scene->house.ledger.out_of_place, 1);
	hello(scene, 0, "a", "ada", false);
	hello(scene, 0, "a", "ada", false);
	assert_int_equal(scene->house.ledger.out_of_place, 2);
	take(scene, 0, WIRE_CHANNEL_STATE, data, wire_leave_encode(data, sizeof(data)));
	assert_int_equal(scene->house.ledger.out_of_place, 3);
	assert_int_equal(scene->client[0].state, DIALOG_MEMBER);
}

static void messages_over_the_rate_are_dropped_and_the_budget_comes_back(void **state)
{
	struct scene *scene = *state;

	scene->config.message_rate = 10;
	join(scene, 0, "a");
	join(scene, 1, "a");
	for (uint16_t seq = 1; seq <= 20; seq++)
		publish(scene, 0, 0, seq, 1);
	assert_int_equal(scene->house.ledger.rate_limited, 11); /* HELLO was one of the ten */
	scene->now_ns += 100 * MS;
	publish(scene, 0, 0, 30, 1);
	publish(scene, 0, 0, 31, 1);
	assert_int_equal(scene->house.ledger.rate_limited, 12);
}

static void who_takes_nothing_is_told_out_of_order_and_given_time(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	join(scene, 0, "a");
	join(scene, 1, "a");
	dialog_refuse(&scene->house, &scene->client[0], WIRE_REASON_SLOW, "slow", scene->now_ns);
	assert_int_equal(refusal(scene, 0, words), WIRE_REASON_SLOW);
	item = postbox_find(&scene->postbox, &scene->client[0], WIRE_REFUSED, 0);
	assert_int_equal(item->mode, WIRE_UNSEQUENCED);
	assert_int_equal(scene->postbox.disconnect_count, 0);
	assert_int_equal(count(scene, 1, WIRE_LEFT), 1);
	publish(scene, 1, 0, 1, 1);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(count(scene, 0, WIRE_SNAPSHOT), 0);
}

static void goodbye_parts_all_and_says_stopping(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;
	struct wire_farewell farewell;

	join(scene, 0, "a");
	join(scene, 1, "a");
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

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

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
		SCENE(a_state_goes_to_all_others_and_not_back),
		SCENE(own_states_come_back_on_request),
		SCENE(each_member_hears_in_its_own_mode),
		SCENE(the_latest_value_wins_and_says_what_it_replaced),
		SCENE(a_tick_keeps_its_rhythm_whenever_states_come),
		SCENE(a_stale_state_is_counted_and_not_relayed),
		SCENE(seq_wraps_around),
		SCENE(an_origin_in_the_future_is_taken_as_now),
		SCENE(limits_of_entities_and_payload_drop_and_count),
		SCENE(a_flush_larger_than_a_datagram_is_split_and_numbered),
		SCENE(what_rests_is_repeated_reliably_once),
		SCENE(house_turn_says_when_it_wants_to_be_called_again),
		SCENE(a_removed_entity_is_gone_for_all_and_stale_states_do_not_revive_it),
		SCENE(a_removal_that_overtakes_the_last_state_holds),
		SCENE(a_member_cannot_remove_what_is_not_its_own),
		SCENE(updates_for_a_closing_connection_are_counted_as_not_taken),
		SCENE(events_go_to_all_to_others_or_to_one_on_their_channel),
		SCENE(an_event_to_nobody_is_counted_as_astray),
		SCENE(the_clock_answers_with_the_rooms_time),
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

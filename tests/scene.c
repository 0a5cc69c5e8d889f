#include "tests/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct wire_bytes scene_text(const char *words)
{
	return (struct wire_bytes){ .data = (const uint8_t *)words, .size = strlen(words) };
}

int scene_set_up(void **state)
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

int scene_tear_down(void **state)
{
	struct scene *scene = *state;

	for (size_t i = 0; i < SCENE_CLIENTS; i++)
		dialog_close(&scene->house, &scene->client[i], WIRE_REASON_LOST, scene->now_ns);
	assert_true(ledger_is_balanced(&scene->house.ledger));
	assert_int_equal(scene->house.ledger.pending, 0);
	assert_int_equal(scene->house.room_count, 0);
	assert_int_equal(scene->house.member_count, 0);
	house_fini(&scene->house);
	postbox_fini(&scene->postbox);
	return 0;
}

void scene_connect(struct scene *scene, size_t client, uint32_t data)
{
	struct dialog *dialog = &scene->client[client];

	dialog_open(&scene->house, dialog, dialog, data, scene->now_ns);
}

void scene_take(struct scene *scene, size_t client, unsigned channel, const void *data, size_t size)
{
	dialog_take(&scene->house, &scene->client[client], channel, data, size, scene->now_ns);
}

void scene_hello(struct scene *scene, size_t client, const char *room, const char *name, bool echo)
{
	struct wire_hello words = { .room = scene_text(room),
				    .name = scene_text(name),
				    .settings = { .echo = echo } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	scene_take(scene, client, WIRE_CHANNEL_CONTROL, data,
		   wire_hello_encode(data, sizeof(data), &words));
}

void scene_join(struct scene *scene, size_t client, const char *room)
{
	char name[16];

	snprintf(name, sizeof(name), "c%zu", client);
	scene_connect(scene, client, wire_connect_data());
	scene_hello(scene, client, room, name, false);
	assert_int_equal(scene->client[client].state, DIALOG_MEMBER);
}

void scene_join_all(struct scene *scene, size_t count, const char *room)
{
	for (size_t client = 0; client < count; client++)
		scene_join(scene, client, room);
}

void scene_pass(struct scene *scene, int64_t ms)
{
	scene->now_ns += ms * MS;
	house_turn(&scene->house, scene->now_ns);
}

void scene_publish(struct scene *scene, size_t client, uint16_t index, uint16_t seq, int32_t x)
{
	struct states_record record = { .index = index, .seq = seq, .position = { x, 2, 3 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);

	assert_true(states_add(&builder, &record));
	scene_take(scene, client, WIRE_CHANNEL_STATE, data, states_finish(&builder));
}

void scene_set(struct scene *scene, size_t client, struct wire_settings settings)
{
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	scene_take(scene, client, WIRE_CHANNEL_CONTROL, data,
		   wire_settings_encode(data, sizeof(data), &settings));
}

void scene_remove(struct scene *scene, size_t client, size_t owner, uint16_t index, uint16_t seq)
{
	const struct wire_gone gone = { .member = scene->client[owner].member->id,
					.index = index,
					.seq = seq };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	scene_take(scene, client, WIRE_CHANNEL_CONTROL, data,
		   wire_gone_encode(data, sizeof(data), &gone, 1, NULL));
}

size_t scene_count(const struct scene *scene, size_t client, enum wire_type type)
{
	return postbox_count(&scene->postbox, &scene->client[client], type);
}

size_t scene_records(const struct scene *scene, size_t client, enum wire_type type,
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

enum wire_reason scene_refusal(const struct scene *scene, size_t client, char *words)
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

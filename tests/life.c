#include "tests/life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

int64_t life_pick(struct life *life, int64_t least, int64_t most)
{
	return least + (int64_t)random_below(&life->random, (uint64_t)(most - least) + 1);
}

/* What a client does with what it is sent (PROTOCOL.md, section 9.3). */

static void hear_joined(struct life_client *client, const void *data, size_t size)
{
	struct wire_list list;
	struct wire_joined joined;

	assert_int_equal(wire_joined_decode(data, size, &list), WIRE_OK);
	while (wire_joined_next(&list, &joined)) {
		assert_true(joined.member < LIFE_IDS && joined.member != client->member);
		/* Nobody is told twice. */
		assert_false(client->views[joined.member].is_known);
		client->views[joined.member] = (struct life_view){ .is_known = true };
	}
}

static void hear_left(struct life_client *client, const void *data, size_t size)
{
	struct wire_list list;
	struct wire_left left;

	assert_int_equal(wire_left_decode(data, size, &list), WIRE_OK);
	while (wire_left_next(&list, &left)) {
		assert_true(left.member != client->member);
		client->views[left.member].is_known = false;
	}
}

static void hear_gone(struct life_client *client, const void *data, size_t size)
{
	struct wire_list list;
	struct wire_gone gone;

	assert_int_equal(wire_gone_decode(data, size, &list), WIRE_OK);
	while (wire_gone_next(&list, &gone)) {
		struct life_view *view = &client->views[gone.member];

		assert_true(view->is_known);
		view->is_seen[gone.index] = false;
	}
}

static void hear_states(struct life *life, struct life_client *client, const void *data,
			size_t size)
{
	struct states_message message;
	struct states_record record;

	assert_int_equal(states_decode(data, size, &message), WIRE_OK);
	while (states_next(&message, &record)) {
		struct life_view *view = &client->views[record.member];

		/* Nothing repeats a KEYFRAME. */
		assert_true(view->is_known || message.type == WIRE_SNAPSHOT);
		life->ignored += !view->is_known;
		if (!view->is_known)
			continue;
		view->is_seen[record.index] = true;
		view->seq[record.index] = record.seq;
	}
	if (message.type == WIRE_KEYFRAME && message.is_last) {
		assert_false(client->is_whole);
		client->is_whole = true;
	}
}

static bool hear(void *context, void *peer, enum wire_channel channel, enum wire_mode mode,
		 const void *data, size_t size)
{
	struct life *life = context;
	struct life_client *client = peer;
	struct wire_welcome welcome;

	(void)channel;
	switch (wire_type_of(data, size)) {
	case WIRE_WELCOME:
		assert_int_equal(wire_welcome_decode(data, size, &welcome), WIRE_OK);
		client->member = welcome.member;
		break;
	case WIRE_JOINED:
		life->joined_messages++;
		hear_joined(client, data, size);
		break;
	case WIRE_LEFT:
		life->left_messages++;
		hear_left(client, data, size);
		break;
	case WIRE_GONE:
		hear_gone(client, data, size);
		break;
	case WIRE_KEYFRAME:
	case WIRE_SNAPSHOT:
		hear_states(life, client, data, size);
		break;
	default:
		break;
	}
	if (mode == WIRE_RELIABLE)
		client->backlog += size;
	return true;
}

static size_t tell_backlog(void *context, void *peer)
{
	(void)context;
	return ((struct life_client *)peer)->backlog;
}

static void ignore_disconnect(void *context, void *peer, enum wire_reason reason)
{
	(void)context;
	(void)peer;
	(void)reason;
}

/* What a client does. */

void life_join(struct life *life, struct life_client *client, enum wire_interest interest)
{
	const struct wire_bytes name = { .data = (const uint8_t *)"walker", .size = 6 };
	struct wire_hello hello = { .room = name,
				    .name = name,
				    .settings = { .interest = interest,
						  .range = interest == WIRE_ALL ? 0 : 9 } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	client->is_whole = false;
	client->backlog = 0;
	memset(client->exists, 0, sizeof(client->exists));
	memset(client->views, 0, LIFE_IDS * sizeof(client->views[0]));
	dialog_open(&life->house, &client->dialog, client, wire_connect_data(), life->now_ns);
	dialog_take(&life->house, &client->dialog, WIRE_CHANNEL_CONTROL, data,
		    wire_hello_encode(data, sizeof(data), &hello), life->now_ns);
	assert_int_equal(client->dialog.state, DIALOG_MEMBER);
}

void life_leave(struct life *life, struct life_client *client)
{
	dialog_close(&life->house, &client->dialog, WIRE_REASON_LOST, life->now_ns);
}

void life_publish(struct life *life, struct life_client *client, uint16_t index)
{
	static const uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
	struct states_record record = { .index = index, .seq = ++client->seq[index] };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_state_begin(data, sizeof(data), 0);

	record.position[0] = (int32_t)life_pick(life, -1000, 1000);
	record.payload = (struct wire_bytes){ .data = payload, .size = life->payload_bytes };
	assert_true(states_add(&builder, &record));
	dialog_take(&life->house, &client->dialog, WIRE_CHANNEL_STATE, data,
		    states_finish(&builder), life->now_ns);
	client->exists[index] = true;
}

static void end_entity(struct life *life, struct life_client *client, uint16_t index)
{
	struct wire_gone gone = { .member = client->member,
				  .index = index,
				  .seq = client->seq[index] };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	if (!client->exists[index])
		return;
	dialog_take(&life->house, &client->dialog, WIRE_CHANNEL_CONTROL, data,
		    wire_gone_encode(data, sizeof(data), &gone, 1, NULL), life->now_ns);
	client->exists[index] = false;
}

static void shout(struct life *life, struct life_client *client)
{
	struct wire_event event = { .scope = WIRE_TO_ALL };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	dialog_take(&life->house, &client->dialog, WIRE_CHANNEL_EVENT, data,
		    wire_event_encode(data, sizeof(data), &event), life->now_ns);
}

static void change_settings(struct life *life, struct life_client *client)
{
	struct wire_settings settings = { .interest = WIRE_ALL };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	if (life_pick(life, 0, 1))
		settings = (struct wire_settings){ .interest = WIRE_NEAREST, .range = 5 };
	dialog_take(&life->house, &client->dialog, WIRE_CHANNEL_CONTROL, data,
		    wire_settings_encode(data, sizeof(data), &settings), life->now_ns);
}

/* Life. */

void life_begin(struct life *life, uint64_t seed, double tick_hz)
{
	struct outbox outbox = { .context = life,
				 .send = hear,
				 .backlog = tell_backlog,
				 .disconnect = ignore_disconnect };

	*life = (struct life){ .random = random_init(seed), .now_ns = 1000 * MS };
	config_default(&life->config);
	life->config.members = LIFE_CLIENTS;
	life->config.tick_hz = tick_hz;
	assert_int_equal(house_init(&life->house, &life->config, &outbox), 0);
	for (size_t i = 0; i < LIFE_CLIENTS; i++) {
		life->clients[i].views = calloc(LIFE_IDS, sizeof(struct life_view));
		assert_non_null(life->clients[i].views);
	}
}

void life_end(struct life *life)
{
	for (size_t i = 0; i < LIFE_CLIENTS; i++) {
		life_leave(life, &life->clients[i]);
		free(life->clients[i].views);
	}
	assert_int_equal(life->house.ledger.pending, 0);
	assert_int_equal(life->house.room_count, 0);
	house_fini(&life->house);
}

void life_pass(struct life *life)
{
	life->now_ns += MS;
	house_turn(&life->house, life->now_ns);
	assert_true(ledger_is_balanced(&life->house.ledger));
	for (size_t i = 0; i < LIFE_CLIENTS; i++) {
		size_t taken = (size_t)life_pick(life, 0, 4000);
		struct life_client *client = &life->clients[i];

		client->backlog -= taken < client->backlog ? taken : client->backlog;
	}
}

void life_pass_ms(struct life *life, unsigned ms)
{
	while (ms-- > 0)
		life_pass(life);
}

static bool is_there(const struct life_client *client)
{
	return client->dialog.state == DIALOG_MEMBER;
}

void life_act(struct life *life, struct life_client *client)
{
	if (!is_there(client)) {
		if (life_pick(life, 0, 3) == 0)
			life_join(life, client, life_pick(life, 0, 3) ? WIRE_ALL : WIRE_NEAREST);
		return;
	}
	switch (life_pick(life, 0, 9)) {
	case 0:
		life_leave(life, client);
		break;
	case 1:
		end_entity(life, client, (uint16_t)life_pick(life, 0, LIFE_ENTITIES - 1));
		break;
	case 2:
		shout(life, client);
		break;
	case 3:
		change_settings(life, client);
		break;
	default:
		life_publish(life, client, (uint16_t)life_pick(life, 0, LIFE_ENTITIES - 1));
	}
	assert_true(ledger_is_balanced(&life->house.ledger));
}

/* Whether one knows of another what is so; with less interest it may not see it. */
static void check_pair(const struct life_client *one, const struct life_client *other,
		       uint64_t seed)
{
	const struct life_view *view = &one->views[other->member];

	if (!view->is_known)
		fail_msg("seed %llu: %u was not told of %u", (unsigned long long)seed, one->member,
			 other->member);
	for (unsigned index = 0; index < LIFE_ENTITIES; index++) {
		bool must_see = one->dialog.member->settings.interest == WIRE_ALL;

		if (!view->is_seen[index] && (!must_see || !other->exists[index]))
			continue;
		if (!view->is_seen[index] || !other->exists[index] ||
		    view->seq[index] != other->seq[index])
			fail_msg("seed %llu: %u %s entity %u of %u, with %u for %u",
				 (unsigned long long)seed, one->member,
				 view->is_seen[index] ? "sees" : "does not see", index,
				 other->member, view->seq[index], other->seq[index]);
	}
}

void life_check(struct life *life, uint64_t seed)
{
	for (size_t i = 0; i < LIFE_CLIENTS; i++) {
		const struct life_client *one = &life->clients[i];
		size_t known = 0, there = 0;

		if (!is_there(one))
			continue;
		assert_true(one->is_whole);
		for (size_t j = 0; j < LIFE_CLIENTS; j++) {
			there += i != j && is_there(&life->clients[j]);
			if (i != j && is_there(&life->clients[j]))
				check_pair(one, &life->clients[j], seed);
		}
		for (size_t id = 0; id < LIFE_IDS; id++)
			known += one->views[id].is_known;
		assert_int_equal(known, there);
	}
}

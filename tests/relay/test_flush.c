/* When a room's states are flushed, in how many messages, and what waits for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log.h"
#include "tests/fixtures/scene.h"

static void the_latest_value_wins_and_says_what_it_replaced(void **state)
{
	struct scene *scene = *state;
	struct states_record record[4];

	scene->config.tick_hz = 20;
	scene_join_all(scene, 2, "a");
	for (uint16_t seq = 1; seq <= 3; seq++)
		scene_publish(scene, 0, 0, seq, seq * 10);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 0);
	scene_pass(scene, 50);
	assert_int_equal(scene_records(scene, 1, WIRE_SNAPSHOT, record, 4), 1);
	assert_int_equal(record[0].seq, 3);
	assert_int_equal(record[0].skipped, 2);
	assert_int_equal(scene->house.ledger.ended[LEDGER_SUPERSEDED], 2);
}

static void a_tick_keeps_its_rhythm_whenever_states_come(void **state)
{
	struct scene *scene = *state;
	size_t flushes = 0;

	scene->config.tick_hz = 10;
	scene_join_all(scene, 2, "a");
	for (uint16_t ms = 1; ms <= 1000; ms++) {
		scene->now_ns += MS;
		scene_publish(scene, 0, 0, ms, ms);
		postbox_clear(&scene->postbox);
		house_turn(&scene->house, scene->now_ns);
		flushes += scene_count(scene, 1, WIRE_SNAPSHOT);
	}
	/* The member's budget of messages is 240 a second, and the states come within ten ticks. */
	assert_in_range(flushes, 9, 10);
}

static void house_turn_says_when_it_wants_to_be_called_again(void **state)
{
	struct scene *scene = *state;

	assert_true(house_turn(&scene->house, scene->now_ns) == INT64_MAX);
	scene_join_all(scene, 2, "a");
	assert_true(house_turn(&scene->house, scene->now_ns) == INT64_MAX);
	scene_publish(scene, 0, 0, 1, 1);
	assert_true(house_turn(&scene->house, scene->now_ns) == scene->now_ns + 250 * MS);
	scene->now_ns += 250 * MS;
	assert_true(house_turn(&scene->house, scene->now_ns) == INT64_MAX);
}

static void input_may_rest_until_the_next_tick_of_any_room_while_something_waits(void **state)
{
	struct scene *scene = *state;
	int64_t one_ns, other_ns;

	scene->config.tick_hz = 50;
	scene->config.settle_s = 0;
	assert_true(house_rests_until_ns(&scene->house, scene->now_ns) == scene->now_ns);
	scene_join_all(scene, 2, "a");
	scene_join(scene, 2, "b");
	scene_join(scene, 3, "b");
	/* Nothing waits: the first state that comes is to wake the loop. */
	assert_true(house_rests_until_ns(&scene->house, scene->now_ns) == scene->now_ns);
	scene_publish(scene, 0, 0, 1, 1);
	one_ns = house_due_ns(&scene->house);
	assert_in_range(one_ns, scene->now_ns + 1, scene->now_ns + 20 * MS);
	/* The quiet room's tick comes before, and what may have come by then is due then. */
	other_ns = house_rests_until_ns(&scene->house, scene->now_ns);
	assert_in_range(other_ns, scene->now_ns + 1, one_ns - 1);
	scene_publish(scene, 2, 0, 1, 1);
	assert_true(house_due_ns(&scene->house) == other_ns);
	assert_true(house_rests_until_ns(&scene->house, scene->now_ns) == other_ns);
	/* After a flush more is to be expected, and it would be due at the next. */
	house_turn(&scene->house, one_ns);
	assert_true(house_due_ns(&scene->house) == INT64_MAX);
	assert_in_range(house_rests_until_ns(&scene->house, one_ns), one_ns + 1,
			other_ns + 20 * MS);
	assert_true(house_rests_until_ns(&scene->house, one_ns + 20 * MS) == one_ns + 20 * MS);
	scene->config.tick_hz = 0;
	assert_true(house_rests_until_ns(&scene->house, scene->now_ns) == scene->now_ns);
}

static void what_rests_is_repeated_reliably_once(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;
	struct states_message message;

	scene_join_all(scene, 2, "a");
	scene_publish(scene, 0, 0, 1, 100);
	house_turn(&scene->house, scene->now_ns);
	postbox_clear(&scene->postbox);
	scene_pass(scene, 249);
	assert_int_equal(scene_count(scene, 1, WIRE_KEYFRAME), 0);
	for (int turn = 0; turn < 100; turn++) {
		scene_pass(scene, 10);
	}
	assert_int_equal(scene_count(scene, 1, WIRE_KEYFRAME), 1);
	assert_int_equal(scene_count(scene, 0, WIRE_KEYFRAME), 0);
	item = postbox_find(&scene->postbox, &scene->client[1], WIRE_KEYFRAME, 0);
	assert_int_equal(item->mode, WIRE_RELIABLE);
	assert_int_equal(states_decode(item->data, item->size, &message), WIRE_OK);
	assert_false(message.is_last);
}

/* That the other's is out says nothing of this one, which left before. */
static void a_flush_before_its_time_does_not_end_with_that_of_another_room(void **state)
{
	struct scene *scene = *state;
	const struct room *room;
	int64_t came_ns;

	scene->config.every = true;
	for (size_t i = 0; i < 4; i++)
		scene_join(scene, i, i < 2 ? "a" : "b");
	room = scene->client[0].member->room;
	scene_publish(scene, 2, 0, 1, 1);
	scene_publish(scene, 0, 0, 1, 1);
	scene_remove(scene, 0, 0, 0, 1);
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 1);
	came_ns = scene->now_ns += 2 * MS;
	scene_publish(scene, 0, 0, 2, 1);
	scene->now_ns += 2 * MS;
	house_turn(&scene->house, scene->now_ns);
	house_spend(&scene->house, scene->now_ns, scene->now_ns + MS, MS);
	assert_int_equal(scene_count(scene, 3, WIRE_SNAPSHOT), 1);
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 1);
	assert_true(room_waits_since_ns(room) == came_ns);
	house_turn(&scene->house, scene->now_ns + 20 * MS);
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 2);
}

/*
 * Two rooms, of two members and of six, are flushed in one turn, which takes 8 ms; in each a state
 * comes after 3 ms. Since when these wait, in ms of the turn.
 */
static void flush_two_rooms(struct scene *scene, int64_t *small_ms, int64_t *large_ms)
{
	const struct room *small, *large;
	int64_t begin_ns;

	for (size_t i = 0; i < 8; i++)
		scene_join(scene, i, i < 2 ? "small" : "large");
	small = scene->client[0].member->room;
	large = scene->client[7].member->room;
	scene_publish(scene, 0, 0, 1, 1);
	scene_publish(scene, 7, 0, 1, 1);
	begin_ns = scene->now_ns += 100 * MS;
	house_turn(&scene->house, begin_ns);
	assert_int_equal(small->dirty_count + large->dirty_count, 0);
	house_spend(&scene->house, begin_ns, begin_ns + 8 * MS, 8 * MS);
	scene->now_ns += 3 * MS;
	scene_publish(scene, 0, 0, 2, 1);
	scene_publish(scene, 7, 0, 2, 1);
	*small_ms = (room_waits_since_ns(small) - begin_ns) / MS;
	*large_ms = (room_waits_since_ns(large) - begin_ns) / MS;
}

static void what_comes_while_others_are_flushed_waits_since_its_own_room_was(void **state)
{
	struct scene *scene = *state;
	int64_t small_ms, large_ms;

	scene->config.tick_hz = CONFIG_TICK_AUTO;
	flush_two_rooms(scene, &small_ms, &large_ms);
	assert_int_equal(small_ms, 3); /* its part of the turn were 2 */
	assert_int_equal(large_ms, 6);
}

/* There it says from when input has its time, of which there is one for all. */
static void at_a_fixed_rhythm_all_rooms_of_a_turn_are_out_at_its_end(void **state)
{
	struct scene *scene = *state;
	int64_t small_ms, large_ms;

	scene->config.tick_hz = 20;
	flush_two_rooms(scene, &small_ms, &large_ms);
	assert_int_equal(small_ms, 8);
	assert_int_equal(large_ms, 8);
}

/* What a flush is made of. */

static void a_flush_larger_than_a_datagram_is_split_and_numbered(void **state)
{
	struct scene *scene = *state;
	struct states_message message;
	const struct postbox_item *item;
	struct states_record record[400];
	size_t n = 0;

	scene->config.entities = 400;
	scene->config.message_rate = 1000;
	scene_join_all(scene, 2, "a");
	for (uint16_t i = 0; i < 400; i++)
		scene_publish(scene, 0, i, 1, 1000000 + i);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene_records(scene, 1, WIRE_SNAPSHOT, record, 400), 400);
	for (uint16_t i = 0; i < 400; i++)
		assert_int_equal(record[i].index, i);
	for (; (item = postbox_find(&scene->postbox, &scene->client[1], WIRE_SNAPSHOT, n)); n++) {
		assert_true(item->size <= WIRE_MESSAGE_MAX_BYTES);
		states_decode(item->data, item->size, &message);
		assert_int_equal(message.number, n);
	}
	assert_true(n > 1);
}

/* What the kernel can cut from one message: sequenced or not, but not what ENet must repeat. */
static void all_snapshots_of_a_flush_but_the_last_are_of_one_size_unless_reliable(void **state)
{
	struct scene *scene = *state;
	const struct postbox_item *item;

	scene->config.entities = 400;
	scene->config.message_rate = 1000;
	scene_join(scene, 0, "a");
	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++) {
		size_t client = (size_t)mode + 1;

		scene_join(scene, client, "a");
		scene_set(scene, client, (struct wire_settings){ .down = (enum wire_mode)mode });
	}
	for (uint16_t i = 0; i < 400; i++)
		scene_publish(scene, 0, i, 1, (1 + i % 3) * (1 << 7 * (i % 4)));
	house_turn(&scene->house, scene->now_ns);
	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++) {
		void *peer = &scene->client[mode + 1];
		size_t count = scene_count(scene, (size_t)mode + 1, WIRE_SNAPSHOT), filled = 0;
		struct states_message message;

		assert_true(count >= 3);
		for (size_t n = 0; n < count; n++) {
			item = postbox_find(&scene->postbox, peer, WIRE_SNAPSHOT, n);
			states_decode(item->data, item->size, &message);
			filled += message.fill_bytes > 0;
			if (mode != WIRE_RELIABLE && n < count - 1)
				assert_int_equal(item->size, WIRE_MESSAGE_MAX_BYTES);
			if (n == count - 1)
				assert_int_equal(message.fill_bytes, 0);
		}
		assert_int_equal(filled > 0, mode != WIRE_RELIABLE);
	}
}

static void a_flush_larger_than_the_working_space_goes_in_rounds(void **state)
{
	enum {
		EACH = FANOUT_ITEMS / 2 + 50
	};
	static struct states_record record[2 * EACH];
	struct scene *scene = *state;
	bool has_come[2][EACH] = { 0 };

	scene->config.entities = WIRE_INDEX_MAX + 1;
	scene->config.message_rate = 100000;
	scene_join_all(scene, 4, "a");
	scene_set(scene, 3, (struct wire_settings){ .interest = WIRE_NEAREST, .range = 5 });
	for (uint16_t i = 0; i < EACH; i++) {
		scene_publish(scene, 0, i, 1, 1000 + i);
		scene_publish(scene, 1, i, 1, 2 * i + 10);
	}
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene_records(scene, 2, WIRE_SNAPSHOT, record, 2 * EACH), 2 * EACH);
	for (size_t i = 0; i < 2 * EACH; i++) {
		assert_false(has_come[record[i].member - 1][record[i].index]);
		has_come[record[i].member - 1][record[i].index] = true;
	}
	assert_int_equal(scene_records(scene, 3, WIRE_KEYFRAME, record, 8), 5);
	for (uint16_t i = 0; i < 5; i++) {
		assert_int_equal(record[i].member, 2);
		assert_int_equal(record[i].index, i);
		assert_int_equal(record[i].position[0], 2 * i + 10);
	}
	assert_int_equal(scene->house.ledger.ended[LEDGER_OUT_OF_INTEREST], 2 * EACH - 5);
}

/* What waits for one. */

/* At 10 Hz, two are in, and the first one's state waits for the flush in 100 ms. */
static void open_with_one_waiting(struct scene *scene)
{
	scene->config.tick_hz = 10;
	scene_join_all(scene, 2, "a");
	scene_publish(scene, 0, 0, 1, 100);
}

static void a_newcomer_waits_for_the_flush_and_is_owed_nothing_said_before(void **state)
{
	struct scene *scene = *state;
	struct states_record record;

	open_with_one_waiting(scene);
	scene_join(scene, 2, "a");
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 0);
	assert_int_equal(scene_count(scene, 1, WIRE_JOINED), 2);
	assert_int_equal(scene_count(scene, 2, WIRE_WELCOME), 1);
	assert_int_equal(scene_count(scene, 2, WIRE_KEYFRAME), 0);
	/* It may speak meanwhile. */
	scene_publish(scene, 2, 0, 5, 500);
	scene_publish(scene, 0, 0, 2, 200);
	assert_true(ledger_is_balanced(&scene->house.ledger));
	scene_pass(scene, 100);
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 1);
	assert_int_equal(scene_count(scene, 2, WIRE_SNAPSHOT), 0);
	assert_int_equal(scene_records(scene, 2, WIRE_KEYFRAME, &record, 1), 1);
	assert_int_equal(record.seq, 2);
	assert_int_equal(scene->house.ledger.pending, 0);
	/* Of the three updates: two to one, the newest; one to both who were there. */
	assert_int_equal(scene->house.ledger.ended[LEDGER_DELIVERED], 3);
	assert_int_equal(scene->house.ledger.ended[LEDGER_SUPERSEDED], 1);
	assert_true(ledger_is_balanced(&scene->house.ledger));
}

static void what_waits_for_one_who_goes_or_was_said_by_it_is_not_sent(void **state)
{
	struct scene *scene = *state;
	struct states_record record;

	scene->config.tick_hz = 10;
	scene_join_all(scene, 3, "a");
	scene_publish(scene, 0, 0, 1, 100);
	scene_publish(scene, 1, 0, 1, 200);
	scene_publish(scene, 1, 0, 2, 201);
	dialog_close(&scene->house, &scene->client[1], WIRE_REASON_LOST, scene->now_ns);
	assert_int_equal(scene->house.ledger.pending, 1);
	assert_int_equal(scene->house.ledger.ended[LEDGER_NOT_TAKEN], 1);
	assert_int_equal(scene->house.ledger.ended[LEDGER_SUPERSEDED], 4);
	assert_true(ledger_is_balanced(&scene->house.ledger));
	scene_pass(scene, 100);
	assert_int_equal(scene_records(scene, 2, WIRE_SNAPSHOT, &record, 1), 1);
	assert_int_equal(record.member, scene->client[0].member->id);
	assert_int_equal(scene_records(scene, 0, WIRE_SNAPSHOT, NULL, 0), 0);
	assert_int_equal(scene->house.ledger.pending, 0);
}

static void an_end_takes_back_what_waits_of_the_entity_without_a_flush(void **state)
{
	struct scene *scene = *state;

	open_with_one_waiting(scene);
	scene_publish(scene, 0, 1, 1, 101);
	scene_publish(scene, 0, 1, 2, 102);
	scene_remove(scene, 0, 0, 1, 2);
	assert_int_equal(scene_count(scene, 1, WIRE_GONE), 1);
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 0);
	assert_int_equal(scene->house.ledger.ended[LEDGER_SUPERSEDED], 2);
	assert_true(ledger_is_balanced(&scene->house.ledger));
	scene_pass(scene, 100);
	assert_int_equal(scene_records(scene, 1, WIRE_SNAPSHOT, NULL, 0), 1);
	assert_int_equal(scene->house.ledger.pending, 0);
}

static void who_waits_is_taken_in_when_what_it_waits_for_ends(void **state)
{
	struct scene *scene = *state;

	open_with_one_waiting(scene);
	scene_join(scene, 2, "a");
	assert_int_equal(scene_count(scene, 2, WIRE_KEYFRAME), 0);
	dialog_close(&scene->house, &scene->client[0], WIRE_REASON_LOST, scene->now_ns);
	assert_int_equal(scene_count(scene, 2, WIRE_KEYFRAME), 1);
	assert_int_equal(scene_records(scene, 2, WIRE_KEYFRAME, NULL, 0), 0);
}

static void settings_wait_for_the_flush_and_do_not_make_one(void **state)
{
	struct scene *scene = *state;

	open_with_one_waiting(scene);
	for (int i = 0; i < 99; i++) {
		scene_set(scene, 0, (struct wire_settings){ .echo = i % 2 == 0 });
		house_turn(&scene->house, scene->now_ns);
	}
	assert_int_equal(scene->house.ledger.settings_in, 99);
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 0);
	scene_pass(scene, 100);
	/* What came before the change is not owed to the sender, but shown to it as new. */
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 1);
	assert_int_equal(scene_count(scene, 0, WIRE_SNAPSHOT), 0);
	assert_int_equal(scene->house.ledger.due, 1);
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene_records(scene, 0, WIRE_KEYFRAME, NULL, 0), 1);
	scene_publish(scene, 0, 0, 2, 100);
	scene_pass(scene, 100);
	assert_int_equal(scene_count(scene, 0, WIRE_SNAPSHOT), 1);
	assert_int_equal(scene->house.ledger.due, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(the_latest_value_wins_and_says_what_it_replaced),
		SCENE(a_tick_keeps_its_rhythm_whenever_states_come),
		SCENE(house_turn_says_when_it_wants_to_be_called_again),
		SCENE(input_may_rest_until_the_next_tick_of_any_room_while_something_waits),
		SCENE(what_rests_is_repeated_reliably_once),
		SCENE(a_flush_before_its_time_does_not_end_with_that_of_another_room),
		SCENE(what_comes_while_others_are_flushed_waits_since_its_own_room_was),
		SCENE(at_a_fixed_rhythm_all_rooms_of_a_turn_are_out_at_its_end),
		SCENE(a_flush_larger_than_a_datagram_is_split_and_numbered),
		SCENE(all_snapshots_of_a_flush_but_the_last_are_of_one_size_unless_reliable),
		SCENE(a_flush_larger_than_the_working_space_goes_in_rounds),
		SCENE(a_newcomer_waits_for_the_flush_and_is_owed_nothing_said_before),
		SCENE(what_waits_for_one_who_goes_or_was_said_by_it_is_not_sent),
		SCENE(an_end_takes_back_what_waits_of_the_entity_without_a_flush),
		SCENE(who_waits_is_taken_in_when_what_it_waits_for_ends),
		SCENE(settings_wait_for_the_flush_and_do_not_make_one),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

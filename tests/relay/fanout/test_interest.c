/* Who is in sight, and who goes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "proto/net/random.h"
#include "relay/log.h"
#include "tests/fixtures/scene.h"

enum {
	SEEDS = 1000,
};

static int64_t pick(struct random *random, int64_t least, int64_t most)
{
	return least + (int64_t)random_below(random, (uint64_t)(most - least) + 1);
}

/* Sight. */

static void set_interest(struct scene *scene, size_t client, enum wire_interest interest,
			 uint32_t range)
{
	scene_set(scene, client, (struct wire_settings){ .interest = interest, .range = range });
}

static void pass(struct scene *scene)
{
	scene->now_ns += ROOM_LOOK_MS * MS;
	house_turn(&scene->house, scene->now_ns);
}

/* Joins two; the first publishes at 0, with this interest, and the second at `x`. */
static void meet(struct scene *scene, enum wire_interest interest, uint32_t range, int32_t x)
{
	scene->config.message_rate = 100000;
	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	set_interest(scene, 0, interest, range);
	scene_publish(scene, 0, 0, 1, 0);
	scene_publish(scene, 1, 0, 1, x);
	pass(scene);
}

static void what_comes_into_sight_is_told_reliably_and_what_leaves_is_gone(void **state)
{
	struct scene *scene = *state;
	struct states_record record;
	struct wire_list list;
	struct wire_gone gone;
	const struct postbox_item *item;

	meet(scene, WIRE_RADIUS, 1000, 5000);
	assert_int_equal(scene_count(scene, 0, WIRE_SNAPSHOT), 0);
	assert_int_equal(scene->house.ledger.ended[LEDGER_OUT_OF_INTEREST], 1);
	postbox_clear(&scene->postbox);
	scene_publish(scene, 1, 0, 2, 900);
	pass(scene);
	assert_int_equal(scene_count(scene, 0, WIRE_SNAPSHOT), 0);
	assert_int_equal(scene_records(scene, 0, WIRE_KEYFRAME, &record, 1), 1);
	assert_int_equal(record.seq, 2);
	scene_publish(scene, 1, 0, 3, 950);
	pass(scene);
	assert_int_equal(scene_records(scene, 0, WIRE_SNAPSHOT, &record, 1), 1);
	scene_publish(scene, 1, 0, 4, 1200);
	pass(scene);
	assert_int_equal(scene_count(scene, 0, WIRE_GONE), 1);
	item = postbox_find(&scene->postbox, &scene->client[0], WIRE_GONE, 0);
	assert_int_equal(wire_gone_decode(item->data, item->size, &list), WIRE_OK);
	assert_true(wire_gone_next(&list, &gone));
	assert_int_equal(gone.member, 2);
	assert_int_equal(gone.seq, 4);
	/* The one who sees it not, and the one who sees everything, do not hear GONE of it. */
	assert_int_equal(scene_count(scene, 1, WIRE_GONE), 0);
}

static void an_entity_that_rests_comes_back_into_sight_with_the_same_seq(void **state)
{
	struct scene *scene = *state;
	struct states_record record;

	meet(scene, WIRE_RADIUS, 1000, 500);
	for (int i = 0; i < 10; i++)
		pass(scene); /* it settles */
	scene_publish(scene, 0, 0, 2, 10000);
	pass(scene);
	assert_int_equal(scene_count(scene, 0, WIRE_GONE), 1);
	postbox_clear(&scene->postbox);
	scene_publish(scene, 0, 0, 3, 0);
	pass(scene);
	assert_int_equal(scene_records(scene, 0, WIRE_KEYFRAME, &record, 1), 1);
	assert_int_equal(record.seq, 1);
	assert_int_equal(record.position[0], 500);
}

/* One that has little budget is told of what moves and of what rests in one pass. */
static void what_moves_is_not_repeated_to_others_with_what_rests(void **state)
{
	struct scene *scene = *state;

	scene->config.tick_hz = 0;
	scene->config.message_rate = 100000;
	scene_join_all(scene, 3, "a");
	set_interest(scene, 0, WIRE_RADIUS, 1000);
	set_interest(scene, 1, WIRE_RADIUS, 1000);
	scene_publish(scene, 2, 0, 1, 100);
	scene_publish(scene, 2, 1, 1, 100);
	for (int i = 0; i < 20; i++)
		pass(scene);
	budget_slow(&scene->client[0].member->budget, INT64_MAX);
	scene_publish(scene, 2, 0, 2, 200);
	scene_pass(scene, 0);
	scene_pass(scene, 175);
	scene_publish(scene, 2, 1, 2, 200);
	scene_pass(scene, 0);
	/* A full message is due to the slowed one again after 72 ms. */
	scene_pass(scene, 65);
	scene_publish(scene, 2, 1, 3, 300);
	scene_pass(scene, 0);
	postbox_clear(&scene->postbox);
	scene_pass(scene, 10);
	assert_int_equal(scene_count(scene, 0, WIRE_SNAPSHOT), 1);
	assert_int_equal(scene_count(scene, 0, WIRE_KEYFRAME), 1);
	assert_int_equal(scene_count(scene, 1, WIRE_KEYFRAME), 1);
	assert_int_equal(scene_count(scene, 1, WIRE_SNAPSHOT), 0);
}

static void an_entity_on_the_edge_does_not_flicker(void **state)
{
	struct scene *scene = *state;

	meet(scene, WIRE_RADIUS, 1000, 990);
	assert_int_equal(scene->house.ledger.entered, 1);
	for (uint16_t i = 0; i < 200; i++) {
		scene_publish(scene, 1, 0, (uint16_t)(2 + i), i % 2 ? 930 : 1060);
		pass(scene);
	}
	assert_int_equal(scene->house.ledger.entered, 1);
	assert_int_equal(scene->house.ledger.left, 0);
}

/* With `nearest 4`, six may stay: 4 + 4/4 + 1. */
static void two_that_change_places_do_not_flicker(void **state)
{
	struct scene *scene = *state;
	uint64_t entered;

	meet(scene, WIRE_NEAREST, 4, 100);
	for (uint16_t i = 1; i < 8; i++)
		scene_publish(scene, 1, i, 1, 100 + 10 * i);
	pass(scene);
	for (uint16_t i = 0; i < 200; i++) {
		/* Those on the ranks 4 and 5 swap. */
		scene_publish(scene, 1, 3, (uint16_t)(2 + i), i % 2 ? 130 : 145);
		pass(scene);
		if (i == 2)
			entered = scene->house.ledger.entered;
	}
	assert_int_equal(scene->house.ledger.entered, entered);
	assert_int_equal(scene->client[0].member->picture.count, 5);
}

static void a_crowd_in_one_point_neither_flickers_nor_fills_the_sight(void **state)
{
	struct scene *scene = *state;

	meet(scene, WIRE_NEAREST, 4, 0);
	for (uint16_t seq = 2; seq < 50; seq++) {
		for (uint16_t i = 0; i < 64; i++)
			scene_publish(scene, 1, i, seq, 0);
		pass(scene);
	}
	assert_in_range(scene->client[0].member->picture.count, 4, 6);
	assert_in_range(scene->house.ledger.entered, 4, 6);
	assert_int_equal(scene_count(scene, 0, WIRE_GONE), 0);
}

static void absurd_interest_and_places_are_right_all_the_same(void **state)
{
	struct scene *scene = *state;
	struct states_record record;

	scene->config.sight = 3;
	meet(scene, WIRE_RADIUS, INT32_MAX, INT32_MAX);
	assert_int_equal(scene_records(scene, 0, WIRE_KEYFRAME, &record, 1), 1);
	/* From one end to the other is more than any radius; 9/8 of it, too. */
	scene_publish(scene, 0, 0, 2, INT32_MIN);
	pass(scene);
	assert_int_equal(scene_count(scene, 0, WIRE_GONE), 1);
	set_interest(scene, 0, WIRE_NEAREST, WIRE_NEAREST_MAX);
	assert_int_equal(scene->client[0].member->settings.range, 3);
	pass(scene);
	assert_int_equal(scene->client[0].member->picture.count, 1);
}

static void one_without_an_entity_sees_from_the_origin_or_where_its_last_was(void **state)
{
	struct scene *scene = *state;

	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	set_interest(scene, 0, WIRE_RADIUS, 100);
	scene_publish(scene, 1, 0, 1, 50);
	scene_publish(scene, 1, 1, 1, 7050);
	pass(scene);
	assert_non_null(
		picture_find(&scene->client[0].member->picture, scene->client[1].member, 0));
	scene_publish(scene, 0, 0, 1, 7000);
	pass(scene);
	scene_remove(scene, 0, 0, 0, 9);
	pass(scene);
	assert_int_equal(scene->client[0].member->picture.count, 1);
	assert_non_null(
		picture_find(&scene->client[0].member->picture, scene->client[1].member, 1));
}

static void a_newcomer_is_given_what_it_sees_and_no_more(void **state)
{
	struct scene *scene = *state;
	struct wire_hello words = { .room = scene_text("a"),
				    .name = scene_text("b"),
				    .settings = { .interest = WIRE_NEAREST, .range = 3 } };
	struct states_record record[8];
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	scene_join(scene, 0, "a");
	for (uint16_t i = 0; i < 20; i++)
		scene_publish(scene, 0, i, 1, 1000 - 10 * i);
	pass(scene);
	scene_connect(scene, 1, wire_connect_data());
	scene_take(scene, 1, 0, data, wire_hello_encode(data, sizeof(data), &words));
	assert_int_equal(scene_records(scene, 1, WIRE_KEYFRAME, record, 8), 3);
	for (uint16_t i = 0; i < 3; i++)
		assert_int_equal(record[i].index, 17 + i);
}

static void one_that_changes_its_mind_with_every_message_is_bounded(void **state)
{
	struct scene *scene = *state;
	size_t sent;

	scene->config.message_rate = 100000;
	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	for (uint16_t i = 0; i < 64; i++)
		scene_publish(scene, 1, i, 1, 10 * i);
	pass(scene);
	postbox_clear(&scene->postbox);
	for (int i = 0; i < 1000; i++) {
		set_interest(scene, 0, i % 2 ? WIRE_NEAREST : WIRE_ALL, i % 2 ? 1 : 0);
		scene->now_ns += MS / 10;
		house_turn(&scene->house, scene->now_ns);
	}
	assert_int_equal(scene->house.ledger.settings_in, 1000);
	assert_int_equal(scene_count(scene, 0, WIRE_SETTINGS), 1000);
	/* A tenth of a second: it was looked at two or three times, and told as often. */
	sent = scene_count(scene, 0, WIRE_GONE) + scene_count(scene, 0, WIRE_KEYFRAME);
	assert_in_range(sent, 1, 16);
}

/* Who goes first. */

static void whatever_is_due_is_sent_within_the_stated_number_of_passes(void **state)
{
	enum {
		ENTITIES = 12,
		PASSES = 600
	};
	struct scene *scene = *state;
	unsigned longest = 0;

	scene->config.message_rate = 100000;
	scene->config.members = 2;
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		struct random random = random_init(seed);
		struct room *room;
		struct member *to;
		unsigned waited[ENTITIES] = { 0 };
		uint32_t busy = (uint32_t)pick(&random, 1, 1000);

		scene_join(scene, 0, "a");
		scene_join(scene, 1, "a");
		to = scene->client[0].member;
		room = to->room;
		to->is_pictured = true;
		for (unsigned i = 0; i < PASSES; i++) {
			struct picture_entry *entry;

			/* The nearest ones move all the time, the others as it comes. */
			for (uint16_t j = 0; j < ENTITIES; j++)
				if (j < 4 || pick(&random, 0, 999) < busy)
					scene_publish(scene, 1, j, (uint16_t)(i + 1),
						      (int32_t)pick(&random, 0, 9) << 2 * j);
			picture_fill(&to->picture, to, false);
			to->picture.pass++;
			picture_book(&to->picture, room->ledger, room_owed(room, to));
			picture_rank(&to->picture, to->place, true);
			entry = picture_next(&to->picture);
			for (size_t j = 0; j < to->picture.count; j++) {
				struct picture_entry *one = &to->picture.entries[j];

				waited[one->index] += one->waits;
				if (waited[one->index] > longest)
					longest = waited[one->index];
			}
			if (entry) {
				waited[entry->index] = 0;
				room->ledger->pending--;
				ledger_end(room->ledger, LEDGER_DELIVERED, 1);
				picture_sent(&to->picture, entry);
			}
			/* The member's own worker would have sent it. */
			room->ledger->pending -= room_owed(room, scene->client[1].member);
			ledger_end(room->ledger, LEDGER_DELIVERED,
				   room_owed(room, scene->client[1].member));
			room_clear_dirty(room);
			assert_true(ledger_is_balanced(room->ledger));
		}
		if (longest > PICTURE_WAIT * ENTITIES)
			fail_msg("seed %u: one waited for %u passes", seed, longest);
		for (size_t n = 0; n < 2; n++)
			dialog_close(&scene->house, &scene->client[n], WIRE_REASON_LOST,
				     scene->now_ns);
		postbox_clear(&scene->postbox);
	}
	printf("  note: the longest wait was %u passes of at most %d\n", longest,
	       PICTURE_WAIT * ENTITIES);
	assert_true(longest > ENTITIES / 2);
}

static void the_nearer_one_is_sent_more_often(void **state)
{
	struct scene *scene = *state;
	unsigned sent[2] = { 0 };
	struct member *to;

	scene->config.message_rate = 100000;
	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	to = scene->client[0].member;
	scene_publish(scene, 1, 0, 1, 100);
	scene_publish(scene, 1, 1, 1, 100000);
	picture_fill(&to->picture, to, true);
	for (unsigned i = 0; i < 900; i++) {
		struct picture_entry *entry;

		to->picture.pass++;
		for (size_t j = 0; j < 2; j++)
			to->picture.entries[j].is_new = true;
		picture_rank(&to->picture, to->place, true);
		entry = picture_next(&to->picture);
		sent[entry->index]++;
		picture_sent(&to->picture, entry);
	}
	assert_in_range(sent[0], 7 * sent[1], 9 * sent[1]);
}

/* Each update, one for one. */

static void with_every_no_update_is_superseded(void **state)
{
	struct scene *scene = *state;
	struct states_record record[4];
	struct wire_settings asked = { .interest = WIRE_NEAREST, .range = 3 };

	scene->config.every = true;
	scene->config.tick_hz = 10;
	assert_int_equal(interest_grant(&scene->config, &asked).interest, WIRE_ALL);
	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	for (uint16_t seq = 1; seq <= 3; seq++)
		scene_publish(scene, 0, 0, seq, 10 * seq);
	scene->now_ns += 100 * MS;
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene_records(scene, 1, WIRE_SNAPSHOT, record, 4), 3);
	for (uint16_t i = 0; i < 3; i++) {
		assert_int_equal(record[i].seq, i + 1);
		assert_int_equal(record[i].position[0], 10 * (i + 1));
		assert_int_equal(record[i].skipped, 0);
	}
	assert_int_equal(scene->house.ledger.ended[LEDGER_DELIVERED], 3);
}

static void with_every_the_queue_is_bounded_and_says_what_it_dropped(void **state)
{
	struct scene *scene = *state;
	struct states_record record;
	uint32_t updates = EVERY_MAX + 5;

	scene->config.every = true;
	scene->config.tick_hz = 10;
	scene->config.message_rate = 100000;
	scene_join(scene, 0, "a");
	scene_join(scene, 1, "a");
	for (uint32_t i = 0; i < updates; i++)
		scene_publish(scene, 0, 0, (uint16_t)i, 1);
	scene->now_ns += 100 * MS;
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene_records(scene, 1, WIRE_SNAPSHOT, NULL, 0), EVERY_MAX);
	assert_int_equal(scene->house.ledger.ended[LEDGER_QUEUE_FULL], 5);
	postbox_clear(&scene->postbox);
	scene_publish(scene, 0, 0, (uint16_t)updates, 1);
	scene->now_ns += 100 * MS;
	house_turn(&scene->house, scene->now_ns);
	assert_int_equal(scene_records(scene, 1, WIRE_SNAPSHOT, &record, 1), 1);
	assert_int_equal(record.skipped, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(what_comes_into_sight_is_told_reliably_and_what_leaves_is_gone),
		SCENE(an_entity_that_rests_comes_back_into_sight_with_the_same_seq),
		SCENE(what_moves_is_not_repeated_to_others_with_what_rests),
		SCENE(an_entity_on_the_edge_does_not_flicker),
		SCENE(two_that_change_places_do_not_flicker),
		SCENE(a_crowd_in_one_point_neither_flickers_nor_fills_the_sight),
		SCENE(absurd_interest_and_places_are_right_all_the_same),
		SCENE(one_without_an_entity_sees_from_the_origin_or_where_its_last_was),
		SCENE(a_newcomer_is_given_what_it_sees_and_no_more),
		SCENE(one_that_changes_its_mind_with_every_message_is_bounded),
		SCENE(whatever_is_due_is_sent_within_the_stated_number_of_passes),
		SCENE(the_nearer_one_is_sent_more_often),
		SCENE(with_every_no_update_is_superseded),
		SCENE(with_every_the_queue_is_bounded_and_says_what_it_dropped),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

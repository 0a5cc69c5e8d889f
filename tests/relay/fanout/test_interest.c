/* Who is in sight, and who goes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"

/* Sight. */

static void set_interest(struct rules_fixture *fixture, size_t client, enum wire_interest interest,
			 uint32_t range)
{
	rules_fixture_set(fixture, client,
			  (struct wire_settings){ .interest = interest, .range = range });
}

static void pass(struct rules_fixture *fixture)
{
	fixture->now_ns += RECEIVER_LOOK_MS * MS;
	relay_turn(&fixture->relay, fixture->now_ns);
}

/* Joins two; the first publishes at 0, with this interest, and the second at `x`. */
static void meet(struct rules_fixture *fixture, enum wire_interest interest, uint32_t range,
		 int32_t x)
{
	fixture->config.message_rate = 100000;
	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	set_interest(fixture, 0, interest, range);
	rules_fixture_publish(fixture, 0, 0, 1, 0);
	rules_fixture_publish(fixture, 1, 0, 1, x);
	pass(fixture);
}

static void an_entity_comes_into_sight_reliably_and_leaves_with_a_gone(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record;
	struct wire_list list;
	struct wire_gone gone;
	const struct recording_outbox_item *item;

	meet(fixture, WIRE_RADIUS, 1000, 5000);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_SNAPSHOT), 0);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_OUT_OF_INTEREST], 1);
	recording_outbox_clear(&fixture->recorder);
	rules_fixture_publish(fixture, 1, 0, 2, 900);
	pass(fixture);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_SNAPSHOT), 0);
	assert_int_equal(rules_fixture_records(fixture, 0, WIRE_KEYFRAME, &record, 1), 1);
	assert_int_equal(record.seq, 2);
	rules_fixture_publish(fixture, 1, 0, 3, 950);
	pass(fixture);
	assert_int_equal(rules_fixture_records(fixture, 0, WIRE_SNAPSHOT, &record, 1), 1);
	rules_fixture_publish(fixture, 1, 0, 4, 1200);
	pass(fixture);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_GONE), 1);
	item = recording_outbox_find(&fixture->recorder, &fixture->client[0], WIRE_GONE, 0);
	assert_int_equal(wire_gone_decode(item->data, item->size, &list), WIRE_OK);
	assert_true(wire_gone_next(&list, &gone));
	assert_int_equal(gone.member, 2);
	assert_int_equal(gone.seq, 4);
	/* No GONE goes to the member who never saw it, nor to the one who sees everything. */
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_GONE), 0);
}

static void an_entity_at_rest_comes_back_into_sight_with_the_same_seq(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record;

	meet(fixture, WIRE_RADIUS, 1000, 500);
	for (int i = 0; i < 10; i++)
		pass(fixture); /* it comes to rest */
	rules_fixture_publish(fixture, 0, 0, 2, 10000);
	pass(fixture);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_GONE), 1);
	recording_outbox_clear(&fixture->recorder);
	rules_fixture_publish(fixture, 0, 0, 3, 0);
	pass(fixture);
	assert_int_equal(rules_fixture_records(fixture, 0, WIRE_KEYFRAME, &record, 1), 1);
	assert_int_equal(record.seq, 1);
	assert_int_equal(record.position[0], 500);
}

/* One pass sends a member with little budget both what moves and what is at rest. */
static void a_moving_state_is_not_repeated_to_others_with_one_at_rest(void **state)
{
	struct rules_fixture *fixture = *state;

	fixture->config.tick_hz = 0;
	fixture->config.message_rate = 100000;
	rules_fixture_join_all(fixture, 3, "a");
	set_interest(fixture, 0, WIRE_RADIUS, 1000);
	set_interest(fixture, 1, WIRE_RADIUS, 1000);
	rules_fixture_publish(fixture, 2, 0, 1, 100);
	rules_fixture_publish(fixture, 2, 1, 1, 100);
	for (int i = 0; i < 20; i++)
		pass(fixture);
	congestion_penalise(&receiver_of(fixture->client[0].member)->congestion, INT64_MAX);
	rules_fixture_publish(fixture, 2, 0, 2, 200);
	rules_fixture_pass(fixture, 0);
	rules_fixture_pass(fixture, 175);
	rules_fixture_publish(fixture, 2, 1, 2, 200);
	rules_fixture_pass(fixture, 0);
	/* A full message may go to the penalised member again after 72 ms. */
	rules_fixture_pass(fixture, 65);
	rules_fixture_publish(fixture, 2, 1, 3, 300);
	rules_fixture_pass(fixture, 0);
	recording_outbox_clear(&fixture->recorder);
	rules_fixture_pass(fixture, 10);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_SNAPSHOT), 1);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_KEYFRAME), 1);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_KEYFRAME), 1);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 0);
}

static void an_entity_on_the_edge_does_not_flicker(void **state)
{
	struct rules_fixture *fixture = *state;

	meet(fixture, WIRE_RADIUS, 1000, 990);
	assert_int_equal(fixture->relay.accounting.entered, 1);
	for (uint16_t i = 0; i < 200; i++) {
		rules_fixture_publish(fixture, 1, 0, (uint16_t)(2 + i), i % 2 ? 930 : 1060);
		pass(fixture);
	}
	assert_int_equal(fixture->relay.accounting.entered, 1);
	assert_int_equal(fixture->relay.accounting.left, 0);
}

/* With `nearest 4`, six may stay: 4 + 4/4 + 1. */
static void two_entities_that_change_places_do_not_flicker(void **state)
{
	struct rules_fixture *fixture = *state;
	uint64_t entered;

	meet(fixture, WIRE_NEAREST, 4, 100);
	for (uint16_t i = 1; i < 8; i++)
		rules_fixture_publish(fixture, 1, i, 1, 100 + 10 * i);
	pass(fixture);
	for (uint16_t i = 0; i < 200; i++) {
		/* The 4th and the 5th swap. */
		rules_fixture_publish(fixture, 1, 3, (uint16_t)(2 + i), i % 2 ? 130 : 145);
		pass(fixture);
		if (i == 2)
			entered = fixture->relay.accounting.entered;
	}
	assert_int_equal(fixture->relay.accounting.entered, entered);
	assert_int_equal(receiver_of(fixture->client[0].member)->view.count, 5);
}

static void a_crowd_in_one_point_neither_flickers_nor_fills_the_sight(void **state)
{
	struct rules_fixture *fixture = *state;

	meet(fixture, WIRE_NEAREST, 4, 0);
	for (uint16_t seq = 2; seq < 50; seq++) {
		for (uint16_t i = 0; i < 64; i++)
			rules_fixture_publish(fixture, 1, i, seq, 0);
		pass(fixture);
	}
	assert_in_range(receiver_of(fixture->client[0].member)->view.count, 4, 6);
	assert_in_range(fixture->relay.accounting.entered, 4, 6);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_GONE), 0);
}

static void absurd_interest_and_places_are_right_all_the_same(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record;

	fixture->config.sight = 3;
	meet(fixture, WIRE_RADIUS, INT32_MAX, INT32_MAX);
	assert_int_equal(rules_fixture_records(fixture, 0, WIRE_KEYFRAME, &record, 1), 1);
	/* From one end to the other is further than 9/8 of any radius. */
	rules_fixture_publish(fixture, 0, 0, 2, INT32_MIN);
	pass(fixture);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_GONE), 1);
	set_interest(fixture, 0, WIRE_NEAREST, WIRE_NEAREST_MAX);
	assert_int_equal(fixture->client[0].member->settings.range, 3);
	pass(fixture);
	assert_int_equal(receiver_of(fixture->client[0].member)->view.count, 1);
}

static void a_member_without_an_entity_sees_from_the_origin_or_its_last_place(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	set_interest(fixture, 0, WIRE_RADIUS, 100);
	rules_fixture_publish(fixture, 1, 0, 1, 50);
	rules_fixture_publish(fixture, 1, 1, 1, 7050);
	pass(fixture);
	assert_non_null(view_find(&receiver_of(fixture->client[0].member)->view,
				  fixture->client[1].member, 0));
	rules_fixture_publish(fixture, 0, 0, 1, 7000);
	pass(fixture);
	rules_fixture_remove(fixture, 0, 0, 0, 9);
	pass(fixture);
	assert_int_equal(receiver_of(fixture->client[0].member)->view.count, 1);
	assert_non_null(view_find(&receiver_of(fixture->client[0].member)->view,
				  fixture->client[1].member, 1));
}

static void a_newcomer_is_sent_what_it_sees_and_no_more(void **state)
{
	struct rules_fixture *fixture = *state;
	struct wire_hello words = { .room = rules_fixture_text("a"),
				    .name = rules_fixture_text("b"),
				    .settings = { .interest = WIRE_NEAREST, .range = 3 } };
	struct states_record record[8];
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_join(fixture, 0, "a");
	for (uint16_t i = 0; i < 20; i++)
		rules_fixture_publish(fixture, 0, i, 1, 1000 - 10 * i);
	pass(fixture);
	rules_fixture_connect(fixture, 1, wire_connect_data());
	rules_fixture_send(fixture, 1, 0, data, wire_hello_encode(data, sizeof(data), &words));
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_KEYFRAME, record, 8), 3);
	for (uint16_t i = 0; i < 3; i++)
		assert_int_equal(record[i].index, 17 + i);
}

static void a_member_that_changes_its_interest_all_the_time_costs_little(void **state)
{
	struct rules_fixture *fixture = *state;
	size_t sent;

	fixture->config.message_rate = 100000;
	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	for (uint16_t i = 0; i < 64; i++)
		rules_fixture_publish(fixture, 1, i, 1, 10 * i);
	pass(fixture);
	recording_outbox_clear(&fixture->recorder);
	for (int i = 0; i < 1000; i++) {
		set_interest(fixture, 0, i % 2 ? WIRE_NEAREST : WIRE_ALL, i % 2 ? 1 : 0);
		fixture->now_ns += MS / 10;
		relay_turn(&fixture->relay, fixture->now_ns);
	}
	assert_int_equal(fixture->relay.accounting.settings_in, 1000);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_SETTINGS), 1000);
	/* In a tenth of a second it looked two or three times, and was notified as often. */
	sent = rules_fixture_count(fixture, 0, WIRE_GONE) +
	       rules_fixture_count(fixture, 0, WIRE_KEYFRAME);
	assert_in_range(sent, 1, 16);
}

/* Who goes first. */

static void the_nearer_one_is_sent_more_often(void **state)
{
	struct rules_fixture *fixture = *state;
	unsigned sent[2] = { 0 };
	struct member *to;
	struct view *view;

	fixture->config.message_rate = 100000;
	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	to = fixture->client[0].member;
	view = &receiver_of(to)->view;
	rules_fixture_publish(fixture, 1, 0, 1, 100);
	rules_fixture_publish(fixture, 1, 1, 1, 100000);
	view_fill(view, to, true);
	for (unsigned i = 0; i < 900; i++) {
		struct view_entry *entry;

		view_begin_pass(view);
		for (size_t j = 0; j < 2; j++)
			view->entries[j].is_new = true;
		view_rank(view, true);
		entry = view_next(view);
		sent[entry->index]++;
		view_sent(view, entry);
	}
	assert_in_range(sent[0], 7 * sent[1], 9 * sent[1]);
}

/* Each update, one for one. */

static void with_every_no_update_is_superseded(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record[4];
	struct wire_settings asked = { .interest = WIRE_NEAREST, .range = 3 };

	fixture->config.every = true;
	fixture->config.tick_hz = 10;
	assert_int_equal(interest_grant(&fixture->config, &asked).interest, WIRE_ALL);
	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	for (uint16_t seq = 1; seq <= 3; seq++)
		rules_fixture_publish(fixture, 0, 0, seq, 10 * seq);
	fixture->now_ns += 100 * MS;
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, record, 4), 3);
	for (uint16_t i = 0; i < 3; i++) {
		assert_int_equal(record[i].seq, i + 1);
		assert_int_equal(record[i].position[0], 10 * (i + 1));
		assert_int_equal(record[i].skipped, 0);
	}
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_DELIVERED], 3);
}

static void with_every_the_queue_is_bounded_and_the_next_record_counts_the_dropped(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record;
	uint32_t updates = NO_COALESCE_MAX + 5;

	fixture->config.every = true;
	fixture->config.tick_hz = 10;
	fixture->config.message_rate = 100000;
	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	for (uint32_t i = 0; i < updates; i++)
		rules_fixture_publish(fixture, 0, 0, (uint16_t)i, 1);
	fixture->now_ns += 100 * MS;
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, NULL, 0),
			 NO_COALESCE_MAX);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_QUEUE_FULL], 5);
	recording_outbox_clear(&fixture->recorder);
	rules_fixture_publish(fixture, 0, 0, (uint16_t)updates, 1);
	fixture->now_ns += 100 * MS;
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, &record, 1), 1);
	assert_int_equal(record.skipped, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(an_entity_comes_into_sight_reliably_and_leaves_with_a_gone),
		RULES_TEST(an_entity_at_rest_comes_back_into_sight_with_the_same_seq),
		RULES_TEST(a_moving_state_is_not_repeated_to_others_with_one_at_rest),
		RULES_TEST(an_entity_on_the_edge_does_not_flicker),
		RULES_TEST(two_entities_that_change_places_do_not_flicker),
		RULES_TEST(a_crowd_in_one_point_neither_flickers_nor_fills_the_sight),
		RULES_TEST(absurd_interest_and_places_are_right_all_the_same),
		RULES_TEST(a_member_without_an_entity_sees_from_the_origin_or_its_last_place),
		RULES_TEST(a_newcomer_is_sent_what_it_sees_and_no_more),
		RULES_TEST(a_member_that_changes_its_interest_all_the_time_costs_little),
		RULES_TEST(the_nearer_one_is_sent_more_often),
		RULES_TEST(with_every_no_update_is_superseded),
		RULES_TEST(with_every_the_queue_is_bounded_and_the_next_record_counts_the_dropped),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

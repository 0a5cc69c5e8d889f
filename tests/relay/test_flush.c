/* When a room's states are flushed, in how many messages, and what waits for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"

static void the_latest_state_wins_and_counts_those_it_replaced(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record[4];

	fixture->config.tick_hz = 20;
	rules_fixture_join_all(fixture, 2, "a");
	for (uint16_t seq = 1; seq <= 3; seq++)
		rules_fixture_publish(fixture, 0, 0, seq, seq * 10);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 0);
	rules_fixture_pass(fixture, 50);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, record, 4), 1);
	assert_int_equal(record[0].seq, 3);
	assert_int_equal(record[0].skipped, 2);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_SUPERSEDED], 2);
}

static void ticks_keep_their_rhythm_whenever_states_arrive(void **state)
{
	struct rules_fixture *fixture = *state;
	size_t flushes = 0;

	fixture->config.tick_hz = 10;
	rules_fixture_join_all(fixture, 2, "a");
	for (uint16_t ms = 1; ms <= 1000; ms++) {
		fixture->now_ns += MS;
		rules_fixture_publish(fixture, 0, 0, ms, ms);
		recording_outbox_clear(&fixture->recorder);
		relay_turn(&fixture->relay, fixture->now_ns);
		flushes += rules_fixture_count(fixture, 1, WIRE_SNAPSHOT);
	}
	/* The member's budget of messages is 240 a second, and the states come within ten ticks. */
	assert_in_range(flushes, 9, 10);
}

static void relay_turn_returns_when_it_is_due_next(void **state)
{
	struct rules_fixture *fixture = *state;

	assert_true(relay_turn(&fixture->relay, fixture->now_ns) == INT64_MAX);
	rules_fixture_join_all(fixture, 2, "a");
	assert_true(relay_turn(&fixture->relay, fixture->now_ns) == INT64_MAX);
	rules_fixture_publish(fixture, 0, 0, 1, 1);
	assert_true(relay_turn(&fixture->relay, fixture->now_ns) == fixture->now_ns + 250 * MS);
	fixture->now_ns += 250 * MS;
	assert_true(relay_turn(&fixture->relay, fixture->now_ns) == INT64_MAX);
}

static void input_may_wait_until_the_next_tick_of_any_room(void **state)
{
	struct rules_fixture *fixture = *state;
	int64_t one_ns, other_ns;

	fixture->config.tick_hz = 50;
	fixture->config.settle_s = 0;
	assert_true(schedule_rests_until_ns(&fixture->relay.schedule, fixture->now_ns) ==
		    fixture->now_ns);
	rules_fixture_join_all(fixture, 2, "a");
	rules_fixture_join(fixture, 2, "b");
	rules_fixture_join(fixture, 3, "b");
	/* Nothing waits: the first state must wake the loop. */
	assert_true(schedule_rests_until_ns(&fixture->relay.schedule, fixture->now_ns) ==
		    fixture->now_ns);
	rules_fixture_publish(fixture, 0, 0, 1, 1);
	one_ns = schedule_due_ns(&fixture->relay.schedule);
	assert_in_range(one_ns, fixture->now_ns + 1, fixture->now_ns + 20 * MS);
	/* The other room ticks earlier, and its states would be due then. */
	other_ns = schedule_rests_until_ns(&fixture->relay.schedule, fixture->now_ns);
	assert_in_range(other_ns, fixture->now_ns + 1, one_ns - 1);
	rules_fixture_publish(fixture, 2, 0, 1, 1);
	assert_true(schedule_due_ns(&fixture->relay.schedule) == other_ns);
	assert_true(schedule_rests_until_ns(&fixture->relay.schedule, fixture->now_ns) == other_ns);
	/* After a flush more states may come, and would be due at the next. */
	relay_turn(&fixture->relay, one_ns);
	assert_true(schedule_due_ns(&fixture->relay.schedule) == INT64_MAX);
	assert_in_range(schedule_rests_until_ns(&fixture->relay.schedule, one_ns), one_ns + 1,
			other_ns + 20 * MS);
	assert_true(schedule_rests_until_ns(&fixture->relay.schedule, one_ns + 20 * MS) ==
		    one_ns + 20 * MS);
	fixture->config.tick_hz = 0;
	assert_true(schedule_rests_until_ns(&fixture->relay.schedule, fixture->now_ns) ==
		    fixture->now_ns);
}

static void an_entity_at_rest_is_sent_reliably_once(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct recording_outbox_item *item;
	struct states_message message;

	rules_fixture_join_all(fixture, 2, "a");
	rules_fixture_publish(fixture, 0, 0, 1, 100);
	relay_turn(&fixture->relay, fixture->now_ns);
	recording_outbox_clear(&fixture->recorder);
	rules_fixture_pass(fixture, 249);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_KEYFRAME), 0);
	for (int turn = 0; turn < 100; turn++) {
		rules_fixture_pass(fixture, 10);
	}
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_KEYFRAME), 1);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_KEYFRAME), 0);
	item = recording_outbox_find(&fixture->recorder, &fixture->client[1], WIRE_KEYFRAME, 0);
	assert_int_equal(item->mode, WIRE_RELIABLE);
	assert_int_equal(states_decode(item->data, item->size, &message), WIRE_OK);
	assert_false(message.is_last);
}

/* The end of the other room's flush does not concern this one, which left before. */
static void a_flush_out_of_turn_does_not_end_with_that_of_another_room(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct room *room;
	int64_t came_ns;

	fixture->config.every = true;
	for (size_t i = 0; i < 4; i++)
		rules_fixture_join(fixture, i, i < 2 ? "a" : "b");
	room = fixture->client[0].member->room;
	rules_fixture_publish(fixture, 2, 0, 1, 1);
	rules_fixture_publish(fixture, 0, 0, 1, 1);
	rules_fixture_remove(fixture, 0, 0, 0, 1);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 1);
	came_ns = fixture->now_ns += 2 * MS;
	rules_fixture_publish(fixture, 0, 0, 2, 1);
	fixture->now_ns += 2 * MS;
	relay_turn(&fixture->relay, fixture->now_ns);
	schedule_spend(&fixture->relay.schedule, fixture->now_ns, fixture->now_ns + MS, MS);
	assert_int_equal(rules_fixture_count(fixture, 3, WIRE_SNAPSHOT), 1);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 1);
	assert_true(schedule_waits_since_ns(&room->schedule) == came_ns);
	relay_turn(&fixture->relay, fixture->now_ns + 20 * MS);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 2);
}

/*
 * Two rooms, of two members and of six, are flushed in one turn of 8 ms; a state for each arrives
 * after 3 ms. Gives since when these states wait, in ms of the turn.
 */
static void flush_two_rooms(struct rules_fixture *fixture, int64_t *small_ms, int64_t *large_ms)
{
	const struct room *small, *large;
	int64_t begin_ns;

	for (size_t i = 0; i < 8; i++)
		rules_fixture_join(fixture, i, i < 2 ? "small" : "large");
	small = fixture->client[0].member->room;
	large = fixture->client[7].member->room;
	rules_fixture_publish(fixture, 0, 0, 1, 1);
	rules_fixture_publish(fixture, 7, 0, 1, 1);
	begin_ns = fixture->now_ns += 100 * MS;
	relay_turn(&fixture->relay, begin_ns);
	assert_int_equal(small->dirty_count + large->dirty_count, 0);
	schedule_spend(&fixture->relay.schedule, begin_ns, begin_ns + 8 * MS, 8 * MS);
	fixture->now_ns += 3 * MS;
	rules_fixture_publish(fixture, 0, 0, 2, 1);
	rules_fixture_publish(fixture, 7, 0, 2, 1);
	*small_ms = (schedule_waits_since_ns(&small->schedule) - begin_ns) / MS;
	*large_ms = (schedule_waits_since_ns(&large->schedule) - begin_ns) / MS;
}

static void a_state_waits_since_its_own_rooms_part_of_a_turn_was_out(void **state)
{
	struct rules_fixture *fixture = *state;
	int64_t small_ms, large_ms;

	fixture->config.tick_hz = CONFIG_TICK_AUTO;
	flush_two_rooms(fixture, &small_ms, &large_ms);
	assert_int_equal(small_ms, 3); /* its part of the turn was 2 */
	assert_int_equal(large_ms, 6);
}

/* A fixed tick divides the time between flushing and input, not between rooms. */
static void at_a_fixed_tick_all_rooms_of_a_turn_are_out_at_its_end(void **state)
{
	struct rules_fixture *fixture = *state;
	int64_t small_ms, large_ms;

	fixture->config.tick_hz = 20;
	flush_two_rooms(fixture, &small_ms, &large_ms);
	assert_int_equal(small_ms, 8);
	assert_int_equal(large_ms, 8);
}

/* Messages of a flush. */

static void a_flush_larger_than_a_datagram_is_split_and_numbered(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_message message;
	const struct recording_outbox_item *item;
	struct states_record record[400];
	size_t n = 0;

	fixture->config.entities = 400;
	fixture->config.message_rate = 1000;
	rules_fixture_join_all(fixture, 2, "a");
	for (uint16_t i = 0; i < 400; i++)
		rules_fixture_publish(fixture, 0, i, 1, 1000000 + i);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, record, 400), 400);
	for (uint16_t i = 0; i < 400; i++)
		assert_int_equal(record[i].index, i);
	for (; (item = recording_outbox_find(&fixture->recorder, &fixture->client[1], WIRE_SNAPSHOT,
					     n));
	     n++) {
		assert_true(item->size <= WIRE_MESSAGE_MAX_BYTES);
		states_decode(item->data, item->size, &message);
		assert_int_equal(message.number, n);
	}
	assert_true(n > 1);
}

/* So the kernel can cut them from one buffer; ENet sends reliable ones itself. */
static void all_snapshots_of_a_flush_but_the_last_are_of_one_size_unless_reliable(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct recording_outbox_item *item;

	fixture->config.entities = 400;
	fixture->config.message_rate = 1000;
	rules_fixture_join(fixture, 0, "a");
	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++) {
		size_t client = (size_t)mode + 1;

		rules_fixture_join(fixture, client, "a");
		rules_fixture_set(fixture, client,
				  (struct wire_settings){ .down = (enum wire_mode)mode });
	}
	for (uint16_t i = 0; i < 400; i++)
		rules_fixture_publish(fixture, 0, i, 1, (1 + i % 3) * (1 << 7 * (i % 4)));
	relay_turn(&fixture->relay, fixture->now_ns);
	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++) {
		void *peer = &fixture->client[mode + 1];
		size_t count = rules_fixture_count(fixture, (size_t)mode + 1, WIRE_SNAPSHOT),
		       filled = 0;
		struct states_message message;

		assert_true(count >= 3);
		for (size_t n = 0; n < count; n++) {
			item = recording_outbox_find(&fixture->recorder, peer, WIRE_SNAPSHOT, n);
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

static void a_flush_larger_than_a_batch_goes_in_several(void **state)
{
	enum {
		EACH = ENCODED_BATCH_ITEMS / 2 + 50
	};
	static struct states_record record[2 * EACH];
	struct rules_fixture *fixture = *state;
	bool has_come[2][EACH] = { 0 };

	fixture->config.entities = WIRE_INDEX_MAX + 1;
	fixture->config.message_rate = 100000;
	rules_fixture_join_all(fixture, 4, "a");
	rules_fixture_set(fixture, 3,
			  (struct wire_settings){ .interest = WIRE_NEAREST, .range = 5 });
	for (uint16_t i = 0; i < EACH; i++) {
		rules_fixture_publish(fixture, 0, i, 1, 1000 + i);
		rules_fixture_publish(fixture, 1, i, 1, 2 * i + 10);
	}
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 2, WIRE_SNAPSHOT, record, 2 * EACH),
			 2 * EACH);
	for (size_t i = 0; i < 2 * EACH; i++) {
		assert_false(has_come[record[i].member - 1][record[i].index]);
		has_come[record[i].member - 1][record[i].index] = true;
	}
	assert_int_equal(rules_fixture_records(fixture, 3, WIRE_KEYFRAME, record, 8), 5);
	for (uint16_t i = 0; i < 5; i++) {
		assert_int_equal(record[i].member, 2);
		assert_int_equal(record[i].index, i);
		assert_int_equal(record[i].position[0], 2 * i + 10);
	}
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_OUT_OF_INTEREST], 2 * EACH - 5);
}

/* Waiting for a flush. */

/* At 10 Hz, the first of two members has a state that waits for the flush in 100 ms. */
static void open_with_one_waiting(struct rules_fixture *fixture)
{
	fixture->config.tick_hz = 10;
	rules_fixture_join_all(fixture, 2, "a");
	rules_fixture_publish(fixture, 0, 0, 1, 100);
}

static void a_new_member_waits_for_the_flush_and_earlier_states_are_not_due_to_it(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record;

	open_with_one_waiting(fixture);
	rules_fixture_join(fixture, 2, "a");
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 0);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_JOINED), 2);
	assert_int_equal(rules_fixture_count(fixture, 2, WIRE_WELCOME), 1);
	assert_int_equal(rules_fixture_count(fixture, 2, WIRE_KEYFRAME), 0);
	/* It may publish meanwhile. */
	rules_fixture_publish(fixture, 2, 0, 5, 500);
	rules_fixture_publish(fixture, 0, 0, 2, 200);
	assert_true(accounting_is_balanced(&fixture->relay.accounting));
	rules_fixture_pass(fixture, 100);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 1);
	assert_int_equal(rules_fixture_count(fixture, 2, WIRE_SNAPSHOT), 0);
	assert_int_equal(rules_fixture_records(fixture, 2, WIRE_KEYFRAME, &record, 1), 1);
	assert_int_equal(record.seq, 2);
	assert_int_equal(fixture->relay.accounting.pending, 0);
	/* The newest state reaches one member, and the new member's reaches two. */
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_DELIVERED], 3);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_SUPERSEDED], 1);
	assert_true(accounting_is_balanced(&fixture->relay.accounting));
}

static void states_to_and_from_a_member_that_leaves_are_not_sent(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record;

	fixture->config.tick_hz = 10;
	rules_fixture_join_all(fixture, 3, "a");
	rules_fixture_publish(fixture, 0, 0, 1, 100);
	rules_fixture_publish(fixture, 1, 0, 1, 200);
	rules_fixture_publish(fixture, 1, 0, 2, 201);
	client_close(&fixture->relay, &fixture->client[1], WIRE_REASON_LOST, fixture->now_ns);
	assert_int_equal(fixture->relay.accounting.pending, 1);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_NOT_TAKEN], 1);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_SUPERSEDED], 4);
	assert_true(accounting_is_balanced(&fixture->relay.accounting));
	rules_fixture_pass(fixture, 100);
	assert_int_equal(rules_fixture_records(fixture, 2, WIRE_SNAPSHOT, &record, 1), 1);
	assert_int_equal(record.member, fixture->client[0].member->id);
	assert_int_equal(rules_fixture_records(fixture, 0, WIRE_SNAPSHOT, NULL, 0), 0);
	assert_int_equal(fixture->relay.accounting.pending, 0);
}

static void the_end_of_an_entity_supersedes_its_waiting_states_without_a_flush(void **state)
{
	struct rules_fixture *fixture = *state;

	open_with_one_waiting(fixture);
	rules_fixture_publish(fixture, 0, 1, 1, 101);
	rules_fixture_publish(fixture, 0, 1, 2, 102);
	rules_fixture_remove(fixture, 0, 0, 1, 2);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_GONE), 1);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 0);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_SUPERSEDED], 2);
	assert_true(accounting_is_balanced(&fixture->relay.accounting));
	rules_fixture_pass(fixture, 100);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, NULL, 0), 1);
	assert_int_equal(fixture->relay.accounting.pending, 0);
}

static void a_new_member_is_synced_when_the_states_it_waits_for_end(void **state)
{
	struct rules_fixture *fixture = *state;

	open_with_one_waiting(fixture);
	rules_fixture_join(fixture, 2, "a");
	assert_int_equal(rules_fixture_count(fixture, 2, WIRE_KEYFRAME), 0);
	client_close(&fixture->relay, &fixture->client[0], WIRE_REASON_LOST, fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 2, WIRE_KEYFRAME), 1);
	assert_int_equal(rules_fixture_records(fixture, 2, WIRE_KEYFRAME, NULL, 0), 0);
}

static void settings_wait_for_the_flush_and_cause_none(void **state)
{
	struct rules_fixture *fixture = *state;

	open_with_one_waiting(fixture);
	for (int i = 0; i < 99; i++) {
		rules_fixture_set(fixture, 0, (struct wire_settings){ .echo = i % 2 == 0 });
		relay_turn(&fixture->relay, fixture->now_ns);
	}
	assert_int_equal(fixture->relay.accounting.settings_in, 99);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 0);
	rules_fixture_pass(fixture, 100);
	/* The state before the change is not due to its sender, but comes in its sync. */
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 1);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_SNAPSHOT), 0);
	assert_int_equal(fixture->relay.accounting.due, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 0, WIRE_KEYFRAME, NULL, 0), 1);
	rules_fixture_publish(fixture, 0, 0, 2, 100);
	rules_fixture_pass(fixture, 100);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_SNAPSHOT), 1);
	assert_int_equal(fixture->relay.accounting.due, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(the_latest_state_wins_and_counts_those_it_replaced),
		RULES_TEST(ticks_keep_their_rhythm_whenever_states_arrive),
		RULES_TEST(relay_turn_returns_when_it_is_due_next),
		RULES_TEST(input_may_wait_until_the_next_tick_of_any_room),
		RULES_TEST(an_entity_at_rest_is_sent_reliably_once),
		RULES_TEST(a_flush_out_of_turn_does_not_end_with_that_of_another_room),
		RULES_TEST(a_state_waits_since_its_own_rooms_part_of_a_turn_was_out),
		RULES_TEST(at_a_fixed_tick_all_rooms_of_a_turn_are_out_at_its_end),
		RULES_TEST(a_flush_larger_than_a_datagram_is_split_and_numbered),
		RULES_TEST(all_snapshots_of_a_flush_but_the_last_are_of_one_size_unless_reliable),
		RULES_TEST(a_flush_larger_than_a_batch_goes_in_several),
		RULES_TEST(a_new_member_waits_for_the_flush_and_earlier_states_are_not_due_to_it),
		RULES_TEST(states_to_and_from_a_member_that_leaves_are_not_sent),
		RULES_TEST(the_end_of_an_entity_supersedes_its_waiting_states_without_a_flush),
		RULES_TEST(a_new_member_is_synced_when_the_states_it_waits_for_end),
		RULES_TEST(settings_wait_for_the_flush_and_cause_none),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

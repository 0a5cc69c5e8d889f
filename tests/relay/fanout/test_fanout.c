/* Which states each member is sent, and what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "relay/fanout/fanout.h"
#include "tests/fixtures/relay/rules_fixture.h"

static void a_state_goes_to_all_others_and_not_back(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record[2];

	rules_fixture_join_all(fixture, 3, "a");
	rules_fixture_publish(fixture, 0, 0, 1, 100);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_SNAPSHOT), 0);
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(rules_fixture_records(fixture, i, WIRE_SNAPSHOT, record, 2), 1);
		assert_int_equal(record[0].member, 1);
		assert_int_equal(record[0].position[0], 100);
	}
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_DELIVERED], 2);
}

static void own_states_come_back_on_request(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record[2];

	rules_fixture_connect(fixture, 0, wire_connect_data());
	rules_fixture_hello(fixture, 0, "a", "echo", true);
	rules_fixture_publish(fixture, 0, 0, 1, 100);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 0, WIRE_SNAPSHOT, record, 2), 1);
}

static void each_member_receives_in_its_own_mode(void **state)
{
	struct rules_fixture *fixture = *state;

	for (int mode = 0; mode < WIRE_MODE_COUNT; mode++) {
		size_t client = (size_t)mode + 1;

		rules_fixture_join(fixture, client, "a");
		rules_fixture_set(fixture, client,
				  (struct wire_settings){ .down = (enum wire_mode)mode });
		assert_int_equal(rules_fixture_count(fixture, client, WIRE_SETTINGS), 1);
	}
	rules_fixture_join(fixture, 0, "a");
	rules_fixture_publish(fixture, 0, 0, 1, 100);
	relay_turn(&fixture->relay, fixture->now_ns);
	for (size_t i = 1; i <= 3; i++) {
		const struct recording_outbox_item *item = recording_outbox_find(
			&fixture->recorder, &fixture->client[i], WIRE_SNAPSHOT, 0);

		assert_int_equal(item->mode, i - 1);
		assert_int_equal(item->channel, WIRE_CHANNEL_STATE);
	}
}

static void a_stale_state_is_counted_and_not_relayed(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join_all(fixture, 2, "a");
	rules_fixture_publish(fixture, 0, 0, 10, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	rules_fixture_publish(fixture, 0, 0, 9, 2);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT), 1);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_STALE], 1);
}

static void seq_wraps_around(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record[4];

	rules_fixture_join_all(fixture, 2, "a");
	rules_fixture_publish(fixture, 0, 0, 65535, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	rules_fixture_publish(fixture, 0, 0, 0, 2);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, record, 4), 2);
	assert_int_equal(record[1].seq, 0);
}

static void an_origin_in_the_future_is_taken_as_now(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record = { .seq = 1 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder;

	rules_fixture_join_all(fixture, 2, "a");
	fixture->now_ns += 10 * MS;
	builder = states_state_begin(data, sizeof(data), 999999999);
	states_add(&builder, &record);
	rules_fixture_send(fixture, 0, WIRE_CHANNEL_STATE, data, states_finish(&builder));
	rules_fixture_pass(fixture, 5);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, &record, 1), 1);
	assert_int_equal(record.age_us, 5000);
}

static void limits_of_entities_and_payload_drop_and_count(void **state)
{
	struct rules_fixture *fixture = *state;

	fixture->config.entities = 2;
	rules_fixture_join_all(fixture, 2, "a");
	rules_fixture_publish(fixture, 0, 1, 1, 1);
	rules_fixture_publish(fixture, 0, 2, 1, 1);
	rules_fixture_publish(fixture, 0, 4095, 1, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_OVER_LIMIT], 2);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_DELIVERED], 1);
}

/* Entities that end. */

static void a_removed_entity_is_gone_for_all_and_stale_states_do_not_revive_it(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join_all(fixture, 2, "a");
	rules_fixture_publish(fixture, 0, 3, 5, 1);
	rules_fixture_remove(fixture, 0, 0, 3, 5);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_GONE), 1);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_GONE), 0);
	rules_fixture_publish(fixture, 0, 3, 4, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_STALE], 1);
	rules_fixture_join(fixture, 2, "a");
	assert_int_equal(rules_fixture_records(fixture, 2, WIRE_KEYFRAME, NULL, 0), 0);
	rules_fixture_publish(fixture, 0, 3, 6, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 2, WIRE_SNAPSHOT, NULL, 0), 1);
}

/* One that is not the member's own ends the list. */
static void entities_that_end_together_are_told_in_one_message(void **state)
{
	struct rules_fixture *fixture = *state;
	struct wire_gone gones[FANOUT_GONES], gone;
	struct wire_list list;
	const struct recording_outbox_item *item;
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_join_all(fixture, 2, "a");
	for (uint16_t i = 0; i < FANOUT_GONES; i++) {
		rules_fixture_publish(fixture, 0, i, 1, 1);
		gones[i] = (struct wire_gone){ fixture->client[0].member->id, i, 1 };
	}
	gones[FANOUT_GONES - 1].member++;
	rules_fixture_send(fixture, 0, WIRE_CHANNEL_CONTROL, data,
			   wire_gone_encode(data, sizeof(data), gones, FANOUT_GONES, NULL));
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_GONE), 1);
	assert_int_equal(rules_fixture_ends(fixture, 1), FANOUT_GONES - 1);
	item = recording_outbox_find(&fixture->recorder, &fixture->client[1], WIRE_GONE, 0);
	assert_int_equal(wire_gone_decode(item->data, item->size, &list), WIRE_OK);
	for (uint16_t i = 0; wire_gone_next(&list, &gone); i++)
		assert_int_equal(gone.index, i);
	assert_int_equal(fixture->relay.accounting.out_of_place, 1);
}

static void a_removal_that_overtakes_the_last_state_holds(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join_all(fixture, 2, "a");
	rules_fixture_remove(fixture, 0, 0, 3, 5);
	rules_fixture_publish(fixture, 0, 3, 5, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, NULL, 0), 0);
	rules_fixture_publish(fixture, 0, 3, 8, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, NULL, 0), 1);
	rules_fixture_remove(fixture, 0, 0, 3, 10);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_GONE), 1);
	rules_fixture_publish(fixture, 0, 3, 9, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, NULL, 0), 1);
}

static void a_member_cannot_remove_an_entity_of_another(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join_all(fixture, 2, "a");
	rules_fixture_publish(fixture, 0, 0, 1, 1);
	rules_fixture_remove(fixture, 1, 0, 0, 1);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_GONE), 0);
	assert_int_equal(fixture->relay.accounting.out_of_place, 1);
}

/* Updates that are not sent. */

static void updates_beyond_the_budget_are_left_out_and_counted(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct accounting *accounting = &fixture->relay.accounting;
	size_t bytes = 0;
	const struct recording_outbox_item *item;

	fixture->config.budget = 2000;
	rules_fixture_join_all(fixture, 2, "a");
	for (uint16_t seq = 1; seq <= 2000; seq++) {
		fixture->now_ns += 5 * MS;
		rules_fixture_publish(fixture, 0, 0, seq, seq);
		relay_turn(&fixture->relay, fixture->now_ns);
	}
	for (size_t n = 0; (item = recording_outbox_find(&fixture->recorder, &fixture->client[1],
							 WIRE_SNAPSHOT, n));
	     n++)
		bytes += item->size + CONGESTION_HEADERS;
	/* Ten seconds, and what may be sent at once. */
	assert_in_range(bytes, 18000, 20000 + WIRE_MESSAGE_MAX_BYTES + CONGESTION_HEADERS);
	assert_true(accounting->ended[ACCOUNTING_OVER_BUDGET] > 1000);
	assert_true(accounting->ended[ACCOUNTING_DELIVERED] > 100);
	assert_true(accounting_is_balanced(accounting));
}

static void updates_for_a_closing_connection_are_counted_as_not_taken(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join_all(fixture, 3, "a");
	fixture->recorder.closing = &fixture->client[2];
	rules_fixture_publish(fixture, 0, 0, 1, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_DELIVERED], 1);
	assert_int_equal(fixture->relay.accounting.ended[ACCOUNTING_NOT_TAKEN], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(a_state_goes_to_all_others_and_not_back),
		RULES_TEST(own_states_come_back_on_request),
		RULES_TEST(each_member_receives_in_its_own_mode),
		RULES_TEST(a_stale_state_is_counted_and_not_relayed),
		RULES_TEST(seq_wraps_around),
		RULES_TEST(an_origin_in_the_future_is_taken_as_now),
		RULES_TEST(limits_of_entities_and_payload_drop_and_count),
		RULES_TEST(a_removed_entity_is_gone_for_all_and_stale_states_do_not_revive_it),
		RULES_TEST(entities_that_end_together_are_told_in_one_message),
		RULES_TEST(a_removal_that_overtakes_the_last_state_holds),
		RULES_TEST(a_member_cannot_remove_an_entity_of_another),
		RULES_TEST(updates_beyond_the_budget_are_left_out_and_counted),
		RULES_TEST(updates_for_a_closing_connection_are_counted_as_not_taken),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

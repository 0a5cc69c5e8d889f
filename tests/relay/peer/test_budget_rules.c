/* How much a member and its room may cause, and what becomes of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"

enum {
	MEMBERS = 4,
	EVENT_BYTES = 100, /* of data */
	/* As it goes out: type, scope, member and data's length come first. */
	EVENT_COST = EVENT_BYTES + 4 + BUDGET_HEADERS,
};

/* A budget of so many events to all others, at once and a second. */
static unsigned events(unsigned count)
{
	return count * (MEMBERS - 1) * EVENT_COST;
}

static void begin(struct rules_fixture *fixture, unsigned member_output, unsigned room_output)
{
	fixture->config.member_output = member_output;
	fixture->config.room_output = room_output;
	rules_fixture_join_all(fixture, MEMBERS, "room");
	recording_outbox_clear(&fixture->recorder);
}

static void send_events(struct rules_fixture *fixture, size_t client, enum wire_scope scope,
			unsigned channel, unsigned count)
{
	static const uint8_t bytes[EVENT_BYTES];
	const struct wire_event event = { .scope = scope,
					  .member = scope == WIRE_TO_ONE ? 2 : 0,
					  .data = { bytes, sizeof(bytes) } };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	for (unsigned i = 0; i < count; i++)
		rules_fixture_send(fixture, client, channel, data,
				   wire_event_encode(data, sizeof(data), &event));
}

static void shout(struct rules_fixture *fixture, size_t client, unsigned count)
{
	send_events(fixture, client, WIRE_TO_OTHERS, WIRE_CHANNEL_EVENT, count);
}

/* How many events went to a client since the last time. */
static size_t heard(struct rules_fixture *fixture, size_t client)
{
	const size_t count = rules_fixture_count(fixture, client, WIRE_EVENT);

	recording_outbox_clear(&fixture->recorder);
	return count;
}

static void events_beyond_a_members_budget_go_to_nobody_and_are_counted(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct accounting *accounting = &fixture->relay.accounting;

	begin(fixture, events(10), 0);
	shout(fixture, 0, 25);
	assert_int_equal(heard(fixture, 1), 10);
	assert_int_equal(accounting->events_in, 25);
	assert_int_equal(accounting->events_out, 10 * (MEMBERS - 1));
	assert_int_equal(accounting->events_refused[BUDGET_OF_MEMBER], 15);
	assert_int_equal(accounting->events_refused[BUDGET_OF_ROOM], 0);
	rules_fixture_pass(fixture, 500);
	shout(fixture, 0, 25);
	assert_int_equal(heard(fixture, 1), 5);
	shout(fixture, 1, 1);
	assert_int_equal(heard(fixture, 2), 1);
}

static void an_event_counts_for_each_receiver_on_either_channel(void **state)
{
	struct rules_fixture *fixture = *state;

	begin(fixture, events(2), 0);
	send_events(fixture, 0, WIRE_TO_ONE, WIRE_CHANNEL_EVENT, 3);
	send_events(fixture, 0, WIRE_TO_ONE, WIRE_CHANNEL_EVENT_FAST, 9);
	assert_int_equal(heard(fixture, 1), 2 * (MEMBERS - 1));
}

static void one_event_larger_than_the_budget_goes_out_and_is_paid_for_later(void **state)
{
	struct rules_fixture *fixture = *state;

	begin(fixture, EVENT_COST, 0);
	shout(fixture, 0, 2);
	assert_int_equal(heard(fixture, 1), 1);
	rules_fixture_pass(fixture, (MEMBERS - 2) * 1000);
	shout(fixture, 0, 1);
	assert_int_equal(heard(fixture, 1), 0);
	rules_fixture_pass(fixture, 1);
	shout(fixture, 0, 1);
	assert_int_equal(heard(fixture, 1), 1);
}

static void a_rooms_budget_is_of_all_its_members_and_of_no_other_room(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct accounting *accounting = &fixture->relay.accounting;

	begin(fixture, 0, events(10));
	rules_fixture_join(fixture, MEMBERS, "other");
	rules_fixture_join(fixture, MEMBERS + 1, "other");
	recording_outbox_clear(&fixture->recorder);
	shout(fixture, 0, 6);
	shout(fixture, 1, 6);
	assert_int_equal(heard(fixture, 2), 10);
	assert_int_equal(accounting->events_refused[BUDGET_OF_ROOM], 2);
	shout(fixture, MEMBERS, 6);
	assert_int_equal(heard(fixture, MEMBERS + 1), 6);
}

static void who_overspends_again_and_again_is_penalised_and_who_shares_its_room_is_not(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct accounting *accounting = &fixture->relay.accounting;

	fixture->config.message_rate = 100;
	begin(fixture, events(10), events(12));
	for (unsigned i = 0; i < 5; i++) {
		shout(fixture, 1, 90);
		rules_fixture_pass(fixture, 900);
		shout(fixture, 0, 80);
	}
	assert_true(accounting->events_refused[BUDGET_OF_ROOM] > 3 * 80);
	assert_int_equal(accounting->penalised, 1);
}

static void who_spent_less_than_its_share_of_the_room_goes_on(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct accounting *accounting = &fixture->relay.accounting;

	begin(fixture, 0, events(12));
	shout(fixture, 0, 50);
	assert_int_equal(heard(fixture, 2), 12);
	shout(fixture, 1, 50);
	assert_int_equal(heard(fixture, 2), 12 / MEMBERS);
	shout(fixture, 3, 1);
	assert_int_equal(heard(fixture, 2), 1);
	assert_int_equal(accounting->events_refused[BUDGET_OF_ROOM], 38 + 50 - 12 / MEMBERS);
}

static struct entity *entity_of(struct rules_fixture *fixture, size_t client, uint16_t index)
{
	return &fixture->client[client].member->entities[index];
}

static void make(struct rules_fixture *fixture, size_t client, uint16_t index, uint16_t seq)
{
	rules_fixture_publish(fixture, client, index, seq, 1);
	assert_true(entity_of(fixture, client, index)->exists);
}

static void ends_beyond_the_budget_are_told_later_and_none_is_lost(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct accounting *accounting = &fixture->relay.accounting;
	size_t told;

	begin(fixture, 1024, 0);
	for (uint16_t index = 0; index < 20; index++)
		make(fixture, 0, index, 1);
	for (uint16_t index = 0; index < 20; index++)
		rules_fixture_remove(fixture, 0, 0, index, 1);
	told = rules_fixture_ends(fixture, 1);
	assert_in_range(told, 1, 1024 / ((MEMBERS - 1) * BUDGET_HEADERS) + 1);
	assert_int_equal(accounting->gones_held[BUDGET_OF_MEMBER], 20 - told);
	for (unsigned i = 0; i < 40; i++)
		rules_fixture_pass(fixture, 100);
	assert_int_equal(rules_fixture_ends(fixture, 1), 20);
	assert_int_equal(fixture->client[0].member->room->entity_count, 0);
}

static void an_entity_that_is_back_before_its_end_was_told_was_never_gone(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record;
	uint16_t seq = 0;
	size_t told;

	begin(fixture, 1024, 0);
	while (seq < 100) {
		make(fixture, 0, 0, ++seq);
		rules_fixture_remove(fixture, 0, 0, 0, seq);
	}
	told = rules_fixture_count(fixture, 1, WIRE_GONE);
	assert_in_range(told, 1, 20);
	make(fixture, 0, 0, ++seq);
	/* Nobody else pays for it. */
	make(fixture, 1, 0, 1);
	rules_fixture_remove(fixture, 1, 1, 0, 1);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_GONE), 1);
	for (unsigned i = 0; i < 40; i++)
		rules_fixture_pass(fixture, 100);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_GONE), told);
	assert_true(entity_of(fixture, 0, 0)->exists);
	assert_true(rules_fixture_records(fixture, 1, WIRE_SNAPSHOT, &record, 1) > 0);
}

static void a_stale_state_does_not_bring_back_an_entity_whose_end_waits(void **state)
{
	struct rules_fixture *fixture = *state;

	begin(fixture, 1, 0);
	make(fixture, 0, 0, 1);
	make(fixture, 0, 1, 1);
	rules_fixture_remove(fixture, 0, 0, 0, 1);
	rules_fixture_remove(fixture, 0, 0, 1, 5);
	rules_fixture_publish(fixture, 0, 1, 4, 7);
	assert_true(entity_of(fixture, 0, 1)->is_going);
	rules_fixture_remove(fixture, 0, 0, 1, 5);
	assert_int_equal(fixture->client[0].member->going_count, 1);
}

static void without_a_limit_or_with_every_all_goes_out(void **state)
{
	struct rules_fixture *fixture = *state;

	begin(fixture, 0, 0);
	shout(fixture, 0, 200);
	assert_int_equal(heard(fixture, 1), 200);
	fixture->config.member_output = fixture->config.room_output = 1;
	fixture->config.every = true;
	rules_fixture_pass(fixture, 1000);
	shout(fixture, 0, 200);
	assert_int_equal(heard(fixture, 1), 200);
	fixture->config.every = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(events_beyond_a_members_budget_go_to_nobody_and_are_counted),
		RULES_TEST(an_event_counts_for_each_receiver_on_either_channel),
		RULES_TEST(one_event_larger_than_the_budget_goes_out_and_is_paid_for_later),
		RULES_TEST(a_rooms_budget_is_of_all_its_members_and_of_no_other_room),
		RULES_TEST(
			who_overspends_again_and_again_is_penalised_and_who_shares_its_room_is_not),
		RULES_TEST(who_spent_less_than_its_share_of_the_room_goes_on),
		RULES_TEST(ends_beyond_the_budget_are_told_later_and_none_is_lost),
		RULES_TEST(an_entity_that_is_back_before_its_end_was_told_was_never_gone),
		RULES_TEST(a_stale_state_does_not_bring_back_an_entity_whose_end_waits),
		RULES_TEST(without_a_limit_or_with_every_all_goes_out),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"

/* A client's welcome; its ticket is copied. */
struct welcomed {
	uint32_t member, grace_ms;
	uint8_t ticket[WIRE_TICKET_MAX_BYTES];
	size_t ticket_size;
};

static void hello(struct rules_fixture *fixture, size_t number, const char *room,
		  struct wire_bytes ticket)
{
	struct wire_hello hello = { .room = rules_fixture_text(room),
				    .name = rules_fixture_text("c"),
				    .resume = true,
				    .ticket = ticket };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_connect(fixture, number, wire_connect_data());
	rules_fixture_send(fixture, number, WIRE_CHANNEL_CONTROL, data,
			   wire_hello_encode(data, sizeof(data), &hello));
}

static struct welcomed join_with(struct rules_fixture *fixture, size_t number, const char *room,
				 struct wire_bytes ticket)
{
	const struct recording_outbox_item *item;
	struct wire_welcome welcome;
	struct welcomed welcomed = { 0 };

	recording_outbox_clear(&fixture->recorder);
	hello(fixture, number, room, ticket);
	item = recording_outbox_find(&fixture->recorder, &fixture->client[number], WIRE_WELCOME, 0);
	assert_non_null(item);
	assert_int_equal(wire_welcome_decode(item->data, item->size, &welcome), WIRE_OK);
	welcomed.member = welcome.member;
	welcomed.grace_ms = welcome.grace_ms;
	welcomed.ticket_size = welcome.ticket.size;
	if (welcome.ticket.size > 0)
		memcpy(welcomed.ticket, welcome.ticket.data, welcome.ticket.size);
	return welcomed;
}

static struct welcomed join(struct rules_fixture *fixture, size_t number, const char *room)
{
	return join_with(fixture, number, room, (struct wire_bytes){ NULL, 0 });
}

static struct wire_bytes ticket_of(const struct welcomed *welcomed)
{
	return (struct wire_bytes){ welcomed->ticket, welcomed->ticket_size };
}

static void lose(struct rules_fixture *fixture, size_t number)
{
	client_close(&fixture->relay, &fixture->client[number], WIRE_REASON_LOST, fixture->now_ns);
}

static void a_lost_member_comes_back_with_its_id_and_its_entities(void **state)
{
	struct rules_fixture *fixture = *state;
	struct states_record record;
	struct welcomed first, again;

	rules_fixture_join(fixture, 0, "a");
	first = join(fixture, 1, "a");
	assert_int_equal(first.grace_ms, 30000);
	rules_fixture_publish(fixture, 1, 3, 7, 10);
	rules_fixture_pass(fixture, 100);
	lose(fixture, 1);
	recording_outbox_clear(&fixture->recorder);
	rules_fixture_pass(fixture, 5000);
	rules_fixture_publish(fixture, 0, 0, 1, 20);
	rules_fixture_pass(fixture, 100);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_LEFT), 0);
	assert_int_equal(recording_outbox_count(&fixture->recorder, NULL, WIRE_SNAPSHOT), 0);

	again = join_with(fixture, 2, "a", ticket_of(&first));
	rules_fixture_pass(fixture, 100);
	assert_int_equal(again.member, first.member);
	assert_memory_equal(again.ticket, first.ticket, first.ticket_size);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_JOINED), 0);
	assert_int_equal(rules_fixture_count(fixture, 2, WIRE_JOINED), 1);
	assert_int_equal(rules_fixture_records(fixture, 2, WIRE_KEYFRAME, &record, 1), 1);
	assert_int_equal(record.member, fixture->client[0].member->id);
	recording_outbox_clear(&fixture->recorder);
	rules_fixture_publish(fixture, 2, 3, 7, 10);
	rules_fixture_publish(fixture, 2, 3, 8, 30);
	rules_fixture_pass(fixture, 100);
	assert_int_equal(fixture->relay.accounting.repeats_in, 1);
	assert_int_equal(rules_fixture_records(fixture, 0, WIRE_SNAPSHOT, &record, 1), 1);
	assert_int_equal(record.member, first.member);
	assert_int_equal(record.seq, 8);
	assert_int_equal(fixture->relay.accounting.resumed, 1);
}

static void a_member_back_meets_all_and_those_who_came_meanwhile(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct recording_outbox_item *item;
	struct welcomed first;
	struct wire_joined joined;
	struct wire_list list;
	size_t count = 0;

	rules_fixture_join(fixture, 0, "a");
	first = join(fixture, 1, "a");
	rules_fixture_join(fixture, 2, "a");
	lose(fixture, 1);
	client_close(&fixture->relay, &fixture->client[2], WIRE_REASON_LEFT, fixture->now_ns);
	rules_fixture_join(fixture, 3, "a");
	join_with(fixture, 4, "a", ticket_of(&first));
	rules_fixture_pass(fixture, 100);
	item = recording_outbox_find(&fixture->recorder, &fixture->client[4], WIRE_JOINED, 0);
	assert_int_equal(wire_joined_decode(item->data, item->size, &list), WIRE_OK);
	for (; wire_joined_next(&list, &joined); count++)
		assert_true(joined.member == fixture->client[0].member->id ||
			    joined.member == fixture->client[3].member->id);
	assert_int_equal(count, 2);
	assert_int_equal(rules_fixture_count(fixture, 4, WIRE_LEFT), 0);
}

static void a_client_whose_address_changed_takes_its_own_place(void **state)
{
	struct rules_fixture *fixture = *state;
	struct welcomed first, again;

	rules_fixture_join(fixture, 0, "a");
	first = join(fixture, 1, "a");
	rules_fixture_publish(fixture, 1, 0, 1, 10);
	again = join_with(fixture, 2, "a", ticket_of(&first));
	rules_fixture_pass(fixture, 100);
	assert_int_equal(again.member, first.member);
	assert_null(fixture->client[1].member);
	assert_int_equal(fixture->client[1].state, CLIENT_DISCONNECTING);
	lose(fixture, 1);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_LEFT), 0);
	assert_int_equal(fixture->client[0].member->room->member_count, 2);
}

static void a_ticket_that_fits_no_place_of_the_room_makes_a_newcomer(void **state)
{
	struct rules_fixture *fixture = *state;
	struct welcomed first, other, third;

	first = join(fixture, 0, "a");
	other = join(fixture, 1, "b");
	lose(fixture, 0);
	lose(fixture, 1);
	third = join_with(fixture, 2, "b", ticket_of(&first));
	assert_true(third.member != other.member);
	first.ticket[TICKET_BYTES - 1] ^= 1;
	assert_true(join_with(fixture, 3, "a", ticket_of(&first)).member != first.member);
	first.ticket_size--;
	join_with(fixture, 4, "a", ticket_of(&first));
	assert_int_equal(fixture->relay.accounting.tickets_refused, 3);
	assert_int_equal(fixture->relay.accounting.resumed, 0);
}

static void after_the_grace_the_others_are_told_and_the_ticket_is_void(void **state)
{
	struct rules_fixture *fixture = *state;
	struct welcomed first;

	rules_fixture_join(fixture, 0, "a");
	first = join(fixture, 1, "a");
	lose(fixture, 1);
	rules_fixture_pass(fixture, 29999);
	client_check_absent(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_LEFT), 0);
	rules_fixture_pass(fixture, 1);
	client_check_absent(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_LEFT), 1);
	assert_int_equal(fixture->relay.accounting.given_up, 1);
	assert_true(join_with(fixture, 2, "a", ticket_of(&first)).member != first.member);
}

static void who_leaves_is_refused_or_has_no_ticket_keeps_no_place(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	join(fixture, 2, "a");
	join(fixture, 3, "a");
	recording_outbox_clear(&fixture->recorder);
	lose(fixture, 1);
	client_close(&fixture->relay, &fixture->client[2], WIRE_REASON_LEFT, fixture->now_ns);
	client_refuse(&fixture->relay, &fixture->client[3], WIRE_REASON_SLOW, "", fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_LEFT), 3);
	assert_int_equal(fixture->relay.absences.count, 0);
}

static void without_a_grace_no_ticket_is_given(void **state)
{
	struct rules_fixture *fixture = *state;

	fixture->config.grace_s = 0;
	assert_int_equal(join(fixture, 0, "a").ticket_size, 0);
	lose(fixture, 0);
	assert_int_equal(fixture->relay.rooms.count, 0);
}

static void a_newcomer_takes_the_longest_kept_place_of_a_full_room(void **state)
{
	struct rules_fixture *fixture = *state;
	struct welcomed first, second;

	fixture->config.members = 2;
	first = join(fixture, 0, "a");
	second = join(fixture, 1, "a");
	lose(fixture, 0);
	rules_fixture_pass(fixture, 1000);
	lose(fixture, 1);
	rules_fixture_join(fixture, 2, "a");
	assert_int_equal(join_with(fixture, 3, "a", ticket_of(&second)).member, second.member);
	hello(fixture, 4, "a", ticket_of(&first));
	assert_int_equal(fixture->client[4].state, CLIENT_DISCONNECTING);
}

static void a_newcomer_takes_the_place_of_a_room_in_which_nobody_is_left(void **state)
{
	struct rules_fixture *fixture = *state;

	fixture->config.rooms = 2;
	join(fixture, 0, "a");
	join(fixture, 1, "a");
	rules_fixture_join(fixture, 2, "b");
	lose(fixture, 0);
	lose(fixture, 1);
	rules_fixture_join(fixture, 3, "c");
	assert_int_equal(fixture->relay.rooms.count, 2);
	assert_int_equal(fixture->relay.accounting.given_up, 2);
}

static void an_address_has_no_more_kept_places_than_connections(void **state)
{
	struct rules_fixture *fixture = *state;
	struct welcomed first;

	fixture->config.per_address = 2;
	rules_fixture_join(fixture, 0, "a");
	first = join(fixture, 1, "a");
	join(fixture, 2, "a");
	join(fixture, 3, "a");
	for (size_t i = 1; i <= 3; i++)
		lose(fixture, i);
	assert_int_equal(fixture->relay.absences.count, 2);
	assert_true(join_with(fixture, 4, "a", ticket_of(&first)).member != first.member);
}

static void a_relay_has_no_more_kept_places_than_connections(void **state)
{
	struct rules_fixture *fixture = *state;
	struct welcomed first, second;

	fixture->config.clients = 2;
	first = join(fixture, 0, "a");
	second = join(fixture, 1, "b");
	join(fixture, 2, "c");
	for (size_t i = 0; i < 3; i++)
		lose(fixture, i);
	assert_int_equal(fixture->relay.absences.count, 2);
	join_with(fixture, 3, "a", ticket_of(&first));
	assert_int_equal(fixture->relay.accounting.resumed, 0);
	join_with(fixture, 4, "b", ticket_of(&second));
	assert_int_equal(fixture->relay.accounting.resumed, 1);
}

static void an_event_to_an_absent_member_is_counted_as_undeliverable(void **state)
{
	struct rules_fixture *fixture = *state;
	struct wire_event event = { .scope = WIRE_TO_ONE };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_join(fixture, 0, "a");
	event.member = join(fixture, 1, "a").member;
	lose(fixture, 1);
	rules_fixture_send(fixture, 0, WIRE_CHANNEL_EVENT, data,
			   wire_event_encode(data, sizeof(data), &event));
	event.scope = WIRE_TO_ALL;
	event.member = 0;
	rules_fixture_send(fixture, 0, WIRE_CHANNEL_EVENT, data,
			   wire_event_encode(data, sizeof(data), &event));
	assert_int_equal(fixture->relay.accounting.events_undeliverable, 1);
	assert_int_equal(recording_outbox_count(&fixture->recorder, NULL, WIRE_EVENT), 1);
}

static void with_interest_near_an_absent_member_owes_and_is_owed_nothing(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct wire_settings nearest = { .interest = WIRE_NEAREST, .range = 4, .echo = true };
	struct welcomed first;

	rules_fixture_join(fixture, 0, "a");
	rules_fixture_set(fixture, 0, nearest);
	first = join(fixture, 1, "a");
	rules_fixture_set(fixture, 1, nearest);
	for (uint16_t seq = 1; seq < 20; seq++) {
		rules_fixture_publish(fixture, 0, 0, seq, seq);
		rules_fixture_publish(fixture, 1, 0, seq, seq);
		if (seq == 7)
			lose(fixture, 1);
		if (seq == 14)
			join_with(fixture, 1, "a", ticket_of(&first));
		rules_fixture_pass(fixture, seq % 2 ? 0 : 60);
		assert_true(accounting_is_balanced(&fixture->relay.accounting));
	}
}

static void what_waited_for_the_budget_of_a_lost_member_ends(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct accounting *accounting = &fixture->relay.accounting;

	fixture->config.budget = 2000;
	rules_fixture_join(fixture, 0, "a");
	join(fixture, 1, "a");
	rules_fixture_set(fixture, 1,
			  (struct wire_settings){ .interest = WIRE_NEAREST, .range = 4 });
	for (uint16_t seq = 1; seq <= 1000; seq++) {
		rules_fixture_publish(fixture, 0, 0, seq, seq);
		rules_fixture_pass(fixture, 5);
	}
	assert_true(accounting->ended[ACCOUNTING_OVER_BUDGET] > 0);
	assert_true(accounting->pending > 0);
	lose(fixture, 1);
	rules_fixture_pass(fixture, 1000);
	assert_int_equal(accounting->pending, 0);
	assert_true(accounting_is_balanced(accounting));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(a_lost_member_comes_back_with_its_id_and_its_entities),
		RULES_TEST(a_member_back_meets_all_and_those_who_came_meanwhile),
		RULES_TEST(a_client_whose_address_changed_takes_its_own_place),
		RULES_TEST(a_ticket_that_fits_no_place_of_the_room_makes_a_newcomer),
		RULES_TEST(after_the_grace_the_others_are_told_and_the_ticket_is_void),
		RULES_TEST(who_leaves_is_refused_or_has_no_ticket_keeps_no_place),
		RULES_TEST(without_a_grace_no_ticket_is_given),
		RULES_TEST(a_newcomer_takes_the_longest_kept_place_of_a_full_room),
		RULES_TEST(a_newcomer_takes_the_place_of_a_room_in_which_nobody_is_left),
		RULES_TEST(an_address_has_no_more_kept_places_than_connections),
		RULES_TEST(a_relay_has_no_more_kept_places_than_connections),
		RULES_TEST(an_event_to_an_absent_member_is_counted_as_undeliverable),
		RULES_TEST(with_interest_near_an_absent_member_owes_and_is_owed_nothing),
		RULES_TEST(what_waited_for_the_budget_of_a_lost_member_ends),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

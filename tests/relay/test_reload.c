/* Changed limits, and the members that are there: rules only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"

static bool is_let_in(struct rules_fixture *fixture, size_t client, const char *room)
{
	const size_t welcomes = rules_fixture_count(fixture, client, WIRE_WELCOME);

	rules_fixture_connect(fixture, client, wire_connect_data());
	rules_fixture_hello(fixture, client, room, "c", false);
	return rules_fixture_count(fixture, client, WIRE_WELCOME) > welcomes;
}

static void a_lower_limit_of_members_holds_at_once(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join(fixture, 0, "pitch");
	rules_fixture_join(fixture, 1, "pitch");
	fixture->config.members = 2;
	assert_false(is_let_in(fixture, 2, "pitch"));
	fixture->config.members = 1;
	assert_false(is_let_in(fixture, 3, "pitch"));
	assert_true(is_let_in(fixture, 4, "other"));
	assert_false(is_let_in(fixture, 5, "other"));
}

static void a_higher_limit_of_members_holds_in_new_rooms(void **state)
{
	struct rules_fixture *fixture = *state;

	fixture->config.members = 1;
	rules_fixture_join(fixture, 0, "pitch");
	fixture->config.members = 2;
	assert_false(is_let_in(fixture, 1, "pitch"));
	assert_true(is_let_in(fixture, 2, "other"));
	assert_true(is_let_in(fixture, 3, "other"));
}

/* Sends so many messages at once. Returns how many were over the rate. */
static uint64_t over_rate(struct rules_fixture *fixture, size_t client, unsigned messages)
{
	const uint64_t before = fixture->relay.accounting.rate_limited;

	for (unsigned i = 0; i < messages; i++)
		rules_fixture_publish(fixture, client, 0, (uint16_t)i, 0);
	return fixture->relay.accounting.rate_limited - before;
}

static void a_member_keeps_the_message_rate_of_its_welcome(void **state)
{
	struct rules_fixture *fixture = *state;

	fixture->config.message_rate = 20;
	rules_fixture_join(fixture, 0, "pitch");
	fixture->config.message_rate = 10;
	rules_fixture_join(fixture, 1, "pitch");
	assert_int_equal(over_rate(fixture, 0, 24), 5); /* HELLO was one */
	assert_int_equal(over_rate(fixture, 1, 24), 15);
}

static void a_new_budget_holds_for_present_members(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_join(fixture, 0, "pitch");
	fixture->config.budget = 1000;
	fixture->config.budget_fixed = true;
	relay_retune(&fixture->relay);
	assert_true(receiver_of(fixture->client[0].member)->congestion.rate_most == 1000);
	assert_false(receiver_of(fixture->client[0].member)->congestion.is_learning);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(a_lower_limit_of_members_holds_at_once),
		RULES_TEST(a_higher_limit_of_members_holds_in_new_rooms),
		RULES_TEST(a_member_keeps_the_message_rate_of_its_welcome),
		RULES_TEST(a_new_budget_holds_for_present_members),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}

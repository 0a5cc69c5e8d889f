/* How many offences are too many, and what follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"

/* `each` offences at a time, `times` times, `gap_ms` apart: how many were too many. */
static unsigned too_many(unsigned most, unsigned each, unsigned gap_ms, unsigned times)
{
	struct penalty_sum sum = { 0 };
	int64_t now_ns = 5 * MS;
	unsigned count = 0;

	for (unsigned i = 0; i < times; i++, now_ns += gap_ms * MS)
		for (unsigned j = 0; j < each; j++)
			count += penalty_is_too_much(&sum, most, now_ns);
	return count;
}

static void
as_many_as_a_seconds_are_not_too_many_and_a_tenth_of_them_is_forgiven_each_second(void **state)
{
	static const struct {
		const char *what;
		unsigned most, each, gap_ms, times, too_many;
	} rows[] = {
		{ "all at once", 240, 240, 0, 1, 0 },
		{ "one more", 240, 241, 0, 1, 1 },
		{ "twice as many", 240, 480, 0, 1, 240 },
		{ "all of them again once they are forgiven", 240, 240, 10000, 5, 0 },
		{ "all of them again half a second before", 240, 240, 9500, 2, 12 },
		{ "a tenth a second, for an hour", 240, 24, 1000, 3600, 0 },
		{ "a little more than a tenth, for a minute", 240, 30, 1000, 60,
		  1800 - 240 - 59 * 24 },
		{ "as many again a second later", 240, 264, 1000, 2, 24 + 240 },
		{ "few are allowed", 10, 10, 0, 1, 0 },
		{ "and no more", 10, 11, 0, 1, 1 },
		{ "one a second of these", 10, 1, 1000, 3600, 0 },
		{ "ten a second of these", 10, 1, 100, 100, 100 - 10 - 9 },
		{ "only one", 1, 1, 10000, 10, 0 },
		{ "only one, and too soon", 1, 1, 9999, 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const unsigned count =
			too_many(rows[i].most, rows[i].each, rows[i].gap_ms, rows[i].times);

		if (count != rows[i].too_many)
			print_error("%s: %u of them were too many, and not %u\n", rows[i].what,
				    count, rows[i].too_many);
		assert_int_equal(count, rows[i].too_many);
	}
}

static bool is_penalised(const struct rules_fixture *fixture, size_t client)
{
	return congestion_is_penalised(&receiver_of(fixture->client[client].member)->congestion,
				       fixture->now_ns);
}

static void flood(struct rules_fixture *fixture, size_t client, unsigned messages)
{
	for (unsigned i = 0; i < messages; i++)
		rules_fixture_publish(fixture, client, 0, (uint16_t)i, 1);
}

static void a_flood_is_penalised_for_two_seconds_and_counted_once(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct accounting *accounting = &fixture->relay.accounting;

	fixture->config.message_rate = 100;
	rules_fixture_join_all(fixture, 2, "a");
	flood(fixture, 0, 99 + 100); /* HELLO was the first */
	assert_int_equal(accounting->rate_limited, 100);
	assert_false(is_penalised(fixture, 0));
	flood(fixture, 0, 1);
	assert_true(is_penalised(fixture, 0));
	assert_int_equal(accounting->penalised, 1);
	assert_false(is_penalised(fixture, 1));
	/* 100 are accepted a second, and 10 forgiven. */
	fixture->now_ns += 1000 * MS;
	flood(fixture, 0, 100 + 11);
	assert_int_equal(accounting->penalised, 1);
	fixture->now_ns += 1999 * MS;
	assert_true(is_penalised(fixture, 0));
	fixture->now_ns += 1 * MS;
	assert_false(is_penalised(fixture, 0));
	/* A short second burst is forgiven. */
	flood(fixture, 0, 100 + 20);
	assert_false(is_penalised(fixture, 0));
	flood(fixture, 0, 1);
	assert_int_equal(accounting->penalised, 2);
}

static void send_report(struct rules_fixture *fixture, size_t client, struct wire_report report)
{
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_send(fixture, client, WIRE_CHANNEL_CONTROL, data,
			   wire_report_encode(data, sizeof(data), &report));
}

static void a_lie_is_penalised_and_a_late_report_is_not(void **state)
{
	static const struct {
		const char *what;
		struct wire_report report;
		bool is_penalised;
	} rows[] = {
		{ "more than was sent", { 0, 2, 10, 0 }, true },
		{ "more bytes than were sent", { 0, 1, 100000, 0 }, true },
		{ "a number not sent", { 1, 1, 10, 0 }, true },
		{ "the same again", { 0, 1, 10, 0 }, false },
	};
	struct rules_fixture *fixture = *state;

	rules_fixture_join_all(fixture, 2, "a");
	rules_fixture_publish(fixture, 0, 0, 1, 100);
	rules_fixture_pass(fixture, 100);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint64_t slowed = fixture->relay.accounting.penalised;

		for (unsigned j = 0; j < PENALTY_LIES; j++)
			send_report(fixture, 1, rows[i].report);
		assert_false(is_penalised(fixture, 1));
		for (unsigned j = 0; j < PENALTY_LIES; j++)
			send_report(fixture, 1, rows[i].report);
		if (is_penalised(fixture, 1) != rows[i].is_penalised)
			fail_msg("%s", rows[i].what);
		assert_int_equal(fixture->relay.accounting.penalised,
				 slowed + rows[i].is_penalised);
		fixture->now_ns += PENALTY_FORGIVE_S * 1000 * MS;
	}
}

/*
 * The SNAPSHOTs that the first member is sent in ten seconds, in which each of the others sends 20
 * updates a second, numbered from `seq` on.
 */
static size_t snapshots_in_ten_seconds(struct rules_fixture *fixture, uint16_t seq,
				       bool is_flooding)
{
	size_t count = 0;

	for (uint16_t i = 0; i < 200; i++) {
		for (size_t client = 1; client < RULES_FIXTURE_CLIENTS; client++)
			rules_fixture_publish(fixture, client, 0, (uint16_t)(seq + i), i);
		if (is_flooding)
			flood(fixture, 0, 50);
		rules_fixture_pass(fixture, 50);
		assert_true(accounting_is_balanced(&fixture->relay.accounting));
		count += rules_fixture_count(fixture, 0, WIRE_SNAPSHOT);
		assert_true(rules_fixture_count(fixture, 1, WIRE_SNAPSHOT) > 0);
		recording_outbox_clear(&fixture->recorder);
	}
	return count;
}

static void a_penalised_member_is_sent_few_messages_however_small_and_then_all_again(void **state)
{
	struct rules_fixture *fixture = *state;
	size_t flooded;

	rules_fixture_join_all(fixture, RULES_FIXTURE_CLIENTS, "a");
	assert_int_equal(snapshots_in_ten_seconds(fixture, 0, false), 200);
	flooded = snapshots_in_ten_seconds(fixture, 1000, true);
	/* 14 a second would be full ones; at a flush each 50 ms that is every second one. */
	assert_true(flooded >= 100 && flooded < 120);
	assert_int_equal(fixture->relay.accounting.penalised, 1);
	fixture->now_ns += PENALTY_MS * MS;
	assert_int_equal(snapshots_in_ten_seconds(fixture, 2000, false), 200);
}

static void with_every_nobody_is_penalised(void **state)
{
	struct rules_fixture *fixture = *state;

	fixture->config.every = true;
	rules_fixture_join_all(fixture, RULES_FIXTURE_CLIENTS, "a");
	assert_int_equal(snapshots_in_ten_seconds(fixture, 0, true), 200);
	assert_int_equal(fixture->relay.accounting.penalised, 0);
	assert_true(fixture->relay.accounting.rate_limited > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			as_many_as_a_seconds_are_not_too_many_and_a_tenth_of_them_is_forgiven_each_second),
		RULES_TEST(a_flood_is_penalised_for_two_seconds_and_counted_once),
		RULES_TEST(a_lie_is_penalised_and_a_late_report_is_not),
		RULES_TEST(
			a_penalised_member_is_sent_few_messages_however_small_and_then_all_again),
		RULES_TEST(with_every_nobody_is_penalised),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

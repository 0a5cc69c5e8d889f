/* Whom the relay refuses, and how it handles bad input, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/log/log.h"
#include "tests/fixtures/relay/rules_fixture.h"

/* Before joining. */

static void another_version_is_refused_with_both_versions_named(void **state)
{
	struct rules_fixture *fixture = *state;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	rules_fixture_connect(fixture, 0, WIRE_MAGIC | 9);
	assert_int_equal(rules_fixture_refusal(fixture, 0, words), WIRE_REASON_VERSION);
	assert_non_null(strstr(words, "version 1"));
	assert_non_null(strstr(words, "version 9"));
	assert_int_equal(fixture->recorder.disconnect_count, 1);
}

static void an_unknown_protocol_is_disconnected_without_a_message(void **state)
{
	struct rules_fixture *fixture = *state;

	rules_fixture_connect(fixture, 0, 0);
	assert_int_equal(fixture->recorder.count, 0);
	assert_int_equal(fixture->recorder.disconnect_count, 1);
	assert_int_equal(fixture->relay.accounting.unknown_protocol, 1);
}

static void bad_names_are_refused_with_the_reason(void **state)
{
	struct rules_fixture *fixture = *state;
	static const struct {
		const char *bytes; /* of the HELLO up to where the names end */
		size_t size;
		enum wire_reason reason;
		const char *says;
	} rows[] = {
		{ "\x01\x00\x03"
		  "ada",
		  6, WIRE_REASON_ROOM_NAME, "is empty" },
		{ "\x01\x04"
		  "a\x1b[m\x03"
		  "ada",
		  10, WIRE_REASON_ROOM_NAME, "control" },
		{ "\x01\x08"
		  "lobby\u200b\x03"
		  "ada",
		  14, WIRE_REASON_ROOM_NAME, "not seen" },
		{ "\x01\x01r\x04"
		  "ada ",
		  8, WIRE_REASON_NAME, "space" },
		{ "\x01\x01r\x02\xc3(", 6, WIRE_REASON_NAME, "UTF-8" },
		{ "\x01\x01r\x21"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  37, WIRE_REASON_NAME, "longer than 32" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char words[WIRE_TEXT_MAX_BYTES + 1];
		uint8_t data[64] = { 0 };

		recording_outbox_clear(&fixture->recorder);
		rules_fixture_connect(fixture, 0, wire_connect_data());
		memcpy(data, rows[i].bytes, rows[i].size);
		rules_fixture_send(fixture, 0, 0, data, rows[i].size + 6);
		assert_int_equal(rules_fixture_refusal(fixture, 0, words), rows[i].reason);
		assert_non_null(strstr(words, rows[i].says));
		assert_int_equal(fixture->client[0].state, CLIENT_DISCONNECTING);
	}
}

static void a_full_room_and_a_full_relay_refuse(void **state)
{
	struct rules_fixture *fixture = *state;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	fixture->config.members = 2;
	fixture->config.rooms = 1;
	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	rules_fixture_connect(fixture, 2, wire_connect_data());
	rules_fixture_hello(fixture, 2, "a", "late", false);
	assert_int_equal(rules_fixture_refusal(fixture, 2, words), WIRE_REASON_ROOM_FULL);
	rules_fixture_connect(fixture, 3, wire_connect_data());
	rules_fixture_hello(fixture, 3, "b", "late", false);
	assert_int_equal(rules_fixture_refusal(fixture, 3, words), WIRE_REASON_RELAY_FULL);
}

static void a_client_without_a_hello_in_time_is_refused(void **state)
{
	struct rules_fixture *fixture = *state;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	rules_fixture_connect(fixture, 0, wire_connect_data());
	fixture->now_ns += 4999 * MS;
	client_check_greeting(&fixture->relay, &fixture->client[0], fixture->now_ns);
	assert_int_equal(fixture->client[0].state, CLIENT_GREETING);
	fixture->now_ns += 2 * MS;
	client_check_greeting(&fixture->relay, &fixture->client[0], fixture->now_ns);
	assert_int_equal(rules_fixture_refusal(fixture, 0, words), WIRE_REASON_SILENT);
}

/* Bad input. */

static void malformed_messages_are_counted_by_reason_and_too_many_end_it(void **state)
{
	struct rules_fixture *fixture = *state;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	for (int i = 0; i < 15; i++)
		rules_fixture_send(fixture, 0, WIRE_CHANNEL_STATE, "\x07", 1);
	assert_int_equal(fixture->relay.accounting.malformed[WIRE_SHORT], 15);
	assert_int_equal(fixture->client[0].state, CLIENT_MEMBER);
	rules_fixture_send(fixture, 0, WIRE_CHANNEL_STATE, "\xff", 1);
	assert_int_equal(fixture->relay.accounting.malformed[WIRE_TYPE], 1);
	assert_int_equal(rules_fixture_refusal(fixture, 0, words), WIRE_REASON_MALFORMED);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_LEFT), 1);
	rules_fixture_send(fixture, 0, WIRE_CHANNEL_STATE, "\xff", 1);
	assert_int_equal(fixture->relay.accounting.malformed[WIRE_TYPE], 1);
}

static void a_message_too_long_is_counted_as_that_whatever_its_type(void **state)
{
	struct rules_fixture *fixture = *state;
	static const uint8_t types[] = { WIRE_EVENT, WIRE_SNAPSHOT, 0, 255 };
	uint8_t data[WIRE_MESSAGE_MAX_BYTES + 1] = { 0 };

	rules_fixture_join(fixture, 0, "a");
	for (size_t i = 0; i < sizeof(types); i++) {
		data[0] = types[i];
		rules_fixture_send(fixture, 0, WIRE_CHANNEL_EVENT, data, sizeof(data));
		assert_int_equal(fixture->relay.accounting.malformed[WIRE_TOO_LONG], i + 1);
	}
}

static void messages_out_of_place_are_counted(void **state)
{
	struct rules_fixture *fixture = *state;
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_connect(fixture, 0, wire_connect_data());
	rules_fixture_publish(fixture, 0, 0, 1, 1);
	assert_int_equal(fixture->relay.accounting.out_of_place, 1);
	rules_fixture_hello(fixture, 0, "a", "ada", false);
	rules_fixture_hello(fixture, 0, "a", "ada", false);
	assert_int_equal(fixture->relay.accounting.out_of_place, 2);
	rules_fixture_send(fixture, 0, WIRE_CHANNEL_STATE, data,
			   wire_leave_encode(data, sizeof(data)));
	assert_int_equal(fixture->relay.accounting.out_of_place, 3);
	assert_int_equal(fixture->client[0].state, CLIENT_MEMBER);
}

static void messages_over_the_rate_are_dropped_and_the_budget_comes_back(void **state)
{
	struct rules_fixture *fixture = *state;

	fixture->config.message_rate = 10;
	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	for (uint16_t seq = 1; seq <= 20; seq++)
		rules_fixture_publish(fixture, 0, 0, seq, 1);
	assert_int_equal(fixture->relay.accounting.rate_limited, 11); /* HELLO was one of the ten */
	fixture->now_ns += 100 * MS;
	rules_fixture_publish(fixture, 0, 0, 30, 1);
	rules_fixture_publish(fixture, 0, 0, 31, 1);
	assert_int_equal(fixture->relay.accounting.rate_limited, 12);
}

static void say_report(struct rules_fixture *fixture, size_t client, struct wire_report report)
{
	uint8_t data[WIRE_MESSAGE_MAX_BYTES];

	rules_fixture_send(fixture, client, WIRE_CHANNEL_CONTROL, data,
			   wire_report_encode(data, sizeof(data), &report));
}

static void an_impossible_report_is_counted_and_forgiven(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct accounting *accounting = &fixture->relay.accounting;

	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	say_report(fixture, 1, (struct wire_report){ .number = 0, .count = 1, .bytes = 10 });
	assert_int_equal(accounting->reports_ignored, 1); /* nothing was sent */
	rules_fixture_publish(fixture, 0, 0, 1, 100);
	relay_turn(&fixture->relay, fixture->now_ns);
	say_report(fixture, 1, (struct wire_report){ .number = 0, .count = 1, .bytes = 10 });
	assert_int_equal(accounting->reports_ignored, 1);
	for (unsigned i = 0; i < 100; i++)
		say_report(fixture, 1, (struct wire_report){ .number = (uint16_t)(7 * i) });
	assert_int_equal(accounting->reports_in, 102);
	assert_int_equal(accounting->reports_ignored, 101);
	assert_int_equal(fixture->client[1].malformed, 0);
	assert_int_equal(fixture->client[1].state, CLIENT_MEMBER);
}

static void a_slow_client_is_refused_out_of_order_and_given_time(void **state)
{
	struct rules_fixture *fixture = *state;
	const struct recording_outbox_item *item;
	char words[WIRE_TEXT_MAX_BYTES + 1];

	rules_fixture_join(fixture, 0, "a");
	rules_fixture_join(fixture, 1, "a");
	client_refuse(&fixture->relay, &fixture->client[0], WIRE_REASON_SLOW, "slow",
		      fixture->now_ns);
	assert_int_equal(rules_fixture_refusal(fixture, 0, words), WIRE_REASON_SLOW);
	item = recording_outbox_find(&fixture->recorder, &fixture->client[0], WIRE_REFUSED, 0);
	assert_int_equal(item->mode, WIRE_UNSEQUENCED);
	assert_int_equal(fixture->recorder.disconnect_count, 0);
	assert_int_equal(rules_fixture_count(fixture, 1, WIRE_LEFT), 1);
	rules_fixture_publish(fixture, 1, 0, 1, 1);
	relay_turn(&fixture->relay, fixture->now_ns);
	assert_int_equal(rules_fixture_count(fixture, 0, WIRE_SNAPSHOT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES_TEST(another_version_is_refused_with_both_versions_named),
		RULES_TEST(an_unknown_protocol_is_disconnected_without_a_message),
		RULES_TEST(bad_names_are_refused_with_the_reason),
		RULES_TEST(a_full_room_and_a_full_relay_refuse),
		RULES_TEST(a_client_without_a_hello_in_time_is_refused),
		RULES_TEST(an_impossible_report_is_counted_and_forgiven),
		RULES_TEST(malformed_messages_are_counted_by_reason_and_too_many_end_it),
		RULES_TEST(a_message_too_long_is_counted_as_that_whatever_its_type),
		RULES_TEST(messages_out_of_place_are_counted),
		RULES_TEST(messages_over_the_rate_are_dropped_and_the_budget_comes_back),
		RULES_TEST(a_slow_client_is_refused_out_of_order_and_given_time),
	};

	log_open(LOG_WARNING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

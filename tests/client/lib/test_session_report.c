/* libstarling: reports to the relay about received snapshots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/client/session_fixture.h"

enum {
	STEP_MS = 5, /* of the fixture */
};

/* A SNAPSHOT with one record of 10 bytes arrives. */
static void receive_snapshot(struct session_fixture *fixture, uint16_t number)
{
	const struct states_record record = { .member = 2, .seq = number };

	fixture->relay.snapshot_number = number;
	fake_relay_send_snapshot(&fixture->relay, &record, 1);
	session_fixture_run(fixture, STEP_MS);
}

static size_t size_of_one(const struct session_fixture *fixture)
{
	const struct states_record record = { .member = 2, .seq = 1 };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_snapshot_begin(message, sizeof(message), 1,
							      fake_relay_clock_us(&fixture->relay));

	assert_true(states_add(&builder, &record));
	return states_finish(&builder);
}

/* The next REPORT that the relay had not seen. */
static struct wire_report next_report(struct session_fixture *fixture)
{
	const struct fake_relay_message *received = fake_relay_next(&fixture->relay, WIRE_REPORT);
	struct wire_report report = { 0 };

	assert_non_null(received);
	assert_int_equal(received->channel, WIRE_CHANNEL_CONTROL);
	assert_true(received->flags & ENET_PACKET_FLAG_UNSEQUENCED);
	assert_int_equal(wire_report_decode(received->bytes, received->size, &report), WIRE_OK);
	return report;
}

static void a_report_counts_all_snapshots(void **state)
{
	struct session_fixture *fixture = *state;
	struct wire_report report;
	uint64_t now_us, size;

	session_fixture_join(fixture);
	session_fixture_run(fixture,
			    3000); /* the room's clock is known well, and its varints' sizes stay */
	size = size_of_one(fixture);
	receive_snapshot(fixture, 0);
	session_fixture_run(fixture, 20);
	report = next_report(fixture);
	assert_int_equal(report.number, 0);
	assert_int_equal(report.count, 1);
	assert_int_equal(report.bytes, size);
	receive_snapshot(fixture, 1);
	receive_snapshot(fixture, 4);
	now_us = fake_relay_clock_us(&fixture->relay);
	receive_snapshot(fixture, 3); /* late, and counts */
	receive_snapshot(fixture, 3); /* again, and does not */
	session_fixture_run(fixture, 200);
	report = next_report(fixture);
	assert_int_equal(report.number, 4);
	assert_int_equal(report.count, 4);
	assert_int_equal(report.bytes, 4 * size);
	assert_in_range(report.received_us, now_us - 2000 * STEP_MS, now_us);
	assert_null(fake_relay_next(&fixture->relay, WIRE_REPORT));
}

static size_t count_over_a_second(struct session_fixture *fixture, unsigned hear_every_ms)
{
	size_t count = 0;
	uint16_t number = fixture->relay.snapshot_number;

	for (unsigned ms = STEP_MS; ms <= 1000; ms += STEP_MS) {
		if (hear_every_ms > 0 && ms % hear_every_ms == 0)
			receive_snapshot(fixture, number++);
		else
			session_fixture_run(fixture, STEP_MS);
		while (fake_relay_next(&fixture->relay, WIRE_REPORT))
			count++;
	}
	return count;
}

static void it_reports_ten_times_a_second_while_snapshots_come(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_join(fixture);
	assert_int_equal(count_over_a_second(fixture, 0), 0);
	assert_in_range(count_over_a_second(fixture, 10), 9, 11);
	count_over_a_second(fixture, 0);
	assert_int_equal(count_over_a_second(fixture, 0), 0);
	assert_in_range(count_over_a_second(fixture, 250), 3, 5);
}

static void welcome(struct session_fixture *fixture, uint32_t message_rate)
{
	struct wire_welcome welcome = fake_relay_welcome(&fixture->relay, 1);

	welcome.message_rate = message_rate;
	fake_relay_send_welcome(&fixture->relay, &welcome);
	fake_relay_send_keyframe(&fixture->relay, NULL, 0, true);
	session_fixture_run(fixture, 100);
}

static void reports_take_a_small_share_of_a_low_message_rate(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_open(fixture);
	session_fixture_run(fixture, 100);
	welcome(fixture, 40);
	assert_in_range(count_over_a_second(fixture, 10), 1, 3);
}

static void snapshots_before_welcome_do_not_count(void **state)
{
	struct session_fixture *fixture = *state;

	session_fixture_open(fixture);
	session_fixture_run(fixture, 100);
	receive_snapshot(fixture, 0);
	session_fixture_run(fixture, 500);
	assert_null(fake_relay_next(&fixture->relay, WIRE_REPORT));
	welcome(fixture, 240);
	receive_snapshot(fixture, 1);
	session_fixture_run(fixture, 200);
	assert_int_equal(next_report(fixture).count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SESSION_TEST(a_report_counts_all_snapshots),
		SESSION_TEST(it_reports_ten_times_a_second_while_snapshots_come),
		SESSION_TEST(reports_take_a_small_share_of_a_low_message_rate),
		SESSION_TEST(snapshots_before_welcome_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

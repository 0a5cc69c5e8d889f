/* libstarling: what it tells the relay of the snapshots that came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fixtures/stage.h"

enum {
	STEP_MS = 5, /* of the stage */
};

/* A SNAPSHOT with one record of 10 bytes arrives. */
static void hear(struct stage *stage, uint16_t number)
{
	const struct states_record record = { .member = 2, .seq = number };

	stage->relay.snapshot_number = number;
	fake_relay_say_snapshot(&stage->relay, &record, 1);
	stage_run(stage, STEP_MS);
}

static size_t size_of_one(const struct stage *stage)
{
	const struct states_record record = { .member = 2, .seq = 1 };
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	struct states_builder builder = states_snapshot_begin(message, sizeof(message), 1,
							      fake_relay_clock_us(&stage->relay));

	assert_true(states_add(&builder, &record));
	return states_finish(&builder);
}

/* The next REPORT that the relay had not seen. */
static struct wire_report take(struct stage *stage)
{
	const struct fake_note *note = fake_relay_take(&stage->relay, WIRE_REPORT);
	struct wire_report report = { 0 };

	assert_non_null(note);
	assert_int_equal(note->channel, WIRE_CHANNEL_CONTROL);
	assert_true(note->flags & ENET_PACKET_FLAG_UNSEQUENCED);
	assert_int_equal(wire_report_decode(note->bytes, note->size, &report), WIRE_OK);
	return report;
}

static void it_says_what_came_in_all(void **state)
{
	struct stage *stage = *state;
	struct wire_report report;
	uint64_t now_us, size;

	stage_join(stage);
	stage_run(stage, 3000); /* the room's clock is known well, and its varints' sizes stay */
	size = size_of_one(stage);
	hear(stage, 0);
	stage_run(stage, 20);
	report = take(stage);
	assert_int_equal(report.number, 0);
	assert_int_equal(report.count, 1);
	assert_int_equal(report.bytes, size);
	hear(stage, 1);
	hear(stage, 4);
	now_us = fake_relay_clock_us(&stage->relay);
	hear(stage, 3); /* late, and counts */
	hear(stage, 3); /* again, and does not */
	stage_run(stage, 200);
	report = take(stage);
	assert_int_equal(report.number, 4);
	assert_int_equal(report.count, 4);
	assert_int_equal(report.bytes, 4 * size);
	assert_in_range(report.received_us, now_us - 2000 * STEP_MS, now_us);
	assert_null(fake_relay_take(&stage->relay, WIRE_REPORT));
}

static size_t count_over_a_second(struct stage *stage, unsigned hear_every_ms)
{
	size_t count = 0;
	uint16_t number = stage->relay.snapshot_number;

	for (unsigned ms = STEP_MS; ms <= 1000; ms += STEP_MS) {
		if (hear_every_ms > 0 && ms % hear_every_ms == 0)
			hear(stage, number++);
		else
			stage_run(stage, STEP_MS);
		while (fake_relay_take(&stage->relay, WIRE_REPORT))
			count++;
	}
	return count;
}

static void it_reports_ten_times_a_second_while_there_is_news(void **state)
{
	struct stage *stage = *state;

	stage_join(stage);
	assert_int_equal(count_over_a_second(stage, 0), 0);
	assert_in_range(count_over_a_second(stage, 10), 9, 11);
	count_over_a_second(stage, 0);
	assert_int_equal(count_over_a_second(stage, 0), 0);
	assert_in_range(count_over_a_second(stage, 250), 3, 5);
}

static void welcome(struct stage *stage, uint32_t message_rate)
{
	struct wire_welcome welcome = fake_relay_welcome(&stage->relay, 1);

	welcome.message_rate = message_rate;
	fake_relay_say_welcome(&stage->relay, &welcome);
	fake_relay_say_keyframe(&stage->relay, NULL, 0, true);
	stage_run(stage, 100);
}

static void where_few_messages_are_taken_few_are_spent_on_reports(void **state)
{
	struct stage *stage = *state;

	stage_open(stage);
	stage_run(stage, 100);
	welcome(stage, 40);
	assert_in_range(count_over_a_second(stage, 10), 1, 3);
}

static void what_comes_before_welcome_does_not_count(void **state)
{
	struct stage *stage = *state;

	stage_open(stage);
	stage_run(stage, 100);
	hear(stage, 0);
	stage_run(stage, 500);
	assert_null(fake_relay_take(&stage->relay, WIRE_REPORT));
	welcome(stage, 240);
	hear(stage, 1);
	stage_run(stage, 200);
	assert_int_equal(take(stage).count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(it_says_what_came_in_all),
		STAGED(it_reports_ten_times_a_second_while_there_is_news),
		STAGED(where_few_messages_are_taken_few_are_spent_on_reports),
		STAGED(what_comes_before_welcome_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

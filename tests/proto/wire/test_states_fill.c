/* The fill at the end of a SNAPSHOT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "proto/wire/states.h"
#include "tests/fixtures/seeded_random.h"

static uint8_t out[2 * WIRE_MESSAGE_MAX_BYTES];

static bool add(struct states_builder *builder, struct states_record record)
{
	return states_add(builder, &record);
}

static struct states_record at(uint32_t member, uint16_t index, uint16_t seq)
{
	return (struct states_record){ .member = member, .index = index, .seq = seq };
}

static void is_written(struct states_builder *builder, const uint8_t *bytes, size_t expected)
{
	assert_int_equal(states_finish(builder), expected);
	assert_memory_equal(out, bytes, expected);
}

static void fill_is_these_bytes_and_ends_the_records(void **state)
{
	static const uint8_t expected[] = { 8, 2, 1, 0xe8, 7, 1, 7, 1, 0, 0, 0, 0, 0x20, 0, 0 };
	struct states_builder builder;
	struct states_message message;
	struct states_record record;

	(void)state;
	memset(out, 0xff, sizeof(out)); /* the buffer's old bytes do not get into the message */
	builder = states_snapshot_begin(out, sizeof(out), 0x0102, 1000);
	assert_true(add(&builder, at(7, 0, 1)));
	assert_true(states_fill(&builder, sizeof(expected)));
	is_written(&builder, expected, sizeof(expected));
	assert_false(add(&builder, at(8, 0, 1)));
	assert_false(states_fill(&builder, sizeof(expected) + 1));
	is_written(&builder, expected, sizeof(expected));
	assert_int_equal(states_decode(out, sizeof(expected), &message), WIRE_OK);
	assert_int_equal(message.fill_bytes, 3);
	assert_true(states_next(&message, &record));
	assert_int_equal(record.member, 7);
	assert_false(states_next(&message, &record));
	assert_int_equal(message.reader.error, WIRE_OK);
}

static void a_message_that_cannot_be_filled_is_left_as_it_was(void **state)
{
	struct states_builder builder = states_snapshot_begin(out, sizeof(out), 0, 1000);
	size_t size;

	(void)state;
	assert_false(states_fill(&builder, 10)); /* no record yet */
	assert_true(add(&builder, at(7, 0, 1)));
	size = states_finish(&builder);
	assert_false(states_fill(&builder, 0));
	assert_false(states_fill(&builder, size));
	assert_false(states_fill(&builder, size + STATES_FILL_MAX_BYTES + 1));
	assert_false(states_fill(&builder, WIRE_MESSAGE_MAX_BYTES + 1));
	assert_int_equal(states_finish(&builder), size);
	assert_true(states_fill(&builder, size + STATES_FILL_MAX_BYTES));
	builder = states_keyframe_begin(out, sizeof(out), 1000);
	assert_true(add(&builder, at(7, 0, 1)));
	assert_false(states_fill(&builder, 40));
	builder = states_state_begin(out, sizeof(out), 1000);
	assert_true(add(&builder, at(0, 0, 1)));
	assert_false(states_fill(&builder, 40));
}

static void a_snapshot_with_no_room_for_a_record_can_be_filled_to_the_end(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();
	uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];

	(void)state;
	seeded_random_fill(&seed, payload, sizeof(payload));
	for (int turn = 0; turn < 2000; turn++) {
		uint64_t time_us = seeded_random_spread(&seed, 0, CURSOR_VARINT53_MAX);
		struct states_builder builder =
			states_snapshot_begin(out, sizeof(out), (uint16_t)turn, time_us);
		struct states_message message;
		struct states_record record;
		size_t added = 0, used;

		do {
			record = at((uint32_t)seeded_random_spread(&seed, 1, UINT32_MAX),
				    (uint16_t)seeded_random_spread(&seed, 0, WIRE_INDEX_MAX), 1);
			record.skipped = (uint16_t)seeded_random_spread(&seed, 0, UINT16_MAX);
			record.age_us = seeded_random_spread(&seed, 0, time_us);
			for (int i = 0; i < 3; i++)
				record.position[i] =
					(int32_t)seeded_random_spread(&seed, 0, INT32_MAX);
			record.payload.data = payload;
			record.payload.size =
				seeded_random_between(&seed, 0, WIRE_PAYLOAD_MAX_BYTES);
		} while (states_add(&builder, &record) && ++added);
		used = states_finish(&builder);
		assert_int_equal(states_fill(&builder, WIRE_MESSAGE_MAX_BYTES),
				 used < WIRE_MESSAGE_MAX_BYTES);
		assert_int_equal(states_finish(&builder), WIRE_MESSAGE_MAX_BYTES);
		assert_int_equal(states_decode(out, WIRE_MESSAGE_MAX_BYTES, &message), WIRE_OK);
		assert_int_equal(message.fill_bytes, WIRE_MESSAGE_MAX_BYTES - used);
		while (states_next(&message, &record))
			added--;
		assert_int_equal(added, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fill_is_these_bytes_and_ends_the_records),
		cmocka_unit_test(a_message_that_cannot_be_filled_is_left_as_it_was),
		cmocka_unit_test(a_snapshot_with_no_room_for_a_record_can_be_filled_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The bytes that the lab sends for a state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/lab/update.h"
#include "tests/fixtures/seeded_random.h"

/* Bird 3, x 1.5, y -0.25, number 200, origin 1,000,000 us, each as PROTOCOL.md has such values. */
static const uint8_t message[] = { 10, 0x03, 0xb8, 0x17, 0xf3, 0x03, 0xc8, 0x01, 0xc0, 0x84, 0x3d };

static const struct lab_record state = {
	.bird = 3, .number = 200, .x = 1.5, .y = -0.25, .origin_ns = 1000000000
};

static void expect_state(const struct lab_record *record)
{
	assert_int_equal(record->bird, state.bird);
	assert_int_equal(record->number, state.number);
	assert_true(record->x == state.x && record->y == state.y);
	assert_int_equal(record->origin_ns, state.origin_ns);
}

static void a_message_has_these_bytes(void **unused)
{
	uint8_t data[LAB_MESSAGE_MAX_BYTES];
	struct lab_record record = { .number = 0 };

	(void)unused;
	assert_int_equal(lab_update_write_message(&state, data), sizeof(message));
	assert_memory_equal(data, message, sizeof(message));
	assert_int_equal(lab_update_read_message(&record, data, sizeof(message)), sizeof(message));
	expect_state(&record);
}

static void a_message_cut_anywhere_waits_for_the_rest(void **unused)
{
	struct lab_record record;

	(void)unused;
	for (size_t size = 0; size < sizeof(message); size++)
		assert_int_equal(lab_update_read_message(&record, message, size), 0);
}

static void a_message_of_another_length_is_none(void **unused)
{
	uint8_t data[sizeof(message) + 1] = { 0 };
	struct lab_record record;

	(void)unused;
	memcpy(data, message, sizeof(message));
	data[0]--;
	assert_true(lab_update_read_message(&record, data, sizeof(data)) < 0);
	data[0] += 2;
	assert_true(lab_update_read_message(&record, data, sizeof(data)) < 0);
	data[0] = 0;
	assert_true(lab_update_read_message(&record, data, sizeof(data)) < 0);
}

static void a_bird_beyond_the_last_is_none(void **unused)
{
	uint8_t data[sizeof(message)];
	struct lab_record record;

	(void)unused;
	memcpy(data, message, sizeof(message));
	data[1] = LAB_BIRDS_MAX;
	assert_true(lab_update_read_message(&record, data, sizeof(data)) < 0);
}

static void a_payload_comes_back_and_no_other_length_does(void **unused)
{
	uint8_t data[LAB_PAYLOAD_MAX_BYTES + 1] = { 0 };
	struct lab_record record = { .number = 0 };
	const size_t size = lab_update_write_payload(&state, data);

	(void)unused;
	assert_true(size > 0);
	assert_true(lab_update_read_payload(&record, data, size));
	assert_int_equal(record.number, state.number);
	assert_int_equal(record.origin_ns, state.origin_ns);
	assert_false(lab_update_read_payload(&record, data, size - 1));
	assert_false(lab_update_read_payload(&record, data, size + 1));
}

static void random_bytes_of_a_stream_are_read_within_their_bounds(void **unused)
{
	struct seeded_random seed = { 0 };
	uint8_t data[64];

	(void)unused;
	for (int run = 0; run < 20000; run++) {
		struct lab_record record;
		int taken;

		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)seeded_random_next(&seed);
		taken = lab_update_read_message(&record, data, sizeof(data));
		assert_true(taken <= (int)sizeof(data));
		if (taken > 0)
			assert_true(record.bird < LAB_BIRDS_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_has_these_bytes),
		cmocka_unit_test(a_message_cut_anywhere_waits_for_the_rest),
		cmocka_unit_test(a_message_of_another_length_is_none),
		cmocka_unit_test(a_bird_beyond_the_last_is_none),
		cmocka_unit_test(a_payload_comes_back_and_no_other_length_does),
		cmocka_unit_test(random_bytes_of_a_stream_are_read_within_their_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/wire/cursor.h"

static struct cursor_reader reader_of(const void *bytes, size_t size)
{
	return cursor_reader_init(bytes, size);
}

static void a_null_of_no_bytes_is_short_when_read(void **state)
{
	struct cursor_reader reader = reader_of(NULL, 0);

	(void)state;
	assert_int_equal(cursor_left(&reader), 0);
	assert_int_equal(cursor_read_u8(&reader), 0);
	assert_int_equal(cursor_done(&reader), WIRE_SHORT);
}

static void the_first_error_stays_and_later_reads_yield_nothing(void **state)
{
	const uint8_t bytes[] = { 0x80, 0x00, 7, 7, 7 };
	struct cursor_reader reader = reader_of(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(cursor_read_varint32(&reader), 0);
	assert_int_equal(reader.error, WIRE_NOT_CANONICAL);
	assert_int_equal(cursor_read_u8(&reader), 0);
	assert_int_equal(cursor_read_u16(&reader), 0);
	assert_null(cursor_read_bytes(&reader, 1));
	assert_int_equal(cursor_left(&reader), 0);
	cursor_fail(&reader, WIRE_EMPTY);
	assert_int_equal(cursor_done(&reader), WIRE_NOT_CANONICAL);
}

static void a_read_longer_than_what_is_left_moves_nothing(void **state)
{
	const uint8_t bytes[] = { 1, 2, 3 };
	struct cursor_reader reader = reader_of(bytes, sizeof(bytes));

	(void)state;
	assert_null(cursor_read_bytes(&reader, 4));
	assert_ptr_equal(reader.at, bytes);
	reader = reader_of(bytes, sizeof(bytes));
	assert_null(cursor_read_bytes(&reader, SIZE_MAX));
	assert_int_equal(reader.error, WIRE_SHORT);
	reader = reader_of(bytes, sizeof(bytes));
	assert_ptr_equal(cursor_read_bytes(&reader, 3), bytes);
	assert_int_equal(cursor_done(&reader), WIRE_OK);
}

static void a_write_that_does_not_fit_writes_nothing_and_stays_failed(void **state)
{
	uint8_t out[4] = { 9, 9, 9, 9 };
	struct cursor_writer writer = cursor_writer_init(out, 3);

	(void)state;
	cursor_write_u16(&writer, 0x0201);
	cursor_write_u16(&writer, 0x0403);
	assert_true(writer.failed);
	cursor_write_u8(&writer, 5);
	assert_memory_equal(out, ((uint8_t[]){ 1, 2, 9, 9 }), 4);
}

static void a_varint_above_53_bits_is_not_written(void **state)
{
	uint8_t out[16];
	struct cursor_writer writer = cursor_writer_init(out, sizeof(out));

	(void)state;
	cursor_write_varint(&writer, CURSOR_VARINT53_MAX);
	assert_false(writer.failed);
	assert_int_equal(writer.at - out, CURSOR_VARINT53_MAX_BYTES);
	cursor_write_varint(&writer, CURSOR_VARINT53_MAX + 1);
	assert_true(writer.failed);
}

/*
 * A short varint is read in another way when enough bytes are left. The bytes behind it change
 * neither its value nor the error. All varints of one to three bytes.
 */
static void a_varint_reads_the_same_at_the_end_and_before_more(void **state)
{
	(void)state;
	for (uint32_t all = 0; all < 1u << 24; all++) {
		const uint8_t bytes[] = {
			(uint8_t)all, (uint8_t)(all >> 8), (uint8_t)(all >> 16), 0x80, 0x80, 0x80
		};
		struct cursor_reader within = reader_of(bytes, sizeof(bytes));
		const uint32_t value = cursor_read_varint32(&within);
		const size_t size = (size_t)(within.at - bytes);
		struct cursor_reader alone = reader_of(bytes, size);

		if (within.error != WIRE_OK && size > 3)
			continue; /* a longer one */
		if (cursor_read_varint32(&alone) != value || alone.error != within.error ||
		    alone.at != within.at)
			fail_msg("%02x %02x %02x reads otherwise alone", bytes[0], bytes[1],
				 bytes[2]);
		if (within.error == WIRE_OK && (value >> 7 * (size - 1) == 0) != (value == 0))
			fail_msg("%02x %02x %02x is not its one form", bytes[0], bytes[1],
				 bytes[2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_null_of_no_bytes_is_short_when_read),
		cmocka_unit_test(the_first_error_stays_and_later_reads_yield_nothing),
		cmocka_unit_test(a_read_longer_than_what_is_left_moves_nothing),
		cmocka_unit_test(a_write_that_does_not_fit_writes_nothing_and_stays_failed),
		cmocka_unit_test(a_varint_above_53_bits_is_not_written),
		cmocka_unit_test(a_varint_reads_the_same_at_the_end_and_before_more),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/wire/wire.h"
#include "tests/fixtures/wire/reencode.h"

static uint8_t out[2 * WIRE_MESSAGE_MAX_BYTES];
static const uint8_t letters[WIRE_MESSAGE_MAX_BYTES + 1] = { [0 ... WIRE_MESSAGE_MAX_BYTES] = 'x' };

static struct wire_bytes text(const char *string)
{
	return (struct wire_bytes){ .data = (const uint8_t *)string, .size = strlen(string) };
}

static struct wire_bytes many(size_t size)
{
	return (struct wire_bytes){ .data = letters, .size = size };
}

static struct wire_hello typical_hello(void)
{
	return (struct wire_hello){ .room = text("lobby"), .name = text("ada") };
}

static struct wire_welcome typical_welcome(void)
{
	return (struct wire_welcome){ .member = 3,
				      .clock_us = 12345678,
				      .grain_um = 1000,
				      .flush_us = 0,
				      .member_limit = 64,
				      .entity_limit = 64,
				      .payload_limit = 64,
				      .message_rate = 240 };
}

static size_t encode_hello(struct wire_hello hello)
{
	return wire_hello_encode(out, sizeof(out), &hello);
}

static size_t encode_welcome(struct wire_welcome welcome)
{
	return wire_welcome_encode(out, sizeof(out), &welcome);
}

static size_t encode_settings(struct wire_settings settings)
{
	return wire_settings_encode(out, sizeof(out), &settings);
}

static void a_name_one_byte_too_long_or_empty_is_not_encoded(void **state)
{
	struct wire_hello hello = typical_hello();

	(void)state;
	hello.room = many(WIRE_NAME_MAX_BYTES);
	assert_true(encode_hello(hello) > 0);
	hello.room = many(WIRE_NAME_MAX_BYTES + 1);
	assert_int_equal(encode_hello(hello), 0);
	hello.room = text("");
	assert_int_equal(encode_hello(hello), 0);
	hello = typical_hello();
	hello.name = many(WIRE_NAME_MAX_BYTES);
	assert_true(encode_hello(hello) > 0);
	hello.name = many(WIRE_NAME_MAX_BYTES + 1);
	assert_int_equal(encode_hello(hello), 0);
	hello.name = text("a\nb");
	assert_int_equal(encode_hello(hello), 0);
}

static void blocks_one_byte_too_long_are_not_encoded(void **state)
{
	struct wire_hello hello = typical_hello();
	struct wire_event event = { .data = many(WIRE_EVENT_MAX_BYTES) };
	struct wire_disconnect notice = { .text = many(WIRE_TEXT_MAX_BYTES) };

	(void)state;
	hello.token = many(WIRE_TOKEN_MAX_BYTES);
	assert_true(encode_hello(hello) > 0);
	hello.token.size++;
	assert_int_equal(encode_hello(hello), 0);
	assert_true(wire_event_encode(out, sizeof(out), &event) > 0);
	event.data.size++;
	assert_int_equal(wire_event_encode(out, sizeof(out), &event), 0);
	assert_true(wire_disconnect_encode(out, sizeof(out), WIRE_REFUSED, &notice) > 0);
	notice.text.size++;
	assert_int_equal(wire_disconnect_encode(out, sizeof(out), WIRE_REFUSED, &notice), 0);
}

static void settings_out_of_range_are_not_encoded(void **state)
{
	static const struct wire_settings good[] = {
		{ .up = WIRE_RELIABLE, .down = WIRE_RELIABLE, .echo = true },
		{ .interest = WIRE_RADIUS, .range = 1 },
		{ .interest = WIRE_RADIUS, .range = INT32_MAX },
		{ .interest = WIRE_NEAREST, .range = 1 },
		{ .interest = WIRE_NEAREST, .range = WIRE_NEAREST_MAX },
	};
	static const struct wire_settings bad[] = {
		{ .up = WIRE_MODE_COUNT },
		{ .down = WIRE_MODE_COUNT },
		{ .interest = WIRE_INTEREST_COUNT },
		{ .range = 1 },
		{ .interest = WIRE_RADIUS },
		{ .interest = WIRE_RADIUS, .range = UINT32_C(1) << 31 },
		{ .interest = WIRE_NEAREST },
		{ .interest = WIRE_NEAREST, .range = WIRE_NEAREST_MAX + 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(encode_settings(good[i]) > 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(encode_settings(bad[i]), 0);
}

#define WELCOME_WITH(field, value)                                                                 \
	do {                                                                                       \
		welcome = typical_welcome();                                                       \
		welcome.field = (value);                                                           \
		encoded = encode_welcome(welcome);                                                 \
	} while (0)

static void welcome_takes_each_limit_and_not_one_beyond(void **state)
{
	struct wire_welcome welcome;
	size_t encoded;

	(void)state;
	WELCOME_WITH(member, 0);
	assert_int_equal(encoded, 0);
	WELCOME_WITH(clock_us, CURSOR_VARINT53_MAX);
	assert_true(encoded > 0);
	WELCOME_WITH(clock_us, CURSOR_VARINT53_MAX + 1);
	assert_int_equal(encoded, 0);
	WELCOME_WITH(grain_um, 0);
	assert_int_equal(encoded, 0);
	WELCOME_WITH(grain_um, WIRE_GRAIN_MAX_UM);
	assert_true(encoded > 0);
	WELCOME_WITH(grain_um, WIRE_GRAIN_MAX_UM + 1);
	assert_int_equal(encoded, 0);
	WELCOME_WITH(member_limit, 0);
	assert_int_equal(encoded, 0);
	WELCOME_WITH(entity_limit, 0);
	assert_int_equal(encoded, 0);
	WELCOME_WITH(entity_limit, WIRE_INDEX_MAX + 1);
	assert_true(encoded > 0);
	WELCOME_WITH(entity_limit, WIRE_INDEX_MAX + 2);
	assert_int_equal(encoded, 0);
	WELCOME_WITH(payload_limit, 0);
	assert_true(encoded > 0);
	WELCOME_WITH(payload_limit, WIRE_PAYLOAD_MAX_BYTES + 1);
	assert_int_equal(encoded, 0);
	WELCOME_WITH(message_rate, 0);
	assert_int_equal(encoded, 0);
}

static void list_entries_out_of_range_are_not_encoded(void **state)
{
	const struct wire_joined nobody = { 0, text("a") }, nameless = { 1, text("") };
	const struct wire_left left = { 0, WIRE_REASON_LEFT },
			       reason = { 1, (enum wire_reason)256 };
	const struct wire_gone gone = { 0, 0, 0 }, index = { 1, WIRE_INDEX_MAX + 1, 0 };

	(void)state;
	assert_int_equal(wire_joined_encode(out, sizeof(out), &nobody, 1, NULL), 0);
	assert_int_equal(wire_joined_encode(out, sizeof(out), &nameless, 1, NULL), 0);
	assert_int_equal(wire_joined_encode(out, sizeof(out), &nobody, 0, NULL), 0);
	assert_int_equal(wire_left_encode(out, sizeof(out), &left, 1, NULL), 0);
	assert_int_equal(wire_left_encode(out, sizeof(out), &reason, 1, NULL), 0);
	assert_int_equal(wire_gone_encode(out, sizeof(out), &gone, 1, NULL), 0);
	assert_int_equal(wire_gone_encode(out, sizeof(out), &index, 1, NULL), 0);
}

static void a_reason_beyond_a_byte_and_a_scope_beyond_the_last_are_not_encoded(void **state)
{
	struct wire_disconnect notice = { .reason = (enum wire_reason)255 };
	struct wire_event event = { .scope = WIRE_SCOPE_COUNT };
	struct wire_clock exchange = { .sent_us = CURSOR_VARINT53_MAX + 1 };

	(void)state;
	assert_int_equal(wire_disconnect_encode(out, sizeof(out), WIRE_REFUSED, &notice), 3);
	notice.reason = (enum wire_reason)256;
	assert_int_equal(wire_disconnect_encode(out, sizeof(out), WIRE_REFUSED, &notice), 0);
	assert_int_equal(wire_event_encode(out, sizeof(out), &event), 0);
	assert_int_equal(wire_clock_encode(out, sizeof(out), &exchange), 0);
}

static void a_buffer_one_byte_too_small_is_refused_and_not_overrun(void **state)
{
	struct wire_hello hello = typical_hello();
	size_t whole = encode_hello(hello);

	(void)state;
	for (size_t capacity = 0; capacity < whole; capacity++) {
		memset(out, 0xee, sizeof(out));
		assert_int_equal(wire_hello_encode(out, capacity, &hello), 0);
		assert_int_equal(out[capacity], 0xee);
	}
	assert_int_equal(wire_hello_encode(out, whole, &hello), whole);
	assert_int_equal(wire_leave_encode(out, 0), 0);
}

static void a_list_takes_what_fits_and_says_how_many(void **state)
{
	static struct wire_left left[WIRE_LIST_MAX_ENTRIES + 1];
	size_t taken;

	(void)state;
	for (size_t i = 0; i < WIRE_LIST_MAX_ENTRIES + 1; i++)
		left[i] = (struct wire_left){ .member = 1, .reason = WIRE_REASON_LOST };
	assert_int_equal(
		wire_left_encode(out, sizeof(out), left, WIRE_LIST_MAX_ENTRIES + 1, &taken),
		1 + 2 * WIRE_LIST_MAX_ENTRIES);
	assert_int_equal(taken, WIRE_LIST_MAX_ENTRIES);
	assert_int_equal(wire_left_encode(out, 6, left, 3, &taken), 5);
	assert_int_equal(taken, 2);
	assert_int_equal(wire_left_encode(out, 2, left, 3, &taken), 0);
	assert_int_equal(taken, 0);
}

static void an_empty_packet_is_short_for_every_decoder(void **state)
{
	size_t size, entries;

	(void)state;
	for (int type = WIRE_HELLO; type < WIRE_TYPE_END; type++)
		assert_int_equal(reencode((enum wire_type)type, NULL, 0, out, &size, &entries),
				 WIRE_SHORT);
	assert_int_equal(wire_type_of(NULL, 0), 0);
}

static void a_type_is_its_first_byte_if_it_exists(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		uint8_t first = (uint8_t)byte;

		assert_int_equal(wire_type_of(&first, 1),
				 byte >= WIRE_HELLO && byte < WIRE_TYPE_END ? byte : 0);
	}
}

static void a_serial_number_is_newer_within_half_the_circle(void **state)
{
	static const struct {
		uint16_t newer, older;
		bool is_newer;
	} rows[] = {
		{ 1, 0, true },      { 0, 1, false },     { 0, 0, false },     { 0, 65535, true },
		{ 65535, 0, false }, { 32767, 0, true },  { 32768, 0, false }, { 0, 32768, false },
		{ 32769, 0, false }, { 10, 65000, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(wire_seq_is_newer(rows[i].newer, rows[i].older), rows[i].is_newer);
}

static void the_connect_data_spells_stl_and_the_version(void **state)
{
	enum wire_reason reason = WIRE_REASON_COUNT;

	(void)state;
	assert_int_equal(wire_connect_data(), 0x53544c01);
	assert_int_equal(wire_reason_data(WIRE_REASON_STOPPING), 0x5354520b);
	assert_true(wire_data_reason(0x535452ff, &reason));
	assert_int_equal(reason, 255);
	assert_false(wire_data_reason(wire_connect_data(), &reason));
	assert_false(wire_data_reason(0, &reason));
}

static void every_number_has_a_text(void **state)
{
	(void)state;
	for (int type = 0; type < 300; type++)
		assert_true(wire_type_text((enum wire_type)type)[0] != '\0');
	for (int reason = 0; reason < 300; reason++)
		assert_true(wire_reason_text((enum wire_reason)reason)[0] != '\0');
	for (int mode = 0; mode < 300; mode++)
		assert_true(wire_mode_text((enum wire_mode)mode)[0] != '\0');
	for (int error = 0; error < 300; error++)
		assert_true(wire_error_text((enum wire_error)error)[0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_one_byte_too_long_or_empty_is_not_encoded),
		cmocka_unit_test(blocks_one_byte_too_long_are_not_encoded),
		cmocka_unit_test(settings_out_of_range_are_not_encoded),
		cmocka_unit_test(welcome_takes_each_limit_and_not_one_beyond),
		cmocka_unit_test(list_entries_out_of_range_are_not_encoded),
		cmocka_unit_test(
			a_reason_beyond_a_byte_and_a_scope_beyond_the_last_are_not_encoded),
		cmocka_unit_test(a_buffer_one_byte_too_small_is_refused_and_not_overrun),
		cmocka_unit_test(a_list_takes_what_fits_and_says_how_many),
		cmocka_unit_test(an_empty_packet_is_short_for_every_decoder),
		cmocka_unit_test(a_type_is_its_first_byte_if_it_exists),
		cmocka_unit_test(a_serial_number_is_newer_within_half_the_circle),
		cmocka_unit_test(the_connect_data_spells_stl_and_the_version),
		cmocka_unit_test(every_number_has_a_text),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/text.h"

/* UTF-8 by the arithmetic of RFC 3629, section 3, for any value of up to 21 bits. */
static size_t put_utf8(uint8_t *out, uint32_t point)
{
	if (point < 0x80) {
		out[0] = (uint8_t)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (uint8_t)(0xc0 | point >> 6);
		out[1] = (uint8_t)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (uint8_t)(0xe0 | point >> 12);
		out[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | point >> 18);
	out[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (point & 0x3f));
	return 4;
}

static bool is_within(uint32_t point, uint32_t least, uint32_t most)
{
	return point >= least && point <= most;
}

static void every_code_point_but_the_named_controls_is_printable(void **state)
{
	(void)state;
	for (uint32_t point = 0; point < 0x200000; point++) {
		uint8_t bytes[4];
		size_t size = put_utf8(bytes, point);
		bool is_forbidden = is_within(point, 0, 0x1f) || is_within(point, 0x7f, 0x9f) ||
				    is_within(point, 0x2028, 0x202e) ||
				    is_within(point, 0x2066, 0x2069) ||
				    is_within(point, 0xd800, 0xdfff) || point > 0x10ffff;

		if (text_is_printable(bytes, size) == is_forbidden)
			fail_msg("U+%04X", (unsigned)point);
	}
}

/* There are exactly as many texts of two bytes as pairs of one-byte points and two-byte points. */
static void every_text_of_two_bytes_is_well_formed_or_rejected(void **state)
{
	size_t accepted = 0;

	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++)
		accepted += text_is_printable(
			(uint8_t[]){ (uint8_t)(pair >> 8), (uint8_t)(pair & 0xff) }, 2);
	assert_int_equal(accepted, 95 * 95 + (0x800 - 0xa0));
}

static void a_sequence_cut_short_is_rejected(void **state)
{
	static const char *const letters[] = { "\xc3\xa9", "\xe6\x9d\xb1", "\xf0\x9f\x90\xa6" };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t size = 1; size < i + 2; size++)
			assert_false(text_is_printable(letters[i], size));
}

static void a_longer_form_than_needed_is_rejected(void **state)
{
	static const char *const forms[] = {
		"\xc0\x80",     "\xc1\xbf",         "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf"
	};
	static const size_t sizes[] = { 2, 2, 3, 3, 4, 4 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_false(text_is_printable(forms[i], sizes[i]));
}

static void no_byte_is_printable_even_as_null(void **state)
{
	(void)state;
	assert_true(text_is_printable("", 0));
	assert_true(text_is_printable(NULL, 0));
}

static void a_control_is_found_at_any_place(void **state)
{
	(void)state;
	for (size_t at = 0; at < 8; at++) {
		char text[] = "starling";

		assert_true(text_is_printable(text, 8));
		text[at] = '\x1b';
		assert_false(text_is_printable(text, 8));
	}
}

static void one_goes_with_the_singular_and_all_else_with_the_plural(void **state)
{
	(void)state;
	assert_string_equal(text_plural(1, "bout", "bouts"), "bout");
	assert_string_equal(text_plural(0, "bout", "bouts"), "bouts");
	assert_string_equal(text_plural(2, "bout", "bouts"), "bouts");
	assert_string_equal(text_plural((UINT64_C(1) << 32) + 1, "entity", "entities"), "entities");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_but_the_named_controls_is_printable),
		cmocka_unit_test(every_text_of_two_bytes_is_well_formed_or_rejected),
		cmocka_unit_test(a_sequence_cut_short_is_rejected),
		cmocka_unit_test(a_longer_form_than_needed_is_rejected),
		cmocka_unit_test(no_byte_is_printable_even_as_null),
		cmocka_unit_test(a_control_is_found_at_any_place),
		cmocka_unit_test(one_goes_with_the_singular_and_all_else_with_the_plural),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

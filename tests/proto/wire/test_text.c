#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire/text.h"
#include "proto/wire/unicode.h"
#include "tests/fixtures/seeded_random.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

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
				    point == 0x061c || is_within(point, 0x200e, 0x200f) ||
				    is_within(point, 0x2028, 0x202e) ||
				    is_within(point, 0x2066, 0x2069) ||
				    is_within(point, 0xd800, 0xdfff) || point > 0x10ffff;

		if (text_is_printable(bytes, size) == is_forbidden)
			fail_msg("U+%04X", (unsigned)point);
	}
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

/* Names. */

struct name_row {
	const char *name; /* "": no byte at all */
	const char *says; /* part of the fault; NULL: a name */
};

#define UNSEEN "is not seen"
#define BARE   "without a letter"
#define SPACE  "space"

static const struct name_row name_rows[] = {
	{ "lobby", NULL },
	{ "a", NULL },
	{ "the red room", NULL },
	{ "\\o/", NULL },
	{ "Gr\u00fc\u00dfe", NULL },
	{ "e\u0301t\u00e9", NULL },                             /* an accent of its own */
	{ "\u6771\u4eac", NULL },                               /* Tokyo */
	{ "\u05e9\u05dc\u05d5\u05dd", NULL },                   /* Hebrew */
	{ "\u0645\u0631\u062d\u0628\u0627", NULL },             /* Arabic */
	{ "\u0928\u092e\u0938\u094d\u0924\u0947", NULL },       /* Devanagari, with its virama */
	{ "\ud55c\uae00", NULL },                               /* Hangul */
	{ "\U0001f600", NULL },                                 /* a face */
	{ "\u2764\ufe0f", NULL },                               /* a heart, as an emoji */
	{ "\U0001f44d\U0001f3fd", NULL },                       /* a thumb and its skin */
	{ "\U0001f468\u200d\U0001f469\u200d\U0001f467", NULL }, /* a family */
	{ "\U0001f3f3\ufe0f\u200d\U0001f308", NULL },           /* the rainbow flag */
	{ "\U0001f469\U0001f3fd\u200d\U0001f680", NULL },       /* an astronaut and her skin */
	{ "1\ufe0f\u20e3", NULL },                              /* a keycap */
	{ "#\ufe0f\u20e3 one", NULL },
	{ "\U0001f1ef\U0001f1f5", NULL }, /* a flag of two letters */
	{ "\u0378", NULL },               /* not assigned, and may come to be */

	{ "", "empty" },
	{ "\xff", "UTF-8" },
	{ "a\xc3", "UTF-8" },
	{ "a\x1b[31m", UNSEEN },
	{ "a\n", UNSEEN },
	{ "\u200b", UNSEEN },
	{ "lobby\u200b", UNSEEN },
	{ "lo\u200bbby", UNSEEN },
	{ "\u200c", UNSEEN },
	{ "\u200d", UNSEEN },
	{ "lobby\u200d", UNSEEN },
	{ "a\u200db", UNSEEN },
	{ "\u200d\U0001f600", UNSEEN },
	{ "\U0001f600\u200d", UNSEEN },
	{ "\U0001f600\u200da", UNSEEN },
	{ "\U0001f600\u200d\u200d\U0001f600", UNSEEN },
	{ "\ufe0f", UNSEEN },
	{ "lobby\ufe0f", UNSEEN },
	{ "\u2764\ufe0f\ufe0f", UNSEEN },
	{ "\u2764\ufe0e", UNSEEN },
	{ "1\ufe0f", UNSEEN },
	{ "1\ufe0f\u20e3\ufe0f", UNSEEN },
	{ "a\ufe0f\u20e3", UNSEEN },
	{ "lobby\u200e", UNSEEN },
	{ "\u200flobby", UNSEEN },
	{ "lob\u061c"
	  "by",
	  UNSEEN },
	{ "lobby\u202e", UNSEEN },
	{ "lobby\u2066", UNSEEN },
	{ "lobby\u00ad", UNSEEN },
	{ "lobby\u034f", UNSEEN },
	{ "\u115f", UNSEEN },
	{ "\u1160", UNSEEN },
	{ "\u17b4", UNSEEN },
	{ "\u180e", UNSEEN },
	{ "\u2028", UNSEEN },
	{ "\u2060", UNSEEN },
	{ "\u2064", UNSEEN },
	{ "\u206a", UNSEEN },
	{ "\u2800", UNSEEN },
	{ "\u3164", UNSEEN },
	{ "\uffa0", UNSEEN },
	{ "\ufeff", UNSEEN },
	{ "\ufff9", UNSEEN },
	{ "\ufffc", UNSEEN },
	{ "\uffff", UNSEEN },
	{ "\ue000", UNSEEN },
	{ "\U00013441", UNSEEN },
	{ "\U0001d159", UNSEEN },
	{ "\U0001d173", UNSEEN },
	{ "\U000e0001", UNSEEN },
	{ "\U0001f3f4\U000e0067\U000e007f", UNSEEN }, /* tags behind a flag */
	{ "\U000e0100", UNSEEN },
	{ "\U0010fffd", UNSEEN },
	{ "a\u00a0b", UNSEEN },
	{ "a\u2003b", UNSEEN },
	{ "a\u202fb", UNSEEN },
	{ "a\u205fb", UNSEEN },
	{ "a\u3000b", UNSEEN },
	{ "a\u1680b", UNSEEN },
	{ " ", SPACE },
	{ " lobby", SPACE },
	{ "lobby ", SPACE },
	{ "red  room", SPACE },
	{ "\u0301", BARE },
	{ "\u20dd", BARE },
	{ "\u0e31", BARE },
	{ "\u20e3", BARE },
	{ "a \u0301", BARE },
};

static void a_name_is_seen_and_a_wrong_one_is_told_why(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(name_rows); i++) {
		const struct name_row *row = &name_rows[i];
		const char *fault = text_name_fault(row->name, strlen(row->name));

		if (row->says ? fault && strstr(fault, row->says) : !fault)
			continue;
		print_error("row %zu: %s\n", i, fault ? fault : "taken");
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void no_name_holds_what_no_sentence_may(void **state)
{
	(void)state;
	for (uint32_t point = 0; point <= UNICODE_MAX; point++) {
		uint8_t bytes[6] = { 'a' };
		size_t size = 1 + put_utf8(bytes + 1, point);

		bytes[size++] = 'b';
		if (!text_is_printable(bytes, size) && !text_name_fault(bytes, size))
			fail_msg("U+%04X", (unsigned)point);
	}
}

/* Marks in `points` those of a set of PROTOCOL.md's section 16, below the words "**name:**". */
static void read_set(const char *name, bool *points)
{
	FILE *file = fopen("proto/PROTOCOL.md", "r");
	char line[256];
	bool is_here = false;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, "**", 2) == 0)
			is_here = strncmp(line + 2, name, strlen(name)) == 0 &&
				  line[2 + strlen(name)] == ':';
		if (!is_here || strncmp(line, "    ", 4) != 0)
			continue;
		for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
			char *end;
			unsigned long least = strtoul(word, &end, 16);
			unsigned long most = *end == '-' ? strtoul(end + 1, &end, 16) : least;

			assert_true(*end == '\0' && most <= UNICODE_MAX);
			for (; least <= most; least++)
				points[least] = true;
		}
	}
	fclose(file);
}

static bool is_within_emoji(uint32_t point)
{
	return unicode_joins(point, 0x200d, 0x2764);
}

static void the_protocol_states_the_same_code_points(void **state)
{
	static const struct {
		const char *name;
		bool (*has)(uint32_t point);
	} sets[] = { { "Hidden", unicode_is_hidden },
		     { "Marks", unicode_is_mark },
		     { "Pictographs", is_within_emoji } };
	static bool stated[UNICODE_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sets); i++) {
		memset(stated, 0, sizeof(stated));
		read_set(sets[i].name, stated);
		for (uint32_t point = 0; point <= UNICODE_MAX; point++) {
			/* The properties that the text gives in words. */
			if (i == 0)
				stated[point] |= (point & 0xfffe) == 0xfffe;
			if (i == 2)
				stated[point] |=
					point == 0xfe0f || is_within(point, 0x1f3fb, 0x1f3ff);
			if (stated[point] != sets[i].has(point))
				fail_msg("%s: U+%04X", sets[i].name, (unsigned)point);
		}
	}
}

/* Showing */

static const struct {
	const char *bytes, *shown;
} shown_rows[] = {
	{ "", "" },
	{ "relay.json", "relay.json" },
	{ "two  spaces ", "two  spaces " },
	{ "\x1b[31mx", "\\x1b[31mx" },
	{ "a\nb\tc\rd", "a\\nb\\tc\\rd" },
	{ "\x7f\x01", "\\x7f\\x01" },
	{ "C:\\x1b", "C:\\\\x1b" },
	{ "\xff\xc3", "\\xff\\xc3" },
	{ "\xe2\x82"
	  "a",
	  "\\xe2\\x82a" },
	{ "\xc0\xaf", "\\xc0\\xaf" },
	{ "\xc2\x9b"
	  "31m",
	  "\\u009b31m" },
	{ "Gr\u00fc\u00dfe \u6771", "Gr\u00fc\u00dfe \u6771" },
	{ "lobby\u200b", "lobby\\u200b" },
	{ "a\u202eb\u061c", "a\\u202eb\\u061c" },
	{ "a\u00a0b", "a\\u00a0b" },
	{ "\U000e0001", "\\U000e0001" },
	{ "\u0301e\u0301", "\\u0301e\u0301" },
	{ "\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469" },
	{ "\u2764\ufe0f", "\u2764\ufe0f" },
	{ "a\u200d\U0001f469", "a\\u200d\U0001f469" },
};

static void bytes_on_which_a_terminal_would_act_are_shown_as_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(shown_rows); i++)
		assert_string_equal(text_shown(shown_rows[i].bytes).text, shown_rows[i].shown);
	assert_string_equal(text_shown(NULL).text, "");
	assert_string_equal(text_short(NULL).text, "");
}

static void text_without_room_is_left_out_and_marked(void **state)
{
	static const struct {
		size_t capacity;
		const char *bytes, *shown;
	} rows[] = {
		{ 9, "starling", "starling" },
		{ 8, "starling", "star..." },
		{ 4, "starling", "..." },
		{ 4, "sta", "sta" },
		{ 9, "star\x1bling", "star..." }, /* no half of an escape */
		{ 8, "stt\u00fcling", "stt..." }, /* no half of a letter */
		{ 9, "ste\u0301rlings", "ste\u0301..." },
		{ 8, "ste\u0301rlings", "st..." }, /* no letter without its accent */
		{ 11, "ab\u2764\ufe0fcd\n", "ab..." },
		{ 14, "\U0001f468\u200d\U0001f469abc", "..." }, /* no half of a family */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char out[32];

		text_visible(out, rows[i].capacity, rows[i].bytes, strlen(rows[i].bytes));
		assert_string_equal(out, rows[i].shown);
	}
}

/* Bytes of which many are the beginnings and the parts of sequences, and marks and joiners. */
static size_t any_bytes(struct seeded_random *seed, uint8_t *bytes, size_t capacity)
{
	static const uint32_t points[] = { '\\',   ' ',     'e',     0x1b,   0x9b,
					   0x301,  0x200b,  0x200d,  0x202e, 0x2764,
					   0xfe0f, 0x1f468, 0xe0041, '1',    0x20e3 };
	size_t size = 0, most = seeded_random_between(seed, 0, capacity - 4);

	while (size < most)
		if (seeded_random_between(seed, 0, 2) == 0)
			bytes[size++] = (uint8_t)seeded_random_between(seed, 0, 255);
		else
			size += put_utf8(
				bytes + size,
				points[seeded_random_between(seed, 0, COUNT_OF(points) - 1)]);
	return size;
}

static void any_bytes_are_shown_as_text_that_is_seen(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint8_t bytes[64];
		char out[80], again[4 * sizeof(out)];
		size_t size = any_bytes(&seed, bytes, sizeof(bytes));
		size_t capacity = 4 + seeded_random_between(&seed, 0, sizeof(out) - 4);

		memset(out, 0x7f, sizeof(out));
		assert_ptr_equal(text_visible(out, capacity, bytes, size), out);
		assert_true(memchr(out, '\0', capacity) != NULL);
		assert_true(text_is_printable(out, strlen(out)));
		/* Nothing in it is hidden: shown again, it gains its backslashes and no more. */
		text_visible(again, sizeof(again), out, strlen(out));
		for (const char *a = out, *b = again; *a || *b; a++, b++) {
			if (*a == '\\')
				assert_int_equal(*b++, '\\');
			assert_int_equal(*a, *b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_but_the_named_controls_is_printable),
		cmocka_unit_test(no_byte_is_printable_even_as_null),
		cmocka_unit_test(a_control_is_found_at_any_place),
		cmocka_unit_test(a_name_is_seen_and_a_wrong_one_is_told_why),
		cmocka_unit_test(no_name_holds_what_no_sentence_may),
		cmocka_unit_test(the_protocol_states_the_same_code_points),
		cmocka_unit_test(bytes_on_which_a_terminal_would_act_are_shown_as_text),
		cmocka_unit_test(text_without_room_is_left_out_and_marked),
		cmocka_unit_test(any_bytes_are_shown_as_text_that_is_seen),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

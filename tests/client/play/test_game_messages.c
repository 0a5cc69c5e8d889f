#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "client/play/line_editor.h"
#include "client/play/game_messages.h"

static void a_decoded_message_equals_the_encoded_one(void **state)
{
	static const struct game_message rows[] = {
		{ .type = GAME_MESSAGE_CLAIM, .member = 0 },
		{ .type = GAME_MESSAGE_CLAIM, .member = 0xfffffffe },
		{ .type = GAME_MESSAGE_INTRODUCTION, .member = 77 },
		{ .type = GAME_MESSAGE_STATUS,
		  .member = 3,
		  .mode = STARLING_RELIABLE,
		  .rtt_ms = 65534,
		  .points = 1234567 },
		{ .type = GAME_MESSAGE_SEED, .seed = 0xfffffffe },
		{ .type = GAME_MESSAGE_CHAT, .text = "h\xc3\xa9", .text_bytes = 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t data[GAME_MESSAGE_MAX_BYTES];
		size_t size = game_message_encode(data, &rows[i]);
		struct game_message decoded;

		assert_true(size > 0);
		assert_true(game_message_decode(data, size, &decoded));
		assert_int_equal(decoded.type, rows[i].type);
		assert_int_equal(decoded.member, rows[i].member);
		assert_int_equal(decoded.seed, rows[i].seed);
		assert_int_equal(decoded.mode, rows[i].mode);
		assert_int_equal(decoded.rtt_ms, rows[i].rtt_ms);
		assert_int_equal(decoded.points, rows[i].points);
		assert_int_equal(decoded.text_bytes, rows[i].text_bytes);
		if (rows[i].text)
			assert_memory_equal(decoded.text, rows[i].text, rows[i].text_bytes);
	}
}

static void each_length_but_the_right_one_is_refused(void **state)
{
	static const struct game_message rows[] = {
		{ .type = GAME_MESSAGE_CLAIM, .member = 5 },
		{ .type = GAME_MESSAGE_INTRODUCTION, .member = 5 },
		{ .type = GAME_MESSAGE_STATUS, .member = 5 },
		{ .type = GAME_MESSAGE_SEED, .seed = 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t data[GAME_MESSAGE_MAX_BYTES] = { 0 };
		size_t size = game_message_encode(data, &rows[i]);
		struct game_message decoded;

		for (size_t wrong = 0; wrong < GAME_MESSAGE_MAX_BYTES; wrong++)
			assert_int_equal(game_message_decode(data, wrong, &decoded), wrong == size);
	}
}

static void a_mode_that_does_not_exist_is_refused(void **state)
{
	uint8_t data[GAME_MESSAGE_MAX_BYTES];
	size_t size =
		game_message_encode(data, &(struct game_message){ .type = GAME_MESSAGE_STATUS });
	struct game_message decoded;

	(void)state;
	data[1] = STARLING_RELIABLE + 1;
	assert_false(game_message_decode(data, size, &decoded));
}

static void chat_that_is_not_printable_is_neither_encoded_nor_decoded(void **state)
{
	static const struct {
		const char *text;
		size_t size;
	} rows[] = {
		{ "", 0 }, { "a\033[2J", 5 }, { "\xff", 1 }, { "\xe2\x80\xae", 3 }, { "a\n", 2 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct game_message message = { .type = GAME_MESSAGE_CHAT,
						      .text = rows[i].text,
						      .text_bytes = rows[i].size };
		uint8_t data[GAME_MESSAGE_MAX_BYTES] = { GAME_MESSAGE_CHAT };
		struct game_message decoded;

		assert_int_equal(game_message_encode(data, &message), 0);
		memcpy(data + 1, rows[i].text, rows[i].size);
		assert_false(game_message_decode(data, 1 + rows[i].size, &decoded));
	}
}

static void chat_is_bounded(void **state)
{
	char text[GAME_MESSAGE_TEXT_MAX_BYTES + 1];
	uint8_t data[GAME_MESSAGE_MAX_BYTES + 1] = { GAME_MESSAGE_CHAT };
	struct game_message message = { .type = GAME_MESSAGE_CHAT,
					.text = text,
					.text_bytes = GAME_MESSAGE_TEXT_MAX_BYTES };

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(game_message_encode(data, &message), GAME_MESSAGE_MAX_BYTES);
	assert_true(game_message_decode(data, GAME_MESSAGE_MAX_BYTES, &message));
	data[GAME_MESSAGE_MAX_BYTES] = 'x';
	assert_false(game_message_decode(data, GAME_MESSAGE_MAX_BYTES + 1, &message));
	message = (struct game_message){ .type = GAME_MESSAGE_CHAT,
					 .text = text,
					 .text_bytes = sizeof(text) };
	assert_int_equal(game_message_encode(data, &message), 0);
}

static void a_line_holds_only_printable_text(void **state)
{
	struct line_editor editor;

	(void)state;
	line_editor_open(&editor);
	assert_true(line_editor_add(&editor, 'a'));
	assert_true(line_editor_add(&editor, 0xe9));
	assert_true(line_editor_add(&editor, 0x1f426));
	assert_false(line_editor_add(&editor, 7));
	assert_false(line_editor_add(&editor, 0xd800));
	assert_false(line_editor_add(&editor, 0x202e));
	assert_false(line_editor_add(&editor, 0x110000));
	assert_string_equal(editor.text, "a\xc3\xa9\xf0\x9f\x90\xa6");
}

static void erasing_takes_whole_characters(void **state)
{
	struct line_editor editor;

	(void)state;
	line_editor_open(&editor);
	line_editor_add(&editor, 'a');
	line_editor_add(&editor, 0x1f426);
	line_editor_erase(&editor);
	assert_string_equal(editor.text, "a");
	line_editor_erase(&editor);
	line_editor_erase(&editor);
	assert_string_equal(editor.text, "");
	assert_true(editor.is_open);
}

static void a_full_line_takes_no_more(void **state)
{
	struct line_editor editor;

	(void)state;
	line_editor_open(&editor);
	for (int i = 0; i < GAME_MESSAGE_TEXT_MAX_BYTES - 1; i++)
		assert_true(line_editor_add(&editor, 'x'));
	assert_false(line_editor_add(&editor, 0xe9));
	assert_true(line_editor_add(&editor, 'x'));
	assert_false(line_editor_add(&editor, 'x'));
	assert_int_equal(strlen(editor.text), GAME_MESSAGE_TEXT_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_decoded_message_equals_the_encoded_one),
		cmocka_unit_test(each_length_but_the_right_one_is_refused),
		cmocka_unit_test(a_mode_that_does_not_exist_is_refused),
		cmocka_unit_test(chat_that_is_not_printable_is_neither_encoded_nor_decoded),
		cmocka_unit_test(chat_is_bounded),
		cmocka_unit_test(a_line_holds_only_printable_text),
		cmocka_unit_test(erasing_takes_whole_characters),
		cmocka_unit_test(a_full_line_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* relay/control/command: what a line asks for, and what is wrong with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/wire/text.h"
#include "relay/control/command.h"
#include "tests/fixtures/row_tests.h"
#include "tests/fixtures/seeded_random.h"

enum {
	MUTANTS = 20000,
	MUTANT_MAX_BYTES = 256,
};

#define LETTERS "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4" /* of two bytes each */

struct row {
	const char *name, *line;
	const char *error; /* a part of it; NULL: the line is good */
	struct command command;
};

static const struct row rows[] = {
	{ "list", "{\"do\":\"list\"}", NULL, { .kind = COMMAND_LIST } },
	{ "a kick with all keys",
	  "{\"do\": \"kick\", \"member\": 3, \"room\": \"pitch\", \"why\": \"too loud\"}",
	  NULL,
	  { .kind = COMMAND_KICK, .member = 3, .room = "pitch", .why = "too loud" } },
	{ "keys in any order",
	  "{\"member\":4294967295,\"do\":\"mute\"}",
	  NULL,
	  { .kind = COMMAND_MUTE, .member = UINT32_MAX } },
	{ "a ban for a time",
	  "{\"do\":\"ban\",\"address\":\"0.0.0.0/1\",\"seconds\":0.5}",
	  NULL,
	  { .kind = COMMAND_BAN,
	    .prefix = { .bytes = { [10] = 0xff, [11] = 0xff }, .length = 97 },
	    .seconds = 0.5 } },
	{ "a message",
	  "{\"do\":\"message\",\"text\":\"h\xc3\xa9\"}",
	  NULL,
	  { .kind = COMMAND_MESSAGE, .text = "h\xc3\xa9" } },
	{ "a room to open",
	  "{\"do\":\"open\",\"room\":\"a b\"}",
	  NULL,
	  { .kind = COMMAND_OPEN, .room = "a b" } },
	{ "nothing", "", "one JSON object", { 0 } },
	{ "no JSON", "list", "one JSON object", { 0 } },
	{ "a list", "[]", "one JSON object", { 0 } },
	{ "two objects", "{\"do\":\"list\"}{\"do\":\"list\"}", "nothing else", { 0 } },
	{ "an object that does not end", "{\"do\":\"list\"", "one JSON object", { 0 } },
	{ "no command", "{}", "the key \"do\"", { 0 } },
	{ "a command that is no text", "{\"do\":1}", "the key \"do\"", { 0 } },
	{ "no such command", "{\"do\":\"dance\"}", "no command \"dance\"", { 0 } },
	{ "two commands", "{\"do\":\"list\",\"do\":\"list\"}", "second time", { 0 } },
	{ "a key of another command",
	  "{\"do\":\"list\",\"member\":1}",
	  "no key \"member\"",
	  { 0 } },
	{ "no such key", "{\"do\":\"list\",\"x\\u001b\":1}", "no key \"x", { 0 } },
	{ "a key twice", "{\"do\":\"kick\",\"member\":1,\"member\":2}", "second time", { 0 } },
	{ "a key that is missing", "{\"do\":\"kick\"}", "needs the key \"member\"", { 0 } },
	{ "member 0", "{\"do\":\"kick\",\"member\":0}", "\"member\" must", { 0 } },
	{ "half a member", "{\"do\":\"kick\",\"member\":1.5}", "\"member\" must", { 0 } },
	{ "a member beyond 32 bits",
	  "{\"do\":\"kick\",\"member\":4294967296}",
	  "\"member\" must",
	  { 0 } },
	{ "a member that is no number",
	  "{\"do\":\"kick\",\"member\":\"1\"}",
	  "\"member\" must",
	  { 0 } },
	{ "a room that is no name", "{\"do\":\"open\",\"room\":\" a\"}", "\"room\" must", { 0 } },
	{ "a room of 33 bytes",
	  "{\"do\":\"open\",\"room\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
	  "\"room\" must",
	  { 0 } },
	{ "a reason of two lines",
	  "{\"do\":\"kick\",\"member\":1,\"why\":\"a\\nb\"}",
	  "\"why\" must",
	  { 0 } },
	{ "a message of nothing", "{\"do\":\"message\",\"text\":\"\"}", "\"text\" must", { 0 } },
	{ "a message with a NUL",
	  "{\"do\":\"message\",\"text\":\"a\\u0000b\"}",
	  "JSON object",
	  { 0 } },
	{ "a ban for no time",
	  "{\"do\":\"ban\",\"address\":\"::1\",\"seconds\":0}",
	  "\"seconds\" must",
	  { 0 } },
	{ "a ban for ever and more",
	  "{\"do\":\"ban\",\"address\":\"::1\",\"seconds\":1e300}",
	  "\"seconds\" must",
	  { 0 } },
	{ "a ban of a number", "{\"do\":\"ban\",\"address\":1}", "\"address\" must", { 0 } },
	{ "a long word of letters of two bytes",
	  "{\"do\":\"-" LETTERS LETTERS LETTERS LETTERS LETTERS "\"}",
	  LETTERS "...\"",
	  { 0 } },
	{ "a ban of a long word of letters of two bytes",
	  "{\"do\":\"ban\",\"address\":\"-" LETTERS LETTERS LETTERS LETTERS LETTERS "\"}",
	  LETTERS "...\"",
	  { 0 } },
	{ "a ban of a name",
	  "{\"do\":\"ban\",\"address\":\"here\"}",
	  "\"here\" is no address",
	  { 0 } },
};

static void a_line_is_this_command_or_this_error(void **state)
{
	const struct row *row = *state;
	char error[COMMAND_ERROR_BYTES] = "";
	struct command command;

	assert_int_equal(command_read(row->line, strlen(row->line), &command, error), !row->error);
	assert_true(text_is_printable(error, strlen(error)));
	if (row->error && !strstr(error, row->error))
		fail_msg("\"%s\" is not in: %s", row->error, error);
	if (row->error)
		return;
	assert_int_equal(command.kind, row->command.kind);
	assert_int_equal(command.member, row->command.member);
	assert_string_equal(command.room, row->command.room);
	assert_string_equal(command.why, row->command.why);
	assert_string_equal(command.text, row->command.text);
	assert_int_equal(command.prefix.length, row->command.prefix.length);
	assert_memory_equal(command.prefix.bytes, row->command.prefix.bytes, PREFIX_BYTES);
	assert_true(command.seconds == row->command.seconds);
}

/* In memory of exactly its size, so that a sanitizer sees a read beyond it. */
static void read_mutant(const char *bytes, size_t size)
{
	char error[COMMAND_ERROR_BYTES] = "", *line = malloc(size + (size == 0));
	struct command command;

	assert_non_null(line);
	memcpy(line, bytes, size);
	if (!command_read(line, size, &command, error))
		assert_true(*error != '\0');
	free(line);
}

static void changed_and_cut_lines_are_read_or_refused_with_a_sentence(void **state)
{
	struct seeded_random seed = seeded_random_from_environment();

	(void)state;
	for (int i = 0; i < MUTANTS; i++) {
		const struct row *row =
			&rows[seeded_random_between(&seed, 0, sizeof(rows) / sizeof(rows[0]) - 1)];
		char bytes[MUTANT_MAX_BYTES];
		size_t size = strlen(row->line);

		memcpy(bytes, row->line, size);
		for (uint64_t n = seeded_random_between(&seed, 0, 4); n > 0 && size > 0; n--)
			bytes[seeded_random_between(&seed, 0, size - 1)] =
				(char)seeded_random_between(&seed, 0, 255);
		if (seeded_random_between(&seed, 0, 3) == 0)
			size = seeded_random_between(&seed, 0, size);
		read_mutant(bytes, size);
	}
}

int main(void)
{
	struct CMUnitTest tests[ROW_TESTS_COUNT(rows) + 1] = {
		cmocka_unit_test(changed_and_cut_lines_are_read_or_refused_with_a_sentence),
	};
	size_t count = 1;

	ROW_TESTS_ADD(tests, count, rows, a_line_is_this_command_or_this_error);
	return _cmocka_run_group_tests("command", tests, count, NULL, NULL);
}

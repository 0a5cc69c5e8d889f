/* A result that is measured again: what its file may ask for, and what the command line may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/result/repeat.h"

enum {
	WORDS_MAX = 10,
};

/* Arguments. */

static int count_words(const char *const *words)
{
	int count = 0;

	while (count < WORDS_MAX && words[count])
		count++;
	return count;
}

static struct result *file_with(const char *const *words)
{
	/* Through the text, as what is not kept could stand in a file all the same. */
	char text[2048], list[1024] = "", error[RESULT_ERROR_BYTES] = "";
	struct result *result;

	for (int i = 0; i < count_words(words); i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s\"%s\"",
			 i > 0 ? ", " : "", words[i]);
	snprintf(text, sizeof(text),
		 "{\"format\": \"starling-bench result\", \"version\": 1, \"program\": \"0\", "
		 "\"command\": \"load\", \"arguments\": [%s], \"simulated\": true, \"parameters\": "
		 "{}, \"valid\": true, \"reasons\": [], \"rows\": []}",
		 list);
	result = result_read_text(text, "evil.json", error);
	if (!result)
		fail_msg("%s", error);
	return result;
}

/* NULL, with the sentence; else the words with blanks between. */
static const char *arguments_of(const char *const *line, const char *const *words,
				char sentence[static RESULT_ERROR_BYTES])
{
	static char joined[1024];
	char *argv[WORDS_MAX + 1] = { "load" };
	struct result *file = file_with(words);
	struct repeat_wishes wishes;
	char **arguments = NULL;
	int argc;

	for (int i = 0; i < count_words(line); i++)
		argv[i + 1] = (char *)(uintptr_t)line[i];
	if (repeat_wishes_parse(&wishes, count_words(line) + 1, argv, sentence))
		arguments = repeat_arguments(&wishes, file, &argc, sentence);
	joined[0] = '\0';
	for (int i = 0; arguments && i < argc; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s",
			 i > 0 ? " " : "", arguments[i]);
	result_destroy(file);
	free(arguments);
	return arguments ? joined : NULL;
}

#define FILE_NAMED "--repeat-of", "evil.json"

static void a_file_chooses_neither_programs_nor_targets_nor_consent_nor_places(void **state)
{
	static const struct {
		const char *words[WORDS_MAX], *says, *also;
	} rows[] = {
		{ { "--programs", "/tmp/x" }, "--programs /tmp/x", "which programs are run" },
		{ { "--programs=/tmp/x" }, "--programs=/tmp/x", "give --programs beside" },
		{ { "--p", "/tmp/x" }, "--p /tmp/x", "which programs are run" },
		{ { "--prog=/tmp/x" }, "--prog=/tmp/x", "which programs are run" },
		{ { "--members", "4", "--relay", "192.0.2.1:9" },
		  "--relay 192.0.2.1:9",
		  "which relay is loaded" },
		{ { "--rel=192.0.2.1:9" }, "--rel=192.0.2.1:9", "which relay is loaded" },
		{ { "--pid", "1" }, "--pid 1", "which process is watched" },
		{ { "--i-operate-this-relay" }, "--i-operate-this-relay", "yours to load" },
		{ { "--i" }, "--i", "yours to load" },
		{ { "--hist", "/etc" }, "--hist /etc", "where files are written" },
		{ { "--out=/etc/passwd" }, "--out=/etc/passwd", "where files are written" },
		{ { "--repeat-of", "other.json" }, "--repeat-of", "a file may not have" },
		{ { "--repeat-o=other.json" }, "--repeat-o=", "a file may not have" },
		{ { "--config", "/etc/passwd" }, "--config", "a file may not have" },
		{ { "--conf=/etc/passwd" }, "--conf=", "a file may not have" },
		{ { "--seconds", "1", "--programs" }, "--programs", "which programs are run" },
	};
	static const char *const line[WORDS_MAX] = { FILE_NAMED };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sentence[RESULT_ERROR_BYTES] = "";

		if (arguments_of(line, rows[i].words, sentence))
			fail_msg("%s was taken from a file", rows[i].words[0]);
		if (!strstr(sentence, "evil.json: its arguments have") ||
		    !strstr(sentence, rows[i].says) || !strstr(sentence, rows[i].also))
			fail_msg("\"%s\" lacks \"%s\" or \"%s\"", sentence, rows[i].says,
				 rows[i].also);
	}
}

static void what_a_file_may_not_say_is_taken_from_the_command_line(void **state)
{
	static const struct {
		const char *line[WORDS_MAX], *words[WORDS_MAX], *becomes;
	} rows[] = {
		{ { FILE_NAMED }, { "--repeat", "2", "--rate=30" }, "load --repeat 2 --rate=30" },
		{ { FILE_NAMED, "--programs", "build" },
		  { "--programs", "/tmp/x", "--rate", "30" },
		  "load --programs build --rate 30" },
		{ { "--programs=build", FILE_NAMED, "--json" },
		  { "--rate", "30", "--prog=/tmp/x" },
		  "load --programs=build --rate 30" },
		{ { "--repeat-of=evil.json", "--programs", "build" },
		  { "--rate", "30" },
		  "load --programs build --rate 30" },
		{ { FILE_NAMED, "--relay", "127.0.0.1:7", "--pid", "9" },
		  { "--relay", "192.0.2.1:9", "--rate", "30" },
		  "load --relay 127.0.0.1:7 --pid 9 --rate 30" },
		{ { FILE_NAMED, "--relay", "192.0.2.1:9", "--i-operate-this-relay" },
		  { "--i-operate-this-relay", "--relay=192.0.2.1:9" },
		  "load --relay 192.0.2.1:9 --i-operate-this-relay" },
		{ { FILE_NAMED, "--hist", "d" }, { "--rate", "30" }, "load --hist d --rate 30" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sentence[RESULT_ERROR_BYTES] = "";
		const char *is = arguments_of(rows[i].line, rows[i].words, sentence);

		if (!is)
			fail_msg("%s", sentence);
		assert_string_equal(is, rows[i].becomes);
	}
}

static void what_the_file_says_is_not_said_beside_it(void **state)
{
	static const struct {
		const char *line[WORDS_MAX], *words[WORDS_MAX], *says;
	} rows[] = {
		{ { FILE_NAMED, "--seconds", "3" }, { NULL }, "leave --seconds out" },
		{ { FILE_NAMED, "--repeat-of", "b" }, { NULL }, "leave --repeat-of out" },
		{ { FILE_NAMED, "--config", "b" }, { NULL }, "leave --config out" },
		{ { FILE_NAMED, "x" }, { NULL }, "leave x out" },
		{ { FILE_NAMED, "--programs" }, { NULL }, "leave --programs out" },
		{ { FILE_NAMED, "--relay", "127.0.0.1:7" }, { NULL }, "leave --relay out" },
		{ { FILE_NAMED, "--pid", "7" }, { NULL }, "leave --pid out" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sentence[RESULT_ERROR_BYTES] = "";

		assert_null(arguments_of(rows[i].line, rows[i].words, sentence));
		if (!strstr(sentence, rows[i].says))
			fail_msg("\"%s\" lacks \"%s\"", sentence, rows[i].says);
	}
}

static void a_shortened_repeat_of_is_one_too(void **state)
{
	static const struct {
		const char *word, *file;
	} rows[] = {
		{ "--repeat-of=a", "a" }, { "--repeat-o=a", "a" },    { "--repeat-=a", "a" },
		{ "--repeat=a", NULL },   { "--repeat-off=a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *argv[] = { "load", (char *)(uintptr_t)rows[i].word };
		const char *file = repeat_file(2, argv);

		assert_true(file ? rows[i].file && strcmp(file, rows[i].file) == 0 : !rows[i].file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_file_chooses_neither_programs_nor_targets_nor_consent_nor_places),
		cmocka_unit_test(what_a_file_may_not_say_is_taken_from_the_command_line),
		cmocka_unit_test(what_the_file_says_is_not_said_beside_it),
		cmocka_unit_test(a_shortened_repeat_of_is_one_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

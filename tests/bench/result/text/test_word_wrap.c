#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/result/text/word_wrap.h"

static void words_stand_on_lines_that_are_not_too_long(void **state)
{
	char *text = NULL, *rest, *line;
	size_t size = 0, words = 0, lines = 0;
	struct word_wrap paragraph = { .out = open_memstream(&text, &size) };

	(void)state;
	for (int i = 0; i < 100; i++)
		word_wrap_say(&paragraph, " word  and %d~ms ", i % 10);
	word_wrap_end(&paragraph);
	word_wrap_end(&paragraph);
	fclose(paragraph.out);
	assert_int_equal(text[size - 1], '\n');
	for (rest = text; (line = strsep(&rest, "\n")) && *line; lines++) {
		assert_true(strlen(line) <= WORD_WRAP_WIDTH);
		assert_true(line[0] != ' ' && strncmp(line, "ms", 2) != 0);
		assert_null(strstr(line, "  "));
		for (const char *at = line; (at = strstr(at, " ms")); at++)
			words++;
	}
	assert_int_equal(words, 100);
	assert_int_equal(lines, 100 * strlen("word and 0 ms ") / WORD_WRAP_WIDTH + 1);
	free(text);
}

static void a_word_longer_than_a_line_stands_alone(void **state)
{
	char *text = NULL, word[WORD_WRAP_WIDTH + 9] = { 0 };
	size_t size = 0;
	struct word_wrap paragraph = { .out = open_memstream(&text, &size) };

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word_wrap_say(&paragraph, "a %s b", word);
	word_wrap_end(&paragraph);
	fclose(paragraph.out);
	assert_int_equal(size, 2 + sizeof(word) + 2);
	assert_int_equal(strncmp(text, "a\nx", 3), 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_stand_on_lines_that_are_not_too_long),
		cmocka_unit_test(a_word_longer_than_a_line_stands_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/tour/chapter.h"
#include "client/tour/fold.h"
#include "client/tour/page.h"

/* The chapter's text for people. Freed by the caller. */
static char *play(struct tour *tour, int number)
{
	char *text = NULL;
	size_t size = 0;

	tour->language = language_choose("en");
	tour->out = open_memstream(&text, &size);
	assert_non_null(tour->out);
	(void)chapter_play(tour, chapter_find(number));
	fclose(tour->out);
	return text;
}

/* As play, with keys typed by the reader; the end of them is the end of the terminal. */
static char *play_keys(int number, const char *keys)
{
	struct tour tour = { .wait = STEP_KEYS };
	int ends[2];
	char *text;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], keys, strlen(keys)), (ssize_t)strlen(keys));
	close(ends[1]);
	tour.key_fd = ends[0];
	text = play(&tour, number);
	close(ends[0]);
	return text;
}

static void no_line_is_wider_than_the_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; i < chapter_count; i++) {
		struct tour tour = { 0 };
		char *text = play(&tour, chapter_list[i].number), *line, *rest;

		assert_null(strchr(text, '\033'));
		for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
			if (fold_columns(line) > FOLD_COLUMNS)
				fail_msg("too wide: %s", line);
		}
		free(text);
	}
}

static void a_key_leads_to_the_next_step_and_the_end_of_input_ends_the_tour(void **state)
{
	char *text = play_keys(1, " ");

	(void)state;
	assert_non_null(strstr(text, "1. A socket is an endpoint"));
	assert_non_null(strstr(text, "2. The house"));
	assert_null(strstr(text, "3. Letter boxes"));
	free(text);
}

static void back_shows_the_earlier_step_as_it_was_and_makes_no_call_again(void **state)
{
	char *text = play_keys(1, " b  q"), *first, *second, *third;

	(void)state;
	first = strstr(text, "1. A socket is an endpoint");
	second = strstr(first, "2. The house");
	first = strstr(second, "1. A socket is an endpoint");
	assert_non_null(first);
	assert_memory_equal(first, strstr(text, "1. A socket"), 500);
	second = strstr(first, "2. The house");
	assert_non_null(second);
	third = strstr(second, "3. Letter boxes");
	assert_non_null(third);
	assert_null(strstr(third, "4. One"));
	free(text);
}

static void x_shows_the_bytes_and_x_again_the_step(void **state)
{
	char *text = play_keys(1, " xxq"), *bytes;

	(void)state;
	bytes = strstr(text, "bind: struct sockaddr_in");
	assert_non_null(bytes);
	/* AF_INET, then the port with its high byte first, then 127.0.0.1. */
	assert_non_null(strstr(bytes, "7f 00 00 01"));
	assert_non_null(strstr(bytes, "2. The house"));
	free(text);
}

static void q_ends_the_tour(void **state)
{
	char *text = play_keys(1, "q    ");

	(void)state;
	assert_non_null(strstr(text, "1. A socket is an endpoint"));
	assert_null(strstr(text, "2. The house"));
	free(text);
}

static void who_left_off_at_a_step_begins_there_and_can_still_go_back(void **state)
{
	struct tour tour = { .wait = STEP_KEYS, .skip_to = 3 };
	int ends[2];
	char *text, *first;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "bq", 2), 2);
	close(ends[1]);
	tour.key_fd = ends[0];
	text = play(&tour, 1);
	close(ends[0]);
	first = strstr(text, "3. Letter boxes");
	assert_non_null(first);
	assert_null(strstr(text, "1. A socket"));
	assert_non_null(strstr(first, "2. The house"));
	free(text);
}

static void a_text_folds_between_words_and_counts_wide_characters_twice(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	assert_int_equal(fold_columns("\xec\x86\x8c\xec\xbc\x93"), 4);
	assert_int_equal(fold_columns(FOLD_BOLD "ab" FOLD_PLAIN), 2);
	for (int i = 0; i < 20; i++)
		fold_print(out, "\xec\x86\x8c\xec\xbc\x93 \xec\x86\x8c\xec\xbc\x93", 70, 2);
	fclose(out);
	/* 70 + 4 columns, a blank and 4 more are 79: they fit. */
	assert_non_null(strstr(text, "\xec\xbc\x93 \xec\x86\x8c"));
	free(text);
	out = open_memstream(&text, &size);
	fold_print(out, "\xec\x86\x8c\xec\xbc\x93 \xec\x86\x8c\xec\xbc\x93", 71, 2);
	fclose(out);
	assert_string_equal(text, "\xec\x86\x8c\xec\xbc\x93\n  \xec\x86\x8c\xec\xbc\x93\n");
	free(text);
}

static void a_text_that_a_language_lacks_is_in_english(void **state)
{
	const struct language other = { "xx", "1.title: \xc3\xa4\n more\n\nkeys: k\n" };
	char text[LANGUAGE_TEXT_BYTES];

	(void)state;
	assert_string_equal(language_text(&other, "1.title", text), "\xc3\xa4 more");
	assert_string_equal(language_text(&other, "2.title", text), "Datagrams");
	assert_null(language_text(&other, "no such key", text));
}

static void the_language_is_the_one_asked_for_or_that_of_the_environment(void **state)
{
	(void)state;
	assert_null(language_choose("xx"));
	setenv("LC_ALL", "", 1);
	setenv("LC_MESSAGES", "", 1);
	setenv("LANG", "en_GB.UTF-8", 1);
	assert_string_equal(language_choose(NULL)->code, "en");
	setenv("LANG", "xx_YY", 1);
	assert_string_equal(language_choose(NULL)->code, "en");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_line_is_wider_than_the_terminal),
		cmocka_unit_test(a_key_leads_to_the_next_step_and_the_end_of_input_ends_the_tour),
		cmocka_unit_test(back_shows_the_earlier_step_as_it_was_and_makes_no_call_again),
		cmocka_unit_test(x_shows_the_bytes_and_x_again_the_step),
		cmocka_unit_test(q_ends_the_tour),
		cmocka_unit_test(who_left_off_at_a_step_begins_there_and_can_still_go_back),
		cmocka_unit_test(a_text_folds_between_words_and_counts_wide_characters_twice),
		cmocka_unit_test(a_text_that_a_language_lacks_is_in_english),
		cmocka_unit_test(the_language_is_the_one_asked_for_or_that_of_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/tour/chapter.h"
#include "client/tour/page/fold.h"
#include "client/tour/page/page.h"

/* The chapter's text for people, in tour->language or in English. Freed by the caller. */
static char *play(struct tour *tour, int number)
{
	char *text = NULL;
	size_t size = 0;

	if (!tour->language)
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

/* Checks the pages of a chapter, each of which begins with the word for "chapter". */
static void assert_pages_fit(const struct language *language, int chapter)
{
	struct tour tour = { .language = language, .wait = STEP_KEYS };
	char keys[STEPS_MAX + 1], *text, *line, *rest, label[LANGUAGE_TEXT_BYTES];
	int ends[2], lines = 0;

	memset(keys, ' ', STEPS_MAX);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], keys, STEPS_MAX), STEPS_MAX);
	close(ends[1]);
	tour.key_fd = ends[0];
	text = play(&tour, chapter);
	close(ends[0]);
	assert_non_null(language_text(language, "chapter", label));
	assert_null(strchr(text, '\033'));
	for (rest = text; (line = strsep(&rest, "\n"));) {
		lines = strncmp(line, label, strlen(label)) == 0 ? 1 : lines + 1;
		if (fold_columns(line) > FOLD_COLUMNS || (*line && lines > PAGE_LINES))
			fail_msg("%s, chapter %d, line %d: %s", language->code, chapter, lines,
				 line);
	}
	free(text);
}

static void each_language(void (*check)(const struct language *language, const void *what),
			  const void *what)
{
	char codes[256], *code, *rest;

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	snprintf(codes, sizeof(codes), "%s", language_codes());
	for (code = strtok_r(codes, ", ", &rest); code; code = strtok_r(NULL, ", ", &rest))
		check(language_choose(code), what);
}

/* tests/e2e/test_tour.c looks at English on a terminal. */
static void assert_chapters_fit(const struct language *language, const void *what)
{
	(void)what;
	if (strcmp(language->code, "en") == 0)
		return;
	for (size_t i = 0; i < chapter_count; i++)
		assert_pages_fit(language, chapter_list[i].number);
}

static void every_page_fits_the_terminal_in_every_other_language(void **state)
{
	(void)state;
	each_language(assert_chapters_fit, NULL);
}

/* Every line ends with a side of the right box, at the last column. */
static void assert_picture_is_straight(const struct language *language, const void *what)
{
	char *text = NULL, *line, *rest;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	picture_draw(what, language, out);
	fclose(out);
	assert_true(size > 0);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (fold_columns(line) != FOLD_COLUMNS)
			fail_msg("%s: %s", language->code, line);
	}
	free(text);
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

static void the_longest_words_fit_the_picture_in_every_language(void **state)
{
	static const struct picture_socket sockets[] = {
		{ .fd = 11, .type = SOCK_DGRAM },
		{ .fd = 11, .type = SOCK_STREAM, .is_listening = true, .local = 65535 },
		{ .fd = 11, .type = SOCK_STREAM, .local = 65535, .peer = 65535 },
		{ .fd = 11, .type = SOCK_DGRAM, .local = 65535 },
	};
	struct picture picture = { 0 };

	(void)state;
	for (int party = 0; party < PICTURE_PARTIES; party++) {
		picture.parties[party].pid = 4194304; /* Linux has none above */
		if (party == PICTURE_CLIENT_B)
			continue;
		memcpy(picture.parties[party].sockets, sockets, sizeof(sockets));
		picture.parties[party].count = sizeof(sockets) / sizeof(sockets[0]);
	}
	for (int fate = PICTURE_ARRIVES; fate < PICTURE_FATES; fate++) {
		struct picture_arrow *arrow = picture_add_arrow(&picture, PICTURE_CLIENT_A);

		arrow->fate = (enum picture_fate)fate;
		snprintf(arrow->text, sizeof(arrow->text), "\"anyone?\"");
	}
	each_language(assert_picture_is_straight, &picture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_fits_the_terminal_in_every_other_language),
		cmocka_unit_test(a_key_leads_to_the_next_step_and_the_end_of_input_ends_the_tour),
		cmocka_unit_test(back_shows_the_earlier_step_as_it_was_and_makes_no_call_again),
		cmocka_unit_test(x_shows_the_bytes_and_x_again_the_step),
		cmocka_unit_test(q_ends_the_tour),
		cmocka_unit_test(who_left_off_at_a_step_begins_there_and_can_still_go_back),
		cmocka_unit_test(a_text_folds_between_words_and_counts_wide_characters_twice),
		cmocka_unit_test(the_longest_words_fit_the_picture_in_every_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

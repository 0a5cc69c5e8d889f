/* The tour's languages: how one is chosen, and what holds for the texts of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "client/tour/page/fold.h"
#include "client/tour/language.h"

enum {
	KEY_BYTES = 64,
	STEP_LINES = 3, /* of a step's sentences, as text.en says */
	LABEL_COLUMNS = 24,
};

static void a_text_that_a_language_lacks_is_in_english(void **state)
{
	const struct language other = { "xx", "1.title: \xc3\xa4\n more\n\nkeys: k\n" };
	char text[LANGUAGE_TEXT_BYTES];

	(void)state;
	assert_string_equal(language_text(&other, "1.title", text), "\xc3\xa4 more");
	assert_string_equal(language_text(&other, "2.title", text), "Datagrams");
	assert_null(language_text(&other, "no such key", text));
}

static void the_language_is_the_one_asked_for(void **state)
{
	(void)state;
	setenv("LC_ALL", "vi_VN.UTF-8", 1);
	assert_string_equal(language_choose("ko")->code, "ko");
	assert_string_equal(language_choose("ko_KR.UTF-8")->code, "ko");
	assert_string_equal(language_choose("en")->code, "en");
	assert_null(language_choose("xx"));
	assert_null(language_choose("k"));
	assert_null(language_choose("kok"));
	assert_null(language_choose(""));
}

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void the_language_is_that_of_the_environment_where_that_is_utf_8(void **state)
{
	static const struct {
		const char *all, *ctype, *messages, *lang, *expected;
	} rows[] = {
		{ NULL, NULL, NULL, "ko_KR.UTF-8", "ko" },
		{ NULL, NULL, NULL, "id_ID.UTF-8", "id" },
		{ NULL, NULL, NULL, "vi_VN.UTF-8", "vi" },
		{ NULL, NULL, NULL, "en_GB.UTF-8", "en" },
		/* Other ways to write it. */
		{ NULL, NULL, NULL, "ko_KR.utf8", "ko" },
		{ NULL, NULL, NULL, "ko.UTF-8", "ko" },
		{ NULL, NULL, NULL, "vi_VN.UTF-8@latin", "vi" },
		/* No texts for it. */
		{ NULL, NULL, NULL, "kok_IN.UTF-8", "en" },
		{ NULL, NULL, NULL, "xx_YY.UTF-8", "en" },
		{ NULL, NULL, NULL, "C.UTF-8", "en" },
		{ NULL, NULL, NULL, ".UTF-8", "en" },
		{ NULL, NULL, NULL, "POSIX", "en" },
		{ NULL, NULL, NULL, "", "en" },
		{ NULL, NULL, NULL, NULL, "en" },
		/* Not UTF-8; without a name for it, the locale's own is EUC-KR, or C where the
		 * locale is not installed. */
		{ NULL, NULL, NULL, "ko_KR.eucKR", "en" },
		{ NULL, NULL, NULL, "ko_KR", "en" },
		{ NULL, NULL, NULL, "vi_VN.TCVN", "en" },
		{ NULL, NULL, NULL, "ko_KR.UTF-80", "en" },
		{ NULL, NULL, NULL, "ko_KR.UTF-16", "en" },
		/* The first that is set and not empty. */
		{ "C", NULL, NULL, "ko_KR.UTF-8", "en" },
		{ "vi_VN.UTF-8", NULL, "id_ID.UTF-8", "ko_KR.UTF-8", "vi" },
		{ NULL, NULL, "id_ID.UTF-8", "ko_KR.UTF-8", "id" },
		{ "", "", "", "ko_KR.UTF-8", "ko" },
		/* LC_MESSAGES has the language, and LC_CTYPE the characters. */
		{ NULL, NULL, "ko_KR", "en_US.UTF-8", "ko" },
		{ NULL, "C.UTF-8", "ko_KR.eucKR", "C", "ko" },
		{ NULL, "C", NULL, "ko_KR.UTF-8", "en" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *code;

		set("LC_ALL", rows[i].all);
		set("LC_CTYPE", rows[i].ctype);
		set("LC_MESSAGES", rows[i].messages);
		set("LANG", rows[i].lang);
		/* As the program does; a locale that is not installed leaves the one before. */
		setlocale(LC_CTYPE, "C");
		setlocale(LC_CTYPE, "");
		code = language_choose(NULL)->code;
		if (strcmp(code, rows[i].expected) != 0)
			fail_msg("row %zu: %s instead of %s", i, code, rows[i].expected);
	}
}

/* Takes the next key from a file of texts. False: there is none. */
static bool next_key(const char **at, char key[static KEY_BYTES])
{
	for (; **at != '\0'; *at += strcspn(*at, "\n"), *at += **at == '\n') {
		size_t length = strcspn(*at, ":\n");

		if (strchr("# \t\n", **at))
			continue;
		if ((*at)[length] != ':' || (*at)[length + 1] != ' ' || length >= KEY_BYTES)
			fail_msg("no 'key: text': %.40s", *at);
		memcpy(key, *at, length);
		key[length] = '\0';
		*at += strcspn(*at, "\n");
		return true;
	}
	return false;
}

/* Runs a check on each text of each language, as the language has it and in English. */
static void each_text(void (*check)(const char *code, const char *key, const char *text,
				    const char *english))
{
	char codes[64], key[KEY_BYTES], text[LANGUAGE_TEXT_BYTES], english[LANGUAGE_TEXT_BYTES];
	char *code, *rest;
	size_t texts = 0;

	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	snprintf(codes, sizeof(codes), "%s", language_codes());
	for (code = strtok_r(codes, ", ", &rest); code; code = strtok_r(NULL, ", ", &rest)) {
		const struct language *language = language_choose(code);

		for (const char *at = language->texts; next_key(&at, key); texts++) {
			assert_non_null(language_text(language, key, text));
			check(code, key, text, language_text(language_choose("en"), key, english));
		}
	}
	assert_true(texts > 400);
}

/* How often a key begins a text of the language. */
static size_t count_key(const struct language *language, const char *wanted)
{
	char key[KEY_BYTES];
	size_t count = 0;

	for (const char *at = language->texts; next_key(&at, key);)
		count += strcmp(key, wanted) == 0;
	return count;
}

static void assert_key(const char *code, const char *key, const char *text, const char *english)
{
	(void)text;
	if (!english)
		fail_msg("%s: English has no %s", code, key);
	if (count_key(language_choose(code), key) != 1)
		fail_msg("%s has %s twice", code, key);
}

static void a_language_has_each_key_once_and_none_that_english_lacks(void **state)
{
	(void)state;
	each_text(assert_key);
}

/* How often {word} stands in a text; *word is what begins at an opening brace. */
static size_t count_word(const char *text, const char *word)
{
	size_t length = strcspn(word, "}") + 1, count = 0;

	while ((text = strchr(text, '{'))) {
		count += strncmp(text, word, length) == 0;
		text++;
	}
	return count;
}

static void assert_words(const char *code, const char *key, const char *text, const char *english)
{
	const char *const both[] = { text, english };

	for (int i = 0; i < 2; i++) {
		for (const char *at = strchr(both[i], '{'); at; at = strchr(at + 1, '{')) {
			if (count_word(text, at) != count_word(english, at))
				fail_msg("%s, %s: not as in English: %.12s", code, key, at);
		}
	}
}

static void a_text_has_the_words_that_it_has_in_english(void **state)
{
	(void)state;
	each_text(assert_words);
}

/* Each character is one, with a width: no broken UTF-8, no letter apart from its accent. */
static void assert_characters(const char *code, const char *key, const char *text,
			      const char *english)
{
	mbstate_t shift = { 0 };

	(void)english;
	while (*text != '\0') {
		wchar_t character;
		size_t used = mbrtowc(&character, text, MB_CUR_MAX, &shift);

		if (used > MB_CUR_MAX || wcwidth(character) < 1)
			fail_msg("%s, %s: no character with a width: %.20s", code, key, text);
		text += used;
	}
}

static void a_text_has_characters_with_a_width_alone(void **state)
{
	(void)state;
	each_text(assert_characters);
}

static size_t lines_of(const char *text)
{
	char *folded = NULL;
	size_t size = 0, lines = 0;
	FILE *out = open_memstream(&folded, &size);

	assert_non_null(out);
	fold_print(out, text, 0, 0);
	fclose(out);
	for (size_t i = 0; i < size; i++)
		lines += folded[i] == '\n';
	free(folded);
	return lines;
}

static void assert_room(const char *code, const char *key, const char *text, const char *english)
{
	size_t length = strlen(key), lines = lines_of(text), limit = 1;

	if (isdigit((unsigned char)key[0]) && strchr(key, '.') &&
	    !(length > 6 && strcmp(key + length - 6, ".title") == 0))
		limit = lines_of(english) > STEP_LINES ? lines_of(english) : STEP_LINES;
	if (lines > limit)
		fail_msg("%s, %s: %zu lines, and there is room for %zu", code, key, lines, limit);
	if (strncmp(key, "picture.", 8) == 0 && fold_columns(text) > LABEL_COLUMNS)
		fail_msg("%s, %s is too wide", code, key);
}

static void a_text_folds_into_the_lines_that_its_page_has(void **state)
{
	(void)state;
	each_text(assert_room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_that_a_language_lacks_is_in_english),
		cmocka_unit_test(the_language_is_the_one_asked_for),
		cmocka_unit_test(the_language_is_that_of_the_environment_where_that_is_utf_8),
		cmocka_unit_test(a_language_has_each_key_once_and_none_that_english_lacks),
		cmocka_unit_test(a_text_has_the_words_that_it_has_in_english),
		cmocka_unit_test(a_text_has_characters_with_a_width_alone),
		cmocka_unit_test(a_text_folds_into_the_lines_that_its_page_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "client/tour/language.h"

#include <langinfo.h>
#include <locale.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A file of texts. The Makefile says that this object depends on them. */
#define TEXT_FILE(name, file)                                                                      \
	__asm__(".section .rodata\n" #name ":\n.incbin \"client/tour/" file "\"\n.byte 0\n"        \
		".previous\n");                                                                    \
	extern const char name[]
TEXT_FILE(tour_text_en, "text.en");
TEXT_FILE(tour_text_id, "text.id");
TEXT_FILE(tour_text_ko, "text.ko");
TEXT_FILE(tour_text_vi, "text.vi");

/* English is first. */
static const struct language languages[] = {
	{ "en", tour_text_en },
	{ "id", tour_text_id },
	{ "ko", tour_text_ko },
	{ "vi", tour_text_vi },
};

enum {
	LANGUAGES = sizeof(languages) / sizeof(languages[0]),
};

/* The language of a name as "ko_KR.UTF-8". NULL: none. */
static const struct language *find(const char *name)
{
	size_t length = strcspn(name, "_.@");

	for (size_t i = 0; i < LANGUAGES; i++) {
		if (strlen(languages[i].code) == length &&
		    strncmp(languages[i].code, name, length) == 0)
			return &languages[i];
	}
	return NULL;
}

/* The environment's locale for a category, as POSIX looks for it. "": none. */
static const char *locale_name(const char *category)
{
	const char *const names[] = { "LC_ALL", category, "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value != '\0')
			return value;
	}
	return "";
}

/*
 * Whether the reader's terminal shows UTF-8. A name that says so is believed: the locale need not
 * be installed.
 */
static bool is_utf8(void)
{
	const char *codeset = strchr(locale_name("LC_CTYPE"), '.');
	size_t length;

	if (!codeset)
		return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	length = strcspn(++codeset, "@");
	return (length == 5 && strncasecmp(codeset, "UTF-8", length) == 0) ||
	       (length == 4 && strncasecmp(codeset, "UTF8", length) == 0);
}

const struct language *language_choose(const char *code)
{
	const struct language *found;

	if (code)
		return find(code);
	found = is_utf8() ? find(locale_name("LC_MESSAGES")) : NULL;
	return found ? found : &languages[0];
}

const char *language_codes(void)
{
	static char codes[8 * LANGUAGES];
	size_t at = 0;

	for (size_t i = 0; i < LANGUAGES; i++)
		at += (size_t)snprintf(codes + at, sizeof(codes) - at, "%s%s", i ? ", " : "",
				       languages[i].code);
	return codes;
}

bool language_prepare(const struct language *language)
{
	return language == &languages[0] || strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ||
	       setlocale(LC_CTYPE, "C.UTF-8");
}

/* Copies a text that ends with its line, and the lines that go on with it. */
static void copy_text(const char *at, char out[static LANGUAGE_TEXT_BYTES])
{
	size_t used = 0;

	for (;;) {
		size_t length = strcspn(at, "\n");

		if (used + length + 2 > LANGUAGE_TEXT_BYTES)
			break;
		memcpy(out + used, at, length);
		used += length;
		at += length;
		if (at[0] == '\0' || (at[1] != ' ' && at[1] != '\t'))
			break;
		at++;
		at += strspn(at, " \t");
		out[used++] = ' ';
	}
	out[used] = '\0';
}

static bool find_text(const char *texts, const char *key, char out[static LANGUAGE_TEXT_BYTES])
{
	size_t length = strlen(key);

	for (const char *line = texts; *line != '\0'; line += strspn(line, "\n")) {
		if (strncmp(line, key, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
			copy_text(line + length + 2, out);
			return true;
		}
		line += strcspn(line, "\n");
	}
	return false;
}

const char *language_text(const struct language *language, const char *key,
			  char out[static LANGUAGE_TEXT_BYTES])
{
	if (find_text(language->texts, key, out) || find_text(languages[0].texts, key, out))
		return out;
	return NULL;
}

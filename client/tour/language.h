/*
 * language: the tour's texts, one file a language: text.en and others beside it, which are part of
 * the program.
 *
 * A file has one text after another, as `key: text`; a line that begins with a blank goes on with
 * the text. Empty lines and lines that begin with # are skipped. A text has places for words, as
 * {port}.
 *
 * text.en is complete. Another language is a file text.CODE in UTF-8, with the keys and words of
 * text.en, and a line in each of the two lists at the top of language.c.
 */
#ifndef STARLING_CLIENT_TOUR_LANGUAGE_H
#define STARLING_CLIENT_TOUR_LANGUAGE_H

#include <stdbool.h>

enum {
	LANGUAGE_TEXT_BYTES = 1024,
};

struct language {
	const char *code; /* "en" */
	const char *texts;
};

/*
 * The language with this code. NULL asks the environment (LC_ALL, LC_MESSAGES, LANG), and is
 * English when there are no texts for that, or its characters are not UTF-8 (LC_ALL, LC_CTYPE,
 * LANG). NULL: there is no such language.
 */
const struct language *language_choose(const char *code);

/* The codes of all languages, as "en, id". */
const char *language_codes(void);

/*
 * Makes the process's locale able to show the language, where it is not yet. False: this machine
 * has no locale with its characters.
 */
bool language_prepare(const struct language *language);

/* A text, in English where the language lacks it. Returns `out`; NULL when there is none. */
const char *language_text(const struct language *language, const char *key,
			  char out[static LANGUAGE_TEXT_BYTES]);

#endif

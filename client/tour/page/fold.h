/*
 * fold: text in columns of a terminal: its width, and lines that break between words.
 *
 * A style is one byte in the text, which has no width: the colours of a terminal, or nothing.
 */
#ifndef STARLING_CLIENT_TOUR_FOLD_H
#define STARLING_CLIENT_TOUR_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define FOLD_BOLD   "\001"
#define FOLD_GREEN  "\002"
#define FOLD_YELLOW "\003"
#define FOLD_PLAIN  "\004"

enum {
	FOLD_COLUMNS = 79, /* the last column stays free, as terminals wrap there */
};

/* The columns of a text in the locale's characters. */
size_t fold_columns(const char *text);

/* Pads `text` with blanks to `columns`, and cuts nothing. */
void fold_pad(FILE *out, const char *text, size_t columns);

/*
 * Writes `text` in lines of at most FOLD_COLUMNS, which break at blanks alone. The first line goes
 * on at column `at`; the others begin with `indent` blanks. Ends with a newline.
 */
void fold_print(FILE *out, const char *text, size_t at, size_t indent);

/* Writes `text` with its styles as a terminal's codes, or without them. */
void fold_style(FILE *out, const char *text, bool has_colour);

#endif

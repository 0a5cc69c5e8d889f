/*
 * word_wrap: sentences as they come, set as one paragraph of lines that are not too long.
 */
#ifndef STARLING_BENCH_WORD_WRAP_H
#define STARLING_BENCH_WORD_WRAP_H

#include <stddef.h>
#include <stdio.h>

enum {
	WORD_WRAP_WIDTH = 92,
	WORD_WRAP_PIECE_BYTES = 512, /* what is said at a time, at most; the rest is cut off */
};

/* { .out = FILE } is one that has not begun. */
struct word_wrap {
	FILE *out;
	size_t column;
};

/* Adds words, which blanks separate; a ~ becomes a blank at which no line ends. */
__attribute__((format(printf, 2, 3))) void word_wrap_say(struct word_wrap *wrap, const char *format,
							 ...);

/* A full stop behind the last word; it may stand beyond the width. */
void word_wrap_full_stop(struct word_wrap *wrap);

/* Ends the last line, if there is one; the next words begin another. */
void word_wrap_end(struct word_wrap *wrap);

#endif

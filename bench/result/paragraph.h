/*
 * paragraph: sentences as they come, set as one paragraph of lines that are not too long.
 */
#ifndef STARLING_BENCH_PARAGRAPH_H
#define STARLING_BENCH_PARAGRAPH_H

#include <stddef.h>
#include <stdio.h>

enum {
	PARAGRAPH_WIDTH = 92,
	PARAGRAPH_PIECE_BYTES = 512, /* what is said at a time, at most; the rest is cut off */
};

/* { .out = FILE } is one that has not begun. */
struct paragraph {
	FILE *out;
	size_t column;
};

/* Adds words, which blanks separate; a ~ becomes a blank at which no line ends. */
__attribute__((format(printf, 2, 3))) void paragraph_say(struct paragraph *paragraph,
							 const char *format, ...);

/* Ends the last line, if there is one; the next words begin another. */
void paragraph_end(struct paragraph *paragraph);

#endif

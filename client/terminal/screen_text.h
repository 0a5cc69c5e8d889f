/* screen_text: words and colours on the curses screen. */
#ifndef STARLING_CLIENT_TERMINAL_SCREEN_TEXT_H
#define STARLING_CLIENT_TERMINAL_SCREEN_TEXT_H

#include <stdint.h>

enum screen_colour {
	SCREEN_PLAIN = 0,
	SCREEN_RED = 1, /* IT, and what is wrong */
	SCREEN_GREEN,
	SCREEN_YELLOW,
	SCREEN_BLUE,
	SCREEN_MAGENTA,
	SCREEN_CYAN,
	SCREEN_COLOURS,
};

/* Prepares the colours; without them on this terminal, all is SCREEN_PLAIN. */
void screen_text_init(void);

/* The curses attribute of a colour. */
unsigned screen_attribute(enum screen_colour colour);

/* A colour for a member, always the same, never the one of IT. */
enum screen_colour screen_colour_of(uint32_t member);

/*
 * Puts UTF-8 text at a place, in at most `width` columns; what the locale cannot show becomes "?".
 * Returns the columns it took.
 */
int screen_put(int row, int column, int width, const char *text);

/* The same, formatted. */
__attribute__((format(printf, 4, 5))) int screen_print(int row, int column, int width,
						       const char *format, ...);

/* The last part of a text that fits into `width` columns, for a line that is being typed. */
const char *screen_tail(const char *text, int width);

#endif

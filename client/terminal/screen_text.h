/* screen_text: text and colours on the curses screen. */
#ifndef STARLING_CLIENT_TERMINAL_SCREEN_TEXT_H
#define STARLING_CLIENT_TERMINAL_SCREEN_TEXT_H

#include <stdint.h>

enum screen_colour {
	SCREEN_PLAIN = 0,
	SCREEN_RED = 1, /* IT, and alarms */
	SCREEN_GREEN,
	SCREEN_YELLOW,
	SCREEN_BLUE,
	SCREEN_MAGENTA,
	SCREEN_CYAN,
	SCREEN_COLOURS,
};

/* Prepares the colours; on a terminal without them all are SCREEN_PLAIN. */
void screen_text_init(void);

/* The curses attribute of a colour. */
unsigned screen_attribute(enum screen_colour colour);

/* A member's colour, always the same, never that of IT. */
enum screen_colour screen_colour_of(uint32_t member);

/*
 * Puts UTF-8 text at a cell, in at most `width` columns; "?" replaces a character that the locale
 * cannot show. Returns the columns used.
 */
int screen_put(int row, int column, int width, const char *text);

/* Puts formatted text likewise. */
__attribute__((format(printf, 4, 5))) int screen_print(int row, int column, int width,
						       const char *format, ...);

/* The end of a text that fits `width` columns, for a line being typed. */
const char *screen_tail(const char *text, int width);

#endif

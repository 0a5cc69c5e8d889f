/*
 * screen: the terminal through curses: opening and closing it, keys, and sending what was drawn. A
 * process has at most one, because curses keeps its state for the whole process.
 */
#ifndef STARLING_CLIENT_TERMINAL_SCREEN_H
#define STARLING_CLIENT_TERMINAL_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

enum screen_key_type {
	SCREEN_NOTHING = 0,
	SCREEN_LEFT,
	SCREEN_RIGHT,
	SCREEN_UP,
	SCREEN_DOWN,
	SCREEN_ENTER,
	SCREEN_ESCAPE,
	SCREEN_BACKSPACE,
	SCREEN_TEXT,  /* `point` */
	SCREEN_OTHER, /* a key without a meaning here, or a new size */
};

struct screen_key {
	enum screen_key_type type;
	uint32_t point;
};

/*
 * Takes the terminal over. 0; -ENOTTY: standard input or output is none; -ENXIO: its kind (TERM) is
 * not known, or cannot move the cursor. No colours when NO_COLOR is set.
 */
int screen_open(void);

/* Restores the terminal. Allowed when it was never opened. */
void screen_close(void);

/*
 * The next key typed; SCREEN_NOTHING when there is none. Never waits. Ctrl-L clears the terminal,
 * and everything is drawn anew.
 */
struct screen_key screen_key(void);

/* Makes the next drawing send everything: others may have written on the terminal. */
void screen_repair(void);

/* Sends the drawing to the terminal; only differences are sent. */
void screen_show(void);

#endif

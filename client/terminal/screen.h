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
 * Takes the terminal over. 0, or -ENOTTY when standard input or output is none, or -ENXIO when its
 * kind (TERM) is not known, or has no places to write to. No colours when NO_COLOR is set.
 */
int screen_open(void);

/* Leaves the terminal as it was found. Allowed when it was never opened. */
void screen_close(void);

/*
 * The next key that was typed; SCREEN_NOTHING when there is none. Never waits. Ctrl-L clears the
 * terminal, and all is drawn anew.
 */
struct screen_key screen_key(void);

/* Draws all anew with the next model: others may have written on the terminal. */
void screen_repair(void);

/* Sends what was drawn to the terminal. */
void screen_show(void);

#endif

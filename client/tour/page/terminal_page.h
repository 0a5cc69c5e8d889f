/* terminal_page: pages on the terminal, and the reader's keys. */
#ifndef STARLING_CLIENT_TOUR_TERMINAL_PAGE_H
#define STARLING_CLIENT_TOUR_TERMINAL_PAGE_H

#include "client/tour/page/fold.h"
#include "client/tour/state.h"

enum terminal_page_key {
	TERMINAL_PAGE_NEXT = 0, /* Space, Enter, n, right */
	TERMINAL_PAGE_BACK,     /* b, Backspace, left */
	TERMINAL_PAGE_BYTES,    /* x */
	TERMINAL_PAGE_LEAVE,    /* q, Ctrl-C, Ctrl-D, or the terminal is gone */
	TERMINAL_PAGE_OTHER,
};

/* Whether the terminal of `fd` has room for a page; its size is stored. One that does not tell has.
 */
bool terminal_page_fits(int fd, int *columns, int *lines);

/* From now on Ctrl-C and the end of the terminal are noted instead of ending the process. */
void terminal_page_watch_signals(void);

/* Whether such a signal has come. */
bool terminal_page_was_stopped(void);

/* Ends the process by the signal that came; returns when none has. */
void terminal_page_end_by_signal(void);

/*
 * Shows a step's page, or its n-th page of bytes from 1, with the keys on the last line. Returns
 * the page of bytes that x leads to; 0: none, but the page itself.
 */
int terminal_page_show(const struct tour *tour, const struct step_shown *shown, int bytes_page);

/* Waits for a key. The terminal is as it was when this returns. */
enum terminal_page_key terminal_page_key(int fd);

/* Forgets what was typed while there was no page to type at. */
void terminal_page_forget_keys(int fd);

#endif

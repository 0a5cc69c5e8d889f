/*
 * lab_feed: what the lab's page is sent, twenty times a second, and what it may say: the links'
 *terms in the language of link_model.h, or for how long they are cut.
 *
 *	{"link":"delay=40ms,loss=5%"}	{"cut_ms":1000}
 */
#ifndef STARLING_CLIENT_LAB_LAB_FEED_H
#define STARLING_CLIENT_LAB_LAB_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/lab/lab_state.h"

enum {
	LAB_FEED_EVERY_MS = 50,
	LAB_CUT_MAX_MS = 10000,
};

/* Does what a page says. False: it is nothing that a page may say. */
bool lab_feed_hear(struct lab_state *state, const char *text, size_t size, int64_t now_ns);

/* Writes a message. False: no memory. */
bool lab_feed_write(struct lab_state *state, FILE *out, int64_t now_ns);

#endif

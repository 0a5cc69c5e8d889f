/*
 * receiver: a member of the lab's room that takes each new state of the birds: its loop, and what
 * its user does with them.
 */
#ifndef STARLING_CLIENT_LAB_RECEIVER_H
#define STARLING_CLIENT_LAB_RECEIVER_H

#include "client/lab/stage_internal.h"

struct receiver_watch {
	/* A bird's newest state is another: bird, number, x, y, origin_ns are set. */
	void (*update)(void *context, struct lab_record *record);
	/* Once a turn, after those: at least twenty times a second. */
	void (*turn)(void *context, struct starling *session);
	void *context;
};

/* Until the session ends, or is lost; after a LAB_BROKEN. The session is closed then. */
void receiver_follow(struct starling *session, int records, const struct receiver_watch *watch);

#endif

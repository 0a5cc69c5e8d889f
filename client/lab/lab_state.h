/*
 * lab_state: what the lab shows, shared by its loop, which fills it, and by its page's thread.
 * Whoever reads or writes holds the lock; no one holds it for longer than it takes to copy.
 */
#ifndef STARLING_CLIENT_LAB_LAB_STATE_H
#define STARLING_CLIENT_LAB_LAB_STATE_H

#include <pthread.h>
#include <stdbool.h>

#include "client/lab/view.h"
#include "proto/net/link/link_model.h"

enum {
	LAB_NOTES_MAX = 8,
	LAB_NOTE_BYTES = 160,
};

/* A change of the links. */
struct lab_note {
	int64_t at_ns;
	char text[LAB_NOTE_BYTES];
};

struct lab_state {
	pthread_mutex_t lock;
	struct view view;
	double rate_hz;
	int64_t start_ns;            /* when all receivers were there; 0: not yet */
	struct link_model_spec link; /* the terms that the links have now are its start */
	int64_t cut_until_ns;        /* 0: the links were never cut */
	struct lab_note notes[LAB_NOTES_MAX];
	unsigned note_count; /* so far; the newest are kept */
	int orders;          /* where the links' process is told (stage.h) */
};

/* Takes a record into the view. */
void lab_state_take(struct lab_state *state, const struct lab_record *record);

/* Has the links' terms, or a cut of so long, begin now, and notes it. */
void lab_state_change(struct lab_state *state, const struct link_model_spec *link, int64_t now_ns);
void lab_state_cut(struct lab_state *state, int64_t span_ns, int64_t now_ns);

#endif

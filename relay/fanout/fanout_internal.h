/*
 * fanout_parts: what the fan-out's files share; others include fanout.h.
 *
 *	fanout.c            snapshots, those who hear of everything, flush and keyframes
 *	fanout_view.c    those who have a view
 *	initial_sync.c   those who have just come
 */
#ifndef STARLING_RELAY_FANOUT_FANOUT_INTERNAL_H
#define STARLING_RELAY_FANOUT_FANOUT_INTERNAL_H

#include "relay/fanout/fanout.h"
#include "relay/fanout/snapshot_writer.h"

/* Sends the encoded states to all who have no view, as messages of this type. */
void fanout_send_all(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		     enum wire_type type, int64_t now_ns);

/* Has members look who is near, if it is time to, and tells them what is gone; else it will be. */
bool fanout_look(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		 int64_t now_ns);

/* Fills a newcomer's view, from what interest_gather found. */
void fanout_look_first(struct fanout *fanout, const struct outbox *outbox,
		       struct receiver *newcomer);

/* A pass over a member's view: sends what is due, as far as the budget goes. */
void fanout_serve(struct fanout *fanout, const struct outbox *outbox, struct receiver *to,
		  bool is_flush, int64_t now_ns);

/* Whether much of what went to a large room reliably is not acknowledged yet. */
bool fanout_is_slow(const struct outbox *outbox, const struct room *room);

/* Notes in a view which of the encoded states have settled; true when there is one. */
bool fanout_mark_keyframed(const struct fanout *fanout, struct view *view);

/* Gives a view to those whose budget is short of a flush; true when some are left without. */
bool fanout_divide(struct room *room, int64_t now_ns);

#endif

/*
 * fanout_internal: what the fan-out's files share; others include fanout.h.
 *
 *	fanout.c           the flush, and members who receive everything
 *	fanout_view.c      members who have a view
 *	initial_sync.c     members who join
 *	keyframe_at_rest.c states that came to rest
 */
#ifndef STARLING_RELAY_FANOUT_FANOUT_INTERNAL_H
#define STARLING_RELAY_FANOUT_FANOUT_INTERNAL_H

#include "relay/fanout/fanout.h"
#include "relay/fanout/snapshot_writer.h"

/* Sends the encoded states to all who have no view, as messages of this type. */
void fanout_send_states(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			enum wire_type type, int64_t now_ns);

/*
 * Has members look who is near, and notifies them of what left their sight. False: nobody has a
 * view of its own, or it is too early, and a time is set.
 */
bool fanout_look(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		 int64_t now_ns);

/* Fills a newcomer's view, from what interest_gather found. */
void fanout_look_first(struct fanout *fanout, const struct outbox *outbox,
		       struct receiver *newcomer);

/* A pass over a member's view: sends what is due, as far as the budget goes. */
void fanout_serve_view(struct fanout *fanout, const struct outbox *outbox, struct receiver *to,
		       bool is_flush, int64_t now_ns);

/* Whether a large room has acknowledged too little of what was sent reliably. */
bool fanout_is_slow(const struct outbox *outbox, const struct room *room);

/* Notes in a view which of the encoded states are keyframed; true when there is one. */
bool fanout_mark_keyframed(const struct fanout *fanout, struct view *view);

/* Gives a view to those whose budget is short of a flush; true when some are left without. */
bool fanout_assign_views(struct room *room, int64_t now_ns);

#endif

/*
 * interest: which entities a member with interest `radius` or `nearest` has in sight.
 *
 * A member sees from its place: where its own entity with the lowest index is; without one, where
 * the last such was; before its first, the origin of coordinates. Distances are taken in all three
 * directions. Its own entities are in sight with `echo` alone, and do not count.
 *
 * An entity enters when it is within the reach (`radius`) and among the K nearest (`nearest`: K as
 * granted; `radius`: K is the relay's bound on sight). It stays while it is within 9/8 of the reach
 * and among the K + K/4 + 1 nearest, so that one on the edge does not flicker. Where several are
 * equally far, those in sight have precedence. So a view never holds more than K + K/4 + 1.
 */
#ifndef STARLING_RELAY_FANOUT_INTEREST_H
#define STARLING_RELAY_FANOUT_INTEREST_H

#include "relay/fanout/kd_tree.h"
#include "relay/fanout/receiver.h"

enum {
	/* The most that a view may hold of others' entities, K being the largest. */
	INTEREST_SIGHT_MAX = WIRE_NEAREST_MAX + WIRE_NEAREST_MAX / 4 + 1,
};

/* What the relay grants of an interest that was asked for. */
struct wire_settings interest_grant(const struct config *config, const struct wire_settings *asked);

/* Whether the member hears of a part of the room only. */
bool interest_is_partial(const struct member *member);

/* Gathers where all the room's entities are, and from where its members see. -ENOMEM. */
int interest_gather(struct kd_tree *kd_tree, struct room *room);

/* Called for each entry that goes out of sight, before it does. */
typedef void interest_leave(void *context, const struct view_entry *entry);

/*
 * Brings a member's view up to what interest_gather found. `found` is working space for
 * INTEREST_SIGHT_MAX. -ENOMEM: something that should have entered did not.
 */
int interest_look(struct receiver *receiver, struct kd_tree *kd_tree, struct neighbour *found,
		  interest_leave *leave, void *context);

#endif

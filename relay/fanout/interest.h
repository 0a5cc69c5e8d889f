/*
 * interest: which entities a member with interest `radius` or `nearest` has in sight.
 *
 * A member sees from the place of its own entity with the lowest index; when that is gone, from its
 * last place; before the first, from the origin of coordinates. Distances are in three dimensions.
 * Its own entities are in sight only with `echo`, and do not count.
 *
 * An entity enters when it is within the reach (`radius`) and among the K nearest (`nearest`: K as
 * granted; `radius`: the relay's bound on sight). It stays while it is within 9/8 of the reach and
 * among the K + K/4 + 1 nearest, so that an entity on the edge does not flicker. Among equally far
 * ones, those in sight come first. So a view never holds more than K + K/4 + 1.
 */
#ifndef STARLING_RELAY_FANOUT_INTEREST_H
#define STARLING_RELAY_FANOUT_INTEREST_H

#include "relay/fanout/kd_tree.h"
#include "relay/fanout/receiver.h"

enum {
	/* The most entities of others in a view, with the largest K. */
	INTEREST_SIGHT_MAX = WIRE_NEAREST_MAX + WIRE_NEAREST_MAX / 4 + 1,
};

/* The settings that the relay grants of those asked for. */
struct wire_settings interest_grant(const struct config *config, const struct wire_settings *asked);

/* Whether the member receives a part of the room only. */
bool interest_is_partial(const struct member *member);

/* Gathers the places of all the room's entities, and from where its members see. -ENOMEM. */
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

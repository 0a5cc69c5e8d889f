/*
 * phases: where in the period of a fixed rhythm the rooms tick in which nothing waits. A state that
 * comes in such a room is due at its next tick. Hundreds of rooms share a few places (tick.h), so
 * that the next tick of any is found by a search among these.
 */
#ifndef STARLING_RELAY_SCHEDULE_PHASES_H
#define STARLING_RELAY_SCHEDULE_PHASES_H

#include <stddef.h>
#include <stdint.h>

struct phase {
	int64_t place_ns; /* after the period's beginning, and before its end */
	size_t rooms;
};

/* {0} is empty, and has a place for none. */
struct phases {
	struct phase *list; /* in order of place_ns, each with a room */
	size_t count;
};

/* Makes space for `capacity` rooms. -ENOMEM. */
int phases_init(struct phases *phases, size_t capacity);
void phases_fini(struct phases *phases);

void phases_add(struct phases *phases, int64_t place_ns);

/* For a room that was added with this place. */
void phases_remove(struct phases *phases, int64_t place_ns);

/* The first tick of any after `after_ns`, which is 0 or more; INT64_MAX: there is no room. */
int64_t phases_next_ns(const struct phases *phases, int64_t period_ns, int64_t after_ns);

#endif

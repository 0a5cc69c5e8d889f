/*
 * story_check: the properties that must hold in every story.
 */
#ifndef STARLING_TESTS_SIM_STORY_CHECK_H
#define STARLING_TESTS_SIM_STORY_CHECK_H

#include "tests/sim/story.h"

/* Says that a property did not hold; the first one stands. */
__attribute__((format(printf, 2, 3))) void story_fail(struct story *story, const char *format, ...);

/* The client has sent its next reliable event to all. At most STORY_EVENTS_MAX times. */
void story_note_sent(struct story_client *client);

/* The client's stay in the room has ended: it left, or was lost. Another may follow. */
void story_note_break(struct story_client *client);

/*
 * Takes one event of client `n`'s session. A reliable event arrives once and in order at every
 * member that stayed while its sender did.
 */
void story_take(struct story *story, size_t n, const struct starling_event *event);

/* Takes all events of all sessions. */
void story_check_events(struct story *story);

/* No entity's state goes back through the library, and no age is negative beyond the clock's bound.
 */
void story_check_states(struct story *story);

/* The relay's queues stay within their limits, and every update is accounted for. */
void story_check_relay(struct story *story);

/* At the end: every member received all reliable events that were sent to it while it stayed. */
void story_check_complete(struct story *story);

/* At the end: each member's view of the room is what the owners last published, and no more. */
void story_check_views(struct story *story);

#endif

/*
 * actions_internal: what the actions' own files share.
 *
 *	actions.c       what changes something
 *	actions_list.c  what only tells
 */
#ifndef STARLING_RELAY_CONTROL_ACTIONS_INTERNAL_H
#define STARLING_RELAY_CONTROL_ACTIONS_INTERNAL_H

#include "relay/control/actions.h"

/* An answer without an error, so far. */
cJSON *actions_good(void);

/* Adds to an answer the ban's address, its end as text (null: for good), and why. */
void actions_add_ban(cJSON *answer, const struct ban *ban);

cJSON *actions_list(const struct actions *actions);
cJSON *actions_list_bans(const struct actions *actions, int64_t now_ns);

#endif

/*
 * accounting: what became of every update, and the relay's other counts.
 *
 * An update is due to every other member of its sender's room, and to the sender itself with echo.
 * Each of these deliveries ends under exactly one cause, so at any time
 *
 *	due == pending + the sum of ended[]
 *
 * A delivery is pending while its update waits for the room's next flush or, of an entity in the
 * receiver's view, for the receiver's budget. Nothing is due to a member that does not receive
 * states yet (join_state.h). When a member leaves, what is pending to it and from it ends.
 *
 * The functions below count deliveries. Each of the other counters belongs to the module that sees
 * what it counts.
 */
#ifndef STARLING_RELAY_ROOM_ACCOUNTING_H
#define STARLING_RELAY_ROOM_ACCOUNTING_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/wire/wire.h"
#include "relay/room/age_time.h"
#include "relay/room/budget.h"

enum accounting_cause {
	ACCOUNTING_DELIVERED,       /* handed to ENet in a snapshot */
	ACCOUNTING_SUPERSEDED,      /* replaced before the flush, or its entity ended */
	ACCOUNTING_STALE,           /* not newer than the known state */
	ACCOUNTING_OVER_LIMIT,      /* entity index or payload above the room's limit */
	ACCOUNTING_OUT_OF_INTEREST, /* the receiver did not see the entity at the flush */
	ACCOUNTING_OVER_BUDGET,     /* replaced or ended while it waited for the budget */
	ACCOUNTING_QUEUE_FULL,      /* with `every`: too many updates waited for the flush */
	ACCOUNTING_NOT_TAKEN,       /* not handed to ENet, or refused by it: the receiver is gone */
	ACCOUNTING_CAUSE_COUNT,
};

struct accounting {
	uint64_t due, pending, ended[ACCOUNTING_CAUSE_COUNT];

	/* States from members, before anything was decided, and those that repeat a known one. */
	uint64_t updates_in, repeats_in;
	uint64_t flushes;     /* of rooms in which something waited */
	uint64_t settings_in; /* requests for other settings */
	uint64_t snapshots_out, keyframes_out;
	uint64_t entered, left; /* entities that came into, and went out of, a member's sight */
	uint64_t unsent;        /* packets that ENet took and dropped */
	uint64_t events_in, events_out;
	uint64_t events_undeliverable; /* to a member who is not there */
	uint64_t events_muted;         /* of a member whom an operator has muted */
	/* By whose budget is spent: events refused, and ends of entities that wait for it. */
	uint64_t events_refused[BUDGET_FINDINGS], gones_held[BUDGET_FINDINGS];
	/* REPORTs that decoded, and those that came too soon or cannot be true. */
	uint64_t reports_in, reports_ignored;
	uint64_t paths_told, paths_found; /* small paths: named by the client, found by REPORTs */
	uint64_t messages_in;
	uint64_t rate_limited; /* messages over their sender's rate */
	uint64_t penalised;    /* penalties that began */
	uint64_t malformed[WIRE_ERROR_COUNT];
	uint64_t out_of_place;              /* well formed, but not allowed then, or there */
	uint64_t clients, unknown_protocol; /* connections; those with another protocol */
	uint64_t members, rooms;            /* joined and made so far */
	/* Places kept of members that lost their connection, taken again, given up; tickets of no
	 * place. */
	uint64_t suspended, resumed, given_up, tickets_refused;
	uint64_t disconnects[WIRE_REASON_COUNT]; /* clients that left or were refused */
	/* Connections for which there was no place, and those that got no answer. */
	uint64_t declined[WIRE_REASON_COUNT], untold;
	struct age_time ages; /* of members: for how long the newest state was how old */
};

const char *accounting_cause_text(enum accounting_cause cause);

/* Adds deliveries, which are pending. */
void accounting_due(struct accounting *accounting, uint64_t count);

/* Ends pending deliveries under `cause`. */
void accounting_end(struct accounting *accounting, enum accounting_cause cause, uint64_t count);

/* Whether due == pending + the sum of ended[]. */
bool accounting_is_balanced(const struct accounting *accounting);

#endif

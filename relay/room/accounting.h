/*
 * accounting: what became of every update, and the relay's other counts.
 *
 * An update that a member sent is due to every other member of its room (to its sender too, with
 * echo). Each of these deliveries ends under exactly one cause, so at any time
 *
 *	due == pending + the sum of ended[]
 *
 * where `pending` is what waits for its room's next flush, or, of an entity that is in a receiver's
 * view, for that receiver's budget. A newcomer is owed nothing until it is taken in, which is
 * when nothing waits; what waits for a member that goes, or was said by it, ends with it.
 */
#ifndef STARLING_RELAY_ROOM_ACCOUNTING_H
#define STARLING_RELAY_ROOM_ACCOUNTING_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/wire/wire.h"

enum accounting_cause {
	ACCOUNTING_DELIVERED,  /* handed to ENet in a snapshot */
	ACCOUNTING_SUPERSEDED, /* a newer state of the entity, or its end, came before the flush */
	ACCOUNTING_STALE,      /* not newer than the state that was known */
	ACCOUNTING_OVER_LIMIT, /* entity index or payload above the room's limit */
	ACCOUNTING_OUT_OF_INTEREST, /* the entity was not in the receiver's sight at the flush */
	ACCOUNTING_OVER_BUDGET, /* waited for the receiver's budget until it was old, or its time
				 * over
				 */
	ACCOUNTING_QUEUE_FULL,  /* with `every`: too many updates waited for the flush */
	ACCOUNTING_NOT_TAKEN, /* ENet did not take it, or was not asked to: the receiver is going */
	ACCOUNTING_CAUSE_COUNT,
};

struct accounting {
	uint64_t due, pending, ended[ACCOUNTING_CAUSE_COUNT];

	uint64_t updates_in; /* states that members sent, before anything was decided */
	uint64_t
		repeats_in; /* of these, the state that was known already: a settled one repeated */
	uint64_t flushes;   /* of rooms in which something waited */
	uint64_t settings_in; /* wishes for other settings */
	uint64_t snapshots_out, keyframes_out;
	uint64_t entered, left; /* entities that came into, and went out of, a member's sight */
	uint64_t events_in, events_out,
		events_undeliverable;     /* astray: to a member who is not there */
	uint64_t reports_in;              /* REPORTs that decoded; */
	uint64_t paths_told, paths_found; /* members on small paths, that said so or not */
	uint64_t reports_ignored;         /* of these, that say what cannot be, or came too soon */
	uint64_t messages_in;
	uint64_t rate_limited; /* messages over their sender's rate */
	uint64_t penalised;    /* times that a member began to be sent little for its offences */
	uint64_t malformed[WIRE_ERROR_COUNT];
	uint64_t out_of_place; /* well formed, but not what may be said then or on that channel */
	uint64_t clients,
		unknown_protocol; /* connections made; those that do not speak this protocol */
	uint64_t members, rooms;  /* joined and made so far */
	uint64_t
		disconnects[WIRE_REASON_COUNT]; /* clients that went or were sent away, by reason */
	uint64_t declined[WIRE_REASON_COUNT];   /* connections for which there was no place, too */
	uint64_t untold; /* of these, so many at once that no answer was sent */
};

const char *accounting_cause_text(enum accounting_cause cause);

/* Ends `count` deliveries under `cause`. */
void accounting_end(struct accounting *accounting, enum accounting_cause cause, uint64_t count);

/* The same of deliveries that were pending. */
void accounting_end_pending(struct accounting *accounting, enum accounting_cause cause,
			    uint64_t count);

/* Whether due == pending + sum of ended. */
bool accounting_is_balanced(const struct accounting *accounting);

#endif

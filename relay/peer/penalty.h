/*
 * offence: what a member does that breaks what is agreed, how much of it is too much, and what it
 * comes to then: the member is slowed (congestion.h) for a time that each further offence renews.
 * It is not sent away for it, and what it says is taken as far as it was before. Rules only: no
 * ENet, no clock; the caller tells the time.
 *
 * Of messages over the rate, and of REPORTs that say what cannot be, more than a member may say in
 * a second are too many; they are forgiven at a steady pace, all of them in PENALTY_FORGIVE_S. So
 * one whose line held up two seconds of messages, and brings them at once, is only cut, and so is
 * one that says a tenth more than it may for good. One that says twice as much is slowed after some
 * two seconds.
 *
 * Who sends no REPORTs, or says nothing at all, breaks nothing.
 *
 * With the setting `every` nobody is slowed: there a member is owed each update.
 */
#ifndef STARLING_RELAY_PEER_PENALTY_H
#define STARLING_RELAY_PEER_PENALTY_H

#include <stdbool.h>
#include <stdint.h>

struct member;

enum {
	PENALTY_SLOW_MS = 2000,
	PENALTY_FORGIVE_S = 10,
	PENALTY_LIES = 10, /* REPORTs: as many as PROTOCOL.md asks for in a second */
};

/* Offences of one kind: when all of them will be forgiven. {0}: there are none. */
struct penalty_sum {
	int64_t forgiven_ns;
};

/* A member's. */
struct penalty {
	struct penalty_sum floods, lies;
};

/*
 * Adds an offence, of which `most` at once (1 or more) are not too many; true when it is one too
 * many. Such a one is not added, so that who mends its ways is forgiven in the same time, whatever
 * it did.
 */
bool penalty_is_too_much(struct penalty_sum *sum, unsigned most, int64_t now_ns);

/*
 * The member said a message over its rate, which is so many a second. True when it began to be
 * slowed with this one.
 */
bool penalty_flood(struct member *member, unsigned message_rate, int64_t now_ns);

/* It sent a REPORT that says what cannot be. True as above. */
bool penalty_lie(struct member *member, int64_t now_ns);

#endif

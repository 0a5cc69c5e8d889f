/*
 * penalty: what becomes of a member that breaks the rules of the protocol too often. It is
 * penalised (congestion.h): sent little for a time, which each further offence renews. It is not
 * disconnected for its offences, and its messages are accepted as before. Rules only: no ENet, no
 * clock; the caller tells the time.
 *
 * There are two kinds of offence: a message over the member's rate, and a REPORT that cannot
 * be true. A second's worth of one kind at once is not too much; offences are forgiven at a
 * steady pace, all of them in PENALTY_FORGIVE_S. So the burst behind a line that was held up, or a
 * rate slightly too high, costs a member only the messages over the rate; twice the rate for some
 * seconds has it penalised.
 *
 * A member that sends no REPORTs, or nothing at all, commits no offence. With the setting `every`
 * nobody is penalised: there a member is owed each update.
 */
#ifndef STARLING_RELAY_PEER_PENALTY_H
#define STARLING_RELAY_PEER_PENALTY_H

#include <stdbool.h>
#include <stdint.h>

#include "relay/fanout/receiver.h"

enum {
	PENALTY_MS = 2000,
	PENALTY_FORGIVE_S = 10,
	PENALTY_LIES = 10, /* REPORTs: as many as PROTOCOL.md asks for in a second */
};

/* Offences of one kind. {0}: there are none. */
struct penalty_sum {
	int64_t forgiven_ns; /* when all of them will be forgiven */
};

/* The offences of one member. */
struct penalty {
	struct penalty_sum floods, lies;
};

/*
 * Adds an offence, of which `most` at once (1 or more) are not too much. True when this one is:
 * then it is not added, so that a member that stops is forgiven in PENALTY_FORGIVE_S, whatever it
 * did.
 */
bool penalty_is_too_much(struct penalty_sum *sum, unsigned most, int64_t now_ns);

/* The member sent a message over its rate, in messages a second. True when a penalty begins. */
bool penalty_flood(struct penalty *penalty, struct receiver *receiver, unsigned message_rate,
		   int64_t now_ns);

/* The member sent a REPORT that cannot be true. True when a penalty begins. */
bool penalty_lie(struct penalty *penalty, struct receiver *receiver, int64_t now_ns);

#endif

/*
 * relay: the rooms of one server, and what is due in them. A room is made by the first who asks for
 * it and gone after the last member.
 */
#ifndef STARLING_RELAY_RELAY_H
#define STARLING_RELAY_RELAY_H

#include "relay/config.h"
#include "relay/fanout/fanout.h"
#include "relay/schedule/flush_latency.h"
#include "relay/room/accounting.h"
#include "relay/room/outbox.h"
#include "relay/schedule/pacer.h"
#include "relay/room/rooms.h"

enum {
	/* A room that has waited for all but this part of the longest delay goes with another, as
	 * long as they are so few, and so few members in all. */
	RELAY_ALONG_PART = 8,
	RELAY_ALONG_ROOMS = 64,
	RELAY_ALONG_MEMBERS = 256,
};

struct relay {
	const struct config *config;
	struct outbox outbox;
	struct accounting accounting;
	struct fanout fanout;
	struct pacer pacer; /* in force with CONFIG_TICK_AUTO */
	int64_t waited_ns;  /* with it: what was flushed last had, at the most, */
	size_t went_states; /* and how many states that were */
	struct flush_latency flush_latency;
	int64_t phase_ns; /* from which the rooms' periods count at a fixed rhythm */
	struct rooms rooms;
	size_t member_count;
};

/* `config` and `outbox->context` must outlive the relay. -ENOMEM. */
int relay_init(struct relay *relay, const struct config *config, const struct outbox *outbox);

/* The relay's `config` has changed (config_take): so do its members' budgets. */
void relay_retune(struct relay *relay);

/* Every member must have been removed, which leaves no room. Accepts a relay that is all zero. */
void relay_fini(struct relay *relay);

/* As rooms_add. */
struct room *relay_add(struct relay *relay, struct wire_bytes name, int64_t now_ns);

/* Destroys the room if nobody is in it. */
void relay_remove_if_empty(struct relay *relay, struct room *room);

/*
 * Sends now what waits in the room. With the setting `every` that must be done before its
 * membership changes or an entity goes.
 */
void relay_flush(struct relay *relay, struct room *room, int64_t now_ns);

/*
 * Flushes what is due, and settles what rests. With CONFIG_TICK_AUTO that is the room whose state
 * has waited longest, and those that have waited almost as long as they may (RELAY_ALONG_PART), so
 * that many rooms do not burst together; relay_spend is to be told what it cost. Otherwise it is
 * every room that is due. Returns relay_due_ns.
 */
int64_t relay_turn(struct relay *relay, int64_t now_ns);

/*
 * Until when no state that comes in would be flushed: till then input may wait. `now_ns` when one
 * that comes now might be flushed at once, or decide when a room is to be flushed.
 */
int64_t relay_rests_until_ns(const struct relay *relay, int64_t now_ns);

/*
 * The flush of the turn at `begin_ns`, with all that it took to get it out, cost so much, and was
 * out at `end_ns`: that of one room of several, by a clock of its own, after its part of that time.
 */
void relay_spend(struct relay *relay, int64_t begin_ns, int64_t end_ns, int64_t cost_ns);

/* When it wants its next turn (INT64_MAX: only after more was said). */
int64_t relay_due_ns(const struct relay *relay);

#endif

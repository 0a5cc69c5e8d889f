/*
 * house: the rooms of one worker, and what is due in them. A room is made by the first who asks for
 * it and gone after the last member.
 */
#ifndef STARLING_RELAY_ROOM_HOUSE_H
#define STARLING_RELAY_ROOM_HOUSE_H

#include "relay/config.h"
#include "relay/fanout/fanout.h"
#include "relay/lateness.h"
#include "relay/room/ledger.h"
#include "relay/room/outbox.h"
#include "relay/pacer.h"
#include "relay/room/room.h"

enum {
	/* A room that has waited for all but this part of the longest delay goes with another, as
	 * long as they are so few, and so few members in all. */
	HOUSE_ALONG_PART = 8,
	HOUSE_ALONG_ROOMS = 64,
	HOUSE_ALONG_MEMBERS = 256,
};

struct house {
	const struct config *config;
	struct outbox outbox;
	struct ledger ledger;
	struct fanout fanout;
	struct pacer pacer; /* in force with CONFIG_TICK_AUTO */
	int64_t waited_ns;  /* with it: what was flushed last had, at the most, */
	size_t went_states; /* and how many states that were */
	struct lateness lateness;
	int64_t phase_ns;    /* from which the rooms' periods count at a fixed rhythm */
	struct room **rooms; /* config->rooms places */
	size_t room_count, member_count;
};

/* `config` and `outbox->context` must outlive the house. -ENOMEM. */
int house_init(struct house *house, const struct config *config, const struct outbox *outbox);

/* The house's `config` has changed (config_take): so do its members' budgets. */
void house_retune(struct house *house);

/* Every member must have been removed, which leaves no room. Accepts a house that is all zero. */
void house_fini(struct house *house);

/* NULL when there is none. */
struct room *house_find(const struct house *house, struct wire_bytes name);

/* Makes a room; the caller found that there is a place for it. NULL when there is no memory. */
struct room *house_add(struct house *house, struct wire_bytes name, int64_t now_ns);

/* Destroys the room if nobody is in it. */
void house_remove_if_empty(struct house *house, struct room *room);

/*
 * Sends now what waits in the room. With the setting `every` that must be done before its
 * membership changes or an entity goes.
 */
void house_flush(struct house *house, struct room *room, int64_t now_ns);

/*
 * Flushes what is due, and settles what rests. With CONFIG_TICK_AUTO that is the room whose state
 * has waited longest, and those that have waited almost as long as they may (HOUSE_ALONG_PART), so
 * that many rooms do not burst together; house_spend is to be told what it cost. Otherwise it is
 * every room that is due. Returns house_due_ns.
 */
int64_t house_turn(struct house *house, int64_t now_ns);

/*
 * Until when no state that comes in would be flushed: till then input may wait. `now_ns` when one
 * that comes now might be flushed at once, or decide when a room is to be flushed.
 */
int64_t house_rests_until_ns(const struct house *house, int64_t now_ns);

/*
 * The flush of the turn at `begin_ns`, with all that it took to get it out, cost so much, and was
 * out at `end_ns`: that of one room of several, by a clock of its own, after its part of that time.
 */
void house_spend(struct house *house, int64_t begin_ns, int64_t end_ns, int64_t cost_ns);

/* When it wants its next turn (INT64_MAX: only after more was said). */
int64_t house_due_ns(const struct house *house);

#endif

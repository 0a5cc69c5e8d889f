/*
 * relay: what the rules of one server share, and the turn in which they do what is due.
 */
#ifndef STARLING_RELAY_RELAY_H
#define STARLING_RELAY_RELAY_H

#include "relay/config.h"
#include "relay/fanout/fanout.h"
#include "relay/room/absences.h"
#include "relay/room/accounting.h"
#include "relay/room/closed_rooms.h"
#include "relay/room/outbox.h"
#include "relay/room/rooms.h"
#include "relay/schedule/schedule.h"

struct relay {
	const struct config *config;
	struct outbox outbox;
	struct accounting accounting;
	struct rooms rooms;
	struct closed_rooms closed;
	struct schedule schedule;
	struct fanout fanout;
	size_t member_count; /* with the absent */
	struct absences absences;
};

/* `config` and `outbox->context` must outlive the relay. -ENOMEM. */
int relay_init(struct relay *relay, const struct config *config, const struct outbox *outbox);

/* The relay's `config` has changed (config_take): so do its members' budgets. */
void relay_retune(struct relay *relay);

/* Every member must have been removed, which leaves no room. Accepts a relay that is all zero. */
void relay_fini(struct relay *relay);

/* As rooms_add. */
struct room *relay_add(struct relay *relay, struct wire_bytes name, int64_t now_ns);

/*
 * To be called after anything but the functions below touched a room. Destroys an empty room;
 * otherwise updates when it is due.
 */
void relay_update(struct relay *relay, struct room *room);

/*
 * Sends what waits in the room now. With the setting `every` that must happen before its membership
 * changes or an entity goes.
 */
void relay_flush(struct relay *relay, struct room *room, int64_t now_ns);

/*
 * Flushes what is due, and runs the rooms' timers. The caller tells schedule_spend what a flush
 * cost. Returns schedule_due_ns.
 */
int64_t relay_turn(struct relay *relay, int64_t now_ns);

#endif

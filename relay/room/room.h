/*
 * room: members that receive each other's states, the newest state of each of their entities, and
 * the states that wait for the next flush. The fan-out (fanout.h) sends them. Rules only: no ENet,
 * no clock; the caller tells the time.
 */
#ifndef STARLING_RELAY_ROOM_ROOM_H
#define STARLING_RELAY_ROOM_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/states.h"
#include "proto/wire/wire.h"
#include "relay/config.h"
#include "relay/room/accounting.h"
#include "relay/room/budget.h"
#include "relay/room/join_state.h"
#include "relay/room/membership_log.h"
#include "relay/room/no_coalesce_queue.h"
#include "relay/room/ticket.h"
#include "relay/room/uplink.h"
#include "relay/schedule/schedule.h"

/* One moving thing. A slot that was never used, or whose entity is gone, has exists == false. */
struct entity {
	bool exists;
	bool is_known;     /* `seq` is valid: a state or a GONE has come */
	bool is_dirty;     /* the newest state waits for the flush */
	bool is_keyframed; /* the newest state was sent reliably to all */
	bool is_going;     /* it is gone, and the others are to be told */
	uint16_t seq;
	uint16_t unrelayed; /* with `every`: updates that found the queue full */
	uint16_t slot;      /* see room_note_slot */
	uint32_t accepted;  /* updates of all time; wraps around */
	uint32_t fresh;     /* of these, since the last flush */
	uint8_t payload_bytes;
	int32_t position[3];
	int64_t origin_us;  /* on the room's clock */
	int64_t changed_ns; /* when the newest state came in */
	uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
};

enum {
	/* A part may be of so many updates, one for each receiver; but of one owner's at least. */
	ROOM_PART_UPDATES = 16384,
	/* Who waits for a moment in which nothing is dirty gets one this often at least. */
	ROOM_PART_WHOLE_MS = 500,
};

struct room;
struct room_fanout;

struct member {
	/* Side by side: what each flush and each update touch, of thousands of members. */
	uint32_t id;
	enum join_state join_state;
	struct room *room;
	void *peer;              /* the caller's own, for the outbox; NULL while it is absent */
	struct entity *entities; /* by index; grows with the highest index used */
	size_t entity_capacity, entity_count; /* slots; entities that exist */
	uint16_t *dirty;                      /* indices of entities that wait for the flush */
	size_t dirty_count;
	uint64_t fresh; /* updates accepted since the last flush */
	/* dirty_count and fresh of updates held back from the flush going on (room_part.c). */
	size_t held_count;
	uint64_t held_fresh;
	struct wire_settings settings;
	bool echo_asked;         /* settings.echo from the next flush on */
	uint16_t reliable_bytes; /* the longest message that goes to it reliably */

	char name[WIRE_NAME_MAX_BYTES + 1];
	struct membership_reader membership;
	struct ticket ticket; /* with which it may come back */
	bool is_muted;        /* an operator keeps its events from the others */
	int64_t joined_ns;    /* when it first came */
	struct token_bucket budget,
		share;        /* of its own; of the room's, when all of that is spent */
	uint16_t going_count; /* entities whose end waits for a budget */
	struct uplink uplink;
};

/* The flushes of a room by parts. {0}: every one so far was of all states. */
struct room_part {
	bool is_on;       /* the last flush was of a part */
	bool is_held;     /* something is held back now */
	uint32_t next_id; /* of the member with which the pass goes on; 0: with the first */
	int64_t begun_ns; /* when the pass began */
	int64_t whole_ns; /* the last flush of all states */
};

struct room {
	char name[WIRE_NAME_MAX_BYTES + 1];
	const struct config *config;
	struct accounting *accounting;
	unsigned member_limit; /* as its members were told: it never grows */
	int64_t created_ns;

	struct member **members; /* in order of id */
	size_t member_count, member_capacity;
	uint32_t next_id;
	struct membership_log membership;
	struct token_bucket budget; /* of all members */

	struct join_counts joining;
	struct room_fanout *fanout;          /* the fan-out's own */
	void (*on_clean)(struct room *room); /* see room_attach */

	size_t entity_count; /* of all members */
	size_t dirty_count;
	uint64_t fresh;         /* of all members */
	int64_t dirty_since_ns; /* when the oldest waiting state came in */
	struct room_part part;
	struct schedule_entry schedule;
	size_t unkeyframed_count; /* entities that exist, not keyframed */

	/* When the room wants attention besides its flush; INT64_MAX: never. */
	int64_t keyframe_due_ns; /* states may have come to rest */
	int64_t views_due_ns;    /* views are to be served without a flush */
	int64_t sync_due_ns;     /* newcomers are to be served */
	int64_t gones_due_ns;    /* ends that waited for a budget are looked at */

	struct no_coalesce_queue no_coalesce; /* with `every`: the waiting updates */
};

/* NULL when there is no memory. `name` is valid text of 1 to WIRE_NAME_MAX_BYTES bytes. */
struct room *room_create(const struct config *config, struct accounting *accounting,
			 struct wire_bytes name, int64_t now_ns);
/* The room must be empty. NULL is allowed. */
void room_destroy(struct room *room);

/* Microseconds since the room was made. */
int64_t room_clock_us(const struct room *room, int64_t now_ns);

/*
 * Adds a member, whose memory is the caller's and all zero, with the id that has been free for
 * longest. It begins to join (join_state.h). False when there is no memory.
 */
bool room_add_member(struct room *room, struct member *member, struct wire_bytes name,
		     const struct wire_settings *settings, void *peer);

/*
 * Makes a member absent, whose connection is lost: deliveries to it that wait end as not taken, and
 * its entities stay. Or lets it begin to join anew, by another peer.
 */
void room_suspend_member(struct room *room, struct member *member);
void room_resume_member(struct member *member, void *peer);

/* Whether it is absent. */
static inline bool room_is_absent(const struct member *member)
{
	return member->join_state == JOIN_ABSENT;
}

/* Takes a member to the next state of joining. Out of JOIN_WAITING only while nothing is dirty. */
void room_move_member(struct member *member, enum join_state next);

/*
 * Takes a member and its entities out; room_fini_member must follow. Deliveries to it that wait end
 * as not taken, and those from it as superseded. With `every`, nothing may be dirty.
 */
void room_remove_member(struct room *room, struct member *member);
void room_fini_member(struct member *member);

/* Sets the longest message that goes to a member reliably. */
void room_set_reliable_bytes(struct member *member, size_t bytes);

/*
 * Attaches the fan-out: what it keeps of the room, and a function that is called whenever nothing
 * is dirty any more, before the next state is accepted. NULL detaches it.
 */
void room_attach(struct room *room, struct room_fanout *fanout,
		 void (*on_clean)(struct room *room));

/* The place of the member with this id in the list, or the place that it would have. */
size_t room_position(const struct room *room, uint32_t id);

/* NULL when there is none. */
struct member *room_find_member(const struct room *room, uint32_t id);

/* How many members an update of `owner` is due to. */
size_t room_receivers(const struct room *room, const struct member *owner);

/* Whether the states of `owner` are due to `member`. */
bool room_receives(const struct member *member, const struct member *owner);

/*
 * Accounts for the states of a STATE that decoded; those that are newer become dirty. They have
 * waited since `arrived_ns`, when the message reached the machine, but are at rest only from
 * `now_ns` on: newer ones may still lie in the queue behind them. -ENOMEM when there was no memory
 * for a new entity, whose state then ends as over the limit.
 */
int room_receive_states(struct room *room, struct member *owner, struct states_message *message,
			int64_t arrived_ns, int64_t now_ns);

/*
 * Ends an entity, of which a dirty state ends as superseded. No state with this seq or an older one
 * brings the entity back, even if none has come yet. False when there was no entity, or the seq is
 * stale: then nobody is to be notified. With `every`, nothing may be dirty.
 *
 * While a budget is spent (budget.h), false, too: the entity stays, and its end waits for
 * room_next_gone, unless a newer state comes before.
 */
bool room_receive_gone(struct room *room, struct member *owner, const struct wire_gone *gone,
		       int64_t now_ns);

/* Ends the next of a member's entities whose end waited, if a budget is there again. */
bool room_next_gone(struct room *room, struct member *owner, struct wire_gone *gone,
		    int64_t now_ns);

/* Whether the member may have an event sent for it; and charges it with what was sent. */
enum budget_finding room_check_budget(const struct member *member, int64_t now_ns);
void room_charge(struct member *member, size_t bytes, size_t receivers, int64_t now_ns);

/* Marks the newest state as sent reliably to all. */
void room_mark_keyframed(struct room *room, struct entity *entity);

/*
 * Sets a member's settings. The echo of a member that receives states waits for room_apply_echo,
 * to be called while nothing is dirty: what is due to the member depends on it.
 */
void room_set(struct member *member, const struct wire_settings *settings);
void room_apply_echo(struct member *member);

/* Sets when views, newcomers and states at rest are due next; INT64_MAX: never. */
void room_set_views_due(struct room *room, int64_t due_ns);
void room_set_sync_due(struct room *room, int64_t due_ns);
void room_set_keyframe_due(struct room *room, int64_t due_ns);
void room_set_gones_due(struct room *room, int64_t due_ns);

/* Has views served at this time at the latest. */
void room_set_views_due_by(struct room *room, int64_t time_ns);

/* Counts until now how old the member's newest state is. */
void room_settle_ages(struct member *member, int64_t now_ns);

/* How many updates since the last flush are due to the member. */
uint64_t room_owed(const struct room *room, const struct member *member);

/*
 * Where a flush of all that is dirty would keep other rooms waiting, holds back what is not to go
 * with the one that comes now. room_take_back must follow on the flush; all that was held back
 * waits then as before.
 */
void room_hold_back(struct room *room, int64_t now_ns);
void room_take_back(struct room *room);

/* Whether some members' states went, and the others' are to follow. */
bool room_is_amid_pass(const struct room *room);

/* Nothing waits any more: all of it was sent. */
void room_clear_dirty(struct room *room);

/* Keeps with an entity, for the fan-out, its place in the encoded batch. */
static inline void room_note_slot(const struct member *owner, uint16_t index, uint16_t slot)
{
	owner->entities[index].slot = slot;
}

/* Fills in an entity's record in a message of this time. Borrows the payload. */
void room_record(const struct member *owner, uint16_t index, int64_t time_us,
		 struct states_record *record);

#endif

/*
 * room: who is where, and what they last said. Members that hear each other, their entities' newest
 * states, and which of these wait for the next flush. Rules only: no ENet, no clock; the caller
 * tells the time. What is sent when is in fanout.h.
 */
#ifndef STARLING_RELAY_ROOM_ROOM_H
#define STARLING_RELAY_ROOM_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/states.h"
#include "proto/wire/wire.h"
#include "relay/schedule/schedule.h"
#include "relay/peer/congestion.h"
#include "relay/config.h"
#include "relay/room/join_state.h"
#include "relay/room/no_coalesce_queue.h"
#include "relay/room/accounting.h"
#include "relay/fanout/kd_tree.h"
#include "relay/room/membership.h"
#include "relay/peer/penalty.h"
#include "relay/peer/path.h"
#include "relay/fanout/view.h"

/* One moving thing. A slot that was never used, or whose entity is gone, has exists == false. */
struct entity {
	bool exists;
	bool is_known; /* `seq` means something: there was a state, perhaps of an entity now gone */
	bool is_dirty; /* the newest state waits for the flush */
	bool is_keyframed; /* the newest state has gone out reliably */
	uint16_t seq;
	uint16_t unrelayed; /* with `every`: updates that found the queue full */
	uint16_t slot;      /* see room_note_slot */
	uint32_t taken;     /* updates of it that were taken, of all time; goes round */
	uint32_t fresh;     /* of these, those since the last flush */
	uint8_t payload_bytes;
	int32_t position[3];
	int64_t origin_us;  /* on the room's clock */
	int64_t changed_ns; /* when the newest state came in */
	uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
};

enum {
	/* Members look who is near no more often than this. */
	ROOM_LOOK_MS = 50,
};

struct member {
	/* Side by side, up to the budget's sends: what each flush touches, to each of thousands. */
	uint32_t id;
	uint16_t snapshot_number; /* of the next SNAPSHOT to this member */
	bool has_view;            /* it hears by `view`; else of all that is dirty */
	enum join_state join_state;
	struct room *room;
	void *peer;              /* the caller's own: where messages for this member go */
	struct entity *entities; /* by index; grows with the highest index used */
	size_t entity_capacity, entity_count; /* slots; entities that exist */
	uint16_t *dirty;                      /* indices of entities that wait for the flush */
	size_t dirty_count;
	uint64_t fresh; /* updates taken since the last flush, as in the room */
	struct wire_settings settings;
	bool echo_asked; /* settings.echo from the next flush on */
	struct congestion congestion;

	char name[WIRE_NAME_MAX_BYTES + 1];
	struct penalty penalty;
	struct path path;
	int32_t place[3]; /* where it sees from, see interest.h */
	struct view view;
	uint32_t fill_id; /* while it syncs: the entity that it is sent next */
	size_t fill_index;
	uint32_t met_id;        /* while it meets: the first id that it was not told of */
	uint64_t joined, heard; /* places in the room's news: its own; the first it has not heard */
};

struct room {
	char name[WIRE_NAME_MAX_BYTES + 1];
	const struct config *config;
	struct accounting *accounting;
	unsigned member_limit; /* that its members were told: it never grows */
	int64_t created_ns;

	struct member **members; /* in order of id */
	size_t member_count, member_capacity;
	uint32_t next_id;
	struct membership membership;

	struct join_counts joining;
	int64_t filled_ns;   /* when newcomers were seen to last */
	int64_t fill_due_ns; /* when they are to be; INT64_MAX: there are none, or the flush will */
	uint32_t fill_next;  /* the id of the one whose turn it is */

	size_t entity_count; /* of all members */
	size_t dirty_count;
	uint64_t fresh;
	int64_t dirty_since_ns; /* when the oldest state that waits came in */
	struct schedule_entry schedule;
	size_t unkeyframed_count; /* entities that exist and are not settled */
	int64_t keyframe_due_ns;  /* when to look for states that came to rest; INT64_MAX: never */
	unsigned keyframe_deferrals; /* times in a row that this was */
	uint32_t keyframe_next;      /* the id of the member at which that begins */

	struct kd_tree kd_tree; /* as of look_ns */
	int64_t look_ns;        /* when members last looked who is near */
	int64_t tend_due_ns;    /* when views want to be tended without a flush; INT64_MAX: never */
	struct no_coalesce_queue
		no_coalesce; /* with the setting `every`: the updates that wait, one by one */
};

/* NULL when there is no memory. `name` is valid text of 1 to WIRE_NAME_MAX_BYTES bytes. */
struct room *room_create(const struct config *config, struct accounting *accounting,
			 struct wire_bytes name, int64_t now_ns);
/* The room must be empty. NULL is allowed. */
void room_destroy(struct room *room);

/* Microseconds since the room was made. */
int64_t room_clock_us(const struct room *room, int64_t now_ns);

/*
 * Adds a member, with the id that has been free for longest. NULL when there is no memory. It
 * begins to join (join_state.h).
 */
struct member *room_add_member(struct room *room, struct wire_bytes name,
			       const struct wire_settings *settings, void *peer);

/* Takes a member to the next state of joining. Out of JOIN_WAITING only while nothing is dirty. */
void room_move_member(struct member *member, enum join_state next);

/*
 * Takes a member and its entities out; it is still to be freed. What waited for it ends as not
 * taken, and what it said and waits for others as superseded, by its end. With `every`, nothing may
 * be dirty.
 */
void room_remove_member(struct room *room, struct member *member);
void room_free_member(struct member *member);

/* Where the member with this id stands in the list, or would stand. */
size_t room_position(const struct room *room, uint32_t id);

/* NULL when there is none. */
struct member *room_find_member(const struct room *room, uint32_t id);

/* How many members an update of `owner` is for: those who hear of it. */
size_t room_receivers(const struct room *room, const struct member *owner);

/* Whether `member` is to hear of the states of `owner`. */
bool room_hears(const struct member *member, const struct member *owner);

/*
 * Takes the states of a STATE that decoded. Each is counted in the accounting; newer ones become
 * dirty. It came to the machine at `arrived_ns`, since when its states wait, and rests from now on:
 * what lies in the queue behind it may be of the same entities, and newer. -ENOMEM when a new
 * entity found no memory (the state is counted as over the limit).
 */
int room_take_states(struct room *room, struct member *owner, struct states_message *message,
		     int64_t arrived_ns, int64_t now_ns);

/*
 * The entity is no longer there, and a state of it with this seq or an older one will not bring it
 * back, even if none has come yet. False when nobody knew of it (or `seq` is stale), so that there
 * is nothing to tell. A state of it that is dirty is superseded by that; with `every`, it must have
 * been flushed.
 */
bool room_take_gone(struct room *room, struct member *owner, const struct wire_gone *gone);

/* Marks the newest state as sent reliably to all. */
void room_mark_keyframed(struct room *room, struct entity *entity);

/*
 * Sets what is in force for a member. `echo` decides who is owed what is dirty, so it waits for the
 * flush; what the member has been told of stays until its view is tended.
 */
void room_set(struct room *room, struct member *member, const struct wire_settings *settings);

/* Has the views tended at this time at the latest. */
void room_tend_by(struct room *room, int64_t time_ns);

/* How many of the updates since the last flush are for the member. */
uint64_t room_owed(const struct room *room, const struct member *member);

/* Forgets what waits, after it was sent. */
void room_clear_dirty(struct room *room);

/* Keeps a note of the fan-out with an entity: where it stands in the encoded batch. */
static inline void room_note_slot(const struct member *owner, uint16_t index, uint16_t slot)
{
	owner->entities[index].slot = slot;
}

/* Fills in what a message says of an entity, relative to the message's time. Borrows the payload.
 */
void room_record(const struct member *owner, uint16_t index, int64_t time_us,
		 struct states_record *record);

#endif

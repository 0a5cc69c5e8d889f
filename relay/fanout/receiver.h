/*
 * receiver: a member as the fan-out sees it, with what its connection carries and what it was told.
 * Every member of a room that fans out is part of one.
 */
#ifndef STARLING_RELAY_FANOUT_RECEIVER_H
#define STARLING_RELAY_FANOUT_RECEIVER_H

#include "relay/fanout/view.h"
#include "relay/peer/congestion.h"
#include "relay/peer/path.h"
#include "relay/room/outbox.h"
#include "relay/room/room.h"

enum {
	/* Members look who is near no more often than this. */
	RECEIVER_LOOK_MS = 50,
};

struct receiver {
	struct member member;
	/* Side by side, up to the sends of `congestion`: what each flush touches. */
	uint16_t snapshot_number; /* of the next SNAPSHOT: the snapshot writer's */
	struct view view;
	struct congestion congestion;
	struct path path;
	struct initial_sync_place {
		uint32_t id; /* the entity to be sent next, while it syncs */
		size_t index;
	} sync;
};

/* The fan-out's part of a room. */
struct room_fanout {
	int64_t look_ns; /* when members last looked who is near */
	struct initial_sync_turn {
		int64_t served_ns; /* when newcomers were last served */
		uint32_t next_id;  /* whose turn it is */
	} sync;
	struct keyframe_turn {
		unsigned deferrals; /* times in a row that states at rest had to wait */
		uint32_t next_id;   /* whose states are looked at first */
	} keyframe;
};

static inline struct receiver *receiver_of(const struct member *member)
{
	return (struct receiver *)((const char *)member - offsetof(struct receiver, member));
}

/* Whether it receives every new state; or those that are due in its view. */
static inline bool receiver_wants_all(const struct receiver *receiver)
{
	return !receiver->view.is_used && join_state_receives(receiver->member.join_state);
}

static inline bool receiver_uses_view(const struct receiver *receiver)
{
	return receiver->view.is_used && join_state_receives(receiver->member.join_state);
}

/*
 * Adds a member to the room; `message_bytes` is the longest message to it by the client's word.
 * NULL when there is no memory.
 */
struct receiver *receiver_add(struct room *room, struct wire_bytes name,
			      const struct wire_settings *settings, void *peer,
			      size_t message_bytes, int64_t now_ns);

/* Makes a member absent, to which nothing is sent; and has it begin anew, as a newcomer does. */
void receiver_suspend(struct receiver *receiver);
void receiver_resume(struct receiver *receiver, const struct wire_settings *settings, void *peer,
		     size_t message_bytes, int64_t now_ns);

/* Takes it out of its room, and out of the others' views; it is still to be freed. */
void receiver_remove(struct receiver *receiver);
void receiver_free(struct receiver *receiver);

/*
 * Sets a member's settings. Entities that it was told of stay until its view is served; `echo`
 * waits while anything is dirty.
 */
void receiver_set(struct receiver *receiver, const struct wire_settings *settings);

/* Uses a valid REPORT (congestion.h). True when the path was found to be small by it. */
bool receiver_report(struct receiver *receiver, const struct outbox *outbox,
		     const struct wire_report *report, int64_t now_ns);

/* Has the network keep to the longest message that the path takes, as known by now. */
void receiver_set_path(const struct receiver *receiver, const struct outbox *outbox);

/* Has the room's members look again who is near, as soon as they may. */
void receiver_look_again(struct room *room);

#endif

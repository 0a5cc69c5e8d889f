/* The ends of entities that waited for a budget: the others are told as soon as there is one. */
#include "relay/fanout/fanout_internal.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	LOOK_MS = 50,
};

void fanout_hold_gones(struct room *room, int64_t now_ns)
{
	if (room->gones_due_ns == INT64_MAX)
		room_set_gones_due(room, now_ns + LOOK_MS * NS_PER_MS);
}

void fanout_serve_gones(const struct outbox *outbox, struct room *room, int64_t now_ns)
{
	struct wire_gone gone;

	room_set_gones_due(room, INT64_MAX);
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[i];

		while (room_next_gone(room, owner, &gone, now_ns))
			fanout_gone(outbox, room, &gone, now_ns);
		if (owner->going_count > 0)
			fanout_hold_gones(room, now_ns);
	}
}

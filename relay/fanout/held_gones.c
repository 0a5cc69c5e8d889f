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

static void serve_owner(const struct outbox *outbox, struct room *room, struct member *owner,
			int64_t now_ns)
{
	struct wire_gone gones[FANOUT_GONES];
	size_t count;

	do {
		count = 0;
		while (count < FANOUT_GONES && room_next_gone(room, owner, &gones[count], now_ns))
			count++;
		fanout_gone(outbox, room, owner, gones, count, now_ns);
	} while (count == FANOUT_GONES);
}

void fanout_serve_gones(const struct outbox *outbox, struct room *room, int64_t now_ns)
{
	room_set_gones_due(room, INT64_MAX);
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[i];

		if (owner->going_count == 0)
			continue;
		serve_owner(outbox, room, owner, now_ns);
		if (owner->going_count > 0)
			fanout_hold_gones(room, now_ns);
	}
}

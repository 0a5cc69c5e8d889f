/* Keyframes of states at rest, for whoever lost the last snapshot of one. */
#include "relay/fanout/fanout_internal.h"

#define NS_PER_US INT64_C(1000)

/* How many states one pass repeats. */
static size_t portion_of(const struct room *room)
{
	return room->member_count > FANOUT_AT_ONCE_MEMBERS ? FANOUT_KEYFRAME_ITEMS
							   : ENCODED_BATCH_ITEMS;
}

/*
 * Encodes a member's states that have not changed for `rest_ns`, as far as there is space, and
 * marks them. Returns when the next will be so: a time past when there was no space for all.
 */
static int64_t collect_of(struct fanout *fanout, struct room *room, struct member *owner,
			  int64_t rest_ns, int64_t now_ns)
{
	const size_t most = portion_of(room);
	int64_t next_ns = INT64_MAX;

	for (size_t index = 0; index < owner->entity_capacity; index++) {
		struct entity *entity = &owner->entities[index];
		int64_t due_ns = entity->changed_ns + rest_ns;

		if (!entity->exists || entity->is_keyframed || entity->is_dirty)
			continue;
		if (due_ns > now_ns || fanout->batch.count == most) {
			next_ns = due_ns < next_ns ? due_ns : next_ns;
			continue;
		}
		encoded_batch_add(&fanout->batch, owner, (uint16_t)index,
				  room_clock_us(room, now_ns));
		room_mark_keyframed(room, entity);
		room->fanout->keyframe.next_id = owner->id + 1;
	}
	return next_ns;
}

/* As collect_of for all members, beginning where the last pass ended. */
static int64_t collect(struct fanout *fanout, struct room *room, int64_t rest_ns, int64_t now_ns)
{
	size_t first = room_position(room, room->fanout->keyframe.next_id);
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[(first + i) % room->member_count];
		int64_t due_ns = collect_of(fanout, room, owner, rest_ns, now_ns);

		next_ns = due_ns < next_ns ? due_ns : next_ns;
	}
	return next_ns;
}

/* When the next pass is due. Where a portion was not enough, it is spread. */
static int64_t again_ns(const struct room *room, int64_t next_ns, int64_t now_ns)
{
	const int64_t spread_ns = (int64_t)room->member_count * FANOUT_KEYFRAME_US_EACH * NS_PER_US;

	if (room->member_count > FANOUT_AT_ONCE_MEMBERS && next_ns < now_ns + spread_ns)
		return now_ns + spread_ns;
	return next_ns;
}

void fanout_keyframe_at_rest(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			     int64_t now_ns)
{
	const int64_t rest_ns = (int64_t)(room->config->settle_s * 1e9);
	struct keyframe_turn *turn = &room->fanout->keyframe;
	int64_t due_ns;

	if (turn->deferrals < FANOUT_KEYFRAME_DEFERRALS_MAX && fanout_is_slow(outbox, room)) {
		turn->deferrals++;
		room_set_keyframe_due(room, again_ns(room, now_ns, now_ns));
		return;
	}
	turn->deferrals = 0;
	encoded_batch_clear(&fanout->batch);
	due_ns = again_ns(room, collect(fanout, room, rest_ns, now_ns), now_ns);
	/* States that were dirty come to rest then at the earliest. */
	if (room->unkeyframed_count > 0 && due_ns == INT64_MAX)
		due_ns = now_ns + rest_ns;
	room_set_keyframe_due(room, due_ns);
	if (fanout->batch.count == 0)
		return;
	/* To everyone: from a KEYFRAME those with reliable snapshots learn that a state is at rest.
	 */
	fanout_send_states(fanout, outbox, room, WIRE_KEYFRAME, now_ns);
	for (size_t i = 0; i < room->member_count; i++) {
		struct receiver *receiver = receiver_of(room->members[i]);

		if (receiver_uses_view(receiver) && fanout_mark_keyframed(fanout, &receiver->view))
			fanout_serve_view(fanout, outbox, receiver, false, now_ns);
	}
}

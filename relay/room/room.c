#include "relay/room/room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	ID_ROTATION_LEAST = 127, /* ids up to here take one byte on the wire */
	FIRST_CAPACITY = 4,
};

struct room *room_create(const struct config *config, struct accounting *accounting,
			 struct wire_bytes name, int64_t now_ns)
{
	struct room *room = calloc(1, sizeof(*room));

	if (!room)
		return NULL;
	memcpy(room->name, name.data, name.size);
	room->config = config;
	room->member_limit = config->members;
	room->accounting = accounting;
	room->created_ns = now_ns;
	room->next_id = 1;
	room->keyframe_due_ns = INT64_MAX;
	room->views_due_ns = INT64_MAX;
	room->sync_due_ns = INT64_MAX;
	room->gones_due_ns = INT64_MAX;
	if (membership_log_init(&room->membership) == 0)
		return room;
	free(room);
	return NULL;
}

void room_destroy(struct room *room)
{
	if (!room)
		return;
	no_coalesce_fini(&room->no_coalesce);
	membership_log_fini(&room->membership);
	free(room->members);
	free(room);
}

int64_t room_clock_us(const struct room *room, int64_t now_ns)
{
	return (now_ns - room->created_ns) / 1000;
}

/* Members. */

size_t room_position(const struct room *room, uint32_t id)
{
	size_t low = 0, high = room->member_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (room->members[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct member *room_find_member(const struct room *room, uint32_t id)
{
	size_t at = room_position(room, id);

	return at < room->member_count && room->members[at]->id == id ? room->members[at] : NULL;
}

/*
 * Ids go round, so that an id just freed comes back last, and a straggling datagram of a member who
 * left is not taken for its successor's. The round is twice the room's limit, so one is always
 * free.
 */
static uint32_t take_id(struct room *room)
{
	uint32_t round = 2 * room->member_limit;
	uint32_t id = room->next_id;

	if (round < ID_ROTATION_LEAST)
		round = ID_ROTATION_LEAST;
	while (room_find_member(room, id))
		id = id % round + 1;
	room->next_id = id % round + 1;
	return id;
}

static bool make_place(struct room *room)
{
	size_t capacity = room->member_capacity ? 2 * room->member_capacity : FIRST_CAPACITY;
	struct member **members;

	if (room->member_count < room->member_capacity)
		return true;
	members = realloc(room->members, capacity * sizeof(members[0]));
	if (!members)
		return false;
	room->members = members;
	room->member_capacity = capacity;
	return true;
}

bool room_add_member(struct room *room, struct member *member, struct wire_bytes name,
		     const struct wire_settings *settings, void *peer)
{
	size_t at;

	if (!make_place(room))
		return false;
	member->id = take_id(room);
	member->room = room;
	member->peer = peer;
	member->settings = *settings;
	member->echo_asked = settings->echo;
	memcpy(member->name, name.data, name.size);
	at = room_position(room, member->id);
	memmove(&room->members[at + 1], &room->members[at],
		(room->member_count - at) * sizeof(room->members[0]));
	room->members[at] = member;
	room->member_count++;
	join_state_begin(&room->joining, &member->join_state);
	return true;
}

void room_move_member(struct member *member, enum join_state next)
{
	join_state_move(&member->room->joining, &member->join_state, next);
}

void room_suspend_member(struct room *room, struct member *member)
{
	accounting_end(room->accounting, ACCOUNTING_NOT_TAKEN, room_owed(room, member));
	room_move_member(member, JOIN_ABSENT);
	member->peer = NULL;
}

void room_resume_member(struct member *member, void *peer)
{
	member->peer = peer;
	room_move_member(member, JOIN_MEETING);
}

/* Ends what waits for a member that leaves, and what others wait for from it. */
static void drop_dirty_of(struct room *room, struct member *member)
{
	uint64_t others = room_receivers(room, member) - room_receives(member, member);

	accounting_end(room->accounting, ACCOUNTING_NOT_TAKEN, room_owed(room, member));
	accounting_end(room->accounting, ACCOUNTING_SUPERSEDED, others * member->fresh);
	room->fresh -= member->fresh;
	room->dirty_count -= member->dirty_count;
	member->fresh = 0;
	member->dirty_count = 0;
}

void room_remove_member(struct room *room, struct member *member)
{
	size_t at = room_position(room, member->id);
	bool was_dirty = room->dirty_count > 0;

	drop_dirty_of(room, member);
	join_state_end(&room->joining, member->join_state);
	for (size_t i = 0; i < member->entity_capacity; i++)
		if (member->entities[i].exists && !member->entities[i].is_keyframed)
			room->unkeyframed_count--;
	room->entity_count -= member->entity_count;
	room->member_count--;
	memmove(&room->members[at], &room->members[at + 1],
		(room->member_count - at) * sizeof(room->members[0]));
	if (was_dirty && room->dirty_count == 0)
		room_clear_dirty(room);
}

void room_fini_member(struct member *member)
{
	free(member->entities);
	free(member->dirty);
}

void room_set_reliable_bytes(struct member *member, size_t bytes)
{
	member->reliable_bytes = (uint16_t)bytes;
}

size_t room_receivers(const struct room *room, const struct member *owner)
{
	bool is_deaf_to_itself = join_state_receives(owner->join_state) && !owner->settings.echo;

	return room->member_count - join_counts_deaf(&room->joining) - is_deaf_to_itself;
}

bool room_receives(const struct member *member, const struct member *owner)
{
	return join_state_receives(member->join_state) && (member != owner || owner->settings.echo);
}

/* Settings. */

void room_set(struct member *member, const struct wire_settings *settings)
{
	const bool has_echo = member->settings.echo;

	member->settings = *settings;
	member->echo_asked = settings->echo;
	if (join_state_receives(member->join_state))
		member->settings.echo = has_echo;
}

void room_apply_echo(struct member *member)
{
	member->settings.echo = member->echo_asked;
}

void room_set_views_due(struct room *room, int64_t due_ns)
{
	room->views_due_ns = due_ns;
}

void room_set_sync_due(struct room *room, int64_t due_ns)
{
	room->sync_due_ns = due_ns;
}

void room_set_keyframe_due(struct room *room, int64_t due_ns)
{
	room->keyframe_due_ns = due_ns;
}

void room_set_gones_due(struct room *room, int64_t due_ns)
{
	room->gones_due_ns = due_ns;
}

void room_set_views_due_by(struct room *room, int64_t time_ns)
{
	if (time_ns < room->views_due_ns)
		room->views_due_ns = time_ns;
}

uint64_t room_owed(const struct room *room, const struct member *member)
{
	if (!join_state_receives(member->join_state))
		return 0;
	return room->fresh - (room_receives(member, member) ? 0 : member->fresh);
}

enum budget_finding room_check_budget(const struct member *member, int64_t now_ns)
{
	const struct room *room = member->room;

	return budget_check(room->config, &member->budget, &member->share, &room->budget,
			    room->member_count, now_ns);
}

void room_charge(struct member *member, size_t bytes, size_t receivers, int64_t now_ns)
{
	struct room *room = member->room;

	budget_charge(room->config, &member->budget, &member->share, &room->budget,
		      room->member_count, budget_cost(bytes, receivers), now_ns);
}

void room_clear_dirty(struct room *room)
{
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[i];

		for (size_t j = 0; j < owner->dirty_count; j++) {
			owner->entities[owner->dirty[j]].is_dirty = false;
			owner->entities[owner->dirty[j]].fresh = 0;
		}
		owner->dirty_count = 0;
		owner->fresh = 0;
	}
	room->dirty_count = 0;
	room->fresh = 0;
	no_coalesce_clear(&room->no_coalesce);
	if (room->part.is_held)
		return;
	room->part.is_on = false;
	room->part.next_id = 0;
	if (room->on_clean)
		room->on_clean(room);
}

void room_attach(struct room *room, struct room_fanout *fanout, void (*on_clean)(struct room *room))
{
	room->fanout = fanout;
	room->on_clean = on_clean;
}

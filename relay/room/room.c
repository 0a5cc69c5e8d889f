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
	room->tend_due_ns = INT64_MAX;
	room->look_ns = INT64_MIN / 2;
	room->filled_ns = INT64_MIN / 2;
	room->fill_due_ns = INT64_MAX;
	if (membership_init(&room->membership) == 0)
		return room;
	free(room);
	return NULL;
}

void room_destroy(struct room *room)
{
	if (!room)
		return;
	kd_tree_fini(&room->kd_tree);
	no_coalesce_fini(&room->no_coalesce);
	membership_fini(&room->membership);
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
 * Ids go round, so that one just freed comes back last, and a straggling datagram of a member who
 * left is not taken for its successor's. The round is twice the room's limit, so a free one always
 * exists.
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

struct member *room_add_member(struct room *room, struct wire_bytes name,
			       const struct wire_settings *settings, void *peer)
{
	struct member *member;
	size_t at;

	if (!make_place(room))
		return NULL;
	member = calloc(1, sizeof(*member));
	if (!member)
		return NULL;
	member->id = take_id(room);
	member->room = room;
	member->peer = peer;
	member->settings = *settings;
	member->echo_asked = settings->echo;
	member->has_view = settings->interest != WIRE_ALL;
	memcpy(member->name, name.data, name.size);
	at = room_position(room, member->id);
	memmove(&room->members[at + 1], &room->members[at],
		(room->member_count - at) * sizeof(room->members[0]));
	room->members[at] = member;
	room->member_count++;
	join_state_begin(&room->joining, &member->join_state);
	return member;
}

void room_move_member(struct member *member, enum join_state next)
{
	join_state_move(&member->room->joining, &member->join_state, next);
}

/* What a member that goes is owed, and what the others are owed of it, will not be sent. */
static void drop_dirty_of(struct room *room, struct member *member)
{
	uint64_t others = room_receivers(room, member) - room_hears(member, member);

	accounting_end_pending(room->accounting, ACCOUNTING_NOT_TAKEN, room_owed(room, member));
	accounting_end_pending(room->accounting, ACCOUNTING_SUPERSEDED, others * member->fresh);
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
	/* The points of its entities go with it. */
	kd_tree_begin(&room->kd_tree, 0);
	view_clear(&member->view, room->accounting);
	view_fini(&member->view);
	for (size_t i = 0; i < room->member_count; i++)
		view_remove_owner(&room->members[i]->view, member, room->accounting);
	if (member->entity_count > 0)
		room_tend_by(room, room->look_ns + ROOM_LOOK_MS * INT64_C(1000000));
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

void room_free_member(struct member *member)
{
	free(member->entities);
	free(member->dirty);
	path_fini(&member->path);
	free(member);
}

size_t room_receivers(const struct room *room, const struct member *owner)
{
	bool is_deaf_to_itself = join_state_hears(owner->join_state) && !owner->settings.echo;

	return room->member_count - join_counts_newcomers(&room->joining) - is_deaf_to_itself;
}

bool room_hears(const struct member *member, const struct member *owner)
{
	return join_state_hears(member->join_state) && (member != owner || owner->settings.echo);
}

/* Settings. */

static void want_service(struct room *room, struct member *member)
{
	if (!member->has_view)
		return;
	member->view.is_behind = true;
	room_tend_by(room, room->look_ns + ROOM_LOOK_MS * INT64_C(1000000));
}

/*
 * Nothing is dirty, so that nobody's account depends on it. Own entities come as new, but with
 * `every`, where nobody has a view.
 */
static void set_echo(struct room *room, struct member *member)
{
	bool is_new = member->echo_asked && !member->settings.echo && !room->config->every;

	if (is_new && !member->has_view)
		member->has_view = view_fill(&member->view, member, false) == 0;
	member->settings.echo = member->echo_asked;
	if (!member->settings.echo)
		view_remove_owner(&member->view, member, room->accounting);
	else if (is_new && member->settings.interest == WIRE_ALL)
		view_fill(&member->view, member, true);
	want_service(room, member);
}

void room_set(struct room *room, struct member *member, const struct wire_settings *settings)
{
	bool has_echo = member->settings.echo;

	if (!join_state_hears(member->join_state)) {
		member->settings = *settings;
		member->echo_asked = settings->echo;
		member->has_view = settings->interest != WIRE_ALL;
		return;
	}
	/* One that heard of everything was told of everything. */
	if (!member->has_view && settings->interest != WIRE_ALL &&
	    view_fill(&member->view, member, false) != 0)
		return;
	member->has_view = member->has_view || settings->interest != WIRE_ALL;
	/* Of what it was not, it must be: as new, for it may have been told that they are gone. */
	if (member->settings.interest != WIRE_ALL && settings->interest == WIRE_ALL)
		view_fill(&member->view, member, true);
	member->settings = *settings;
	member->settings.echo = has_echo;
	member->echo_asked = settings->echo;
	want_service(room, member);
	if (room->dirty_count == 0 && member->echo_asked != has_echo)
		set_echo(room, member);
}

void room_tend_by(struct room *room, int64_t time_ns)
{
	if (time_ns < room->tend_due_ns)
		room->tend_due_ns = time_ns;
}

uint64_t room_owed(const struct room *room, const struct member *member)
{
	if (!join_state_hears(member->join_state))
		return 0;
	return room->fresh - (room_hears(member, member) ? 0 : member->fresh);
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
	room->no_coalesce.count = 0;
	for (size_t i = 0; i < room->member_count; i++)
		if (join_state_hears(room->members[i]->join_state) &&
		    room->members[i]->echo_asked != room->members[i]->settings.echo)
			set_echo(room, room->members[i]);
}

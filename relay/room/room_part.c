/*
 * A room's flush by parts. A pass goes over the members in their order, a few owners in each flush;
 * a newer state of an owner whose turn is over goes with the next pass, so that nobody's states
 * starve. Between flushes nothing is held back: a room of which a part went is one in which states
 * wait.
 */
#include "relay/room/room.h"

#define NS_PER_MS INT64_C(1000000)

/* Some changes to a room are made only while nothing is dirty. */
static bool is_clean_moment_wanted(const struct room *room)
{
	if (room->joining.in[JOIN_WAITING] > 0)
		return true;
	for (size_t i = 0; i < room->member_count; i++)
		if (room->members[i]->echo_asked != room->members[i]->settings.echo)
			return true;
	return false;
}

static bool goes_whole(const struct room *room, int64_t now_ns)
{
	return room->config->every || room->dirty_count * room->member_count <= ROOM_PART_UPDATES ||
	       (now_ns - room->part.whole_ns >= ROOM_PART_WHOLE_MS * NS_PER_MS &&
		is_clean_moment_wanted(room));
}

static void hold(struct room *room, struct member *owner)
{
	owner->held_count = owner->dirty_count;
	owner->held_fresh = owner->fresh;
	room->dirty_count -= owner->dirty_count;
	room->fresh -= owner->fresh;
	owner->dirty_count = 0;
	owner->fresh = 0;
	room->part.is_held |= owner->held_count > 0;
}

/* The place from which the pass goes on: that of the first owner there who has something. */
static size_t next_place(const struct room *room)
{
	size_t at = room_position(room, room->part.next_id);

	while (at < room->member_count && room->members[at]->dirty_count == 0)
		at++;
	return at < room->member_count ? at : 0;
}

void room_hold_back(struct room *room, int64_t now_ns)
{
	struct room_part *part = &room->part;
	size_t left = ROOM_PART_UPDATES / room->member_count + 1, at, end;

	part->is_on = !goes_whole(room, now_ns);
	if (!part->is_on) {
		part->next_id = 0;
		part->whole_ns = now_ns;
		return;
	}
	at = next_place(room);
	if (at == 0 || part->next_id == 0)
		part->begun_ns = now_ns;
	for (end = at; end < room->member_count && left > 0; end++)
		left -= room->members[end]->dirty_count < left ? room->members[end]->dirty_count
							       : left;
	part->next_id = end < room->member_count ? room->members[end]->id : 0;
	for (size_t i = 0; i < room->member_count; i++)
		if (i < at || i >= end)
			hold(room, room->members[i]);
}

void room_take_back(struct room *room)
{
	if (!room->part.is_held)
		return;
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[i];

		owner->dirty_count += owner->held_count;
		owner->fresh += owner->held_fresh;
		room->dirty_count += owner->held_count;
		room->fresh += owner->held_fresh;
		owner->held_count = 0;
		owner->held_fresh = 0;
	}
	room->part.is_held = false;
	/* Updates that wait now came while the pass went on. */
	if (room->part.next_id == 0)
		room->dirty_since_ns = room->part.begun_ns;
}

bool room_is_amid_pass(const struct room *room)
{
	return room->part.next_id != 0;
}

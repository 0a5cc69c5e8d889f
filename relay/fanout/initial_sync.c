/* The fan-out to newcomers: the states of all that they are to see, in portions. */
#include "relay/fanout/fanout_internal.h"
#include "relay/room/membership.h"

#include <limits.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)

/* Writing. */

/* A newcomer with a view is sent all that is in it. */
static void write_view(struct fanout *fanout, struct snapshot_writer *writer)
{
	struct view *view = &writer->to->view;

	for (size_t i = 0; i < view->count; i++) {
		struct view_entry *entry = &view->entries[i];

		snapshot_writer_add(writer,
				    encoded_batch_need(&fanout->batch, entry->owner, entry->index,
						       writer->time_us),
				    0, false);
		view_sent(view, entry);
		writer->room->accounting->entered++;
	}
}

static void send_last(struct snapshot_writer *writer)
{
	snapshot_writer_open(writer);
	states_mark_last(&writer->builder);
	snapshot_writer_send(writer);
}

static void send_view(struct fanout *fanout, const struct outbox *outbox, struct receiver *to,
		      int64_t now_ns)
{
	struct snapshot_writer writer;

	snapshot_writer_init(&writer, outbox, to, WIRE_KEYFRAME, now_ns);
	fanout_look_first(fanout, outbox, to);
	write_view(fanout, &writer);
	send_last(&writer);
}

/* Writes a member's states from `index` on until `most` messages are sent; true after the last. */
static bool write_member(struct fanout *fanout, struct snapshot_writer *writer,
			 const struct member *owner, size_t index, unsigned most)
{
	struct receiver *to = writer->to;

	for (; index < owner->entity_capacity; index++) {
		const struct entity *entity = &owner->entities[index];

		/* A dirty state goes to all with the next flush. */
		if (!entity->exists || entity->is_dirty)
			continue;
		if (writer->sent >= most) {
			to->sync.id = owner->id;
			to->sync.index = index;
			return false;
		}
		snapshot_writer_add(
			writer,
			encoded_batch_need(&fanout->batch, owner, (uint16_t)index, writer->time_us),
			0, false);
	}
	return true;
}

/* Sends `most` messages of what is left, or one more; returns how many. */
static unsigned send_portion(struct fanout *fanout, const struct outbox *outbox,
			     struct receiver *to, unsigned most, int64_t now_ns)
{
	const struct room *room = to->member.room;
	struct snapshot_writer writer;

	snapshot_writer_init(&writer, outbox, to, WIRE_KEYFRAME, now_ns);
	for (size_t at = room_position(room, to->sync.id); at < room->member_count; at++) {
		const struct member *owner = room->members[at];
		size_t index = owner->id == to->sync.id ? to->sync.index : 0;

		if (!room_receives(&to->member, owner))
			continue;
		if (!write_member(fanout, &writer, owner, index, most)) {
			snapshot_writer_send(&writer);
			return writer.sent;
		}
	}
	room_move_member(&to->member, JOIN_JOINED);
	send_last(&writer);
	return writer.sent;
}

/* How much. */

/*
 * The bytes that wait for acknowledgement in the whole room. One member counts for no more than
 * twice the mean that makes the room slow, so that it takes half the room, and not a few dead
 * members.
 */
static size_t waiting_of(const struct outbox *outbox, const struct room *room)
{
	size_t bytes = 0, most = 2 * FANOUT_WAITING_BYTES_EACH;

	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *member = room->members[i];
		size_t waiting =
			room_is_absent(member) ? 0 : outbox->backlog(outbox->context, member->peer);

		bytes += waiting < most ? waiting : most;
	}
	return bytes;
}

bool fanout_is_slow(const struct outbox *outbox, const struct room *room)
{
	return room->member_count > FANOUT_AT_ONCE_MEMBERS &&
	       waiting_of(outbox, room) > room->member_count * FANOUT_WAITING_BYTES_EACH;
}

static unsigned portion_of(const struct outbox *outbox, const struct member *to)
{
	size_t waiting = outbox->backlog(outbox->context, to->peer);

	if (waiting >= FANOUT_WINDOW_BYTES)
		return 0;
	return (unsigned)((FANOUT_WINDOW_BYTES - waiting) / to->reliable_bytes) + 1;
}

/* Sends who is there, then what is there; returns how many messages. */
static unsigned serve(struct fanout *fanout, const struct outbox *outbox, struct member *to,
		      unsigned most, int64_t now_ns)
{
	unsigned sent = 0;

	if (to->join_state == JOIN_MEETING)
		sent = membership_introduce(outbox, to, most);
	if (to->join_state == JOIN_SYNCING && sent < most)
		sent += send_portion(fanout, outbox, receiver_of(to), most - sent, now_ns);
	return sent;
}

/* Serves all newcomers in turn. */
static void serve_all(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		      int64_t now_ns)
{
	size_t at = room_position(room, room->fanout->sync.next_id);
	unsigned left = fanout_is_slow(outbox, room) ? FANOUT_SYNC_LEAST : FANOUT_SYNC_MESSAGES;

	for (size_t i = 0; i < room->member_count && left > 0; i++, at++) {
		struct member *to = room->members[at % room->member_count];
		unsigned most, sent;

		room->fanout->sync.next_id = to->id + 1;
		if (to->join_state != JOIN_MEETING && to->join_state != JOIN_SYNCING)
			continue;
		most = portion_of(outbox, to);
		if (most == 0)
			continue;
		sent = serve(fanout, outbox, to, most < left ? most : left, now_ns);
		left -= sent < left ? sent : left;
	}
}

/* When. */

/* Newcomers who know everyone receive states from now on. */
static void take_in(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		    int64_t now_ns)
{
	/* Without memory to gather, they see nothing until they look again. */
	bool have_gathered = false;

	for (size_t i = 0; i < room->member_count && room->joining.in[JOIN_WAITING] > 0; i++) {
		struct receiver *receiver = receiver_of(room->members[i]);

		if (receiver->member.join_state != JOIN_WAITING)
			continue;
		if (!receiver->view.is_used) {
			room_move_member(&receiver->member, JOIN_SYNCING);
			continue;
		}
		room_move_member(&receiver->member, JOIN_JOINED);
		if (!have_gathered)
			interest_gather(&fanout->kd_tree, room);
		have_gathered = true;
		send_view(fanout, outbox, receiver, now_ns);
	}
}

/* Whether there is more to do than to wait for a flush. */
static bool is_wanted(const struct room *room)
{
	const struct join_counts *joining = &room->joining;

	return joining->in[JOIN_MEETING] + joining->in[JOIN_SYNCING] > 0 ||
	       (joining->in[JOIN_WAITING] > 0 && room->dirty_count == 0);
}

void fanout_sync(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		 int64_t now_ns)
{
	room_set_sync_due(room, INT64_MAX);
	room->fanout->sync.served_ns = now_ns;
	encoded_batch_clear(&fanout->batch);
	if (room->joining.in[JOIN_MEETING] > 0)
		serve_all(fanout, outbox, room, now_ns);
	if (room->joining.in[JOIN_WAITING] > 0 && room->dirty_count == 0)
		take_in(fanout, outbox, room, now_ns);
	if (room->joining.in[JOIN_SYNCING] > 0)
		serve_all(fanout, outbox, room, now_ns);
	if (is_wanted(room))
		room_set_sync_due(room, now_ns + FANOUT_SYNC_MS * NS_PER_MS);
}

void fanout_sync_by_turns(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			  int64_t now_ns)
{
	int64_t due_ns;

	if (!is_wanted(room))
		return;
	due_ns = room->fanout->sync.served_ns;
	if (room->member_count > FANOUT_AT_ONCE_MEMBERS)
		due_ns += (int64_t)room->member_count * FANOUT_SYNC_US_EACH * NS_PER_US;
	if (due_ns <= now_ns)
		fanout_sync(fanout, outbox, room, now_ns);
	else if (due_ns < room->sync_due_ns)
		room_set_sync_due(room, due_ns);
}

void fanout_sync_whole(struct fanout *fanout, const struct outbox *outbox, struct member *to,
		       int64_t now_ns)
{
	encoded_batch_clear(&fanout->batch);
	if (to->join_state == JOIN_SYNCING)
		send_portion(fanout, outbox, receiver_of(to), UINT_MAX, now_ns);
}

#include "relay/fanout/receiver.h"

#include <stdlib.h>

#define NS_PER_MS INT64_C(1000000)

static void want_service(struct receiver *receiver)
{
	if (!receiver->view.is_used)
		return;
	view_set_behind(&receiver->view, true);
	receiver_look_again(receiver->member.room);
}

/*
 * Nothing is dirty, so that no delivery depends on the echo. Own entities come as new, but not with
 * `every`, where nobody has a view.
 */
static void set_echo(struct receiver *receiver)
{
	struct member *member = &receiver->member;
	struct view *view = &receiver->view;
	const bool is_new =
		member->echo_asked && !member->settings.echo && !member->room->config->every;

	if (is_new && !view->is_used)
		view_begin(view, member);
	room_apply_echo(member);
	if (!member->settings.echo)
		view_remove_owner(view, member, member->room->accounting);
	else if (is_new && member->settings.interest == WIRE_ALL)
		view_fill(view, member, true);
	want_service(receiver);
}

static void apply_echoes(struct room *room)
{
	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *member = room->members[i];

		if (join_state_receives(member->join_state) &&
		    member->echo_asked != member->settings.echo)
			set_echo(receiver_of(member));
	}
}

void receiver_set(struct receiver *receiver, const struct wire_settings *settings)
{
	struct member *member = &receiver->member;
	struct view *view = &receiver->view;
	const bool is_partial = settings->interest != WIRE_ALL;

	if (!join_state_receives(member->join_state)) {
		room_set(member, settings);
		view_set_used(view, is_partial);
		return;
	}
	/* A member that received everything was told of everything. */
	if (!view->is_used && is_partial && !view_begin(view, member))
		return;
	/* An entity that it did not see comes as new: it may have been told that it is gone. */
	if (member->settings.interest != WIRE_ALL && !is_partial)
		view_fill(view, member, true);
	room_set(member, settings);
	want_service(receiver);
	if (member->room->dirty_count == 0 && member->echo_asked != member->settings.echo)
		set_echo(receiver);
}

/* Coming and going. */

static bool attach(struct room *room)
{
	struct room_fanout *fanout;

	if (room->fanout)
		return true;
	fanout = calloc(1, sizeof(*fanout));
	if (!fanout)
		return false;
	fanout->look_ns = fanout->sync.served_ns = INT64_MIN / 2;
	room_attach(room, fanout, apply_echoes);
	return true;
}

static void detach(struct room *room)
{
	free(room->fanout);
	room_attach(room, NULL, NULL);
}

struct receiver *receiver_add(struct room *room, struct wire_bytes name,
			      const struct wire_settings *settings, void *peer,
			      size_t message_bytes, int64_t now_ns)
{
	struct receiver *receiver = calloc(1, sizeof(*receiver));

	if (!receiver)
		return NULL;
	if (!attach(room) || !room_add_member(room, &receiver->member, name, settings, peer)) {
		if (room->member_count == 0)
			detach(room);
		free(receiver);
		return NULL;
	}
	view_set_used(&receiver->view, settings->interest != WIRE_ALL);
	congestion_init(&receiver->congestion, room->config, now_ns);
	path_init(&receiver->path, message_bytes);
	room_set_reliable_bytes(&receiver->member, path_reliable_bytes(&receiver->path));
	return receiver;
}

void receiver_suspend(struct receiver *receiver)
{
	struct member *member = &receiver->member;

	view_clear(&receiver->view, member->room->accounting);
	view_fini(&receiver->view);
	room_suspend_member(member->room, member);
}

void receiver_resume(struct receiver *receiver, const struct wire_settings *settings, void *peer,
		     size_t message_bytes, int64_t now_ns)
{
	receiver->snapshot_number = 0;
	receiver->sync = (struct initial_sync_place){ 0 };
	room_set(&receiver->member, settings);
	view_set_used(&receiver->view, settings->interest != WIRE_ALL);
	congestion_init(&receiver->congestion, receiver->member.room->config, now_ns);
	path_fini(&receiver->path);
	path_init(&receiver->path, message_bytes);
	room_set_reliable_bytes(&receiver->member, path_reliable_bytes(&receiver->path));
	room_resume_member(&receiver->member, peer);
}

void receiver_remove(struct receiver *receiver)
{
	struct member *member = &receiver->member;
	struct room *room = member->room;

	view_clear(&receiver->view, room->accounting);
	for (size_t i = 0; i < room->member_count; i++)
		view_remove_owner(&receiver_of(room->members[i])->view, member, room->accounting);
	if (member->entity_count > 0)
		receiver_look_again(room);
	room_remove_member(room, member);
	if (room->member_count == 0)
		detach(room);
}

void receiver_free(struct receiver *receiver)
{
	view_fini(&receiver->view);
	path_fini(&receiver->path);
	room_fini_member(&receiver->member);
	free(receiver);
}

/* Its path, and its looks. */

void receiver_set_path(const struct receiver *receiver, const struct outbox *outbox)
{
	if (outbox->set_message_bytes)
		outbox->set_message_bytes(outbox->context, receiver->member.peer,
					  path_snapshot_bytes(&receiver->path, WIRE_UNSEQUENCED));
}

bool receiver_report(struct receiver *receiver, const struct outbox *outbox,
		     const struct wire_report *report, int64_t now_ns)
{
	struct path *path = &receiver->path;
	const bool was_small = path->is_small;

	if (path_report(path, report, now_ns))
		receiver_set_path(receiver, outbox);
	room_set_reliable_bytes(&receiver->member, path_reliable_bytes(path));
	return path->is_small && !was_small;
}

void receiver_look_again(struct room *room)
{
	room_set_views_due_by(room, room->fanout->look_ns + RECEIVER_LOOK_MS * NS_PER_MS);
}

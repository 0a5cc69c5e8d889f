/* The fan-out to members who have a view: who is near, what is due, what comes first. */
#include "relay/fanout/fanout_internal.h"
#include "relay/room/membership.h"

#define NS_PER_MS INT64_C(1000000)

enum {
	/* A message without its records: type, number, time, and ENet's headers. */
	SNAPSHOT_BYTES = 24,
	/* The least bytes of records in a message that is full. */
	SNAPSHOT_LEAST_BYTES = WIRE_MESSAGE_MAX_BYTES - SNAPSHOT_BYTES - STATES_HEAD_MAX_BYTES -
			       STATES_TAIL_MAX_BYTES,
	/* The largest record without its payload. */
	RECORD_BYTES = STATES_HEAD_MAX_BYTES + STATES_TAIL_MAX_BYTES - WIRE_PAYLOAD_MAX_BYTES,
	LEAVERS = 64,
};

/* Looking. */

/* Entities that went out of a member's sight, of which it is to be notified. */
struct leavers {
	const struct outbox *outbox;
	struct receiver *to;
	struct wire_gone gones[LEAVERS];
	size_t count;
};

static void send_gones(struct leavers *leavers)
{
	const struct member *to = &leavers->to->member;
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];
	size_t size, sent = 0, count;

	while (sent < leavers->count) {
		size = wire_gone_encode(message, to->reliable_bytes, &leavers->gones[sent],
					leavers->count - sent, &count);
		congestion_charge(&leavers->to->congestion, size);
		leavers->outbox->send(leavers->outbox->context, to->peer, WIRE_CHANNEL_CONTROL,
				      WIRE_RELIABLE, message, size);
		sent += count;
	}
	leavers->count = 0;
}

/*
 * The GONE carries the newest seq that the relay has, so that no straggler brings the entity back;
 * a KEYFRAME will, when it comes into sight again.
 */
static void on_leave(void *context, const struct view_entry *entry)
{
	struct leavers *leavers = context;
	struct member *to = &leavers->to->member;
	const struct entity *entity = view_entity(entry);
	struct accounting *accounting = to->room->accounting;

	view_end(entry, accounting);
	accounting->left++;
	if (!entity || entry->is_new || entry->owner == to)
		return;
	if (!membership_knows(to, entry->owner))
		membership_notify(leavers->outbox, to);
	if (leavers->count == LEAVERS)
		send_gones(leavers);
	leavers->gones[leavers->count++] = (struct wire_gone){ .member = entry->owner->id,
							       .index = entry->index,
							       .seq = entity->seq };
}

static bool is_looking(const struct member *member)
{
	return interest_is_partial(member) && join_state_receives(member->join_state);
}

bool fanout_look(struct fanout *fanout, const struct outbox *outbox, struct room *room,
		 int64_t now_ns)
{
	struct leavers leavers = { .outbox = outbox };
	size_t first = 0;

	while (first < room->member_count && !is_looking(room->members[first]))
		first++;
	if (first == room->member_count)
		return false;
	if (now_ns - room->fanout->look_ns < RECEIVER_LOOK_MS * NS_PER_MS) {
		/* The next flush may come before that, and save the datagrams. */
		room_set_views_due_by(room,
				      room->fanout->look_ns + 2 * RECEIVER_LOOK_MS * NS_PER_MS);
		return false;
	}
	if (interest_gather(&fanout->kd_tree, room) != 0)
		return false;
	room->fanout->look_ns = now_ns;
	for (size_t i = first; i < room->member_count; i++) {
		if (!is_looking(room->members[i]))
			continue;
		leavers.to = receiver_of(room->members[i]);
		interest_look(leavers.to, &fanout->kd_tree, fanout->found, on_leave, &leavers);
		send_gones(&leavers);
	}
	return true;
}

void fanout_look_first(struct fanout *fanout, const struct outbox *outbox,
		       struct receiver *newcomer)
{
	struct leavers leavers = { .outbox = outbox, .to = newcomer };

	interest_look(newcomer, &fanout->kd_tree, fanout->found, on_leave, &leavers);
}

/* Serving. */

/* Whether a pass may send the entry. A dirty state waits for its flush, which books it. */
static bool is_in_turn(const struct view_entry *entry, bool is_flush)
{
	const struct member *owner = entry->owner;

	return view_is_due(entry) &&
	       ((is_flush && owner->held_count == 0) || !owner->entities[entry->index].is_dirty);
}

/*
 * An entity that enters is sent reliably, in order with the GONEs; so is one at rest, whose state
 * nothing would repeat. But where SNAPSHOTs are reliable, an update that waits goes in one of them:
 * a SNAPSHOT that overtook it in a KEYFRAME would show a gap.
 */
static bool goes_by_keyframe(const struct view_entry *entry, const struct receiver *to)
{
	const bool is_ordered = entry->waits && to->member.settings.down == WIRE_RELIABLE;

	return entry->is_new || (entry->owner->entities[entry->index].is_keyframed && !is_ordered);
}

/* The most bytes of datagrams that records of so many bytes take. */
static size_t bytes_of_messages(const size_t record_bytes[2])
{
	size_t bytes = record_bytes[0] + record_bytes[1];

	for (int i = 0; i < 2; i++)
		bytes += SNAPSHOT_BYTES *
			 ((record_bytes[i] + SNAPSHOT_LEAST_BYTES - 1) / SNAPSHOT_LEAST_BYTES);
	return bytes;
}

static bool is_any_in_turn(const struct view *view, bool is_flush)
{
	for (size_t i = 0; i < view->count; i++)
		if (is_in_turn(&view->entries[i], is_flush))
			return true;
	return false;
}

/*
 * Chooses what a pass sends: all that is due, or else what comes first. False when that is nothing
 * for want of budget, as at most flushes for a member that is penalised.
 */
static bool choose(struct fanout *fanout, struct receiver *to, bool is_flush, int64_t now_ns)
{
	struct view *view = &to->view;
	int64_t time_us = room_clock_us(to->member.room, now_ns);
	size_t budget = congestion_bytes(&to->congestion, now_ns), bytes[2] = { 0 };
	struct view_entry *entry;

	if (budget == 0) {
		view_set_behind(view, is_any_in_turn(view, is_flush));
		return false;
	}
	if (budget > FANOUT_PASS_MESSAGES * WIRE_MESSAGE_MAX_BYTES)
		budget = FANOUT_PASS_MESSAGES * WIRE_MESSAGE_MAX_BYTES;
	for (size_t i = 0; i < view->count; i++) {
		entry = &view->entries[i];
		entry->is_chosen = is_in_turn(entry, is_flush);
		if (!entry->is_chosen)
			continue;
		entry->bytes =
			STATES_HEAD_MAX_BYTES +
			encoded_batch_need(&fanout->batch, entry->owner, entry->index, time_us)
				->tail.size;
		bytes[goes_by_keyframe(entry, to)] += entry->bytes;
	}
	view_set_behind(view, bytes_of_messages(bytes) > budget);
	if (!view->is_behind)
		return true;
	view_rank(view, is_flush);
	for (size_t i = 0; i < view->count; i++)
		view->entries[i].is_chosen = false;
	bytes[0] = bytes[1] = 0;
	while ((entry = view_next(view)) != NULL) {
		bytes[goes_by_keyframe(entry, to)] += entry->bytes;
		if (bytes_of_messages(bytes) > budget)
			break;
		entry->is_chosen = true;
	}
	return true;
}

/* A member that receives everything, and was told of everything, needs no view. */
static void end_view(struct receiver *receiver)
{
	const struct view *view = &receiver->view;

	if (interest_is_partial(&receiver->member))
		return;
	for (size_t i = 0; i < view->count; i++)
		if (view_is_due(&view->entries[i]))
			return;
	view_end_use(&receiver->view);
}

static void send_chosen(struct fanout *fanout, const struct outbox *outbox, struct receiver *to,
			int64_t now_ns)
{
	struct view *view = &to->view;
	struct snapshot_writer snapshot, keyframe;

	snapshot_writer_init(&snapshot, outbox, to, WIRE_SNAPSHOT, now_ns);
	snapshot_writer_init(&keyframe, outbox, to, WIRE_KEYFRAME, now_ns);
	for (size_t i = 0; i < view->count; i++) {
		struct view_entry *entry = &view->entries[i];
		bool is_keyframe;

		if (!entry->is_chosen)
			continue;
		is_keyframe = goes_by_keyframe(entry, to);
		snapshot_writer_add(is_keyframe ? &keyframe : &snapshot,
				    encoded_batch_need(&fanout->batch, entry->owner, entry->index,
						       snapshot.time_us),
				    view_skipped(entry), entry->waits);
		to->member.room->accounting->entered += entry->is_new;
		view_sent(view, entry);
		if (!is_keyframe && entry->owner->entities[entry->index].is_keyframed)
			view_repeat(view, entry);
	}
	snapshot_writer_send(&keyframe);
	snapshot_writer_send(&snapshot);
}

void fanout_serve_view(struct fanout *fanout, const struct outbox *outbox, struct receiver *to,
		       bool is_flush, int64_t now_ns)
{
	struct view *view = &to->view;

	view_begin_pass(view);
	if (choose(fanout, to, is_flush, now_ns))
		send_chosen(fanout, outbox, to, now_ns);
	if (view->is_behind)
		room_set_views_due_by(to->member.room, now_ns + FANOUT_RETRY_MS * NS_PER_MS);
	end_view(to);
}

bool fanout_mark_keyframed(const struct fanout *fanout, struct view *view)
{
	bool is_any = false;

	for (size_t i = 0; i < view->count; i++) {
		struct view_entry *entry = &view->entries[i];

		/* Another member's pass may have encoded a state that is not at rest. */
		if (!encoded_batch_find(&fanout->batch, entry->owner, entry->index) ||
		    !entry->owner->entities[entry->index].is_keyframed)
			continue;
		view_repeat(view, entry);
		is_any = true;
	}
	return is_any;
}

/* An upper bound of what the dirty states take in datagrams. */
static size_t bytes_of_dirty(const struct room *room)
{
	size_t bytes = 0;

	for (size_t i = 0; i < room->member_count; i++) {
		const struct member *owner = room->members[i];

		for (size_t j = 0; j < owner->dirty_count; j++)
			bytes += RECORD_BYTES + owner->entities[owner->dirty[j]].payload_bytes;
	}
	return bytes + SNAPSHOT_BYTES * (bytes / SNAPSHOT_LEAST_BYTES + 1);
}

bool fanout_assign_views(struct room *room, int64_t now_ns)
{
	size_t bytes = bytes_of_dirty(room);
	bool is_any_left = false;

	for (size_t i = 0; i < room->member_count; i++) {
		struct receiver *receiver = receiver_of(room->members[i]);
		struct member *member = &receiver->member;
		struct view *view = &receiver->view;

		if (!join_state_receives(member->join_state))
			continue;
		if (!view->is_used && congestion_bytes(&receiver->congestion, now_ns) < bytes)
			view_begin(view, member);
		else if (view->is_used && !interest_is_partial(member))
			view_fill(view, member, false);
		is_any_left |= !view->is_used;
	}
	return is_any_left;
}

void fanout_serve_views(struct fanout *fanout, const struct outbox *outbox, struct room *room,
			int64_t now_ns)
{
	bool have_looked;

	room_set_views_due(room, INT64_MAX);
	encoded_batch_clear(&fanout->batch);
	have_looked = fanout_look(fanout, outbox, room, now_ns);
	for (size_t i = 0; i < room->member_count; i++) {
		struct receiver *receiver = receiver_of(room->members[i]);

		if (receiver_uses_view(receiver) && (have_looked || receiver->view.is_behind))
			fanout_serve_view(fanout, outbox, receiver, false, now_ns);
	}
}

/* Takes it out of the receiver's view. Whether the receiver was told of it. */
static bool forget(struct receiver *to, struct member *owner, uint16_t index)
{
	struct view *view = &to->view;
	const struct view_entry *entry = view_find(view, owner, index);
	const bool is_known = entry ? !entry->is_new : !view->is_used;

	view_remove(view, owner, index, to->member.room->accounting);
	return is_known;
}

void fanout_gone(const struct outbox *outbox, struct room *room, struct member *owner,
		 const struct wire_gone *gones, size_t count, int64_t now_ns)
{
	struct wire_gone known[FANOUT_GONES];
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	if (count == 0)
		return;
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *to = room->members[i];
		size_t known_count = 0, size;

		for (size_t n = 0; n < count; n++)
			if (forget(receiver_of(to), owner, gones[n].index))
				known[known_count++] = gones[n];
		if (known_count == 0 || !room_receives(to, owner))
			continue;
		/* A member told of the owner only afterwards would accept a straggler. */
		if (!membership_knows(to, owner))
			membership_notify(outbox, to);
		size = wire_gone_encode(message, sizeof(message), known, known_count, NULL);
		outbox->send(outbox->context, to->peer, WIRE_CHANNEL_CONTROL, WIRE_RELIABLE,
			     message, size);
		room_charge(owner, size, 1, now_ns);
	}
	/* Another entity may be among the nearest now. */
	receiver_look_again(room);
}

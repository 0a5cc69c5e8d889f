#include "relay/room/membership.h"

#include <limits.h>
#include <string.h>

#include "relay/room/room.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)

enum {
	LIST_ENTRIES = WIRE_MESSAGE_MAX_BYTES / 3, /* with the shortest names */
};

/* Notifying. */

/* Messages to one member: those sent, and the one that is being filled. */
struct list {
	const struct outbox *outbox;
	const struct member *to;
	unsigned sent; /* messages */
	size_t count, bytes;
	union {
		struct wire_joined joined[LIST_ENTRIES];
		struct wire_left left[LIST_ENTRIES];
	};
};

static void begin(struct list *list, const struct outbox *outbox, const struct member *to)
{
	list->outbox = outbox;
	list->to = to;
	list->sent = 0;
	list->count = list->bytes = 0;
}

static void send_list(struct list *list, const uint8_t *message, size_t size)
{
	list->outbox->send(list->outbox->context, list->to->peer, WIRE_CHANNEL_CONTROL,
			   WIRE_RELIABLE, message, size);
	list->sent++;
	list->count = list->bytes = 0;
}

static void send_joined(struct list *list)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	if (list->count > 0)
		send_list(list, message,
			  wire_joined_encode(message, sizeof(message), list->joined, list->count,
					     NULL));
}

static void send_left(struct list *list)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	if (list->count > 0)
		send_list(
			list, message,
			wire_left_encode(message, sizeof(message), list->left, list->count, NULL));
}

/* Reserves space for an entry about `id` with so many bytes besides. False: the message is full. */
static bool reserve(struct list *list, uint32_t id, size_t bytes)
{
	size_t entry = (id < 128 ? 1 : id < 16384 ? 2 : 5) + bytes;

	if (list->count == LIST_ENTRIES || 1 + list->bytes + entry > list->to->reliable_bytes)
		return false;
	list->bytes += entry;
	return true;
}

static void add_joined(struct list *list, const struct member *member)
{
	size_t size = strlen(member->name);

	if (!reserve(list, member->id, 1 + size)) {
		send_joined(list);
		reserve(list, member->id, 1 + size);
	}
	list->joined[list->count++] = (struct wire_joined){
		.member = member->id,
		.name = { .data = (const uint8_t *)member->name, .size = size },
	};
}

static void add_left(struct list *list, const struct membership_change *change)
{
	if (!reserve(list, change->id, 1)) {
		send_left(list);
		reserve(list, change->id, 1);
	}
	list->left[list->count++] =
		(struct wire_left){ .member = change->id, .reason = change->reason };
}

/* Names only those who left and whom the member knew. */
static void notify_left(const struct outbox *outbox, struct member *member)
{
	const struct membership_log *log = &member->room->membership;
	struct list list;

	begin(&list, outbox, member);
	for (size_t i = membership_log_position(log, &member->membership); i < log->count; i++)
		if (log->changes[i].has_left && log->changes[i].joined < member->membership.next)
			add_left(&list, &log->changes[i]);
	send_left(&list);
}

static void notify_joined(const struct outbox *outbox, struct member *member)
{
	const struct membership_log *log = &member->room->membership;
	struct list list;

	begin(&list, outbox, member);
	for (size_t i = membership_log_position(log, &member->membership); i < log->count; i++)
		if (log->changes[i].member)
			add_joined(&list, log->changes[i].member);
	send_joined(&list);
}

static void notify(const struct outbox *outbox, struct member *member)
{
	if (member->membership.next == membership_log_end(&member->room->membership))
		return;
	/* LEFT first: an id that was given again may be in both. */
	notify_left(outbox, member);
	notify_joined(outbox, member);
	member->membership.next = membership_log_end(&member->room->membership);
}

void membership_notify(const struct outbox *outbox, struct member *member)
{
	if (member->join_state == JOIN_MEETING)
		membership_introduce(outbox, member, UINT_MAX);
	notify(outbox, member);
}

void membership_notify_all(const struct outbox *outbox, struct room *room, int64_t now_ns)
{
	struct membership_log *log = &room->membership;

	for (size_t i = 0; i < room->member_count; i++)
		if (!room_is_absent(room->members[i]))
			notify(outbox, room->members[i]);
	membership_log_clear(log, now_ns);
}

/* Meeting, in order of id. Who came later than the newcomer is in the log. */

unsigned membership_introduce(const struct outbox *outbox, struct member *newcomer, unsigned most)
{
	struct room *room = newcomer->room;
	size_t at = room_position(room, newcomer->membership.next_id);
	struct list list;

	begin(&list, outbox, newcomer);
	/* The entry that finds a message full begins the next, which may leave nearly empty. */
	for (; at < room->member_count && list.sent < most; at++) {
		const struct member *other = room->members[at];

		newcomer->membership.next_id = other->id + 1;
		if (other != newcomer && other->membership.joined < newcomer->membership.since)
			add_joined(&list, other);
	}
	send_joined(&list);
	if (at == room->member_count)
		room_move_member(newcomer, JOIN_WAITING);
	return list.sent;
}

bool membership_knows(const struct member *member, const struct member *other)
{
	if (other == member)
		return true;
	if (member->join_state == JOIN_MEETING &&
	    other->membership.joined < member->membership.since)
		return other->id < member->membership.next_id;
	return other->membership.joined < member->membership.next;
}

/* Noting. */

static int64_t rest_ns(const struct room *room)
{
	const int64_t members = (int64_t)room->member_count;
	const int64_t rest_ns = members * MEMBERSHIP_REST_US_EACH * NS_PER_US;
	const int64_t crowd_ns = members * MEMBERSHIP_REST_CROWD_US_EACH * NS_PER_US;

	if (room->member_count <= MEMBERSHIP_AT_ONCE_MEMBERS)
		return 0;
	if (rest_ns < MEMBERSHIP_REST_CROWD_MS * NS_PER_MS)
		return rest_ns;
	if (crowd_ns < MEMBERSHIP_REST_CROWD_MS * NS_PER_MS)
		return MEMBERSHIP_REST_CROWD_MS * NS_PER_MS;
	return crowd_ns < MEMBERSHIP_REST_MAX_MS * NS_PER_MS ? crowd_ns
							     : MEMBERSHIP_REST_MAX_MS * NS_PER_MS;
}

/* Notes a change. Without memory for it a round is made now, which empties the log. */
static void append(const struct outbox *outbox, struct room *room,
		   const struct membership_change *change, int64_t now_ns)
{
	if (!membership_log_reserve(&room->membership))
		membership_notify_all(outbox, room, now_ns);
	membership_log_append(&room->membership, change);
}

/* Makes a round, now or when the last one is long enough ago. */
static void schedule(const struct outbox *outbox, struct room *room, int64_t now_ns)
{
	struct membership_log *log = &room->membership;

	if (log->due_ns == INT64_MAX)
		log->due_ns = log->told_ns + rest_ns(room);
	if (log->due_ns <= now_ns)
		membership_notify_all(outbox, room, now_ns);
}

void membership_joined(const struct outbox *outbox, struct room *room, struct member *member,
		       int64_t now_ns)
{
	const struct membership_change change = { .member = member, .id = member->id };

	/* It is told of no change before it, even if a round is made now for want of memory. */
	member->membership.next = membership_log_end(&room->membership);
	append(outbox, room, &change, now_ns);
	member->membership.next = membership_log_end(&room->membership);
	member->membership.joined = member->membership.next - 1;
	member->membership.since = member->membership.joined;
	schedule(outbox, room, now_ns);
}

void membership_resumed(struct member *member)
{
	struct membership_reader *reader = &member->membership;

	reader->next = membership_log_end(&member->room->membership);
	reader->since = reader->next;
	reader->next_id = 0;
}

void membership_left(const struct outbox *outbox, struct room *room, const struct member *member,
		     enum wire_reason reason, int64_t now_ns)
{
	const struct membership_change change = { .joined = member->membership.joined,
						  .id = member->id,
						  .has_left = true,
						  .reason = (uint8_t)reason };

	append(outbox, room, &change, now_ns);
	membership_log_withdraw(&room->membership, member->membership.joined);
	schedule(outbox, room, now_ns);
}

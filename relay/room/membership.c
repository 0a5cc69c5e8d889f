#include "relay/room/membership.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "relay/room/room.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)

enum {
	FIRST_CAPACITY = 16,
	LIST_ENTRIES = WIRE_MESSAGE_MAX_BYTES / 3, /* of the shortest names */
};

int membership_init(struct membership *membership)
{
	*membership = (struct membership){ .told_ns = INT64_MIN / 2, .due_ns = INT64_MAX };
	membership->items = malloc(FIRST_CAPACITY * sizeof(membership->items[0]));
	if (!membership->items)
		return -ENOMEM;
	membership->capacity = FIRST_CAPACITY;
	return 0;
}

void membership_fini(struct membership *membership)
{
	free(membership->items);
	*membership = (struct membership){ 0 };
}

/* Telling. */

/* A message to one member that is being filled. */
struct list {
	const struct outbox *outbox;
	const struct member *to;
	unsigned sent; /* messages so far */
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

static void post(struct list *list, const uint8_t *message, size_t size)
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
		post(list, message,
		     wire_joined_encode(message, sizeof(message), list->joined, list->count, NULL));
}

static void send_left(struct list *list)
{
	uint8_t message[WIRE_MESSAGE_MAX_BYTES];

	if (list->count > 0)
		post(list, message,
		     wire_left_encode(message, sizeof(message), list->left, list->count, NULL));
}

/* Whether an entry about `id` with so many bytes besides still fits, whatever its exact size. */
static bool takes(struct list *list, uint32_t id, size_t bytes)
{
	size_t entry = (id < 128 ? 1 : id < 16384 ? 2 : 5) + bytes;

	if (list->count == LIST_ENTRIES ||
	    1 + list->bytes + entry > path_reliable_bytes(&list->to->path))
		return false;
	list->bytes += entry;
	return true;
}

static void add_joined(struct list *list, const struct member *member)
{
	size_t size = strlen(member->name);

	if (!takes(list, member->id, 1 + size)) {
		send_joined(list);
		takes(list, member->id, 1 + size);
	}
	list->joined[list->count++] = (struct wire_joined){
		.member = member->id,
		.name = { .data = (const uint8_t *)member->name, .size = size },
	};
}

static void add_left(struct list *list, const struct membership_change *item)
{
	if (!takes(list, item->id, 1)) {
		send_left(list);
		takes(list, item->id, 1);
	}
	list->left[list->count++] =
		(struct wire_left){ .member = item->id, .reason = item->reason };
}

static uint64_t end_of(const struct membership *membership)
{
	return membership->first + membership->count;
}

/* The news that `member` has not heard, from this place in the list on. */
static size_t unheard(const struct membership *membership, const struct member *member)
{
	return member->heard > membership->first ? (size_t)(member->heard - membership->first) : 0;
}

/* Of those who left only whom it knew. */
static void tell_left(const struct outbox *outbox, struct member *member)
{
	const struct membership *membership = &member->room->membership;
	struct list list;

	begin(&list, outbox, member);
	for (size_t i = unheard(membership, member); i < membership->count; i++)
		if (membership->items[i].has_left && membership->items[i].joined < member->heard)
			add_left(&list, &membership->items[i]);
	send_left(&list);
}

static void tell_joined(const struct outbox *outbox, struct member *member)
{
	const struct membership *membership = &member->room->membership;
	struct list list;

	begin(&list, outbox, member);
	for (size_t i = unheard(membership, member); i < membership->count; i++)
		if (membership->items[i].member)
			add_joined(&list, membership->items[i].member);
	send_joined(&list);
}

static void tell(const struct outbox *outbox, struct member *member)
{
	if (member->heard == end_of(&member->room->membership))
		return;
	/* First who left: an id that is free again may be in both. */
	tell_left(outbox, member);
	tell_joined(outbox, member);
	member->heard = end_of(&member->room->membership);
}

void membership_notify(const struct outbox *outbox, struct member *member)
{
	if (member->join_state == JOIN_MEETING)
		membership_introduce(outbox, member, UINT_MAX);
	tell(outbox, member);
}

void membership_notify_all(const struct outbox *outbox, struct room *room, int64_t now_ns)
{
	struct membership *membership = &room->membership;

	for (size_t i = 0; i < room->member_count; i++)
		tell(outbox, room->members[i]);
	membership->first += membership->count;
	membership->count = 0;
	membership->told_ns = now_ns;
	membership->due_ns = INT64_MAX;
}

/* Meeting, in order of id. Who came later than the newcomer is in the membership. */

unsigned membership_introduce(const struct outbox *outbox, struct member *newcomer, unsigned most)
{
	struct room *room = newcomer->room;
	size_t at = room_position(room, newcomer->met_id);
	struct list list;

	begin(&list, outbox, newcomer);
	/* One that makes a message full begins the next, which goes off half empty at worst. */
	for (; at < room->member_count && list.sent < most; at++) {
		const struct member *other = room->members[at];

		newcomer->met_id = other->id + 1;
		if (other->joined < newcomer->joined)
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
	if (member->join_state == JOIN_MEETING && other->joined < member->joined)
		return other->id < member->met_id;
	return other->joined < member->heard;
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

/* Makes a place. Where there is no memory for more, all are told now, which empties the log. */
static struct membership_change *append(const struct outbox *outbox, struct room *room,
					int64_t now_ns)
{
	struct membership *membership = &room->membership;

	if (membership->count == membership->capacity) {
		struct membership_change *items =
			realloc(membership->items, 2 * membership->capacity * sizeof(items[0]));

		if (items) {
			membership->items = items;
			membership->capacity *= 2;
		} else {
			membership_notify_all(outbox, room, now_ns);
		}
	}
	return &membership->items[membership->count++];
}

/* Has what was noted told, now or when the last round is long enough ago. */
static void schedule(const struct outbox *outbox, struct room *room, int64_t now_ns)
{
	struct membership *membership = &room->membership;

	if (membership->due_ns == INT64_MAX)
		membership->due_ns = membership->told_ns + rest_ns(room);
	if (membership->due_ns <= now_ns)
		membership_notify_all(outbox, room, now_ns);
}

void membership_joined(const struct outbox *outbox, struct room *room, struct member *member,
		       int64_t now_ns)
{
	struct membership_change *item;

	member->met_id = 0;
	/* It is to hear nothing of what was before it. */
	member->heard = end_of(&room->membership);
	item = append(outbox, room, now_ns);
	member->joined = end_of(&room->membership) - 1;
	member->heard = end_of(&room->membership);
	*item = (struct membership_change){ .member = member, .id = member->id };
	schedule(outbox, room, now_ns);
}

void membership_left(const struct outbox *outbox, struct room *room, const struct member *member,
		     enum wire_reason reason, int64_t now_ns)
{
	struct membership *membership = &room->membership;
	struct membership_change *item = append(outbox, room, now_ns);

	if (member->joined >= membership->first)
		membership->items[member->joined - membership->first].member = NULL;
	*item = (struct membership_change){ .joined = member->joined,
					    .id = member->id,
					    .has_left = true,
					    .reason = (uint8_t)reason };
	schedule(outbox, room, now_ns);
}

#include "relay/room/news.h"

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

int news_init(struct news *news)
{
	*news = (struct news){ .told_ns = INT64_MIN / 2, .due_ns = INT64_MAX };
	news->items = malloc(FIRST_CAPACITY * sizeof(news->items[0]));
	if (!news->items)
		return -ENOMEM;
	news->capacity = FIRST_CAPACITY;
	return 0;
}

void news_fini(struct news *news)
{
	free(news->items);
	*news = (struct news){ 0 };
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

static void add_left(struct list *list, const struct news_item *item)
{
	if (!takes(list, item->id, 1)) {
		send_left(list);
		takes(list, item->id, 1);
	}
	list->left[list->count++] =
		(struct wire_left){ .member = item->id, .reason = item->reason };
}

static uint64_t end_of(const struct news *news)
{
	return news->first + news->count;
}

/* The news that `member` has not heard, from this place in the list on. */
static size_t unheard(const struct news *news, const struct member *member)
{
	return member->heard > news->first ? (size_t)(member->heard - news->first) : 0;
}

/* Of those who left only whom it knew. */
static void tell_left(const struct outbox *outbox, struct member *member)
{
	const struct news *news = &member->room->news;
	struct list list;

	begin(&list, outbox, member);
	for (size_t i = unheard(news, member); i < news->count; i++)
		if (news->items[i].has_left && news->items[i].joined < member->heard)
			add_left(&list, &news->items[i]);
	send_left(&list);
}

static void tell_joined(const struct outbox *outbox, struct member *member)
{
	const struct news *news = &member->room->news;
	struct list list;

	begin(&list, outbox, member);
	for (size_t i = unheard(news, member); i < news->count; i++)
		if (news->items[i].member)
			add_joined(&list, news->items[i].member);
	send_joined(&list);
}

static void tell(const struct outbox *outbox, struct member *member)
{
	if (member->heard == end_of(&member->room->news))
		return;
	/* First who left: an id that is free again may be in both. */
	tell_left(outbox, member);
	tell_joined(outbox, member);
	member->heard = end_of(&member->room->news);
}

void news_tell(const struct outbox *outbox, struct member *member)
{
	if (member->is_meeting)
		news_meet(outbox, member, UINT_MAX);
	tell(outbox, member);
}

void news_tell_all(const struct outbox *outbox, struct room *room, int64_t now_ns)
{
	struct news *news = &room->news;

	for (size_t i = 0; i < room->member_count; i++)
		tell(outbox, room->members[i]);
	news->first += news->count;
	news->count = 0;
	news->told_ns = now_ns;
	news->due_ns = INT64_MAX;
}

/* Meeting, in order of id. Who came later than the newcomer is in the news. */

unsigned news_meet(const struct outbox *outbox, struct member *newcomer, unsigned most)
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
	if (at == room->member_count) {
		newcomer->is_meeting = false;
		room->meeting_count--;
	}
	return list.sent;
}

bool news_knows(const struct member *member, const struct member *other)
{
	if (other == member)
		return true;
	if (member->is_meeting && other->joined < member->joined)
		return other->id < member->met_id;
	return other->joined < member->heard;
}

/* Noting. */

static int64_t rest_ns(const struct room *room)
{
	const int64_t members = (int64_t)room->member_count;
	const int64_t rest_ns = members * NEWS_REST_US_EACH * NS_PER_US;
	const int64_t crowd_ns = members * NEWS_REST_CROWD_US_EACH * NS_PER_US;

	if (room->member_count <= NEWS_AT_ONCE_MEMBERS)
		return 0;
	if (rest_ns < NEWS_REST_CROWD_MS * NS_PER_MS)
		return rest_ns;
	if (crowd_ns < NEWS_REST_CROWD_MS * NS_PER_MS)
		return NEWS_REST_CROWD_MS * NS_PER_MS;
	return crowd_ns < NEWS_REST_MAX_MS * NS_PER_MS ? crowd_ns : NEWS_REST_MAX_MS * NS_PER_MS;
}

/* Makes a place. Where there is no memory for more, all are told now, which empties the log. */
static struct news_item *append(const struct outbox *outbox, struct room *room, int64_t now_ns)
{
	struct news *news = &room->news;

	if (news->count == news->capacity) {
		struct news_item *items =
			realloc(news->items, 2 * news->capacity * sizeof(items[0]));

		if (items) {
			news->items = items;
			news->capacity *= 2;
		} else {
			news_tell_all(outbox, room, now_ns);
		}
	}
	return &news->items[news->count++];
}

/* Has what was noted told, now or when the last round is long enough ago. */
static void schedule(const struct outbox *outbox, struct room *room, int64_t now_ns)
{
	struct news *news = &room->news;

	if (news->due_ns == INT64_MAX)
		news->due_ns = news->told_ns + rest_ns(room);
	if (news->due_ns <= now_ns)
		news_tell_all(outbox, room, now_ns);
}

void news_joined(const struct outbox *outbox, struct room *room, struct member *member,
		 int64_t now_ns)
{
	struct news_item *item;

	member->is_meeting = true;
	member->met_id = 0;
	room->meeting_count++;
	/* It is to hear nothing of what was before it. */
	member->heard = end_of(&room->news);
	item = append(outbox, room, now_ns);
	member->joined = end_of(&room->news) - 1;
	member->heard = end_of(&room->news);
	*item = (struct news_item){ .member = member, .id = member->id };
	schedule(outbox, room, now_ns);
}

void news_left(const struct outbox *outbox, struct room *room, const struct member *member,
	       enum wire_reason reason, int64_t now_ns)
{
	struct news *news = &room->news;
	struct news_item *item = append(outbox, room, now_ns);

	if (member->joined >= news->first)
		news->items[member->joined - news->first].member = NULL;
	*item = (struct news_item){ .joined = member->joined,
				    .id = member->id,
				    .has_left = true,
				    .reason = (uint8_t)reason };
	schedule(outbox, room, now_ns);
}

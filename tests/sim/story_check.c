#include "tests/sim/story_check.h"

#include <malloc.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/wire/wire.h"

enum {
	/* A relay and its sessions with full queues; what they hold at rest is far less. */
	MEMORY_MAX_BYTES = 16 << 20,
	/* The most that a quarter of a second adds, between two looks of the relay. */
	BACKLOG_SLACK_BYTES = 8 << 10,
	ENTITIES_MAX = STORY_CLIENTS_MAX * STORY_ENTITIES_MAX + 8,
};

void story_fail(struct story *story, const char *format, ...)
{
	va_list arguments;

	if (story->error[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(story->error, sizeof(story->error), format, arguments);
	va_end(arguments);
}

/* Events. */

void story_note_sent(struct story_client *client)
{
	client->sent_before[client->sent++] = client->before;
}

void story_note_break(struct story_client *client)
{
	client->member = 0;
	client->before = client->sent;
}

/* The client was welcomed under a new id: its events count from here on. */
static void begin_views(struct story *story, struct story_client *client, uint32_t member)
{
	client->member = member;
	story->welcomes++;
	for (size_t i = 0; i < story->client_count; i++)
		client->views[i] = (struct story_view){ .since = story->clients[i].sent };
}

static uint32_t larger(uint32_t one, uint32_t other)
{
	return one > other ? one : other;
}

/*
 * The last event that is no longer due when an event comes from the stay that began after `before`.
 * The relay admits a member before that member takes its WELCOME, so the first event may be an
 * older one. A member that was paused may receive several stays of a sender in a row, each but the
 * last without its end. Within one stay, no event is left out after the first.
 */
static uint32_t settled_up_to(const struct story_view *view, uint32_t before)
{
	return larger(view->heard ? view->heard : view->since, before);
}

static void hear(struct story *story, size_t n, size_t from, uint32_t number)
{
	const struct story_client *sender = &story->clients[from];
	struct story_view *view = &story->clients[n].views[from];

	if (number > sender->sent) {
		story_fail(story, "client %zu heard event %u of client %zu, which was not sent", n,
			   (unsigned)number, from);
		return;
	}
	if (number <= view->heard) {
		story_fail(story, "client %zu heard event %u of client %zu after %u", n,
			   (unsigned)number, from, (unsigned)view->heard);
		return;
	}
	/* Events may overtake WELCOME; then the events before this one are not known. */
	if (story->clients[n].member) {
		uint32_t settled = settled_up_to(view, sender->sent_before[number - 1]);

		if (number > settled + 1)
			story_fail(story, "client %zu heard event %u of client %zu before %u", n,
				   (unsigned)number, from, (unsigned)settled + 1);
	}
	view->heard = number;
	story->events_received++;
}

static void take_message(struct story *story, size_t n, const struct starling_event *event)
{
	const uint8_t *data = event->data;

	if (event->data_bytes != 5 || data[0] >= story->client_count) {
		story_fail(story, "client %zu heard an event that nobody sent", n);
		return;
	}
	hear(story, n, data[0],
	     (uint32_t)data[1] | (uint32_t)data[2] << 8 | (uint32_t)data[3] << 16 |
		     (uint32_t)data[4] << 24);
}

/* The relay ended the session: allowed only if the member did not take its messages. */
static void end(struct story *story, size_t n, const struct starling_event *event)
{
	bool is_slow = event->reason == STARLING_REASON_SLOW &&
		       (story->plot & (STORY_CUTS | STORY_PAUSES | STORY_LOSSY));

	if (story->plot & STORY_STOP)
		return;
	if (!is_slow)
		story_fail(story, "client %zu was sent away: %s", n, event->text);
	story_note_break(&story->clients[n]);
	story->sent_away++;
	story->clients[n].is_over = true;
}

void story_take(struct story *story, size_t n, const struct starling_event *event)
{
	struct story_client *client = &story->clients[n];

	if (event->type == STARLING_WELCOME) {
		/* Also by another connection without a LOST: messages of the former may be lost. */
		story_note_break(client);
		begin_views(story, client, event->member);
	} else if (event->type == STARLING_LOST)
		story_note_break(client);
	else if (event->type == STARLING_MESSAGE)
		take_message(story, n, event);
	else if (event->type == STARLING_ENDED)
		end(story, n, event);
}

void story_check_events(struct story *story)
{
	for (size_t n = 0; n < story->client_count; n++) {
		struct starling *session = story->cluster.clients[n].session;
		struct starling_event event;

		while (session && starling_next(session, &event))
			story_take(story, n, &event);
	}
}

void story_check_complete(struct story *story)
{
	for (size_t n = 0; n < story->client_count; n++) {
		const struct story_client *client = &story->clients[n];

		for (size_t i = 0; i < story->client_count && client->member; i++) {
			const struct story_client *sender = &story->clients[i];
			const struct story_view *view = &client->views[i];
			bool is_due = sender->sent > larger(view->since, sender->before);

			if (is_due && view->heard != sender->sent)
				story_fail(story,
					   "client %zu heard client %zu only up to event %u of %u",
					   n, i, (unsigned)view->heard, (unsigned)sender->sent);
		}
	}
}

/* States. */

static void check_entity(struct story *story, size_t n, const struct starling_entity *entity,
			 int64_t clock_error_us)
{
	for (size_t i = 0; i < story->client_count; i++) {
		struct story_view *view = &story->clients[n].views[i];

		if (story->clients[i].member != entity->member)
			continue;
		if (view->member != entity->member)
			memset(view->entity, 0, sizeof(view->entity));
		view->member = entity->member;
		if (view->entity[entity->index].is_known &&
		    view->entity[entity->index].seq != entity->seq &&
		    !wire_seq_is_newer(entity->seq, view->entity[entity->index].seq))
			story_fail(story, "client %zu saw entity %u of client %zu go back in seq",
				   n, entity->index, i);
		view->entity[entity->index].is_known = true;
		view->entity[entity->index].seq = entity->seq;
	}
	if (entity->age_s < -(double)clock_error_us / 1e6)
		story_fail(story, "client %zu saw an age of %g s, with a clock within %g s", n,
			   entity->age_s, (double)clock_error_us / 1e6);
}

void story_check_states(struct story *story)
{
	for (size_t n = 0; n < story->client_count; n++) {
		const struct starling *session = story->cluster.clients[n].session;
		struct starling_entity entities[ENTITIES_MAX];
		int64_t now_us, error_us;
		size_t count;

		if (!session || !story->clients[n].member ||
		    !starling_clock(session, &now_us, &error_us))
			continue;
		count = starling_entities(session, entities, ENTITIES_MAX);
		for (size_t i = 0; i < count && i < ENTITIES_MAX; i++)
			check_entity(story, n, &entities[i], error_us);
	}
}

/* The client that is now `member` of the room, or NULL. */
static const struct story_client *find(const struct story *story, uint32_t member)
{
	for (size_t i = 0; i < story->client_count; i++)
		if (story->clients[i].is_open && story->clients[i].member == member)
			return &story->clients[i];
	return NULL;
}

/* Squared distance in grains. Positions are whole grains by then. */
static double distance2(const struct story_own *one, const struct story_own *other)
{
	double x = round(one->x * 1e3) - round(other->x * 1e3);
	double y = round(one->y * 1e3) - round(other->y * 1e3);
	double z = round(one->z * 1e3) - round(other->z * 1e3);

	return x * x + y * y + z * z;
}

/* How many of the others' entities are nearer, or (or_equal) as near. */
static double rank_of(const struct story *story, size_t n, const struct story_own *place,
		      double than, bool or_equal)
{
	double rank = 0;

	for (size_t i = 0; i < story->client_count; i++)
		for (size_t j = 0; i != n && j < STORY_ENTITIES_MAX; j++) {
			const struct story_own *own = &story->clients[i].own[j];
			double other = distance2(place, own);

			rank += story->clients[i].is_open && own->exists &&
				(other < than || (or_equal && other == than));
		}
	return rank;
}

/* A member with an entity sees the entities that it must, and none that it must not. */
static void check_sight(struct story *story, size_t n)
{
	const struct story_client *client = &story->clients[n];
	const struct starling *session = story->cluster.clients[n].session;
	const struct story_own *place = client->own;
	double range = client->range, wide = range + floor(range / 8);
	struct starling_entity entity;

	while (place < &client->own[STORY_ENTITIES_MAX] && !place->exists)
		place++;
	if (place == &client->own[STORY_ENTITIES_MAX])
		return;
	for (size_t i = 0; i < story->client_count; i++)
		for (unsigned j = 0; i != n && j < STORY_ENTITIES_MAX; j++) {
			const struct story_client *owner = &story->clients[i];
			double far = distance2(place, &owner->own[j]);
			bool must = far <= range * range, may = far <= wide * wide;
			bool is_seen;

			if (!owner->is_open || !owner->own[j].exists)
				continue;
			if (client->interest == STARLING_NEAREST) {
				must = rank_of(story, n, place, far, true) <= range;
				may = rank_of(story, n, place, far, false) <=
				      range + floor(range / 4);
			}
			is_seen = starling_entity(session, owner->member, j, &entity);
			if ((must && !is_seen) || (!may && is_seen))
				story_fail(story,
					   "client %zu %s entity %u of client %zu at the end", n,
					   is_seen ? "still sees" : "does not see", j, i);
		}
}

static void check_picture(struct story *story, size_t n, size_t expected)
{
	const struct starling *session = story->cluster.clients[n].session;
	struct starling_entity entities[ENTITIES_MAX];
	size_t count = starling_entities(session, entities, ENTITIES_MAX);

	for (size_t i = 0; i < count && i < ENTITIES_MAX; i++) {
		const struct starling_entity *entity = &entities[i];
		const struct story_client *owner = find(story, entity->member);
		const struct story_own *own = owner ? &owner->own[entity->index] : NULL;

		if (!own || !own->exists || fabs(own->x - entity->x) > 0.00051 ||
		    fabs(own->y - entity->y) > 0.00051 || fabs(own->z - entity->z) > 0.00051)
			story_fail(story,
				   "client %zu sees entity %u of member %u at %.3f, %.3f, %.3f, "
				   "which its owner has at %.3f, %.3f, %.3f",
				   n, entity->index, (unsigned)entity->member, entity->x, entity->y,
				   entity->z, own ? own->x : NAN, own ? own->y : NAN,
				   own ? own->z : NAN);
	}
	if (story->clients[n].interest != STARLING_ALL)
		check_sight(story, n);
	else if (count != expected)
		story_fail(story, "client %zu sees %zu entities at the end instead of %zu", n,
			   count, expected);
}

void story_check_views(struct story *story)
{
	size_t members = 0, entities = 0;
	size_t owned[STORY_CLIENTS_MAX] = { 0 };

	for (size_t n = 0; n < story->client_count; n++) {
		if (!story->cluster.clients[n].session)
			continue;
		members++;
		for (size_t i = 0; i < STORY_ENTITIES_MAX; i++)
			owned[n] += story->clients[n].own[i].exists;
		entities += owned[n];
	}
	for (size_t n = 0; n < story->client_count; n++) {
		const struct starling *session = story->cluster.clients[n].session;

		if (!session)
			continue;
		if (starling_members(session, NULL, 0) != members - 1)
			story_fail(story, "client %zu knows %zu others at the end instead of %zu",
				   n, starling_members(session, NULL, 0), members - 1);
		check_picture(story, n, entities - owned[n]);
	}
}

/* The relay. */

size_t story_memory_bytes(void)
{
	return mallinfo2().uordblks;
}

void story_check_relay(struct story *story)
{
	const struct accounting *accounting = &story->cluster.relay.relay.accounting;
	size_t used = story_memory_bytes();

	if (!accounting_is_balanced(accounting))
		story_fail(story, "the ledger does not balance: %llu due",
			   (unsigned long long)accounting->due);
	if (story->cluster.is_relay_up && !story->cluster.is_relay_paused &&
	    server_backlog_bytes(&story->cluster.relay) >
		    story->cluster.relay_config.backlog_bytes + BACKLOG_SLACK_BYTES)
		story_fail(story, "%zu reliable bytes wait for one client",
			   server_backlog_bytes(&story->cluster.relay));
	if (used > story->memory_bytes + MEMORY_MAX_BYTES)
		story_fail(story, "%zu bytes are in use", used - story->memory_bytes);
}

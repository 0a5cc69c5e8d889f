#include "relay/fanout/interest.h"

#include <errno.h>
#include <string.h>

/* A member's interest in numbers. */
struct limits {
	uint64_t enter2, leave2; /* squares of the reach */
	size_t enter, stay;      /* among how many nearest */
};

struct wire_settings interest_grant(const struct config *config, const struct wire_settings *asked)
{
	struct wire_settings granted = *asked;

	/* Where each update is relayed, each member receives them all. */
	if (config->every) {
		granted.interest = WIRE_ALL;
		granted.range = 0;
	}
	if (granted.interest == WIRE_NEAREST && granted.range > config->sight)
		granted.range = config->sight;
	return granted;
}

bool interest_is_partial(const struct member *member)
{
	return member->settings.interest != WIRE_ALL;
}

static struct limits limits_of(const struct member *member)
{
	const struct wire_settings *settings = &member->settings;
	struct limits limits = { .enter2 = UINT64_MAX, .leave2 = UINT64_MAX };
	uint64_t radius = settings->range, leave;

	if (settings->interest == WIRE_NEAREST) {
		limits.enter = settings->range;
	} else {
		leave = radius + radius / 8; /* less than 2^32, as a radius is less than 2^31 */
		limits.enter = member->room->config->sight;
		limits.enter2 = radius * radius;
		limits.leave2 = leave * leave;
	}
	limits.stay = limits.enter + limits.enter / 4 + 1;
	return limits;
}

int interest_gather(struct kd_tree *kd_tree, struct room *room)
{
	if (kd_tree_begin(kd_tree, room->entity_count) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < room->member_count; i++) {
		struct member *owner = room->members[i];
		size_t left = owner->entity_count;

		for (size_t index = 0; left > 0; index++) {
			const struct entity *entity = &owner->entities[index];
			struct kd_point point = { .owner = owner, .index = (uint16_t)index };

			if (!entity->exists)
				continue;
			memcpy(point.position, entity->position, sizeof(point.position));
			if (left == owner->entity_count)
				view_set_place(&receiver_of(owner)->view, entity->position);
			kd_tree_add(kd_tree, &point);
			left--;
		}
	}
	kd_tree_build(kd_tree);
	return 0;
}

/* Looking. */

/* Which entries are to be taken out of a view, and whom to notify before. */
struct leaving {
	const struct receiver *receiver;
	uint64_t distance2; /* entities that are further leave, */
	size_t places;      /* and those as far, once so many of them have stayed */
	interest_leave *leave;
	void *context;
};

static bool stays_in_sight(void *context, const struct view_entry *entry)
{
	struct leaving *leaving = context;
	const struct member *member = &leaving->receiver->member;

	if (view_entity(entry) && room_receives(member, entry->owner) &&
	    (entry->owner == member || entry->distance2 <= leaving->distance2))
		return true;
	leaving->leave(leaving->context, entry);
	return false;
}

static void take_out_of_sight(struct receiver *receiver, struct leaving *leaving)
{
	struct view *view = &receiver->view;

	for (size_t i = 0; i < view->count; i++)
		if (view_entity(&view->entries[i]))
			view_measure(view, &view->entries[i]);
	view_filter(view, stays_in_sight, leaving);
}

static size_t count_within(const struct receiver *receiver, uint64_t distance2)
{
	const struct view *view = &receiver->view;
	size_t count = 0;

	for (size_t i = 0; i < view->count; i++)
		count += view->entries[i].owner != &receiver->member &&
			 view->entries[i].distance2 <= distance2;
	return count;
}

/*
 * Adds the first `count` that were found, but of those as far as the last only while there are too
 * few in sight. New entries stand behind the others until the end.
 */
static int add_found(struct receiver *receiver, const struct neighbour *found, size_t count)
{
	struct view *view = &receiver->view;
	const size_t known = view->count;
	size_t within;
	int result = 0;

	if (count == 0)
		return 0;
	within = count_within(receiver, found[count - 1].distance2);
	for (size_t i = 0; i < count && result == 0; i++) {
		const struct kd_point *point = found[i].point;

		if (view_find_among(view, known, point->owner, point->index) ||
		    (found[i].distance2 == found[count - 1].distance2 && within >= count))
			continue;
		result = view_add(view, point->owner, point->index, true);
		if (result == 0)
			view_measure(view, &view->entries[view->count - 1]);
		within++;
	}
	if (view->count > known)
		view_sort(view);
	return result;
}

/* Adds the member's own entities, with `echo`. */
static int add_own(struct receiver *receiver)
{
	struct member *member = &receiver->member;
	struct view *view = &receiver->view;
	size_t left = member->settings.echo ? member->entity_count : 0;

	for (size_t index = 0; left > 0; index++) {
		if (!member->entities[index].exists)
			continue;
		left--;
		if (!view_find(view, member, (uint16_t)index)) {
			if (view_add(view, member, (uint16_t)index, true) != 0)
				return -ENOMEM;
			view_sort(view);
		}
	}
	return 0;
}

/* The least squared distance within which more than `most` are in sight. */
static uint64_t distance2_of_too_many(const struct receiver *receiver, size_t most)
{
	uint64_t low = 0, high = UINT64_MAX;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (count_within(receiver, middle) > most)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static bool stays_within(void *context, const struct view_entry *entry)
{
	struct leaving *leaving = context;
	const bool is_own = entry->owner == &leaving->receiver->member;

	if (is_own || entry->distance2 < leaving->distance2)
		return true;
	if (entry->distance2 == leaving->distance2 && leaving->places > 0) {
		leaving->places--;
		return true;
	}
	leaving->leave(leaving->context, entry);
	return false;
}

/* Equally far entities, or a search that ended early, may have left too many. */
static void bound(struct receiver *receiver, size_t most, struct leaving *leaving)
{
	if (count_within(receiver, UINT64_MAX) <= most)
		return;
	leaving->distance2 = distance2_of_too_many(receiver, most);
	leaving->places = most;
	if (leaving->distance2 > 0)
		leaving->places -= count_within(receiver, leaving->distance2 - 1);
	view_filter(&receiver->view, stays_within, leaving);
}

int interest_look(struct receiver *receiver, struct kd_tree *kd_tree, struct neighbour *found,
		  interest_leave *leave, void *context)
{
	const struct member *member = &receiver->member;
	const struct limits limits = limits_of(member);
	struct leaving leaving = {
		.receiver = receiver, .distance2 = limits.leave2, .leave = leave, .context = context
	};
	size_t count, entering = 0;
	int result, own_result;

	count = kd_tree_find(kd_tree, receiver->view.place, member, limits.leave2, found,
			     limits.stay);
	if (count == limits.stay)
		leaving.distance2 = found[count - 1].distance2;
	take_out_of_sight(receiver, &leaving);
	while (entering < count && entering < limits.enter &&
	       found[entering].distance2 <= limits.enter2)
		entering++;
	result = add_found(receiver, found, entering);
	own_result = add_own(receiver);
	bound(receiver, limits.stay, &leaving);
	return result ? result : own_result;
}

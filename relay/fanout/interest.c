#include "relay/fanout/interest.h"

#include <errno.h>
#include <string.h>

/* What a member's interest comes to. */
struct limits {
	uint64_t enter2, leave2; /* squares of the reach */
	size_t enter, stay;      /* among how many nearest */
};

struct wire_settings interest_grant(const struct config *config, const struct wire_settings *asked)
{
	struct wire_settings granted = *asked;

	/* Where each update is relayed one for one, each member is to have them all. */
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

int interest_gather(struct room *room)
{
	struct kd_tree *kd_tree = &room->kd_tree;

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
				memcpy(owner->place, entity->position, sizeof(owner->place));
			kd_tree_add(kd_tree, &point);
			left--;
		}
	}
	kd_tree_build(kd_tree);
	return 0;
}

/* Looking. */

/* Takes out what has left. */
static void part_from(struct member *member, uint64_t leave2, interest_leave *leave, void *context)
{
	struct view *view = &member->view;
	size_t kept = 0;

	for (size_t i = 0; i < view->count; i++) {
		struct view_entry *entry = &view->entries[i];
		const struct entity *entity = view_entity(entry);
		bool is_own = entry->owner == member;

		if (entity)
			entry->distance2 = kd_tree_distance2(entity->position, member->place);
		if (!entity || !room_hears(member, entry->owner) ||
		    (!is_own && entry->distance2 > leave2)) {
			leave(context, entry);
			continue;
		}
		view->entries[kept++] = *entry;
	}
	view->count = kept;
}

static size_t count_within(const struct member *member, uint64_t distance2)
{
	const struct view *view = &member->view;
	size_t count = 0;

	for (size_t i = 0; i < view->count; i++)
		count +=
			view->entries[i].owner != member && view->entries[i].distance2 <= distance2;
	return count;
}

/* Takes in the first `count` that were found, unless one in sight is as near as the last of them.
 */
static int take_in(struct member *member, const struct neighbour *found, size_t count)
{
	struct view *view = &member->view;
	size_t known = view->count, within;
	int result = 0;

	if (count == 0)
		return 0;
	within = count_within(member, found[count - 1].distance2);
	for (size_t i = 0; i < count && result == 0; i++) {
		const struct kd_point *point = found[i].point;
		size_t all = view->count;
		bool is_there;

		view->count = known; /* those behind are not in order yet */
		is_there = view_find(view, point->owner, point->index) != NULL;
		view->count = all;
		if (is_there ||
		    (found[i].distance2 == found[count - 1].distance2 && within >= count))
			continue;
		result = view_add(view, point->owner, point->index, true);
		if (result == 0)
			view->entries[view->count - 1].distance2 = found[i].distance2;
		within++;
	}
	return result;
}

/* Own entities, with `echo`. */
static int take_own(struct member *member)
{
	struct view *view = &member->view;
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

/* The least squared distance within which there are more than `most`. */
static uint64_t distance2_of_too_many(const struct member *member, size_t most)
{
	uint64_t low = 0, high = UINT64_MAX;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (count_within(member, middle) > most)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Equally far ones, or a search that ended early, may have left too many. */
static void bound(struct member *member, size_t most, interest_leave *leave, void *context)
{
	struct view *view = &member->view;
	size_t kept = 0, places = most;
	uint64_t distance2;

	if (count_within(member, UINT64_MAX) <= most)
		return;
	distance2 = distance2_of_too_many(member, most);
	if (distance2 > 0)
		places -= count_within(member, distance2 - 1);
	for (size_t i = 0; i < view->count; i++) {
		struct view_entry *entry = &view->entries[i];
		bool is_own = entry->owner == member;
		bool is_last = !is_own && entry->distance2 == distance2;

		if ((!is_own && entry->distance2 > distance2) || (is_last && places == 0)) {
			leave(context, entry);
			continue;
		}
		places -= is_last;
		view->entries[kept++] = *entry;
	}
	view->count = kept;
}

int interest_look(struct member *member, struct neighbour *found, interest_leave *leave,
		  void *context)
{
	struct view *view = &member->view;
	struct limits limits = limits_of(member);
	size_t count, known, entering = 0;
	uint64_t leave2 = limits.leave2;
	int result, own_result;

	count = kd_tree_find(&member->room->kd_tree, member->place, member, limits.leave2, found,
			     limits.stay);
	if (count == limits.stay)
		leave2 = found[count - 1].distance2;
	part_from(member, leave2, leave, context);
	while (entering < count && entering < limits.enter &&
	       found[entering].distance2 <= limits.enter2)
		entering++;
	known = view->count;
	result = take_in(member, found, entering);
	if (view->count > known)
		view_sort(view);
	own_result = take_own(member);
	bound(member, limits.stay, leave, context);
	return result ? result : own_result;
}

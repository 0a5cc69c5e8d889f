#include "client/sight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sight_fini(struct sight *sight)
{
	free(sight->entities);
	free(sight->members);
	free(sight->marks);
	free(sight->old_marks);
	memset(sight, 0, sizeof(*sight));
}

static int grow(void **list, size_t capacity, size_t item_bytes)
{
	void *grown = realloc(*list, capacity * item_bytes);

	if (grown == NULL)
		return -ENOMEM;
	*list = grown;
	return 0;
}

/* Room for what there is now and half as much again, so that growing stays rare. */
static size_t roomy(size_t wanted, size_t max)
{
	size_t capacity = wanted + wanted / 2 + 16;

	return capacity < max ? capacity : max;
}

static int look_at_members(struct sight *sight, const struct starling *session)
{
	sight->member_total = starling_members(session, sight->members, sight->member_capacity);
	if (sight->member_total > sight->member_capacity &&
	    sight->member_capacity < SIGHT_MEMBERS_MAX) {
		size_t capacity = roomy(sight->member_total, SIGHT_MEMBERS_MAX);

		if (grow((void **)&sight->members, capacity, sizeof(*sight->members)) < 0)
			return -ENOMEM;
		sight->member_capacity = capacity;
		sight->member_total = starling_members(session, sight->members, capacity);
	}
	sight->member_count = sight->member_total < sight->member_capacity ? sight->member_total
									   : sight->member_capacity;
	return 0;
}

static int grow_entities(struct sight *sight)
{
	size_t capacity = roomy(sight->entity_total, SIGHT_ENTITIES_MAX);

	if (grow((void **)&sight->entities, capacity, sizeof(*sight->entities)) < 0 ||
	    grow((void **)&sight->marks, capacity, sizeof(*sight->marks)) < 0 ||
	    grow((void **)&sight->old_marks, capacity, sizeof(*sight->old_marks)) < 0)
		return -ENOMEM;
	sight->entity_capacity = capacity;
	return 0;
}

static int look_at_entities(struct sight *sight, const struct starling *session)
{
	sight->entity_total = starling_entities(session, sight->entities, sight->entity_capacity);
	if (sight->entity_total > sight->entity_capacity &&
	    sight->entity_capacity < SIGHT_ENTITIES_MAX) {
		if (grow_entities(sight) < 0)
			return -ENOMEM;
		sight->entity_total =
			starling_entities(session, sight->entities, sight->entity_capacity);
	}
	sight->entity_count = sight->entity_total < sight->entity_capacity ? sight->entity_total
									   : sight->entity_capacity;
	return 0;
}

/* Since when `entity` has been stalled, as the last sample knew. Both lists have one order. */
static int64_t stalled_since(const struct sight *sight, size_t old_count, size_t *at,
			     const struct starling_entity *entity)
{
	const struct sight_mark *old = sight->old_marks;

	while (*at < old_count &&
	       (old[*at].member < entity->member ||
		(old[*at].member == entity->member && old[*at].index < entity->index)))
		(*at)++;
	if (*at < old_count && old[*at].member == entity->member && old[*at].index == entity->index)
		return old[*at].since_ns;
	return 0;
}

static void mark_stalls(struct sight *sight, int64_t now_ns)
{
	struct sight_mark *swap = sight->marks;
	size_t old_count = sight->mark_count, at = 0;

	sight->marks = sight->old_marks;
	sight->old_marks = swap;
	for (size_t i = 0; i < sight->entity_count; i++) {
		const struct starling_entity *entity = &sight->entities[i];
		double over_s = entity->age_s - SIGHT_STALL_MS * 1e-3;
		int64_t since_ns = 0;
		double lasted_s;

		if (over_s > 0) {
			since_ns = stalled_since(sight, old_count, &at, entity);
			sight->stalls += since_ns == 0;
			if (since_ns == 0)
				since_ns = now_ns - (int64_t)(over_s * 1e9);
			lasted_s = (double)(now_ns - since_ns) / 1e9;
			if (lasted_s > sight->stall_longest_s)
				sight->stall_longest_s = lasted_s;
		}
		sight->marks[i] = (struct sight_mark){ entity->member, entity->index, since_ns };
	}
	sight->mark_count = sight->entity_count;
}

int sight_sample(struct sight *sight, const struct starling *session, int64_t now_ns)
{
	int64_t room_us, error_us;

	if (look_at_members(sight, session) < 0 || look_at_entities(sight, session) < 0)
		return -ENOMEM;
	starling_stats(session, &sight->stats);
	starling_settings(session, &sight->settings);
	sight->clock_error_s =
		starling_clock(session, &room_us, &error_us) ? (double)error_us * 1e-6 : -1;
	for (size_t i = 0; i < sight->entity_count; i++) {
		ages_add(&sight->second, sight->entities[i].age_s);
		ages_add(&sight->whole, sight->entities[i].age_s);
	}
	mark_stalls(sight, now_ns);
	return 0;
}

void sight_forget(struct sight *sight)
{
	sight->entity_count = sight->entity_total = 0;
	sight->member_count = sight->member_total = 0;
	sight->mark_count = 0;
}

void sight_next_second(struct sight *sight)
{
	ages_reset(&sight->second);
	sight->second_stats = sight->stats;
}

const char *sight_name(const struct sight *sight, uint32_t member)
{
	size_t low = 0, high = sight->member_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (sight->members[middle].id < member)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sight->member_count && sight->members[low].id == member
		       ? sight->members[low].name
		       : "?";
}

#include "client/watch/room_monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void room_monitor_fini(struct room_monitor *monitor)
{
	free(monitor->entities);
	free(monitor->members);
	free(monitor->marks);
	free(monitor->old_marks);
	memset(monitor, 0, sizeof(*monitor));
}

static int grow(void **list, size_t capacity, size_t item_bytes)
{
	void *grown = realloc(*list, capacity * item_bytes);

	if (grown == NULL)
		return -ENOMEM;
	*list = grown;
	return 0;
}

/* Capacity for `wanted` and half as many again, so that growing stays rare. */
static size_t capacity_for(size_t wanted, size_t max)
{
	size_t capacity = wanted + wanted / 2 + 16;

	return capacity < max ? capacity : max;
}

static int read_members(struct room_monitor *monitor, const struct starling *session)
{
	monitor->member_total =
		starling_members(session, monitor->members, monitor->member_capacity);
	if (monitor->member_total > monitor->member_capacity &&
	    monitor->member_capacity < ROOM_MONITOR_MEMBERS_MAX) {
		size_t capacity = capacity_for(monitor->member_total, ROOM_MONITOR_MEMBERS_MAX);

		if (grow((void **)&monitor->members, capacity, sizeof(*monitor->members)) < 0)
			return -ENOMEM;
		monitor->member_capacity = capacity;
		monitor->member_total = starling_members(session, monitor->members, capacity);
	}
	monitor->member_count = monitor->member_total < monitor->member_capacity
					? monitor->member_total
					: monitor->member_capacity;
	return 0;
}

static int grow_entities(struct room_monitor *monitor)
{
	size_t capacity = capacity_for(monitor->entity_total, ROOM_MONITOR_ENTITIES_MAX);

	if (grow((void **)&monitor->entities, capacity, sizeof(*monitor->entities)) < 0 ||
	    grow((void **)&monitor->marks, capacity, sizeof(*monitor->marks)) < 0 ||
	    grow((void **)&monitor->old_marks, capacity, sizeof(*monitor->old_marks)) < 0)
		return -ENOMEM;
	monitor->entity_capacity = capacity;
	return 0;
}

static int read_entities(struct room_monitor *monitor, const struct starling *session)
{
	monitor->entity_total =
		starling_entities(session, monitor->entities, monitor->entity_capacity);
	if (monitor->entity_total > monitor->entity_capacity &&
	    monitor->entity_capacity < ROOM_MONITOR_ENTITIES_MAX) {
		if (grow_entities(monitor) < 0)
			return -ENOMEM;
		monitor->entity_total =
			starling_entities(session, monitor->entities, monitor->entity_capacity);
	}
	monitor->entity_count = monitor->entity_total < monitor->entity_capacity
					? monitor->entity_total
					: monitor->entity_capacity;
	return 0;
}

/* Since when `entity` has been stalled, by the last sample. Both lists have the same order. */
static int64_t stalled_since(const struct room_monitor *monitor, size_t old_count, size_t *at,
			     const struct starling_entity *entity)
{
	const struct room_monitor_stall *old = monitor->old_marks;

	while (*at < old_count &&
	       (old[*at].member < entity->member ||
		(old[*at].member == entity->member && old[*at].index < entity->index)))
		(*at)++;
	if (*at < old_count && old[*at].member == entity->member && old[*at].index == entity->index)
		return old[*at].since_ns;
	return 0;
}

static void mark_stalls(struct room_monitor *monitor, int64_t now_ns)
{
	struct room_monitor_stall *swap = monitor->marks;
	size_t old_count = monitor->mark_count, at = 0;

	monitor->marks = monitor->old_marks;
	monitor->old_marks = swap;
	for (size_t i = 0; i < monitor->entity_count; i++) {
		const struct starling_entity *entity = &monitor->entities[i];
		double over_s = entity->age_s - ROOM_MONITOR_STALL_MS * 1e-3;
		int64_t since_ns = 0;
		double lasted_s;

		if (over_s > 0) {
			since_ns = stalled_since(monitor, old_count, &at, entity);
			monitor->stalls += since_ns == 0;
			if (since_ns == 0)
				since_ns = now_ns - (int64_t)(over_s * 1e9);
			lasted_s = (double)(now_ns - since_ns) / 1e9;
			if (lasted_s > monitor->stall_longest_s)
				monitor->stall_longest_s = lasted_s;
		}
		monitor->marks[i] =
			(struct room_monitor_stall){ entity->member, entity->index, since_ns };
	}
	monitor->mark_count = monitor->entity_count;
}

int room_monitor_sample(struct room_monitor *monitor, const struct starling *session,
			int64_t now_ns)
{
	int64_t room_us, error_us;

	if (read_members(monitor, session) < 0 || read_entities(monitor, session) < 0)
		return -ENOMEM;
	starling_stats(session, &monitor->stats);
	starling_settings(session, &monitor->settings);
	monitor->clock_error_s =
		starling_clock(session, &room_us, &error_us) ? (double)error_us * 1e-6 : -1;
	for (size_t i = 0; i < monitor->entity_count; i++) {
		age_histogram_add(&monitor->second, monitor->entities[i].age_s);
		age_histogram_add(&monitor->whole, monitor->entities[i].age_s);
	}
	mark_stalls(monitor, now_ns);
	return 0;
}

void room_monitor_forget(struct room_monitor *monitor)
{
	monitor->entity_count = monitor->entity_total = 0;
	monitor->member_count = monitor->member_total = 0;
	monitor->mark_count = 0;
}

void room_monitor_next_second(struct room_monitor *monitor)
{
	age_histogram_reset(&monitor->second);
	monitor->second_stats = monitor->stats;
}

const char *room_monitor_name(const struct room_monitor *monitor, uint32_t member)
{
	size_t low = 0, high = monitor->member_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (monitor->members[middle].id < member)
			low = middle + 1;
		else
			high = middle;
	}
	return low < monitor->member_count && monitor->members[low].id == member
		       ? monitor->members[low].name
		       : "?";
}

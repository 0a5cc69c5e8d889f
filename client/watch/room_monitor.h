/*
 * room_monitor: a room over time: entities and members at the newest sample, the ages of all
 * entities (time-weighted, as samples are evenly spaced), stalls, and the counters' rise.
 */
#ifndef STARLING_CLIENT_WATCH_ROOM_MONITOR_H
#define STARLING_CLIENT_WATCH_ROOM_MONITOR_H

#include <stddef.h>
#include <stdint.h>

#include "client/watch/age_histogram.h"
#include "client/lib/starling.h"

enum {
	ROOM_MONITOR_STEP_MS = 10,         /* between two samples */
	ROOM_MONITOR_STALL_MS = 250,       /* an entity with a larger age is stalled */
	ROOM_MONITOR_ENTITIES_MAX = 65536, /* more are counted, but not monitored */
	ROOM_MONITOR_MEMBERS_MAX = 4096,
};

/* An entity and since when it has been stalled. */
struct room_monitor_stall {
	uint32_t member;
	unsigned index;
	int64_t since_ns; /* when its age went over the bound; 0: it is not stalled */
};

struct room_monitor {
	struct starling_entity *entities; /* in order of (member, index) */
	size_t entity_count, entity_capacity;
	struct starling_member *members; /* in order of id */
	size_t member_count, member_capacity;
	size_t entity_total, member_total; /* in the room, monitored or not */

	struct age_histogram second, whole; /* since room_monitor_next_second; since the start */
	struct room_monitor_stall *marks;   /* of the entities */
	struct room_monitor_stall *old_marks;
	size_t mark_count;
	uint64_t stalls;
	double stall_longest_s;

	struct starling_stats stats;        /* newest */
	struct starling_stats second_stats; /* at the start of this second */
	struct starling_settings settings;
	double clock_error_s; /* negative: not known */
};

/* Frees and empties it. {0} is an empty monitor. */
void room_monitor_fini(struct room_monitor *monitor);

/*
 * Samples the room: call it every ROOM_MONITOR_STEP_MS while the session is STARLING_PLAYING. 0 or
 * -ENOMEM.
 */
int room_monitor_sample(struct room_monitor *monitor, const struct starling *session,
			int64_t now_ns);

/* Drops members and entities while the session is away; counts stay. */
void room_monitor_forget(struct room_monitor *monitor);

/* Begins a new second: its histogram is empty, its counters 0. */
void room_monitor_next_second(struct room_monitor *monitor);

/* The name of a member, or "?" when it is not known. */
const char *room_monitor_name(const struct room_monitor *monitor, uint32_t member);

#endif

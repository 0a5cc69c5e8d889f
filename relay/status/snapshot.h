/*
 * snapshot: what the relay's loop copies when somebody looks (status.h): counts, rooms, members,
 * and the entities of the rooms that are looked at. A copy only; others make text of it.
 */
#ifndef STARLING_RELAY_STATUS_SNAPSHOT_H
#define STARLING_RELAY_STATUS_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"
#include "proto/web/web.h"
#include "proto/wire/wire.h"
#include "relay/config.h"
#include "relay/status/counts.h"

struct impaired_net;
struct server;

enum {
	SNAPSHOT_ENTITIES = 4096, /* of a room, at most */
	SNAPSHOT_MAPS = WEB_FEEDS,
	SNAPSHOT_UNKNOWN = -1,
};

struct snapshot_room {
	char name[WIRE_NAME_MAX_BYTES + 1];
	size_t members, entities;
};

/* SNAPSHOT_UNKNOWN stands for a figure that is not known. */
struct snapshot_member {
	uint32_t id;
	size_t room; /* its place in the list */
	char name[WIRE_NAME_MAX_BYTES + 1];
	enum wire_mode up, down;
	bool is_absent;
	int64_t rtt_ms;
	int64_t age_us, age_p50_us, age_p99_us; /* now, and over the last minute */
	double loss_up, loss_down;              /* 0 to 1 */
	double budget; /* what is left of what its events may cost, 0 to 1 */
};

struct snapshot_entity {
	uint32_t member;
	uint16_t index;
	int32_t x, y;
};

/* A room that is looked at. */
struct snapshot_map {
	bool is_wanted;
	char name[WIRE_NAME_MAX_BYTES + 1]; /* "": whatever room is first; nothing else is asked */
	int64_t time_us;                    /* of the room's clock */
	size_t count;                       /* 0 also where there is no such room */
	struct snapshot_entity entities[SNAPSHOT_ENTITIES];
};

struct snapshot {
	int64_t at_ns; /* 0: it was never taken */
	int64_t uptime_ns;
	struct net_address address;
	bool is_stopping, is_full;
	struct config config;
	struct counts counts;
	struct snapshot_room *rooms;
	size_t room_count, room_capacity;
	struct snapshot_member *members;
	size_t member_count, member_capacity, members_left_out;
	struct snapshot_map maps[SNAPSHOT_MAPS];
};

/* NULL: no memory. */
struct snapshot *snapshot_create(const struct config *config);
void snapshot_destroy(struct snapshot *snapshot);

/* Copies all, and of rooms those that `maps` want. Allocates nothing. */
void snapshot_take(struct snapshot *snapshot, struct server *server, struct impaired_net *impaired,
		   int64_t now_ns);

#endif

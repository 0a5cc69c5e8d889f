/*
 * roster: the members of the room and their entities.
 *
 * Pure. {0} is an empty roster. Members are in order of id and entities in order of index, for
 * binary search. Pointers to either are valid until the next call that adds or removes.
 */
#ifndef STARLING_CLIENT_LIB_ROSTER_H
#define STARLING_CLIENT_LIB_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/sequence_stats.h"
#include "client/lib/track.h"
#include "proto/wire/wire.h"

/* Bounds on what a relay can make the client hold, whatever limits it states. */
enum {
	ROSTER_MEMBERS_MAX = 16384,
	ROSTER_ENTITIES_MAX = 65536, /* of all members */
};

struct roster_entity {
	uint16_t index;
	bool is_gone;    /* a tombstone: only a state newer than `gone` shows it again */
	bool is_doubted; /* not seen since the connection was replaced */
	struct track_state gone;
	struct track track;
	struct sequence_stats_window window;
	uint8_t payload_bytes; /* of the newest state */
	uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
};

struct roster_member {
	uint32_t id;
	bool is_doubted; /* not told of since the connection was replaced */
	char name[WIRE_NAME_MAX_BYTES + 1];
	struct sequence_stats_counts counts;
	struct roster_entity *entities;
	size_t count, capacity;
};

struct roster {
	struct roster_member *members;
	size_t count, capacity;
	size_t entity_count; /* of all members, tombstones too */
};

/* Empties the roster and frees its memory. */
void roster_clear(struct roster *roster);

/* NULL when there is no such member. */
struct roster_member *roster_member(const struct roster *roster, uint32_t id);

/*
 * Adds a member; its name is at most WIRE_NAME_MAX_BYTES bytes. 0; -EEXIST: the id is taken;
 * -ENOSPC: `limit` or ROSTER_MEMBERS_MAX is reached; -ENOMEM.
 */
int roster_add(struct roster *roster, uint32_t id, struct wire_bytes name, size_t limit);

/* Gives a member another name; its entities stay. False when there is no such member. */
bool roster_rename(struct roster *roster, uint32_t id, struct wire_bytes name);

/* False when there is no such member. */
bool roster_remove(struct roster *roster, uint32_t id);

/* Finds an entity, a tombstone too. NULL when the member has no such entity. */
struct roster_entity *roster_entity(const struct roster_member *member, unsigned index);

/* Finds an entity or adds it. NULL when ROSTER_ENTITIES_MAX is reached or memory is out. */
struct roster_entity *roster_find_or_add(struct roster *roster, struct roster_member *member,
					 unsigned index);

/* Whether the entity is shown: not gone, and a state of it is known. */
bool roster_is_shown(const struct roster_entity *entity);

#endif

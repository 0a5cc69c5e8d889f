/*
 * session_roster: the members that are in the room and the entities that they have.
 *
 * Pure. {0} is an empty roster. Members are in order of id and entities in order of index, so they
 * are found by halving. Pointers to either are valid until the next call that adds or removes.
 */
#ifndef STARLING_CLIENT_LIB_SESSION_ROSTER_H
#define STARLING_CLIENT_LIB_SESSION_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/sequence_stats.h"
#include "client/lib/track.h"
#include "proto/wire/wire.h"

/* What a relay can make us hold at most, whatever limits it states. */
enum {
	ROSTER_MEMBERS_MAX = 16384,
	ROSTER_ENTITIES_MAX = 65536, /* of all members; some 40 MB */
};

struct roster_entity {
	uint16_t index;
	bool is_gone; /* a tombstone: only what is newer than `gone` shows it again */
	struct track_state gone;
	struct track track;
	struct sequence_stats_window window;
	uint8_t payload_bytes; /* of the newest state */
	uint8_t payload[WIRE_PAYLOAD_MAX_BYTES];
};

struct roster_member {
	uint32_t id;
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

/* Empties the roster and frees what it holds. */
void roster_clear(struct roster *roster);

/* NULL when there is no such member. */
struct roster_member *roster_member(const struct roster *roster, uint32_t id);

/*
 * Adds a member, whose name is at most WIRE_NAME_MAX_BYTES bytes. 0; -EEXIST when there is one with
 * this id; -ENOSPC when `limit` or ROSTER_MEMBERS_MAX is reached; -ENOMEM.
 */
int roster_add(struct roster *roster, uint32_t id, struct wire_bytes name, size_t limit);

/* Gives a member another name; its entities stay. False when there is no such member. */
bool roster_rename(struct roster *roster, uint32_t id, struct wire_bytes name);

/* False when there is no such member. */
bool roster_remove(struct roster *roster, uint32_t id);

/* NULL when the member has no such entity. A tombstone is found too. */
struct roster_entity *roster_entity(const struct roster_member *member, unsigned index);

/* The same, but made if it is not there. NULL when ROSTER_ENTITIES_MAX is reached or memory is out.
 */
struct roster_entity *roster_find_or_add(struct roster *roster, struct roster_member *member,
					 unsigned index);

/* Whether the entity is to be seen: not gone, and a state of it is known. */
bool roster_is_shown(const struct roster_entity *entity);

#endif

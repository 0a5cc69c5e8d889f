#include "relay/status/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "relay/server.h"

struct snapshot *snapshot_create(const struct config *config)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return NULL;
	snapshot->room_capacity = config->rooms;
	snapshot->member_capacity = 2 * (size_t)config->clients; /* present and absent */
	snapshot->rooms = calloc(snapshot->room_capacity, sizeof(snapshot->rooms[0]));
	snapshot->members = calloc(snapshot->member_capacity, sizeof(snapshot->members[0]));
	if (snapshot->rooms && snapshot->members)
		return snapshot;
	snapshot_destroy(snapshot);
	return NULL;
}

void snapshot_destroy(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	free(snapshot->rooms);
	free(snapshot->members);
	free(snapshot);
}

static void copy_name(char out[WIRE_NAME_MAX_BYTES + 1], const char *name)
{
	memcpy(out, name, WIRE_NAME_MAX_BYTES + 1);
}

static double budget_left(const struct member *member, int64_t now_ns)
{
	const int64_t owed_ns = member->budget.due_ns - now_ns;

	if (member->room->config->member_output == 0)
		return SNAPSHOT_UNKNOWN;
	if (owed_ns <= 0)
		return 1;
	return owed_ns < INT64_C(1000000000) ? 1 - (double)owed_ns / 1e9 : 0;
}

static void take_member(struct snapshot_member *out, const struct server *server, size_t room,
			struct member *member, int64_t now_ns)
{
	const struct congestion *congestion = &receiver_of(member)->congestion;
	const struct uplink *uplink = &member->uplink;
	struct uplink_minute minute;

	room_settle_ages(member, now_ns);
	minute = uplink_last_minute(uplink);
	*out = (struct snapshot_member){
		.id = member->id,
		.room = room,
		.up = member->settings.up,
		.down = member->settings.down,
		.is_absent = room_is_absent(member),
		.rtt_ms = room_is_absent(member) ? SNAPSHOT_UNKNOWN
						 : (int64_t)server_rtt_ms(server, member),
		.age_us = uplink->has_any ? uplink->since_us - uplink->origin_us : SNAPSHOT_UNKNOWN,
		.age_p50_us = age_time_quantile_us(&minute.ages, 0.5),
		.age_p99_us = age_time_quantile_us(&minute.ages, 0.99),
		.loss_up = uplink_loss(&minute),
		.loss_down = congestion->has_report ? congestion->loss : SNAPSHOT_UNKNOWN,
		.budget = budget_left(member, now_ns),
	};
	copy_name(out->name, member->name);
}

static void take_rooms(struct snapshot *snapshot, const struct server *server, int64_t now_ns)
{
	const struct rooms *rooms = &server->relay.rooms;

	snapshot->room_count = snapshot->member_count = snapshot->members_left_out = 0;
	for (size_t i = 0; i < rooms->count && i < snapshot->room_capacity; i++) {
		const struct room *room = rooms->list[i];
		struct snapshot_room *out = &snapshot->rooms[snapshot->room_count++];

		*out = (struct snapshot_room){ .members = room->member_count,
					       .entities = room->entity_count };
		copy_name(out->name, room->name);
		for (size_t n = 0; n < room->member_count; n++)
			if (snapshot->member_count < snapshot->member_capacity)
				take_member(&snapshot->members[snapshot->member_count++], server, i,
					    room->members[n], now_ns);
			else
				snapshot->members_left_out++;
	}
}

static void take_entities(struct snapshot_map *map, const struct member *member)
{
	for (size_t i = 0; i < member->entity_capacity; i++) {
		const struct entity *entity = &member->entities[i];

		if (!entity->exists || map->count == SNAPSHOT_ENTITIES)
			continue;
		map->entities[map->count++] =
			(struct snapshot_entity){ member->id, (uint16_t)i, entity->position[0],
						  entity->position[1] };
	}
}

static const struct room *find_room(const struct rooms *rooms, const char *name)
{
	if (!*name)
		return rooms->count > 0 ? rooms->list[0] : NULL;
	return rooms_find(
		rooms, (struct wire_bytes){ .data = (const uint8_t *)name, .size = strlen(name) });
}

static void take_map(struct snapshot_map *map, const struct rooms *rooms, int64_t now_ns)
{
	const struct room *room = map->is_wanted ? find_room(rooms, map->name) : NULL;

	map->count = 0;
	if (!room)
		return;
	copy_name(map->name, room->name);
	map->time_us = room_clock_us(room, now_ns);
	for (size_t i = 0; i < room->member_count; i++)
		take_entities(map, room->members[i]);
}

static uint64_t peers(const struct counts *counts)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < COUNTS_PEER_STATES; i++)
		sum += counts->peers[i];
	return sum;
}

void snapshot_take(struct snapshot *snapshot, struct server *server, struct impaired_net *impaired,
		   int64_t now_ns)
{
	snapshot->at_ns = now_ns;
	snapshot->uptime_ns = now_ns - server->begun_ns;
	snapshot->address = server_address(server);
	snapshot->is_stopping = server->is_stopping;
	snapshot->config = *server->config;
	take_rooms(snapshot, server, now_ns);
	/* After the rooms, whose ages it holds. */
	server_count(server, impaired, &snapshot->counts);
	snapshot->is_full = peers(&snapshot->counts) >= server->config->clients;
	for (size_t i = 0; i < SNAPSHOT_MAPS; i++)
		take_map(&snapshot->maps[i], &server->relay.rooms, now_ns);
}

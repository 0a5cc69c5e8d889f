#include "client/play/players.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/wire/text.h"

void players_clear(struct players *players)
{
	players->count = 0;
}

struct player *players_find(struct players *players, uint32_t id)
{
	for (size_t i = 0; i < players->count; i++) {
		if (players->list[i].id == id)
			return &players->list[i];
	}
	return NULL;
}

void players_add(struct players *players, uint32_t id, const char *name)
{
	struct player *player = players_find(players, id);

	if (!player) {
		if (players->count == PLAYERS_MAX)
			return;
		player = &players->list[players->count++];
	}
	*player = (struct player){ .id = id, .age_s = -1, .loss = -1, .touched_us = INT64_MIN };
	/* Another relay may let invalid names in. */
	if (text_name_fault(name, strlen(name)))
		text_visible(player->name, sizeof(player->name), name, strlen(name));
	else
		snprintf(player->name, sizeof(player->name), "%s", name);
}

void players_remove(struct players *players, uint32_t id)
{
	struct player *player = players_find(players, id);
	size_t behind;

	if (!player)
		return;
	behind = players->count - 1 - (size_t)(player - players->list);
	memmove(player, player + 1, behind * sizeof(*player));
	players->count--;
}

const char *players_name(struct players *players, uint32_t id,
			 char text[static STARLING_NAME_MAX_BYTES + 1])
{
	const struct player *player = players_find(players, id);

	if (player)
		return player->name;
	snprintf(text, STARLING_NAME_MAX_BYTES + 1, "member %" PRIu32, id);
	return text;
}

void players_on_status(struct players *players, uint32_t id, const struct game_message *status)
{
	struct player *player = players_find(players, id);

	if (!player)
		return;
	player->has_status = true;
	player->status = *status;
	player->kind = PAYLOAD_PLAYER;
}

void players_measure_loss(struct player *player, uint64_t received, uint64_t lost)
{
	uint64_t new_received = received - player->received, new_lost = lost - player->lost;
	bool is_first = !player->is_measured;
	double now;

	player->received = received;
	player->lost = lost;
	player->is_measured = true;
	/* Counters that fell belong to a new session: start over. */
	if (is_first || new_received > UINT64_MAX / 2 || new_lost > UINT64_MAX / 2 ||
	    new_received + new_lost == 0)
		return;
	now = (double)new_lost / (double)(new_received + new_lost);
	player->loss = player->loss < 0 ? now : (player->loss + now) / 2;
}

void players_measure(struct players *players, const struct starling *session, bool is_second)
{
	struct starling_member member;
	struct starling_entity entity;

	for (size_t i = 0; i < players->count; i++) {
		struct player *player = &players->list[i];

		if (!starling_member(session, player->id, &member))
			continue;
		player->age_s = member.age_s;
		if (!player->has_status && starling_entity(session, player->id, 0, &entity))
			player->kind = payload_kind_of(entity.payload, entity.payload_bytes);
		if (is_second)
			players_measure_loss(player, member.received, member.lost);
	}
}

size_t players_count_of(const struct players *players, enum payload_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < players->count; i++)
		count += players->list[i].kind == kind;
	return count;
}

bool players_has_lower(const struct players *players, uint32_t id)
{
	for (size_t i = 0; i < players->count; i++) {
		if (players->list[i].kind == PAYLOAD_PLAYER && players->list[i].id < id)
			return true;
	}
	return false;
}

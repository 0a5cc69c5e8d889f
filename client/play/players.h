/* players: the other members of the room, as the game lists them, bots too. */
#ifndef STARLING_CLIENT_PLAY_PLAYERS_H
#define STARLING_CLIENT_PLAY_PLAYERS_H

#include "client/payload_format.h"
#include "client/lib/starling.h"
#include "client/play/game_messages.h"

enum {
	PLAYERS_MAX = 256, /* members listed; entities of others are drawn without a name */
};

#define PLAYERS_BOT_REST_US INT64_C(3000000) /* before one bot gives points again */

struct player {
	uint32_t id;
	char name[STARLING_NAME_MAX_BYTES + 1];
	enum payload_kind kind; /* PAYLOAD_UNKNOWN until it publishes or sends its status */
	bool has_status;
	struct game_message status;
	double age_s;       /* of its newest state; negative: none yet */
	double loss;        /* share of its updates lost lately, 0 to 1; negative: not known yet */
	int64_t touched_us; /* a bot: when we last touched it; INT64_MIN: never */
	uint64_t received, lost; /* counters at the last measurement */
	bool is_measured;
};

struct players {
	struct player list[PLAYERS_MAX]; /* in order of joining */
	size_t count;
};

void players_clear(struct players *players);
void players_add(struct players *players, uint32_t id, const char *name);
void players_remove(struct players *players, uint32_t id);

/* NULL when it is not listed. */
struct player *players_find(struct players *players, uint32_t id);

/* The name, or "member 17" in `text` for a member that is not listed. */
const char *players_name(struct players *players, uint32_t id,
			 char text[static STARLING_NAME_MAX_BYTES + 1]);

/* Stores a status. Its sender is a player, whatever its kind was before. */
void players_on_status(struct players *players, uint32_t id, const struct game_message *status);

/* Updates everyone's kind and age from the session, and the losses when `is_second`. */
void players_measure(struct players *players, const struct starling *session, bool is_second);

/*
 * Updates the share of updates lost lately: the newest span counts half, those before it the other
 * half. `received` and `lost` are the member's counters, which only grow.
 */
void players_measure_loss(struct player *player, uint64_t received, uint64_t lost);

size_t players_count_of(const struct players *players, enum payload_kind kind);

/* Whether a listed player (a person) has a lower id than `id`. */
bool players_has_lower(const struct players *players, uint32_t id);

#endif

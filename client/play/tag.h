/*
 * tag: the rules of the game, as one small state machine that every player runs alike. Pure: the
 * caller passes events and times.
 *
 * There is no referee. The relay delivers every reliable event to all players in one order. IT is a
 * register that only these events change, each by comparing and then setting:
 *
 *	tag    by S of V:  if S is IT, V is IT
 *	claim  by S of P:  if P is IT (0: nobody is yet), S is IT
 *
 * So of two tags at once the first counts, for everyone. Joins and leaves travel on another
 * channel, so they do not change the register: when IT has left, the present player with the lowest
 * id claims its place, and of two claims the first counts. A player introduces the register to a
 * newcomer, who replays the tags received meanwhile on top of it, so their order does not matter. A
 * player who disagrees with the lowest player twice in a row adopts that one's IT, so that a
 * mistake cannot last.
 *
 * Times are local microseconds on any clock that only goes forward.
 */
#ifndef STARLING_CLIENT_PLAY_TAG_H
#define STARLING_CLIENT_PLAY_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TAG_POINTS = 10,    /* for tagging a player */
	TAG_BOT_POINTS = 3, /* for touching a bot, by anyone who moves */
	TAG_LOG_MAX = 64,   /* changes kept for a late introduction */
};

#define TAG_REACH_M     2.5              /* about one cell of a terminal of 80 by 24 */
#define TAG_IMMUNITY_US INT64_C(2000000) /* IT's tagger cannot be tagged back sooner */
#define TAG_RETRY_US    INT64_C(1000000) /* between two tries of a tag or claim */
#define TAG_SETTLE_US   INT64_C(1500000) /* after IT changed or we joined, before a claim */

struct tag_change {
	uint32_t sender, other; /* tag: the victim; claim: the predecessor */
	bool is_claim;
};

struct tag {
	uint32_t self;    /* own member id */
	uint32_t it;      /* 0: nobody, as far as we know */
	uint32_t tagger;  /* who tagged `it`; 0 after a claim */
	int64_t since_us; /* when `it` became IT, or when the game began */
	int64_t tried_us; /* last own tag or claim; INT64_MIN: none */
	uint32_t points;
	unsigned disagreements; /* in a row, with the lowest player */
	struct tag_change log[TAG_LOG_MAX];
	size_t log_count;
};

/* Begins a game as member `self`; points from before a rejoin are kept. Zeroed at first. */
void tag_begin(struct tag *tag, uint32_t self, int64_t now_us);

/* Handle events of the reliable channel, in its order. True when IT has changed. */
bool tag_on_tag(struct tag *tag, uint32_t sender, uint32_t victim, int64_t now_us);
bool tag_on_claim(struct tag *tag, uint32_t sender, uint32_t predecessor, int64_t now_us);

/* Handles the introduction of IT to a newcomer. True when IT has changed. */
bool tag_on_introduction(struct tag *tag, uint32_t it, int64_t now_us);

/*
 * Handles the status of the present player with the lowest id: `it` is IT to it. True when IT has
 * changed.
 */
bool tag_on_status(struct tag *tag, uint32_t it, int64_t now_us);

/*
 * Whether to claim IT's place now, from `tag->it`. `is_it_present`: IT is among the players
 * present; `is_lowest`: no player present has a lower id than ours.
 */
bool tag_should_claim(const struct tag *tag, bool is_it_present, bool is_lowest, int64_t now_us);

/* Whether we may tag the player `victim` now. */
bool tag_may_tag(const struct tag *tag, uint32_t victim, int64_t now_us);

/* Notes that a tag or claim was sent. */
void tag_note_try(struct tag *tag, int64_t now_us);

/* Seconds until IT may tag `tag->tagger`; 0 when it may. */
double tag_immunity_s(const struct tag *tag, int64_t now_us);

bool tag_is_self(const struct tag *tag); /* we are IT */

#endif

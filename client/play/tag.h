/*
 * tag: the rules of the game, as one small state machine that every player runs alike. It is told
 * events and times; it knows no network and no clock.
 *
 * There is no referee. The relay hands every reliable event to all players in one order, and who is
 * IT is a register that only these events change, each by comparing and then setting:
 *
 *	tag    by S of V:  if S is IT, V is IT
 *	claim  by S of P:  if P is IT (0: nobody is yet), S is IT
 *
 * So of two tags at once the first counts, for everyone. Joins and leaves travel on another channel
 * and so do not change the register: when IT has left, the present player with the lowest id claims
 * its place, and of two claims the first counts. A late joiner is told the register; tags that it
 * has heard meanwhile are played again on top of it, so it does not matter which came first. And
 * whoever disagrees with the lowest player twice in a row gives in, so that a mistake cannot last.
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
	TAG_LOG_MAX = 64,   /* changes kept for a late word about who is IT */
};

#define TAG_REACH_M     2.5              /* about one cell of a terminal of 80 by 24 */
#define TAG_IMMUNITY_US INT64_C(2000000) /* whom IT was taken from cannot be tagged back sooner */
#define TAG_RETRY_US    INT64_C(1000000) /* between two tries of the same tag or claim */
#define TAG_SETTLE_US                                                                              \
	INT64_C(1500000) /* of a claim, after IT changed or we came: word may be on its way */

struct tag_change {
	uint32_t sender, other; /* tag: the victim; claim: the predecessor */
	bool is_claim;
};

struct tag {
	uint32_t self;    /* own member id */
	uint32_t it;      /* 0: nobody, as far as is known */
	uint32_t tagger;  /* from whom `it` has it; 0 after a claim */
	int64_t since_us; /* when `it` became so, or when the game began */
	int64_t tried_us; /* last own tag or claim; INT64_MIN: none */
	uint32_t points;
	unsigned disagreements; /* in a row, with the lowest player */
	struct tag_change log[TAG_LOG_MAX];
	size_t log_count;
};

/* Begins a game as member `self`; what was scored before a rejoin is kept. Zeroed at first. */
void tag_begin(struct tag *tag, uint32_t self, int64_t now_us);

/* Events of the reliable channel, in its order. True when IT has changed. */
bool tag_on_tag(struct tag *tag, uint32_t sender, uint32_t victim, int64_t now_us);
bool tag_on_claim(struct tag *tag, uint32_t sender, uint32_t predecessor, int64_t now_us);

/* A player told a newcomer who is IT. True when IT has changed. */
bool tag_on_introduction(struct tag *tag, uint32_t it, int64_t now_us);

/* The present player with the lowest id believes that `it` is IT. True when IT has changed. */
bool tag_on_status(struct tag *tag, uint32_t it, int64_t now_us);

/*
 * Whether to claim IT's place now, from `tag->it`. `is_it_present`: IT is among the players
 * present; `is_lowest`: no player present has a lower id than we.
 */
bool tag_should_claim(const struct tag *tag, bool is_it_present, bool is_lowest, int64_t now_us);

/* Whether we may tag the player `victim` now. */
bool tag_may_tag(const struct tag *tag, uint32_t victim, int64_t now_us);

/* A tag or a claim was sent. */
void tag_note_try(struct tag *tag, int64_t now_us);

/* Seconds until IT may tag `tag->tagger`; 0 when it may. */
double tag_immunity_s(const struct tag *tag, int64_t now_us);

bool tag_is_self(const struct tag *tag); /* we are IT */

#endif

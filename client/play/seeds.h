/*
 * seeds: the food of the game, so that nobody stands still. A seed lies somewhere for a while, then
 * the next elsewhere; a player who runs over it eats it.
 *
 * Nobody hands them out: place and time of a seed follow from the room's name and clock, which all
 * players have. A player who wants one sends a reliable event to all; the relay delivers these to
 * everyone in one order, so the first one has it, for all alike. A newcomer does not see the seeds
 * from before, as it cannot know which are eaten.
 *
 * Times are the room's clock in microseconds.
 */
#ifndef STARLING_CLIENT_PLAY_SEEDS_H
#define STARLING_CLIENT_PLAY_SEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SEEDS_MAX = 6, /* at once */
	SEEDS_POINTS = 2,
	SEEDS_REMEMBERED = 16, /* of those eaten */
};

#define SEEDS_INTERVAL_US INT64_C(3000000) /* a seed lies SEEDS_MAX times as long */

struct seed {
	uint32_t number; /* counts from the room's start */
	double x, y;     /* metres */
};

struct seeds {
	uint64_t room; /* hash of its name */
	int64_t first; /* the first number that we may see; -1: none yet */
	/* By number, modulo: */
	int64_t requested_us[SEEDS_REMEMBERED]; /* when we last requested it; long ago: never */
	int64_t eaten[SEEDS_REMEMBERED];        /* the number; -1: none */
};

/* Begins when we join a room. */
void seeds_begin(struct seeds *seeds, const char *room);

/* Fills in the seeds that lie there now. Returns their number. */
size_t seeds_lying(struct seeds *seeds, int64_t room_us, struct seed list[static SEEDS_MAX]);

/*
 * The number of a seed within reach that we have not requested a moment ago; -1: none. To request
 * it, send the event, then call seeds_note_request.
 */
int64_t seeds_within_reach(struct seeds *seeds, int64_t room_us, double x, double y);
void seeds_note_request(struct seeds *seeds, int64_t number, int64_t room_us);

/* Handles a request of anybody. True: the seed was there, and the sender has it. */
bool seeds_eat(struct seeds *seeds, uint32_t number, int64_t room_us);

#endif

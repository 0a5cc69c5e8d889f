/*
 * seeds: what the birds of the game are after, and why nobody stands still. A seed lies somewhere
 * for a while, then the next elsewhere; who runs over it eats it.
 *
 * No one hands them out: where and when a seed lies follows from the room's name and the room's
 * clock, which all players have. Who wants one says so in a reliable event to all; the relay hands
 * these to everyone in one order, so the first to say so has it, for all alike. One who comes in
 * does not see the seeds that lay there before, as it cannot know which are eaten.
 *
 * Times are the room's clock in microseconds.
 */
#ifndef STARLING_CLIENT_PLAY_SEEDS_H
#define STARLING_CLIENT_PLAY_SEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SEEDS_MAX = 6, /* that lie at once */
	SEEDS_POINTS = 2,
	SEEDS_REMEMBERED = 16, /* of those eaten */
};

#define SEEDS_INTERVAL_US INT64_C(3000000) /* the next one; each lies SEEDS_MAX times as long */

struct seed {
	uint32_t number; /* from the room's beginning on */
	double x, y;     /* metres */
};

struct seeds {
	uint64_t room; /* what its name makes of the places */
	int64_t first; /* the number of the first that we know of; -1: none yet */
	/* By number, modulo: */
	int64_t requested_us[SEEDS_REMEMBERED]; /* when we last said that it is ours; long ago:
						   never */
	int64_t eaten[SEEDS_REMEMBERED];        /* the number; -1: none */
};

/* We come into the room. */
void seeds_begin(struct seeds *seeds, const char *room);

/* Those that lie there now. How many. */
size_t seeds_lying(struct seeds *seeds, int64_t room_us, struct seed list[static SEEDS_MAX]);

/*
 * The number of a seed within reach of this place, which we have not asked for a moment ago; -1:
 * none. To ask, tell it to all, and then call seeds_note_request.
 */
int64_t seeds_within_reach(struct seeds *seeds, int64_t room_us, double x, double y);
void seeds_note_request(struct seeds *seeds, int64_t number, int64_t room_us);

/* Somebody, or we, asked for it. True: it was there, and is theirs. */
bool seeds_eat(struct seeds *seeds, uint32_t number, int64_t room_us);

#endif

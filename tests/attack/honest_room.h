/*
 * honest_room: eight honest members of a relay on 127.0.0.1, of libstarling, in one room and in
 * this process. Each says at 20 Hz when it says it; what the others see of that gives delivery and
 * age. A newcomer may join them.
 *
 * An age ends with the last look at which the state was not there: what this process was late
 * itself, on a busy machine, is not the relay's.
 */
#ifndef STARLING_TESTS_ATTACK_HONEST_ROOM_H
#define STARLING_TESTS_ATTACK_HONEST_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/measure/hist.h"

enum {
	HONEST_ROOM_MEMBERS = 8,
};

struct starling;

struct honest_room {
	struct starling *members[HONEST_ROOM_MEMBERS];
	uint32_t ids[HONEST_ROOM_MEMBERS];
	struct starling *newcomer; /* while it is not in */
	int64_t newcomer_ns;
	double join_ms; /* that the newcomer took; negative: it is not in */
	uint16_t port;
	int64_t seen_ns[HONEST_ROOM_MEMBERS][HONEST_ROOM_MEMBERS]; /* newest, by observer */
	int64_t due_ns, looked_ns;
	uint64_t said; /* states, since the last reset */
	struct hist ages;
	unsigned lost; /* connections */
};

/* Opens all, and waits until each knows the others. False: they did not within 5 s. */
bool honest_room_open(struct honest_room *room, uint16_t port);

/* Accepts one that is all zero. */
void honest_room_close(struct honest_room *room);

/* Forgets what was counted, `lost` not. */
void honest_room_reset(struct honest_room *room);

/* Plays for about a millisecond: says what is due, and looks for what came. */
void honest_room_play(struct honest_room *room);

/* Lets one more member begin to join. It leaves as soon as it is in. */
void honest_room_admit(struct honest_room *room);

/* Says nothing more for a tenth of a second, so that what is under way arrives. */
void honest_room_listen(struct honest_room *room);

/* States that came, of those that were to come: 0 to 1. */
double honest_room_delivery(const struct honest_room *room);

#endif

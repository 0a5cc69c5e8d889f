/*
 * gang: attackers beside the honest members of a simulated room, at the hosts behind theirs.
 */
#ifndef STARLING_TESTS_ATTACK_GANG_H
#define STARLING_TESTS_ATTACK_GANG_H

#include "tests/attack/attacker.h"
#include "tests/fixtures/relay/simulated_room.h"

enum {
	GANG_MAX = 16,
};

struct gang {
	struct attacker attackers[GANG_MAX];
	size_t count, honest;
};

/*
 * Opens a room with so many honest members in "lobby", on links of 10 Mbit/s, and attackers of
 * these kinds in room `where`. Each step of the room is theirs, too.
 */
void gang_open(struct gang *gang, struct simulated_room *room, const struct config *config,
	       size_t honest, const enum attacker_kind *kinds, size_t count, const char *where);

/* Closes the attackers and the room. */
void gang_close(struct gang *gang, struct simulated_room *room);

/* The least share of the states that an honest member got, in so many seconds. */
double gang_worst_share(const struct gang *gang, struct simulated_room *room, unsigned seconds);

#endif

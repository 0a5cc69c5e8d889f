/*
 * absences: the members whose places are kept, in the order in which these were lost. Each ends
 * after its time, or earlier when a newcomer needs the place.
 */
#ifndef STARLING_RELAY_ROOM_ABSENCES_H
#define STARLING_RELAY_ROOM_ABSENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/net.h"

struct member;
struct room;

struct absence {
	struct member *member;
	struct net_address address; /* of its last connection, */
	uint64_t network;           /* and what stands for it (net_network) */
	int64_t until_ns;
};

/* {0} is an empty one. */
struct absences {
	struct absence *list; /* the longest absent first */
	size_t count, capacity;
};

void absences_fini(struct absences *absences);

/* Makes space for one more. False: there is no memory. */
bool absences_reserve(struct absences *absences);

/* Adds a member, for which there must be space. */
void absences_add(struct absences *absences, const struct absence *absence);

/* Takes a member out, if it is there. */
void absences_remove(struct absences *absences, const struct member *member);

/* Each gives the one absent for longest, or NULL: of all; whose time is over; */
const struct absence *absences_first(const struct absences *absences);
const struct absence *absences_over(const struct absences *absences, int64_t now_ns);

/* of one room; of a network, if these are `limit` or more; */
const struct absence *absences_of_room(const struct absences *absences, const struct room *room);
const struct absence *absences_of_network(const struct absences *absences, uint64_t network,
					  size_t limit);

/* in a room in which nobody is present. */
const struct absence *absences_of_empty_room(const struct absences *absences);

#endif

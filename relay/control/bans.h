/*
 * bans: the addresses that may not connect. They are hashed by prefix: a look-up asks once for each
 * prefix length in use, however many bans there are. An IPv4 address is in no IPv6 prefix: a ban of
 * ::/0 is none of IPv4.
 *
 * A ban ends by itself at its time, in net time. Whoever wants its memory back calls bans_expire.
 */
#ifndef STARLING_RELAY_CONTROL_BANS_H
#define STARLING_RELAY_CONTROL_BANS_H

#include <stddef.h>

#include "proto/net/prefix.h"

#define BANS_FOR_GOOD INT64_MAX

enum {
	BANS_MAX = 4096, /* the loop lists and writes them in one go */
	BANS_WHY_MAX_BYTES = 100,
};

struct ban {
	struct prefix prefix;
	int64_t until_ns; /* BANS_FOR_GOOD */
	char why[BANS_WHY_MAX_BYTES + 1];
};

/* {0} holds none. */
struct bans {
	struct ban *list; /* in no order */
	size_t count, capacity;
	uint32_t *slots; /* a place in the list, plus 1; 0: empty */
	size_t slot_count;
	size_t of_length[PREFIX_BITS + 1]; /* bans of each prefix length */
	uint64_t compares;                 /* of prefixes, in all look-ups so far */
};

void bans_fini(struct bans *bans);

/* Adds a ban, in place of the one of the same prefix. 0; -ENOSPC: there are BANS_MAX; -ENOMEM. */
int bans_add(struct bans *bans, const struct ban *ban);

/* False: there is none of exactly this prefix. */
bool bans_remove(struct bans *bans, const struct prefix *prefix);

/* Takes out those that have ended. Returns how many these were. */
size_t bans_expire(struct bans *bans, int64_t now_ns);

/* The ban of the longest prefix that holds the address; NULL: none does. */
const struct ban *bans_find(struct bans *bans, const uint8_t address[PREFIX_BYTES], int64_t now_ns);

#endif

/*
 * villain: a hostile client on the simulated network. It has an ENet host of its own, says HELLO as
 * anyone, and then does harm in its own way; when it is sent away it comes back.
 */
#ifndef STARLING_TESTS_VILLAIN_H
#define STARLING_TESTS_VILLAIN_H

#include <enet/enet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/world.h"
#include "tests/seed.h"

enum villain_kind {
	VILLAIN_FLOODS = 0,    /* states at ten times the rate that is taken */
	VILLAIN_SHOUTS,        /* large reliable events to all, the same */
	VILLAIN_READS_NOTHING, /* sends, and acknowledges nothing */
	VILLAIN_LIES,          /* reports what cannot be, and what might */
	VILLAIN_BABBLES,       /* random bytes on any channel */
	VILLAIN_SPRAWLS,       /* every entity, the largest payloads, at 10^9 m and back */
	VILLAIN_WAVERS,        /* other settings all the time, sound and absurd */
	VILLAIN_COMES_AND_GOES,
	VILLAIN_KINDS,
};

const char *villain_text(enum villain_kind kind);

struct villain {
	enum villain_kind kind;
	size_t client; /* whose address in the world it has */
	ENetHost *host;
	ENetPeer *peer;
	bool is_member;
	uint64_t steps, said, welcomes;
	uint16_t seq;
	struct seed seed;
};

/* Opens it at the address of the world's client, which must have no session. */
void villain_open(struct villain *villain, enum villain_kind kind, struct world *world,
		  size_t client);

/* Lets it do what it does, `steps_a_second` times a second. */
void villain_step(struct villain *villain, struct world *world, unsigned steps_a_second);

void villain_close(struct villain *villain, struct world *world);

#endif

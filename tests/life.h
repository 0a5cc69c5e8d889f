/*
 * life: a crowd that comes, speaks and goes, by the relay's rules alone. What each member can know
 * from what it was sent, in order, can be compared with what is so. For cmocka tests: what must not
 * happen fails the test, as that somebody is told twice of another.
 */
#ifndef STARLING_TESTS_LIFE_H
#define STARLING_TESTS_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/random.h"
#include "relay/peer/dialog.h"

enum {
	LIFE_CLIENTS = 400,
	LIFE_IDS = 2 * LIFE_CLIENTS + 1,
	LIFE_ENTITIES = 2,
};

/* What a client knows of another member. */
struct life_view {
	bool is_known, is_seen[LIFE_ENTITIES];
	uint16_t seq[LIFE_ENTITIES];
};

struct life_client {
	struct dialog dialog;
	bool is_whole; /* the last KEYFRAME came */
	uint32_t member;
	uint16_t seq[LIFE_ENTITIES]; /* of its own */
	bool exists[LIFE_ENTITIES];
	size_t backlog;
	struct life_view *views; /* LIFE_IDS of them, by id */
};

struct life {
	struct config config;
	struct house house;
	struct random random;
	int64_t now_ns;
	size_t payload_bytes; /* of each state */
	struct life_client clients[LIFE_CLIENTS];
	uint64_t joined_messages, left_messages; /* that were sent */
	uint64_t ignored; /* records in SNAPSHOTs, of members not told of yet */
};

/* An empty house, in which all that is by chance follows from `seed`; `config` may be changed. */
void life_begin(struct life *life, uint64_t seed, double tick_hz);

/* Everyone goes; nothing may be left in the house. */
void life_end(struct life *life);

/* By chance, from `least` to `most`, both included. */
int64_t life_pick(struct life *life, int64_t least, int64_t most);

/* What a client does: comes, goes, publishes the next state of an entity, any of these and more. */
void life_join(struct life *life, struct life_client *client, enum wire_interest interest);
void life_leave(struct life *life, struct life_client *client);
void life_publish(struct life *life, struct life_client *client, uint16_t index);
void life_act(struct life *life, struct life_client *client);

/* A millisecond passes, and everyone takes some of what was sent. */
void life_pass(struct life *life);
void life_pass_ms(struct life *life, unsigned ms);

/* Fails the test unless each knows of all others what is so; `seed` is for the message. */
void life_check(struct life *life, uint64_t seed);

#endif

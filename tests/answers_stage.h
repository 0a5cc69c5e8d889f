/*
 * answers_stage: a socket on all of this machine's addresses, and guests that ask it at several,
 * for the tests of from where it answers (proto/net/paths.h).
 */
#ifndef STARLING_TESTS_ANSWERS_STAGE_H
#define STARLING_TESTS_ANSWERS_STAGE_H

#include "proto/net/net.h"

enum {
	ANSWERS_GUESTS_MAX = 8,
	ANSWERS_EACH = 10, /* datagrams of one guest in a row, each way */
};

struct answers_stage {
	struct net *net;
	int relay, guests[ANSWERS_GUESTS_MAX];
	uint16_t port;
	struct net_address at[ANSWERS_GUESTS_MAX]; /* where the relay hears each from */
	size_t count;
};

/* `relay` is bound to one host, guest i asks at the i-th of those (NULL at the end). */
void answers_stage_open(struct answers_stage *stage, const char *relay, const char *const *asked);
/* Zeroed, or closed before, is allowed. */
void answers_stage_close(struct answers_stage *stage);

/* A guest, by its number, asks at `host`, and is heard: so many datagrams side by side. */
void answers_stage_ask(struct answers_stage *stage, size_t guest, const char *host);

/* The relay answers all guests, in turn, so many datagrams each, and flushes once. */
void answers_stage_answer(struct answers_stage *stage);

/* The guest takes all that was sent to it, each of which must come from `host` at the relay's port
 * (NULL: from anywhere). */
void answers_stage_expect(struct answers_stage *stage, size_t guest, const char *host);

struct net_stats answers_stage_stats(const struct answers_stage *stage);

/* The host as a number. */
uint32_t answers_stage_host(const char *host);

#endif

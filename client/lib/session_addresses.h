/*
 * session_addresses: where the relay may be: the addresses of the host's name, which of them is
 * tried, and looking the name up again.
 *
 * They are tried in turn, in rounds. A name is looked up again after each round that failed and
 * each connection that was lost, while the session pauses; the next round is through what was
 * found, and begins with the address that was in use, if the name still has it. An answer that
 * comes later is for the round after, and without one the known addresses stay.
 */
#ifndef STARLING_CLIENT_LIB_SESSION_ADDRESSES_H
#define STARLING_CLIENT_LIB_SESSION_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/lookup.h"

/* {0} has none. */
struct session_addresses {
	struct net_address list[LOOKUP_ADDRESSES_MAX];
	size_t count;
	size_t at;         /* the one that is in use, or tried */
	size_t unanswered; /* in this round */
	struct lookup lookup;
};

/* Looks the host's name up, which may block. 0, or -ENOENT. */
int addresses_find(struct session_addresses *addresses, const char *host, uint16_t port);

/* Begins to look it up again; does not block. */
void addresses_refresh(struct session_addresses *addresses, const char *host, uint16_t port);

/* A round begins: through what was found meanwhile. */
void addresses_begin_round(struct session_addresses *addresses);

const struct net_address *addresses_now(const struct session_addresses *addresses);

/* Whether the round has no other address left to try. */
bool addresses_is_last(const struct session_addresses *addresses);

/*
 * The present one is silent: goes on to the next. False at the round's end; the next one begins
 * with the present one then, so that each comes to be the last in a round, which has longer.
 */
bool addresses_next(struct session_addresses *addresses);

/* The present one answers, but lets nobody in: the next round begins with the next one. */
void addresses_advance(struct session_addresses *addresses);

/* Nobody waits for a look-up that is under way. */
void addresses_fini(struct session_addresses *addresses);

#endif

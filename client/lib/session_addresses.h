/*
 * session_addresses: the addresses of the relay's host name, the one in use, and looking the name
 * up again.
 *
 * The session tries the addresses in turn, in rounds. It looks the name up again after each failed
 * round and each lost connection, during the pause. The next round goes through the addresses
 * found, and begins with the last one that let the session in, else with the one in use, if the
 * name still has it. An answer that comes later is for the round after; without an answer the known
 * addresses stay.
 */
#ifndef STARLING_CLIENT_LIB_SESSION_ADDRESSES_H
#define STARLING_CLIENT_LIB_SESSION_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/net/lookup.h"

/* {0} has no addresses. */
struct session_addresses {
	struct net_address list[LOOKUP_ADDRESSES_MAX];
	size_t count;
	size_t at;         /* the one in use or being tried */
	uint32_t good;     /* the host that let the session in, until it does not; 0: none */
	size_t unanswered; /* addresses without an answer in this round */
	struct lookup lookup;
};

/* Looks the host's name up, which may block; "::" and "0.0.0.0" are 127.0.0.1. 0, or -ENOENT. */
int addresses_find(struct session_addresses *addresses, const char *host, uint16_t port);

/* Starts another look-up; does not block. */
void addresses_refresh(struct session_addresses *addresses, const char *host, uint16_t port);

/* Begins a round through the newest addresses found. */
void addresses_begin_round(struct session_addresses *addresses);

const struct net_address *addresses_now(const struct session_addresses *addresses);

/* Whether this is the round's last address. */
bool addresses_is_last(const struct session_addresses *addresses);

/*
 * Goes on to the next address after one without an answer. False at the round's end; where none is
 * good, the next round begins with the present address then, so that each in turn comes last, with
 * the longest wait.
 */
bool addresses_next(struct session_addresses *addresses);

/* The present address let the session in. */
void addresses_note_good(struct session_addresses *addresses);

/* Makes the next round begin with the next address, as the present one lets nobody in. */
void addresses_advance(struct session_addresses *addresses);

/* Drops a look-up under way. */
void addresses_fini(struct session_addresses *addresses);

#endif

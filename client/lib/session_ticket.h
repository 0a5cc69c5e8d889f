/*
 * session_ticket: the relay's bytes by which a session is the same member by another connection.
 *
 * {0} is none.
 */
#ifndef STARLING_CLIENT_LIB_SESSION_TICKET_H
#define STARLING_CLIENT_LIB_SESSION_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/wire/wire.h"

struct session_ticket {
	uint32_t member; /* whose it is */
	uint8_t bytes[WIRE_TICKET_MAX_BYTES];
	uint8_t size; /* 0: none */
};

/*
 * Keeps the ticket of a WELCOME, if it has one. Whether it is that of before, so that the session
 * is still the member that it was.
 */
bool session_ticket_keep(struct session_ticket *ticket, const struct wire_welcome *welcome);

#endif

/*
 * ticket: the bytes by which a member that lost its connection is known again: its id and a secret.
 * A client keeps them as they are. The secret stays the same as long as the member is in its room.
 */
#ifndef STARLING_RELAY_ROOM_TICKET_H
#define STARLING_RELAY_ROOM_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/wire/wire.h"

enum {
	TICKET_ID_BYTES = 4,
	TICKET_SECRET_BYTES = 16,
	TICKET_BYTES = TICKET_ID_BYTES + TICKET_SECRET_BYTES,
};

_Static_assert((int)TICKET_BYTES <= (int)WIRE_TICKET_MAX_BYTES, "a ticket fits a message");

/* {0}: none. */
struct ticket {
	bool is_made;
	uint8_t bytes[TICKET_BYTES];
};

/* Makes the ticket of the member with this id, with a secret from the net's random bits. */
void ticket_make(struct ticket *ticket, uint32_t id);

/* The id that a client's ticket names; 0, which is nobody's: it is no ticket. */
uint32_t ticket_id(struct wire_bytes shown);

/* Whether a client's ticket is this one, in a time that does not depend on where they differ. */
bool ticket_fits(const struct ticket *ticket, struct wire_bytes shown);

#endif

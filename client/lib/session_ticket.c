#include "client/lib/session_ticket.h"

#include <string.h>

bool session_ticket_keep(struct session_ticket *ticket, const struct wire_welcome *welcome)
{
	const size_t size = welcome->ticket.size;
	const bool is_same = size > 0 && size == ticket->size &&
			     welcome->member == ticket->member &&
			     memcmp(ticket->bytes, welcome->ticket.data, size) == 0;

	ticket->member = welcome->member;
	ticket->size = (uint8_t)size;
	if (size > 0)
		memcpy(ticket->bytes, welcome->ticket.data, size);
	return is_same;
}

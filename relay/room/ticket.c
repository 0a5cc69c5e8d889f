#include "relay/room/ticket.h"

#include <sodium.h>

#include "proto/net/net.h"

static void put_u32(uint8_t *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

void ticket_make(struct ticket *ticket, uint32_t id)
{
	struct net *net = net_current();

	put_u32(ticket->bytes, id);
	for (int at = TICKET_ID_BYTES; at < TICKET_BYTES; at += 4)
		put_u32(&ticket->bytes[at], net->random(net));
	ticket->is_made = true;
}

uint32_t ticket_id(struct wire_bytes shown)
{
	uint32_t id = 0;

	if (shown.size != TICKET_BYTES)
		return 0;
	for (int i = 0; i < TICKET_ID_BYTES; i++)
		id |= (uint32_t)shown.data[i] << 8 * i;
	return id;
}

bool ticket_fits(const struct ticket *ticket, struct wire_bytes shown)
{
	return ticket->is_made && shown.size == TICKET_BYTES &&
	       sodium_memcmp(ticket->bytes, shown.data, TICKET_BYTES) == 0;
}

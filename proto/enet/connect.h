/*
 * connect: requests to connect for which there is no place. ENet does not answer them, and the
 * asker would take the host for dead.
 */
#ifndef STARLING_PROTO_ENET_CONNECT_H
#define STARLING_PROTO_ENET_CONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connect_request {
	uint16_t peer;       /* the asker's own number for the connection */
	uint32_t connection; /* the asker's connection id, as it came */
	uint32_t data;
};

/*
 * Reads a datagram that asks for a connection: to no peer yet, CONNECT first. False, with `asked`
 * untouched, for any other.
 */
bool connect_read(struct connect_request *asked, const uint8_t *bytes, size_t size);

enum {
	CONNECT_DECLINE_BYTES = 10, /* fewer than the request has */
};

/*
 * Writes a DISCONNECT that wants no answer: the asker's ENet gives up at once, with `data` as the
 * reason. It takes no peer.
 */
void connect_write_decline(uint8_t datagram[static CONNECT_DECLINE_BYTES],
			   const struct connect_request *asked, uint32_t data);

#endif

/*
 * connect: requests to connect for which there is no place. ENet is silent to these, and whoever
 * asks takes the host for dead.
 */
#ifndef STARLING_PROTO_ENET_CONNECT_H
#define STARLING_PROTO_ENET_CONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct _ENetHost;

struct connect_request {
	uint16_t peer;       /* the asker's own number for the connection */
	uint32_t connection; /* the asker's connection id, as it came */
	uint32_t data;
};

/*
 * Reads a datagram as an ENet sends it that connects: to no peer yet, CONNECT first, of as many
 * channels as ENet allows. False, with nothing said, for any other.
 */
bool connect_read(struct connect_request *asked, const uint8_t *bytes, size_t size);

enum connect_place {
	CONNECT_PLACE, /* there is one, or the asker has one already */
	CONNECT_FULL,
	CONNECT_ADDRESS_FULL, /* the asker's address has its share */
};

/*
 * Whether ENet has a place for whoever sent the datagram that it received last. `peers_max` is what
 * the host was made for.
 */
enum connect_place connect_place_for(const struct _ENetHost *host, size_t peers_max,
				     const struct connect_request *asked);

enum {
	CONNECT_DECLINE_BYTES = 10, /* fewer than the request has */
};

/*
 * Writes a DISCONNECT that wants no answer: the asker's ENet gives up at once, with `data` to tell
 * why. It costs no peer.
 */
void connect_write_decline(uint8_t datagram[static CONNECT_DECLINE_BYTES],
			   const struct connect_request *asked, uint32_t data);

#endif

/*
 * outbox: where the rules put what is to be sent. The server's hands it to ENet; a test's keeps it.
 */
#ifndef STARLING_RELAY_ROOM_OUTBOX_H
#define STARLING_RELAY_ROOM_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/net/net.h"
#include "proto/wire/wire.h"

struct outbox {
	void *context;
	/* Sends a whole message, whose bytes it copies. False: the peer is out of reach. */
	bool (*send)(void *context, void *peer, enum wire_channel channel, enum wire_mode mode,
		     const void *data, size_t size);
	/* The bytes of reliable messages that the peer has not acknowledged, sent or not. */
	size_t (*backlog)(void *context, void *peer);
	/* Ends the connection once the peer has all that was sent reliably. */
	void (*disconnect)(void *context, void *peer, enum wire_reason reason);
	/*
	 * The peer's member goes on by another connection: ends this one at once, without a word of
	 * the rules.
	 */
	void (*replace)(void *context, void *peer);
	/* The longest message in one datagram, by the peer's own word. NULL: any. */
	size_t (*message_bytes)(void *context, void *peer);
	/*
	 * Keeps datagrams to the peer as short as one with a message of `bytes`, from now on or as
	 * soon as nothing longer waits. NULL: does nothing.
	 */
	void (*set_message_bytes)(void *context, void *peer, size_t bytes);
	/* The peer's address, for the log. NULL: it has none. */
	struct net_address (*address)(void *context, void *peer);
};

#endif

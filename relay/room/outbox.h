/*
 * outbox: where the rules put what is to be sent. The server's goes to ENet; a test's keeps a list.
 */
#ifndef STARLING_RELAY_ROOM_OUTBOX_H
#define STARLING_RELAY_ROOM_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/net/net.h"
#include "proto/wire/wire.h"

struct outbox {
	void *context;
	/* Hands a whole message over; the bytes are copied. False: the peer is not to be reached.
	 */
	bool (*send)(void *context, void *peer, enum wire_channel channel, enum wire_mode mode,
		     const void *data, size_t size);
	/* Bytes of reliable messages to the peer that it has not acknowledged, sent or not. */
	size_t (*backlog)(void *context, void *peer);
	/* Ends the connection for this reason, once what was sent reliably has arrived. */
	void (*disconnect)(void *context, void *peer, enum wire_reason reason);
	/* The longest message that reaches the peer in one datagram, by its own word. NULL: any. */
	size_t (*message_bytes)(void *context, void *peer);
	/*
	 * No datagram to the peer is to be longer than one with a message of so many bytes, from
	 * now on or as soon as nothing longer waits. NULL: as in a test.
	 */
	void (*set_message_bytes)(void *context, void *peer, size_t bytes);
	/* Where the peer is, for the log. NULL: nowhere, as in a test. */
	struct net_address (*address)(void *context, void *peer);
};

#endif

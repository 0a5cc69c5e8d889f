/*
 * client_internal: what the client's own files share.
 *
 *	client.c           from the connection to the end
 *	client_messages.c  a member's messages in between
 */
#ifndef STARLING_RELAY_PEER_CLIENT_INTERNAL_H
#define STARLING_RELAY_PEER_CLIENT_INTERNAL_H

#include "relay/peer/client.h"

/* Sends a message reliably, on the control channel. */
void client_send(struct relay *relay, const struct client *client, const void *data, size_t size);

/*
 * With `every`, flushes the room: updates that it relays one by one cannot be taken back. Otherwise
 * no client makes a room flush before its time.
 */
void client_flush_every(struct relay *relay, struct room *room, int64_t now_ns);

/* Counts a fault, whose kind the caller counts; too many of them end the client. */
void client_count_fault(struct relay *relay, struct client *client, int64_t now_ns);

/* Whether the message is well formed; if not, counts it and a fault. */
bool client_check(struct relay *relay, struct client *client, enum wire_error error,
		  int64_t now_ns);

/* Handles a LEAVE. */
void client_on_leave(struct relay *relay, struct client *client,
		     const struct client_message *message, int64_t now_ns);

/* Handles a member's message, of a type that may come in on its channel. */
void client_receive_from_member(struct relay *relay, struct client *client,
				const struct client_message *message, int64_t now_ns);

#endif

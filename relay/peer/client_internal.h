/*
 * client_parts: what the client's own files share. For relay/peer/client*.c only.
 *
 *	client.c         from the greeting to the end
 *	client_member.c  what a member says in between
 */
#ifndef STARLING_RELAY_PEER_CLIENT_INTERNAL_H
#define STARLING_RELAY_PEER_CLIENT_INTERNAL_H

#include "relay/peer/client.h"

/* Sends a message reliably, on the control channel. */
void client_send(struct relay *relay, const struct client *client, const void *data, size_t size);

/*
 * What a room relays one by one is not kept by entity, and cannot be taken back. Elsewhere nothing
 * that a client does makes the room flush before its time.
 */
void client_flush_every(struct relay *relay, struct room *room, int64_t now_ns);

/* Something is not in order, and is counted by reason elsewhere; too much of it ends the client. */
void client_count_fault(struct relay *relay, struct client *client, int64_t now_ns);

/* True when the message is well formed; else it is counted, as a fault too. */
bool client_check(struct relay *relay, struct client *client, enum wire_error error,
		  int64_t now_ns);

/* LEAVE. */
void client_on_leave(struct relay *relay, struct client *client, const void *data, size_t size,
		     int64_t now_ns);

/* A message of a member, of a type that may come in on its channel. */
void client_receive_from_member(struct relay *relay, struct client *client, enum wire_type type,
				unsigned channel, const void *data, size_t size, int64_t now_ns);

#endif

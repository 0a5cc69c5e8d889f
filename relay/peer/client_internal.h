/*
 * client_internal: what the client's own files share.
 *
 *	client.c           from the connection to the end
 *	client_messages.c  a member's messages in between
 *	client_resume.c    the places of those that lost their connection
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

/* Takes a member out of its room, and notifies the others. */
void client_remove_member(struct relay *relay, struct member *member, enum wire_reason reason,
			  int64_t now_ns);

/* Keeps the place of a client's member, if it has a ticket. False: it is to leave. */
bool client_suspend(struct relay *relay, struct client *client, int64_t now_ns);

/* The member whose place the HELLO is to take; NULL: it is a newcomer's. */
struct member *client_find_place(const struct room *room, const struct wire_hello *hello);

/* Has the member that was found begin anew with this client, which is then to be welcomed. */
void client_resume(struct relay *relay, struct client *client, struct member *member,
		   const struct wire_settings *granted, size_t message_bytes, int64_t now_ns);

/* Ends an absence if a newcomer would find no place for it, which may end the room. */
void client_make_space(struct relay *relay, const struct room *room,
		       const struct admit_facts *facts, int64_t now_ns);

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

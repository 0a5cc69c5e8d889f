/*
 * client_log: what an operator reads of one client's conversation (log.h). Each line carries the
 * client's address, so that one client's lines can be found.
 */
#ifndef STARLING_RELAY_PEER_CLIENT_LOG_H
#define STARLING_RELAY_PEER_CLIENT_LOG_H

#include "relay/peer/client.h"

void client_log_connected(const struct client *client);

/* It does not speak this protocol, and is disconnected. */
void client_log_unknown_protocol(const struct client *client);

/* `hello`: with which it asked to come in; NULL: it has not, or is a member. */
void client_log_refused(const struct client *client, const struct wire_hello *hello,
			enum wire_reason reason, const char *text);

/* The connection ended before it joined. */
void client_log_gone(const struct client *client, enum wire_reason reason);

/* Its member has joined; is about to leave; began to be sent little. */
void client_log_joined(const struct client *client);
void client_log_left(const struct client *client, enum wire_reason reason);
void client_log_penalised(const struct client *client, const char *why);
void client_log_small_path(const struct client *client);

/* There is no memory for another entity of its member. */
void client_log_no_memory(const struct client *client);

/* Somebody wanted to connect, and there was no place: RELAY_FULL or ADDRESS_FULL. */
void client_log_declined(const struct net_address *address, enum wire_reason reason,
			 const struct config *config);

#endif

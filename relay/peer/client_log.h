/*
 * client_log: what an operator reads of one client's connection (log.h). Each line carries the
 * client's address, so that one client's lines can be found.
 */
#ifndef STARLING_RELAY_PEER_CLIENT_LOG_H
#define STARLING_RELAY_PEER_CLIENT_LOG_H

#include "proto/net/net.h"
#include "relay/config.h"
#include "relay/room/room.h"

void client_log_connected(const struct net_address *address);

/* It does not speak this protocol, and is disconnected. */
void client_log_unknown_protocol(const struct net_address *address);

/* `member`, or else `hello`, may be NULL: it is no member; it was not refused for its HELLO. */
void client_log_refused(const struct net_address *address, const struct member *member,
			const struct wire_hello *hello, enum wire_reason reason, const char *text);

/* The connection ended before it joined. */
void client_log_gone(const struct net_address *address, enum wire_reason reason);

/* Its member has joined; is about to leave; began to be penalised; has a small path. */
void client_log_joined(const struct net_address *address, const struct member *member);
void client_log_left(const struct net_address *address, const struct member *member,
		     enum wire_reason reason);
void client_log_penalised(const struct net_address *address, const struct member *member,
			  const char *why);
void client_log_small_path(const struct net_address *address, const struct member *member);

/* Its connection is lost, and its place kept for so long; another connection takes the place. */
void client_log_suspended(const struct net_address *address, const struct member *member,
			  double grace_s);
void client_log_resumed(const struct net_address *address, const struct member *member);

/* There is no memory for another entity of its member. */
void client_log_no_memory(const struct net_address *address, const struct member *member);

/* Somebody wanted to connect, and could not: RELAY_FULL, ADDRESS_FULL or BANNED. */
void client_log_declined(const struct net_address *address, enum wire_reason reason,
			 const struct config *config);

#endif

/*
 * dialog_log: what an operator reads of one client's conversation (log.h). Each line carries the
 * client's address, so that one client's lines can be found.
 */
#ifndef STARLING_RELAY_PEER_DIALOG_LOG_H
#define STARLING_RELAY_PEER_DIALOG_LOG_H

#include "relay/peer/dialog.h"

void dialog_log_connected(const struct dialog *dialog);

/* It does not speak this protocol, and is disconnected. */
void dialog_log_stranger(const struct dialog *dialog);

/* `hello`: with which it asked to come in; NULL: it has not, or is a member. */
void dialog_log_refused(const struct dialog *dialog, const struct wire_hello *hello,
			enum wire_reason reason, const char *text);

/* The connection ended before it joined. */
void dialog_log_gone(const struct dialog *dialog, enum wire_reason reason);

/* Its member has joined; is about to leave; began to be sent little. */
void dialog_log_joined(const struct dialog *dialog);
void dialog_log_left(const struct dialog *dialog, enum wire_reason reason);
void dialog_log_slowed(const struct dialog *dialog, const char *why);
void dialog_log_small_path(const struct dialog *dialog);

/* There is no memory for another entity of its member. */
void dialog_log_no_memory(const struct dialog *dialog);

/* Somebody wanted to connect, and there was no place: RELAY_FULL or ADDRESS_FULL. */
void dialog_log_declined(const struct net_address *address, enum wire_reason reason,
			 const struct config *config);

#endif

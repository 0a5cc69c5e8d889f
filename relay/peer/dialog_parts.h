/*
 * dialog_parts: what the dialog's own files share. For relay/peer/dialog*.c only.
 *
 *	dialog.c         from the greeting to the end
 *	dialog_member.c  what a member says in between
 */
#ifndef STARLING_RELAY_PEER_DIALOG_PARTS_H
#define STARLING_RELAY_PEER_DIALOG_PARTS_H

#include "relay/peer/dialog.h"

/* Sends a message reliably, on the control channel. */
void dialog_say(struct house *house, const struct dialog *dialog, const void *data, size_t size);

/*
 * What a room relays one by one is not kept by entity, and cannot be taken back. Elsewhere nothing
 * that a client does makes the room flush before its time.
 */
void dialog_flush_every(struct house *house, struct room *room, int64_t now_ns);

/* Something is not in order, and is counted by reason elsewhere; too much of it ends the dialog. */
void dialog_count_fault(struct house *house, struct dialog *dialog, int64_t now_ns);

/* True when the message is well formed; else it is counted, as a fault too. */
bool dialog_check(struct house *house, struct dialog *dialog, enum wire_error error,
		  int64_t now_ns);

/* LEAVE. */
void dialog_take_leave(struct house *house, struct dialog *dialog, const void *data, size_t size,
		       int64_t now_ns);

/* A message of a member, of a type that may come in on its channel. */
void dialog_take_from_member(struct house *house, struct dialog *dialog, enum wire_type type,
			     unsigned channel, const void *data, size_t size, int64_t now_ns);

#endif

/*
 * control_socket: the local socket (Unix, stream) on which an operator's programs reach the relay.
 * Nobody but its owner may connect: mode 0600.
 */
#ifndef STARLING_RELAY_CONTROL_CONTROL_SOCKET_H
#define STARLING_RELAY_CONTROL_CONTROL_SOCKET_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "relay/privileges.h"

enum {
	CONTROL_SOCKET_ERROR_BYTES = 512,
};

struct control_socket {
	int descriptor; /* listens, and never blocks */
	int folder;     /* that it is in */
	char name[NAME_MAX + 1];
	dev_t device; /* of what was made there, which alone is removed */
	ino_t node;
};

/*
 * Makes and opens it, for `owner` if that is not NULL. A socket that is there is replaced if nobody
 * answers on it. Call it before the process gives up its rights. False: a sentence in `error`.
 */
bool control_socket_open(struct control_socket *control, const char *path,
			 const struct privileges_user *owner,
			 char error[CONTROL_SOCKET_ERROR_BYTES]);

/* Closes it, and removes it as far as the process still may. */
void control_socket_close(struct control_socket *control);

/* The next connection, which never blocks. -1: there is none. */
int control_socket_accept(const struct control_socket *control);

#endif

/*
 * control: what an operator may do to a running relay (--control), and the bans that it keeps
 * (--bans). Each line on the control socket is a command (command.h), and each is answered with a
 * line of JSON (actions.h). The loop never waits for it, nor for the bans' file.
 */
#ifndef STARLING_RELAY_CONTROL_CONTROL_H
#define STARLING_RELAY_CONTROL_CONTROL_H

#include "relay/control/actions.h"
#include "relay/control/bans_file.h"
#include "relay/control/connection.h"
#include "relay/control/control_socket.h"

enum {
	CONTROL_CONNECTIONS = 4,
	CONTROL_ERROR_BYTES = 512,
};

/* An operator's connection, and its answer while that waits for the bans to be on the disk. */
struct control_client {
	struct connection connection;
	char *answer;
	uint64_t save; /* number of the bans' text; 0: nothing waits */
};

struct control {
	const struct config *config;
	struct bans bans;
	struct actions actions;
	struct bans_file *file; /* NULL: the bans are in no file */
	bool has_socket;
	struct control_socket socket;
	struct control_client clients[CONTROL_CONNECTIONS];
	uint64_t saved;     /* number of the last text of the bans */
	bool is_reload_due; /* once that is on the disk */
	int64_t look_ns;    /* when to look for something next */
	int64_t expire_ns;  /* when to take ended bans out next */
};

/*
 * Opens what the configuration asks for, as the user that the process is; the socket is `owner`'s,
 * or the process's where that is NULL. The server must outlive it. False: a sentence in `error`.
 */
bool control_open(struct control *control, struct server *server,
		  const struct privileges_user *owner, char error[CONTROL_ERROR_BYTES]);

/* Whether all that it does later can be done by who the process is now. False: see `error`. */
bool control_check(const struct control *control, char error[CONTROL_ERROR_BYTES]);

/* Reads the bans' file again soon. */
void control_reload(struct control *control);

/* Does what is due. Returns when it is due next; INT64_MAX: never. */
int64_t control_turn(struct control *control, int64_t now_ns);

/* Ends all connections, and removes the socket. A control that is all zero is allowed. */
void control_close(struct control *control);

#endif

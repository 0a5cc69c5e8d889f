/*
 * actions: what an operator's commands do to the relay.
 */
#ifndef STARLING_RELAY_CONTROL_ACTIONS_H
#define STARLING_RELAY_CONTROL_ACTIONS_H

#include <cjson/cJSON.h>

#include "relay/control/bans.h"
#include "relay/control/command.h"
#include "relay/server.h"

struct actions {
	struct server *server;
	struct bans *bans; /* the server's, too */
	bool has_banned;   /* the bans have changed; the caller takes it back */
};

/*
 * Does what a command says. The answer is an object with "ok": true and the command's own values,
 * or false and an "error"; NULL: no memory. It is the caller's, for cJSON_Delete.
 */
cJSON *actions_do(struct actions *actions, const struct command *command, int64_t now_ns);

/* An answer with this error. NULL: no memory. */
cJSON *actions_error(const char *sentence);

/* Sends all away whom a ban holds. Returns how many these were. */
size_t actions_enforce_bans(const struct actions *actions, int64_t now_ns);

#endif
